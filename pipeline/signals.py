"""The only custom signals: what others may listen to. Sent after commit."""

from django.dispatch import Signal

#: sent with source (str), run_id (UUID), summary (RunSummary) when rows were published
source_published = Signal()
#: sent with source (str), run_id (UUID), summary (RunSummary) when a run ended, however it ended
run_finished = Signal()
