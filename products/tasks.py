"""Tasks: three lines each; what they do is in `products.actions`."""

from celery import shared_task

from products.actions.certifications import refresh_inmetro_certified as refresh
from products.actions.completeness import refresh_completeness as rate_all
from products.actions.recheck import recheck_stale_kits as recheck
from products.actions.work_lists import refresh_work_lists as refresh_lists


@shared_task(name="products.tasks.refresh_inmetro_certified")
def refresh_inmetro_certified() -> int:
    """Let certificates expire that ended yesterday. Daily, soon after midnight in Brazil."""
    return refresh()


@shared_task(name="products.tasks.refresh_completeness")
def refresh_completeness() -> int:
    """Rate every product and kit anew, for what was written around the pages and the imports. Daily."""
    return rate_all(product_ids=None, kit_ids=None)


@shared_task(name="products.tasks.recheck_stale_kits")
def recheck_stale_kits(*, every: bool = False, invite: bool = True) -> int:
    """Check what is out of date, with the help of other workers. Every minute, and whenever something asks for it."""
    return recheck(every=every, invite=invite).checked


@shared_task(name="products.tasks.recheck_all_kits")
def recheck_all_kits() -> int:
    """Check what was not checked today: certificates end and prices age by the calendar. Daily."""
    return recheck(every=True, invite=True).checked


@shared_task(name="products.tasks.refresh_work_lists")
def refresh_work_lists() -> dict[str, int]:
    """Find duplicates and price moves, learn the catalogue's words. Every hour; imports call the action themselves."""
    return refresh_lists()
