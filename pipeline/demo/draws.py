"""Reproducible draws for millions of rows at once: every value is a pure function of the seed, a purpose and the row's number.

So any batch of any file can be made alone, in constant memory, and one row is the same in every file of a seed.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import gcd

import polars as pl

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
SLOTS = 1 << 16


def _u64(value: int) -> pl.Expr:
    return pl.lit(value & _MASK, dtype=pl.UInt64)


def purpose_key(seed: int, purpose: str) -> int:
    """A 64-bit key for one purpose under one seed."""
    return int.from_bytes(blake2b(f"{seed}:{purpose}".encode(), digest_size=8).digest(), "little")


def draw(number: pl.Expr, seed: int, purpose: str) -> pl.Expr:
    """A uniform unsigned 64-bit integer for each row number (UInt64): SplitMix64 over number and key.

    Polars' integers wrap on overflow, which is the arithmetic modulo 2^64 that SplitMix64 is defined in.
    """
    z = (number + _u64(purpose_key(seed, purpose))) * _u64(_GOLDEN)
    z = (z ^ (z // _u64(1 << 30))) * _u64(0xBF58476D1CE4E5B9)
    z = (z ^ (z // _u64(1 << 27))) * _u64(0x94D049BB133111EB)
    return z ^ (z // _u64(1 << 31))


def draw_one(number: int, seed: int, purpose: str) -> int:
    """The same draw for a single number, in plain Python."""
    z = ((number + purpose_key(seed, purpose)) * _GOLDEN) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def below(number: pl.Expr, seed: int, purpose: str, limit: int | pl.Expr) -> pl.Expr:
    """A uniform integer in 0..limit-1 for each row number, as UInt32."""
    modulus = limit if isinstance(limit, pl.Expr) else _u64(limit)
    return (draw(number, seed, purpose) % modulus).cast(pl.UInt32)


def slots(weights: Sequence[float], size: int = SLOTS) -> pl.Series:
    """A table of `size` indexes in which index i stands in proportion to `weights[i]`, at least once.

    A uniform draw below `size` looked up in it is a weighted draw without any search.

    Raises:
        ValueError: more weights than slots, or a weight that is not positive.
    """
    if len(weights) > size or min(weights) <= 0:
        raise ValueError(f"expected 1 to {size} positive weights, found {len(weights)}, the lowest {min(weights)}.")
    total = sum(weights)
    exact = [weight / total * size for weight in weights]
    counts = [max(1, int(share)) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (int(exact[i]) - exact[i], i))
    position = 0
    while sum(counts) < size:
        counts[by_remainder[position % len(counts)]] += 1
        position += 1
    largest = max(range(len(weights)), key=lambda i: counts[i])
    counts[largest] -= sum(counts) - size
    return pl.Series([i for i, count in enumerate(counts) for _ in range(count)], dtype=pl.UInt32)


def chosen(number: pl.Expr, *, total: int, seed: int, purpose: str) -> pl.Expr:
    """A number in 0..total-1 for each row number below `total`, each exactly once: an affine permutation.

    `chosen(...) < k` selects exactly k rows, spread evenly over the file.
    """
    if total < 2:
        return number * 0
    step = max(1, round(total * 0.6180339887498949))
    while gcd(step, total) != 1:
        step += 1
    return (number * _u64(step) + _u64(purpose_key(seed, purpose) % total)) % _u64(total)


def cnpj_with_check_digits(base: pl.Expr) -> pl.Expr:
    """The 14 digits of a CNPJ from its first twelve as an integer (8 of the company, 4 of the branch)."""
    digits = [(base // 10 ** (11 - position)) % 10 for position in range(12)]
    first = _modulo_11(digits, (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
    second = _modulo_11([*digits, first], (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
    return (base * 100 + first * 10 + second).cast(pl.String).str.zfill(14)


def _modulo_11(digits: list[pl.Expr], weights: Sequence[int]) -> pl.Expr:
    rest = pl.sum_horizontal(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return pl.when(rest < 2).then(0).otherwise(11 - rest)
