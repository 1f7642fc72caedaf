"""What every app's admin is made of: read-only pages, paging that never counts millions, filters and formats."""

from ysh.core.admin.bases import BrowseAdmin, EditAdmin, ReadOnlyAdmin
from ysh.core.admin.filters import DateRangeFilter, NumberRangeFilter
from ysh.core.admin.formats import (
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
from ysh.core.admin.pagination import EstimatingChangeList, EstimatingPaginator

__all__ = [
    "BrowseAdmin",
    "DateRangeFilter",
    "EditAdmin",
    "EstimatingChangeList",
    "EstimatingPaginator",
    "NumberRangeFilter",
    "ReadOnlyAdmin",
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
]
