"""Portuguese text made comparable: markup taken out, sentences, words, plurals. No Django, no dictionaries."""

import re
import unicodedata
from collections.abc import Iterator

from pipeline.portals.values import plain

# [words](address) and ![picture](address) of Markdown; what stands in brackets stays.
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[*+>-])[ \t]+|[*_`]{1,3}", re.MULTILINE)
WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[ \n]+(?=[A-ZÀ-Ý0-9\"“])|\n{2,}")
# What a full stop belongs to rather than to its sentence.
_SHORT = re.compile(r"(?:^|[\s(])(?:art|arts|inc|par|res|n|no|nº|núm|dr|dra|sr|sra|ex|obs|etc|p|pág|av|ltda|cia|s\.a)\.$", re.I)

STOP_WORDS = frozenset(
    """
    a ao aos aquela aquelas aquele aqueles aquilo as ate ainda algum alguma alguns algumas alem antes apenas apos assim
    atraves atual bem cada com como conforme contem contendo contra cujo cuja cujos cujas da das de dela dele deles delas
    demais desde dessa desse desses dessas desta deste destes destas devem deve do dos durante e ela elas ele eles em
    entre era essa essas esse esses esta estao estas este estes etc ser sera serao sao seja sejam sem sendo sido sob sobre
    sua suas seu seus foi foram for forem ha isso isto ja la lhe lhes maior mais mas me media meio menor menos mesma mesmo
    mesmos mesmas meu minha muito muitos na nas nao nem no nos nossa nosso nova novo novos novas num numa o onde os ou
    outra outras outro outros para pela pelas pelo pelos per perante podem pode poder por porque porem possui possuem
    primeiro pois qual quais qualquer quando quanto que quem se segundo segunda so somente tal tambem tanto tem tendo ter
    teve toda todas todo todos tres tudo um uma umas uns via
    """.split()  # noqa: SIM905  (forty words a line read better than one)
)


def without_markup(text: str) -> str:
    """The text without HTML, Markdown and addresses; paragraphs stay apart."""
    found = _ADDRESS.sub("", _LINK.sub(r"\1", plain(text)))
    return plain(_MARKS.sub("", found))


def folded(text: str) -> str:
    """Without accents, in lower case."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words(text: str) -> Iterator[str]:
    """Words in their order, as they are written; `MMGD/SCEE` and `e-mail` are one each."""
    return (match.group() for match in WORD.finditer(text))


def sentences(text: str) -> list[str]:
    """Sentences, each on one line. A full stop after `art.`, `nº` or a number ends none."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text):
        one = " ".join(part.split())
        if not one:
            continue
        if found and _SHORT.search(found[-1]):
            found[-1] = f"{found[-1]} {one}"
        else:
            found.append(one)
    return found


def singular(word: str) -> str:
    """A folded word's singular, near enough to tell that two are one word: `tarifas`, `leiloes`, `sociais`, `instalacoes`."""
    if len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    for ending, instead in (("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ns", "m")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    if word.endswith(("res", "zes")) and len(word) > 5:
        return word[:-2]
    return word[:-1]


def shortened(text: str, length: int) -> str:
    """The text on one line, cut between words with an ellipsis when it is longer than that."""
    one = " ".join(text.split())
    if len(one) <= length:
        return one
    return one[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.–-(") + "…"
