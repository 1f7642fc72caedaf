"""What answers are made of, by name, and for how long they are kept. Each app declares its own in `cache_namespaces.py`."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Model

from ysh.core.errors import YshError

DEFAULT_REDIS_SECONDS, DEFAULT_DYNAMODB_SECONDS = 900, 86_400


@dataclass(frozen=True, slots=True)
class Namespace:
    """Tables whose changes end the life of the answers made of them.

    Attributes:
        name: its name.
        models: the models whose tables count; also views made of them.
        redis_seconds: how long Redis keeps an answer, 300 to 3,600; after that it is also built anew in the background.
        dynamodb_seconds: how long DynamoDB keeps it, 3,600 to 86,400.
        sources: sources of the pipeline that write these tables around the ORM.
    """

    name: str
    models: tuple[type[Model], ...]
    redis_seconds: int = DEFAULT_REDIS_SECONDS
    dynamodb_seconds: int = DEFAULT_DYNAMODB_SECONDS
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 300 <= self.redis_seconds <= 3600 or not 3600 <= self.dynamodb_seconds <= 86_400:
            raise YshError(
                f"Namespace {self.name}: expected 300 to 3,600 seconds in Redis and 3,600 to 86,400 in DynamoDB, "
                f"found {self.redis_seconds} and {self.dynamodb_seconds}."
            )


@dataclass(frozen=True, slots=True)
class Policy:
    """How long an answer made of some namespaces is kept: as long as the shortest-lived of them."""

    redis_seconds: int
    dynamodb_seconds: int


_by_name: dict[str, Namespace] = {}
_by_table: dict[str, set[str]] = {}
_by_source: dict[str, set[str]] = {}


def register(*namespaces: Namespace) -> None:
    """Declare namespaces. A table may belong to several; a name is given once.

    Raises:
        YshError: the name is taken.
    """
    for namespace in namespaces:
        if namespace.name in _by_name and _by_name[namespace.name] != namespace:
            raise YshError(f"The cache namespace {namespace.name} is declared twice.", todo="Choose another name.")
        _by_name[namespace.name] = namespace
        for model in namespace.models:
            _by_table.setdefault(model._meta.db_table, set()).add(namespace.name)
        for source in namespace.sources:
            _by_source.setdefault(source, set()).add(namespace.name)


def all_names() -> tuple[str, ...]:
    """Every namespace, sorted."""
    return tuple(sorted(_by_name))


def tables() -> dict[str, frozenset[str]]:
    """Table (without its schema) -> namespaces it belongs to."""
    return {table: frozenset(names) for table, names in _by_table.items()}


def of_table(table: str) -> frozenset[str]:
    """The namespaces of a table, given without its schema; none for a table nobody declared."""
    return frozenset(_by_table.get(table, ()))


def of_models(models: Iterable[type[Model]]) -> tuple[str, ...]:
    """The namespaces of models' tables, sorted."""
    return tuple(sorted({name for model in models for name in of_table(model._meta.db_table)}))


def of_source(source: str) -> tuple[str, ...]:
    """The namespaces a source of the pipeline writes, sorted."""
    return tuple(sorted(_by_source.get(source, ())))


def policy(names: Iterable[str]) -> Policy:
    """How long answers made of these namespaces are kept.

    Raises:
        KeyError: an unknown name.
    """
    found = [_by_name[name] for name in names]
    return Policy(min(item.redis_seconds for item in found), min(item.dynamodb_seconds for item in found))
