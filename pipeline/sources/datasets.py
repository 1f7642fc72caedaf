"""The catalogue of data sets: what ANEEL's CKAN portal and its ArcGIS Hub say there is, of six feeds."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from pipeline.portals.changes import whats_new
from pipeline.portals.load_datasets import carry_out
from pipeline.quality.check import Check
from pipeline.sources.base import DerivedFault, Source

CHECKS = (
    Check(
        "datasets_have_description",
        "completeness",
        "description",
        "source_api = 'CKAN' AND description = ''",
        0.1,
        label=_("Data sets of CKAN have a description"),
    ),
    Check(
        "datasets_have_resources",
        "completeness",
        "resources",
        "jsonb_array_length(resources) = 0",
        0.1,
        label=_("Data sets have files"),
    ),
    Check(
        "datasets_say_when_they_changed",
        "completeness",
        "modified",
        "modified IS NULL",
        0.1,
        label=_("Data sets say when they changed"),
    ),
    Check(
        "datasets_are_not_of_the_future",
        "validity",
        "modified",
        "modified > now() + interval '2 days'",
        0.0,
        label=_("No data set changed in the future"),
    ),
    Check("titles_are_filled_in", "validity", "title", "title LIKE '%%{{%%'", 0.0, label=_("Titles are filled in")),
)
_NO_COLUMNS: Mapping[str, Any] = MappingProxyType({})


def _no_rows(frame: pl.DataFrame, _context: Any) -> tuple[pl.DataFrame, list[DerivedFault]]:
    """Not read as a table."""
    return frame, []


DATASETS = Source(
    key="datasets",
    label=_("Catalogue of data sets"),
    description=_("What data sets ANEEL publishes, merged of the six feeds of its portals."),
    table="aneel.datasets",
    key_column="",
    key_search="",
    table_key="aneel_id",
    columns=(),
    derive=_no_rows,
    derived=_NO_COLUMNS,
    prepare=lambda _cursor: None,
    before_merge=lambda _cursor, _lookups: None,
    after_publish=lambda: None,
    cadence=timedelta(days=1),
    vanished="delete",
    checks=CHECKS,
    carry_out=carry_out,
    whats_new=whats_new,
)
