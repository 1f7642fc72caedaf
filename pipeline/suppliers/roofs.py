"""The roof a structure is for, from some forty-five spellings. Pure."""

import re

from pipeline.suppliers.text import fold

# In this order: the narrower words first. "Selecionável" is a choice at the order: undecided.
_ROOFS = (
    (r"selecionavel|a escolher", None),
    (r"s/ ?est|sem est|nao inclu|^nao$|: ?nao\b|sem fixacao", "WITHOUT_STRUCTURE"),
    (r"mini ?-?trilho", "METAL_MINI_RAIL"),
    (r"zipad", "STANDING_SEAM"),
    (r"cer[aâ]?[mn]ic|colonial|\bgancho", "CERAMIC"),
    (r"fibro.{0,14}mad[ei]", "FIBER_CEMENT_WOOD"),
    (r"fibro.{0,14}met", "FIBER_CEMENT_METAL"),
    (r"mad[ei]", "FIBER_CEMENT_WOOD"),
    (r"fibrocimento", "FIBER_CEMENT"),
    (r"\blaje\b", "SLAB"),
    (r"\bsolo\b|\bp\.m8", "GROUND"),
    (r"carport|garagem", "CARPORT"),
    (r"\bmetal|trapezoidal|ondulad|telha met", "METAL"),
)
_COMPILED = tuple((re.compile(pattern), roof) for pattern, roof in _ROOFS)


def roof_of(text: str) -> str | None:
    """A `RoofType`, or None when the text names none, leaves the choice open, or names several ("cerâmico/fibrocimento")."""
    folded = fold(text)
    if re.search(r"ceramic\w*/fibro|fibro\w*/ceramic", folded):
        return None
    return next((roof for pattern, roof in _COMPILED if pattern.search(folded)), None)
