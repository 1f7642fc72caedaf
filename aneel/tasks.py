"""Tasks: three lines each; what they do is in `aneel.actions`."""

from celery import shared_task

from aneel.actions.certifications import refresh_certification_status as refresh


@shared_task(name="aneel.tasks.refresh_certification_status")
def refresh_certification_status() -> int:
    """Let registrations expire that ended yesterday. Daily, soon after midnight in Brazil."""
    return refresh()
