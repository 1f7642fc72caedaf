"""Every source there is, by key."""

from pipeline.sources.base import Source
from pipeline.sources.generation_units import GENERATION_UNITS
from pipeline.sources.tariffs import TARIFFS

SOURCES: dict[str, Source] = {source.key: source for source in (GENERATION_UNITS, TARIFFS)}


def get_source(key: str) -> Source:
    """The source of that key.

    Raises:
        KeyError: with the list of keys there are.
    """
    try:
        return SOURCES[key]
    except KeyError:
        raise KeyError(f"Unknown source {key!r}. Known: {', '.join(sorted(SOURCES))}.") from None
