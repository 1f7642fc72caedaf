"""Every source there is, by key."""

from pipeline.sources.base import Source
from pipeline.sources.certifications import CERTIFICATIONS
from pipeline.sources.datasets import DATASETS
from pipeline.sources.files import FILE_SOURCES
from pipeline.sources.generation_units import GENERATION_UNITS
from pipeline.sources.tariff_components import TARIFF_COMPONENTS
from pipeline.sources.tariff_flags import TARIFF_FLAG_RATES, TARIFF_FLAGS
from pipeline.sources.tariffs import TARIFFS
from pipeline.sources.technical_pv import TECHNICAL_PV

#: in the order they depend on each other
_DECLARED = (
    DATASETS,
    GENERATION_UNITS,
    TECHNICAL_PV,
    TARIFFS,
    TARIFF_COMPONENTS,
    TARIFF_FLAGS,
    TARIFF_FLAG_RATES,
    CERTIFICATIONS,
    *FILE_SOURCES,
)
SOURCES: dict[str, Source] = {source.key: source for source in _DECLARED}


def get_source(key: str) -> Source:
    """The source of that key.

    Raises:
        KeyError: with the list of keys there are.
    """
    try:
        return SOURCES[key]
    except KeyError:
        raise KeyError(f"Unknown source {key!r}. Known: {', '.join(sorted(SOURCES))}.") from None
