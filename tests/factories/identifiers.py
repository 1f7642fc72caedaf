"""Valid identifiers for tests: CNPJs with right check digits."""

_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def _check_digit(characters: str) -> str:
    weights = _WEIGHTS[-len(characters) :]
    remainder = sum((ord(character) - 48) * weight for character, weight in zip(characters, weights, strict=True)) % 11
    return "0" if remainder < 2 else str(11 - remainder)


def cnpj(root: int | str, branch: int = 1) -> str:
    """A CNPJ of 14 characters whose check digits are right.

    Args:
        root: number, or text of up to 8 characters (letters allowed since 2026); padded with zeros on the left.
        branch: number of the establishment.
    """
    base = f"{root:0>8}{branch:04d}"
    first = _check_digit(base)
    return base + first + _check_digit(base + first)
