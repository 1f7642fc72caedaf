"""SQL expressions the ORM lacks."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Expression, F, FloatField, Func, TextField


class RowComparison(Func):
    """`(a, b) > (x, y)`: row-wise comparison, which PostgreSQL answers from an index on (a, b).

    Args:
        columns: expressions on the left.
        values: constants on the right, as many.
        operator: `>`, `<`, `>=` or `<=`.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, columns: Sequence[Any], values: Sequence[Any], operator: str) -> None:
        if operator not in (">", "<", ">=", "<=") or len(columns) != len(values) or not columns:
            raise ValueError(f"Expected as many columns as values and a comparison, found {columns!r} {operator!r} {values!r}.")
        self.operator = operator
        super().__init__(*columns, *values)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        parts, params = [], []
        for expression in self.get_source_expressions():
            sql, values = compiler.compile(expression)
            parts.append(sql)
            params.extend(values)
        half = len(parts) // 2
        return f"(({', '.join(parts[:half])}) {self.operator} ({', '.join(parts[half:])}))", tuple(params)


class AmongKeys(Func):
    """The row's key is among keys that were read before: one value however many they are.

    As a set to join with, not `= ANY (…)`: of two such conditions the index would be asked for each pair.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, keys: Sequence[int]) -> None:
        super().__init__(F("pk"))
        # As text: psycopg looks at each element of a list.
        self.keys = f"{{{','.join(map(str, keys))}}}"

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"({sql} IN (SELECT unnest(%s::bigint[])))", (*params, self.keys)


class Unindexed(Func):
    """The same value, hidden from the planner's indexes: ordering by it means sorting whatever the filters leave."""

    template = "COALESCE(%(expressions)s, %(expressions)s)"

    def __init__(self, expression: Any) -> None:
        super().__init__(F(expression) if isinstance(expression, str) else expression)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"COALESCE({sql}, {sql})", (*params, *params)


class Coordinate(Func):
    """Longitude or latitude of a geography point, in degrees."""

    output_field = FloatField()

    def __init__(self, column: str, axis: str) -> None:
        super().__init__(F(column))
        self.axis = axis

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"public.ST_{self.axis}({sql}::public.geometry)", tuple(params)


class GeoJson(Func):
    """A geography as GeoJSON text (RFC 7946), seven decimals (about a centimetre)."""

    function = "public.ST_AsGeoJSON"
    template = "%(function)s(%(expressions)s, 7, 0)"
    output_field = TextField()


class DistanceKm(Func):
    """Geodesic distance in km between a geography column and a point given in degrees (WGS 84)."""

    output_field = FloatField()

    def __init__(self, column: str, latitude: float, longitude: float) -> None:
        super().__init__(F(column))
        self.latitude, self.longitude = latitude, longitude

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        point = "public.ST_SetSRID(public.ST_MakePoint(%s::float8, %s::float8), 4326)::public.geography"
        return f"(public.ST_Distance({sql}, {point}) / 1000.0)", (*params, self.longitude, self.latitude)


class WithinBox(Func):
    """Whether a geography point lies in a box of longitudes and latitudes, borders included.

    The GiST index compares boxes around the earth's centre, so it finds a little too much: the coordinates decide. The envelope's
    sides are great circles, which hold every point of the box only up to a width well below 180 degrees; callers clip the box.

    Args:
        column: the geography column.
        box: west, south, east, north in degrees.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, column: str, box: tuple[float, float, float, float]) -> None:
        super().__init__(F(column))
        self.box = box

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        west, south, east, north = self.box
        condition = (
            f"({sql} OPERATOR(public.&&) public.ST_MakeEnvelope(%s, %s, %s, %s, 4326)::public.geography"
            # As a bare condition the planner would guess that one row in 40,000 passes; of COALESCE it guesses every second.
            f" AND COALESCE(public.ST_X({sql}::public.geometry) BETWEEN %s AND %s"
            f" AND public.ST_Y({sql}::public.geometry) BETWEEN %s AND %s, false))"
        )
        return condition, (*params, west, south, east, north, *params, west, east, *params, south, north)


def as_expression(column: Any) -> Expression | F:
    """A column's name as an expression; an expression as it is."""
    return F(column) if isinstance(column, str) else column
