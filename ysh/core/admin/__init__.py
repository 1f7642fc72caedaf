"""What every app's admin is made of: read-only pages, paging that never counts millions, filters and formats."""

from ysh.core.admin.bases import BrowseAdmin, EditAdmin, ReadOnlyAdmin
from ysh.core.admin.filters import DateRangeFilter, NumberRangeFilter
from ysh.core.admin.formats import (
    NBSP,
    badge,
    brl,
    code_block,
    data_size,
    duration,
    external_link,
    json_block,
    labels,
    moment,
    monospace,
    number,
    run_link,
    since,
)
from ysh.core.admin.pagination import EstimatingChangeList, EstimatingPaginator, table_size

__all__ = [
    "NBSP",
    "BrowseAdmin",
    "DateRangeFilter",
    "EditAdmin",
    "EstimatingChangeList",
    "EstimatingPaginator",
    "NumberRangeFilter",
    "ReadOnlyAdmin",
    "badge",
    "brl",
    "code_block",
    "data_size",
    "duration",
    "external_link",
    "json_block",
    "labels",
    "moment",
    "monospace",
    "number",
    "run_link",
    "since",
    "table_size",
]
