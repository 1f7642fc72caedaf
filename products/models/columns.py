"""Kinds of columns and constraints that products, kits and prices share."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, GeneratedField, Q, TextField, Value
from django.db.models.expressions import Func
from django.db.models.lookups import Exact

from ysh.core.db.search import Folded

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Label

NOT_NEGATIVE = MinValueValidator(Decimal(0))
AT_MOST_ONE = MaxValueValidator(Decimal(1))


def optional_text(label: "Label", max_length: int, **options: Any) -> models.CharField:
    """varchar that is empty, never NULL, when nothing is known; the database fills it in, so that raw SQL may leave it out."""
    return models.CharField(label, max_length=max_length, blank=True, default="", db_default="", **options)


def long_text(label: "Label", **options: Any) -> models.TextField:
    """text that is empty, never NULL, when nothing is known."""
    return models.TextField(label, blank=True, default="", db_default="", **options)


def address(label: "Label", max_length: int = 500) -> models.CharField:
    """An http(s) address; empty when there is none."""
    return optional_text(label, max_length, validators=[URLValidator(schemes=["http", "https"])])


def text_array(label: "Label", **options: Any) -> ArrayField:
    return ArrayField(TextField(), verbose_name=label, default=list, db_default=[], blank=True, **options)


def optional_decimal(label: "Label", digits: int, places: int, **options: Any) -> models.DecimalField:
    """numeric(digits, places), NULL when not known; not negative unless other validators are given."""
    options = {"validators": [NOT_NEGATIVE], **options}
    return models.DecimalField(label, max_digits=digits, decimal_places=places, null=True, blank=True, **options)


def money(label: "Label") -> models.DecimalField:
    """R$ numeric(12,2), NULL when not known: a missing price is none, never 0."""
    return optional_decimal(label, 12, 2)


def completeness(label: "Label") -> models.DecimalField:
    """Share of the declared attributes that are filled in, 0..1; NULL until computed."""
    return optional_decimal(label, 4, 3, validators=[NOT_NEGATIVE, AT_MOST_ONE])


def external_id(label: "Label") -> models.CharField:
    """The row's key in a shop; NULL until it is published there."""
    return models.CharField(label, max_length=100, null=True, blank=True, unique=True)


def run_id(label: "Label") -> models.UUIDField:
    """The ingestion run that wrote the row. Not a foreign key: data outlives the log of runs."""
    return models.UUIDField(label, null=True, blank=True, editable=False)


def catalogue_search_vector(title: str, keys: list[str], description: str) -> GeneratedField:
    """A stored tsvector: the title weighs most, then short keys (brand, model, codes), then the description.

    Quantities of the title are found in any spelling.
    """
    key_array = Func(*(F(key) for key in keys), template="ARRAY[%(expressions)s]", output_field=ArrayField(TextField()))
    expression = Func(
        F(title), key_array, F(description), function="products.catalogue_tsvector", output_field=SearchVectorField()
    )
    return GeneratedField(expression=expression, output_field=SearchVectorField(), db_persist=True)


def trigram_index(fields: list[str], name: str) -> GinIndex:
    """One index for "contains", without case and accents, in any of the columns (see `Folded`)."""
    return GinIndex(*(OpClass(Folded(field), name="gin_trgm_ops") for field in fields), name=name)


def json_object_check(field: str, name: str) -> models.CheckConstraint:
    """A CHECK that a jsonb column holds an object, not a list or a scalar."""
    return models.CheckConstraint(
        condition=Exact(Func(F(field), function="jsonb_typeof", output_field=TextField()), Value("object")), name=name
    )


def fraction_check(field: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__range": (Decimal(0), Decimal(1))}), name=name)


def not_negative_check(fields: list[str], name: str) -> models.CheckConstraint:
    """One CHECK over several columns; a NULL among them passes."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__gte": 0})
    return models.CheckConstraint(condition=condition, name=name)


def slug_check(field: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__regex": r"^[a-z0-9]+(-[a-z0-9]+)*$"}), name=name)
