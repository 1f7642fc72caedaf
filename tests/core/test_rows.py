"""Many rows by one statement: every type arrives as the ORM would write it, and nothing else is touched."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError

from aneel.models import Dataset, DatasetEntry
from audit.models import ChangeLogEntry
from tests.factories.aneel import DatasetFactory
from ysh.core.db import rows
from ysh.core.db.rows import update_rows, write_rows

AT = datetime(2026, 9, 1, 9, 0, 0, 123456, tzinfo=UTC)
RUN = uuid4()


def values(aneel_id, **more):
    texts = ("description", "url", "license", "update_frequency", "access_level", "publisher_name", "publisher_email",
             "contact_name", "contact_email")  # fmt: skip
    return dict.fromkeys(texts, "") | {
        "aneel_id": aneel_id, "title": 'Aspas ", barra \\ e acentuação: "é"', "modified": AT, "temporal_start": date(2009, 1, 1),
        "formats": ["CSV", "a,b", ""], "keywords": [], "resources": [{"name": "x", "size": None}], "source_api": "CKAN",
        "conflicts": {"title": [{"feed": "RSS", "value": "Ç"}]}, "raw_metadata": {"a": [1, None]}, "source_run_id": RUN,
    } | more  # fmt: skip


@pytest.mark.django_db
def test_new_rows_get_their_values_and_the_databases_own_defaults():
    write_rows(Dataset, [values("a"), values("b", raw_metadata=None, modified=None)], unique=["aneel_id"])

    row = Dataset.objects.get(aneel_id="a")
    assert {name: getattr(row, name) for name in values("a")} == values("a")
    assert (row.spatial, row.summary, row.corrections) == ("BR", "", {})
    assert row.created_at is not None
    other = Dataset.objects.get(aneel_id="b")
    assert (other.raw_metadata, other.modified) == (None, None)
    assert Dataset.objects.filter(raw_metadata__isnull=True).get() == other


@pytest.mark.django_db
def test_rows_that_are_there_get_the_given_columns_only():
    kept = DatasetFactory(title="Antes", summary="fica")

    write_rows(Dataset, [values(kept.aneel_id), values("new")], unique=["aneel_id"])

    row = Dataset.objects.get(pk=kept.pk)
    assert (row.title, row.description, row.summary) == (values("a")["title"], "", "fica")
    assert Dataset.objects.count() == 2


@pytest.mark.django_db
def test_update_by_primary_key():
    one, other, untouched = DatasetFactory.create_batch(3)

    update_rows(
        Dataset,
        [
            {"id": one.pk, "solar_relevance": Decimal("0.85"), "extracted_keywords": ["usina", "só"], "enriched_at": AT},
            {"id": other.pk, "solar_relevance": None, "extracted_keywords": [], "enriched_at": None},
            {"id": uuid4(), "solar_relevance": None, "extracted_keywords": [], "enriched_at": None},
        ],
    )

    found = Dataset.objects.in_bulk()
    assert (found[one.pk].solar_relevance, found[one.pk].extracted_keywords) == (Decimal("0.85"), ["usina", "só"])
    assert found[one.pk].enriched_at == AT
    assert (found[other.pk].solar_relevance, found[other.pk].enriched_at) == (None, None)
    assert found[untouched.pk].updated_at == untouched.__class__.objects.get(pk=untouched.pk).updated_at
    assert found[one.pk].title == one.title


@pytest.mark.django_db
def test_a_statement_for_many_rows(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(rows, "AT_ONCE", 2)
    with django_assert_num_queries(2):
        write_rows(Dataset, [values(name) for name in "abc"], unique=["aneel_id"])
    with django_assert_num_queries(0):
        write_rows(Dataset, [], unique=["aneel_id"])
        update_rows(Dataset, [])
    assert Dataset.objects.count() == 3


@pytest.mark.django_db
def test_several_unique_columns_and_texts_like_statements():
    row = {
        "feed": "CKAN", "feed_id": "%s'); DROP", "own_id": "x", "identities": ("ckan:x",), "fields": {"%s": "'"}, "raw": "''",
        "content_hash": "0" * 32, "changed_at": AT,
    }  # fmt: skip
    write_rows(DatasetEntry, [row, row | {"feed": "RSS"}], unique=["feed", "feed_id"])
    write_rows(DatasetEntry, [row | {"fields": {"title": "T"}}], unique=["feed", "feed_id"])

    found = DatasetEntry.objects.order_by("feed").values_list("feed", "feed_id", "fields", "raw", "identities")
    assert list(found) == [
        ("CKAN", "%s'); DROP", {"title": "T"}, "''", ["ckan:x"]),
        ("RSS", "%s'); DROP", {"%s": "'"}, "''", ["ckan:x"]),
    ]


@pytest.mark.django_db
def test_the_change_log_hears_of_them():
    row = DatasetFactory(title="Antes")

    update_rows(Dataset, [{"id": row.pk, "title": "Depois"}])

    entry = ChangeLogEntry.objects.get(table_name="datasets", record_id=str(row.pk), operation="UPDATE")
    assert entry.new_values["title"] == "Depois"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"spatial": "XX"}, IntegrityError), ({"license": "x" * 61}, DataError), ({"title": {1, 2}}, TypeError)],
)
def test_what_the_database_or_json_cannot_take_is_refused(wrong, error):
    with pytest.raises(error):
        write_rows(Dataset, [values("a", **wrong)], unique=["aneel_id"])
