"""The rows of a filter as canonical texts, read in chunks in a deterministic order."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db import models
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from products.choices import ProductCategory
from products.exchange.cells import record
from products.exchange.columns import KEYS, PARTS, REVISION, TableColumn, columns_of, editable_keys, spec_columns
from products.exchange.revision import revision_of
from products.models import KitComponent, Product

CHUNK = 1000


def table_columns(rows: "QuerySet[Any]") -> dict[str, TableColumn]:
    """The columns of a table of these rows, by key: a product's attributes are those of the categories that occur."""
    columns = columns_of(rows.model)
    if rows.model is Product:
        occurring = set(rows.order_by().values_list("category", flat=True).distinct())
        columns += spec_columns([category for category in ProductCategory.values if category in occurring])
    return {column.key: column for column in columns}


def all_columns(model: type[models.Model]) -> dict[str, TableColumn]:
    """Every column a table of the model may have."""
    columns = columns_of(model) + (spec_columns(ProductCategory.values) if model is Product else [])
    return {column.key: column for column in columns}


def texts_of(rows: "QuerySet[Any]", columns: Mapping[str, TableColumn]) -> Iterator[dict[str, str]]:
    """The rows' canonical texts by column, and their revision, ordered by key."""
    model = rows.model
    for row in stored(rows, columns).order_by(KEYS[model], "pk").iterator(chunk_size=CHUNK):
        texts = record(columns, row)
        texts[REVISION] = revision_of(editable_keys(model, row.get("category", "")), texts)
        yield texts


def stored(rows: "QuerySet[Any]", columns: Mapping[str, TableColumn]) -> "QuerySet[Any]":
    """The rows as dicts with what the columns are made of."""
    sources = {column.source for column in columns.values()}
    if PARTS in sources:
        rows = rows.annotate(**{PARTS: _parts()})
    sources |= {"category", "specifications"} if rows.model is Product else {"review_state"}
    return rows.values("pk", *sorted(sources))


def _parts() -> Any:
    """A kit's components as one text: "10 × SKU; 1 × SKU"."""
    quantity = Coalesce(Cast(F("quantity"), CharField()), Value("?"))
    line = Concat(quantity, Value(" × "), F("product__sku"), output_field=CharField())
    parts = KitComponent.objects.filter(kit=OuterRef("pk")).order_by().values("kit")
    joined = parts.annotate(text=StringAgg(line, "; ", order_by=("display_order", "id"))).values("text")
    return Coalesce(Subquery(joined, output_field=TextField()), Value(""), output_field=TextField())
