"""Tasks: three lines each; what they do is in `products.actions`."""

from celery import shared_task

from products.actions.certifications import refresh_inmetro_certified as refresh


@shared_task(name="products.tasks.refresh_inmetro_certified")
def refresh_inmetro_certified() -> int:
    """Let certificates expire that ended yesterday. Daily, soon after midnight in Brazil."""
    return refresh()
