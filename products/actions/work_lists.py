"""What the curators' lists take from materialized views, brought up to date."""

from django.db import connection

_VIEWS = ("mv_search_words", "mv_possible_duplicates", "mv_price_moves")


def refresh_work_lists() -> dict[str, int]:
    """Find possible duplicates and price moves anew, and learn the words of the catalogue. Lists and searches go on meanwhile.

    Returns:
        Rows of each view, by its name.
    """
    counts = {}
    with connection.cursor() as cursor:
        for view in _VIEWS:
            cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY products.{view}")
            cursor.execute(f"SELECT count(*) FROM products.{view}")  # noqa: S608  (our own names)
            counts[view] = cursor.fetchone()[0]
    return counts
