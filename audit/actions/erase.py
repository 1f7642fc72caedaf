"""Forgetting a natural person in the change log; the chain of hashes stays verifiable."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q

from audit.actions.erase_archives import erase_from_archives
from audit.chain import seal
from audit.models import Revert
from ysh.core.actor import Actor, acting_as, current_actor
from ysh.core.errors import TerminalError

SHORTEST = 4
# What this cannot reach, and who sees to it.
ELSEWHERE = (
    "source files in the lake, and older versions of it where the bucket keeps any: removed by hand",
    "backups: run out with their retention",
    "aneel.generation_units: names of natural persons are masked when they are loaded",
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased.

    Attributes:
        entries: entries of the log whose values were blanked.
        archived: entries of archived months that were.
        elsewhere: other places that hold, or may hold, the person's data, in words.
    """

    entries: int
    archived: int
    elsewhere: tuple[str, ...]


def erase(texts: Collection[str], *, by: str, reason: str) -> Erasure:
    """Blank every value of the log and of its archived months that holds one of the texts, whatever its case.

    Args:
        texts: names and documents of the person, each of at least `SHORTEST` characters.
        by: who erases.
        reason: why, without the person's data: it stays in the log.

    Raises:
        TerminalError: a text is too short, or the reason repeats one.
    """
    wanted = [text.strip() for text in texts if text.strip()]
    if not wanted or any(len(text) < SHORTEST for text in wanted):
        raise TerminalError(f"Expected names or documents of at least {SHORTEST} characters, found {len(wanted)} texts.")
    if not reason.strip() or any(text.lower() in reason.lower() for text in wanted):
        raise TerminalError("Expected a reason without the person's data: it stays in the log.")
    seal()
    entries = 0
    actor = Actor(by, current_actor().source, uuid4(), None, reason.strip())
    with transaction.atomic(), acting_as(actor), connection.cursor() as cursor:
        for text in wanted:
            # WITH, so that the connection tells the database who acts.
            cursor.execute("WITH done AS (SELECT audit.erase(%s) AS entries) SELECT entries FROM done", [text])
            entries += cursor.fetchone()[0]
    with acting_as(actor):
        archived, missing = erase_from_archives(wanted)
    return Erasure(entries, archived, (*missing, *_found_elsewhere(wanted), *ELSEWHERE))


def _found_elsewhere(texts: Collection[str]) -> list[str]:
    """Tables that still hold the texts."""
    accounts, undos = Q(), Q()
    for text in texts:
        for name in ("username", "first_name", "last_name", "email"):
            accounts |= Q(**{f"{name}__icontains": text})
        undos |= Q(reverted_by__icontains=text) | Q(reason__icontains=text)
    counts = {
        "auth_user": get_user_model()._default_manager.filter(accounts).count(),
        "audit.reverts": Revert.objects.filter(undos).count(),
    }
    return [f"{table}: {count} rows still hold it" for table, count in counts.items() if count]
