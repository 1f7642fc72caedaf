"""Full-text search vectors as generated columns: Portuguese stemming without accents, three weights."""

from django.contrib.postgres.search import SearchVectorField
from django.db.models import F, GeneratedField
from django.db.models.expressions import Func


def weighted_search_vector(a: str, b: str, c: str) -> GeneratedField:
    """A stored tsvector over three columns, weighted A, B and C.

    Args:
        a: name of a text column (titles, names).
        b: name of a text[] column (keywords, aliases).
        c: name of a text column (descriptions).
    """
    expression = Func(F(a), F(b), F(c), function="public.weighted_tsvector", output_field=SearchVectorField())
    return GeneratedField(expression=expression, output_field=SearchVectorField(), db_persist=True)
