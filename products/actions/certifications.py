"""Certificates and the calendar."""

from django.db import connection


def refresh_inmetro_certified() -> int:
    """Bring `inmetro_certified` of every product up to today: certificates expire by the calendar, when no trigger runs.

    Returns:
        How many products changed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT products.refresh_inmetro_certified()")
        changed: int = cursor.fetchone()[0]
    return changed
