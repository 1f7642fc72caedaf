"""The words of the catalogue, which a search corrects typos to."""

from django.db import connection


def refresh_search_words() -> int:
    """Bring `products.mv_search_words` up to the catalogue as it is now. Searches go on meanwhile.

    Returns:
        How many words there are.
    """
    with connection.cursor() as cursor:
        cursor.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY products.mv_search_words")
        cursor.execute("SELECT count(*) FROM products.mv_search_words")
        words: int = cursor.fetchone()[0]
    return words
