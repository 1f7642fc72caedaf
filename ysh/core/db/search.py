"""Search in the database: full-text vectors as generated columns (Portuguese stemming without accents, three weights), and
comparison without case and accents."""

from django.contrib.postgres.search import SearchVectorField
from django.db.models import CharField, F, GeneratedField, TextField, Transform
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


class Folded(Transform):
    """`name__folded="sao paulo"`, `name__folded__contains=...`: both sides without case and accents, by `public.folded`.

    A trigram index on `Folded("name")` serves `contains` with a pattern of three letters or more.
    """

    lookup_name = "folded"
    function = "public.folded"
    bilateral = True
    output_field = TextField()


CharField.register_lookup(Folded)
TextField.register_lookup(Folded)
