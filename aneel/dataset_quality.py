"""How good what the feeds say of a dataset is: 0 to 1, with every loss named. Pure: a row in, parts out.

completeness   what anybody who looks for data needs is filled in
validity       addresses are addresses, formats are said, no time lies in the future
consistency    feeds say the same
timeliness     changed as often as it says it is; not judged when it does not say
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from aneel.dataset_merge import COLUMNS
from aneel.models import Dataset
from ysh.core.quality_score import Part, share_part, timeliness_part
from ysh.core.said import add_phrases, say

add_phrases(
    {
        "not_filled_in": _("not filled in by any feed"),
        "files_incomplete": _("%(count)s file(s) without format or address"),
        "changed_in_future": _("changed in the future"),
        "feeds_differ": _("feeds differ about: %(columns)s"),
    }
)

NEEDED = (
    "title", "description", "url", "license", "publisher_name", "modified", "update_frequency", "keywords", "formats",
    "resources",
)  # fmt: skip
#: columns that are looked at
READ = (*NEEDED, "conflicts")
#: how often in words, as CKAN's and the Hub's forms have it -> days
CADENCES = {
    "diaria": 1, "diario": 1, "daily": 1, "semanal": 7, "weekly": 7, "quinzenal": 15, "mensal": 31, "monthly": 31,
    "bimestral": 62, "trimestral": 92, "quarterly": 92, "quadrimestral": 123, "semestral": 184, "anual": 366, "annual": 366,
    "yearly": 366, "bienal": 731,
}  # fmt: skip


def quality_parts(dataset: Dataset, now: datetime) -> list[Part]:
    """What each look at the dataset gives.

    Args:
        dataset: a row; not written.
        now: what is the future, and how old a change is.
    """
    parts = [
        Part("completeness", column, 1.0)
        if _is_filled(dataset, column)
        else Part("completeness", column, 0.0, say("not_filled_in"))
        for column in NEEDED
    ]
    files = [item for item in dataset.resources if isinstance(item, Mapping)]
    bad = sum(not (_is_address(item.get("url")) and item.get("format")) for item in files)
    parts.append(share_part("validity", "resources", bad, len(files), say("files_incomplete", count=bad)))
    future = dataset.modified is not None and dataset.modified > now + timedelta(days=1)
    parts.append(share_part("validity", "modified", int(future), 1, say("changed_in_future")))
    said = say("feeds_differ", columns=sorted(_name(column) for column in dataset.conflicts))
    parts.append(share_part("consistency", "conflicts", len(dataset.conflicts), len(COLUMNS), said))
    cadence = cadence_of(dataset.update_frequency)
    if cadence is not None and dataset.modified is not None and not future:
        parts.append(timeliness_part(max(now - dataset.modified, timedelta()), cadence))
    return parts


def _name(column: str) -> str:
    return str(getattr(Dataset._meta.get_field(column), "verbose_name", column)) if column in COLUMNS else column


def _is_filled(dataset: Dataset, column: str) -> bool:
    value = getattr(dataset, column)
    return bool(value) and not (isinstance(value, str) and ("{{" in value or not value.strip()))


def _is_address(value: object) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def cadence_of(said: str) -> timedelta | None:
    """How often a dataset says it changes; None when it does not say, or says nothing that can be counted (`sob demanda`)."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", said.casefold()) if not unicodedata.combining(letter))
    days = CADENCES.get(plain.strip())
    return timedelta(days=days) if days else None
