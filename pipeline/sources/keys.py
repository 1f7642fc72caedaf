"""Keys of rows that publish none: a hash over all that tells one from another."""

from collections.abc import Sequence

import polars as pl
import xxhash


def hashed_key(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """XXH3-128 over the columns' texts, in lower case, in the order given. Another order is another key."""
    parts = (pl.col(name).cast(pl.String).fill_null("").str.to_lowercase() for name in columns)
    texts = frame.select(pl.concat_str(*parts, separator="\x1f")).to_series()
    digest = xxhash.xxh3_128_hexdigest
    return pl.Series([digest(text) for text in texts.cast(pl.Binary).to_list()], dtype=pl.String)
