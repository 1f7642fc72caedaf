"""The feed of changes: what is written to it, and that a reader misses nothing and gets nothing twice."""

import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction

from pipeline.changes import Place, PlaceLost, beginning, forget_old_changes, horizon, latest, read_changes
from pipeline.models import Change
from products.models import KitComponent, Product, SolarKit
from tests.factories.aneel import CertificationFactory
from tests.factories.products import KitComponentFactory, PriceFactory, ProductFactory, SolarKitFactory
from tests.pipeline.published_feed import put_on_sale


def written() -> list[tuple[str, str, str]]:
    """What the feed holds, in order of writing; and empties it."""
    found = [(change.kind, change.key, change.operation) for change in Change.objects.order_by("pk")]
    Change.objects.all().delete()
    return found


class TestWhatIsWritten:
    def test_a_products_life(self, db: None) -> None:
        product = ProductFactory(sku="A", status="DRAFT")
        assert written() == []
        for values, operation in (
            ({"status": "ACTIVE"}, "INSERT"),
            ({"sale_price": Decimal("1.00")}, "UPDATE"),
            ({"cost_price": Decimal("0.50")}, None),
            ({"raw_data": {"x": 1}}, None),
            ({"status": "OUT_OF_STOCK"}, "UPDATE"),
            ({"status": "DISCONTINUED"}, "DELETE"),
            ({"name": "hidden"}, None),
        ):
            Product.objects.filter(pk=product.pk).update(**values)
            assert written() == ([("product", "A", operation)] if operation else []), values
        Product.objects.filter(pk=product.pk).update(status="ACTIVE")
        written()
        product.delete()
        assert written() == [("product", "A", "DELETE")]

    def test_a_new_key_is_another_object(self, db: None) -> None:
        product = ProductFactory(sku="A")
        written()
        Product.objects.filter(pk=product.pk).update(sku="B")
        assert written() == [("product", "A", "DELETE"), ("product", "B", "INSERT")]

    def test_many_rows_of_one_statement(self, db: None) -> None:
        ProductFactory.create_batch(5)
        written()
        Product.objects.update(sale_price=Decimal("3.00"))
        assert Counter(operation for _kind, _key, operation in written()) == {"UPDATE": 5}

    def test_a_kits_life_and_its_parts(self, db: None) -> None:
        kit = SolarKitFactory(kit_id="K")
        KitComponentFactory(kit=kit)
        assert [row for row in written() if row[0] == "kit"] == []
        SolarKit.objects.filter(pk=kit.pk).update(review_state="PUBLISHED", status="ACTIVE")
        assert written() == [("kit", "K", "INSERT")]
        KitComponent.objects.update(quantity=11)
        assert set(written()) == {("kit", "K", "UPDATE")}
        KitComponent.objects.update(quantity=11)
        assert written() == []
        KitComponent.objects.all().delete()
        assert set(written()) == {("kit", "K", "UPDATE")}
        SolarKit.objects.filter(pk=kit.pk).update(checked_at=datetime.now(UTC))
        assert written() == []
        SolarKit.objects.filter(pk=kit.pk).update(check_state="FAIL")
        assert set(written()) == {("kit", "K", "UPDATE")}
        SolarKit.objects.filter(pk=kit.pk).update(review_state="ARCHIVED")
        assert written() == [("kit", "K", "DELETE")]

    def test_sale_prices_of_what_is_on_sale_only(self, db: None) -> None:
        product, draft = ProductFactory(sku="A"), ProductFactory(sku="D", status="DRAFT")
        written()
        PriceFactory(product=product, kind="COST")
        PriceFactory(product=draft, kind="SALE")
        assert written() == []
        PriceFactory(product=product, kind="SALE", amount=Decimal("612.38"))
        assert Change.objects.get().data == {
            "of": "product",
            "kind": "SALE",
            "amount": "612.38",
            "valid_from": "2026-10-13T12:00:00.000000Z",
        }

    def test_certifications(self, db: None) -> None:
        certification = CertificationFactory(certificate_id="C")
        assert written() == [("certification", "C", "INSERT")]
        certification.status = "EXPIRED"
        certification.save()
        assert written() == [("certification", "C", "UPDATE")]
        certification.delete()
        assert written() == [("certification", "C", "DELETE")]

    def test_quiet_on_request(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ysh.changes_quiet = 'on'")
        ProductFactory()
        assert written() == []


class TestReading:
    def test_a_transaction_that_commits_late_is_neither_missed_nor_brought_forward(self, committed: None) -> None:
        place = latest()
        begun, may_commit, done = threading.Event(), threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                put_on_sale("FEED-slow")  # takes the smaller id
                begun.set()
                may_commit.wait(30)
            connections.close_all()
            done.set()

        writer = threading.Thread(target=slow)
        writer.start()
        begun.wait(30)
        put_on_sale("FEED-fast")  # commits first
        page = read_changes(place, limit=10)
        assert page.rows == []  # the fast one waits for the slow one, as a smaller id may still come
        may_commit.set()
        done.wait(30)
        writer.join(30)
        page = read_changes(page.place, limit=10)
        assert sorted(change.key for change in page.rows) == ["FEED-fast", "FEED-slow"]
        assert read_changes(page.place, limit=10).rows == []

    def test_the_last_word_on_an_object_comes_last(self, committed: None) -> None:
        """The transaction that began first writes last: its word is the one that holds."""
        row = put_on_sale("FEED-x")
        place = latest()
        begun, go, done = threading.Event(), threading.Event(), threading.Event()

        def first_to_begin() -> None:
            with transaction.atomic():
                put_on_sale("FEED-other")  # its transaction id is the smaller one
                begun.set()
                go.wait(30)
                Product.objects.filter(pk=row.pk).update(status="INACTIVE")
            connections.close_all()
            done.set()

        Product.objects.filter(pk=row.pk).update(status="INACTIVE")
        writer = threading.Thread(target=first_to_begin)
        writer.start()
        begun.wait(30)
        Product.objects.filter(pk=row.pk).update(status="ACTIVE")
        go.set()
        done.wait(30)
        writer.join(30)
        seen = [change.operation for change in read_changes(place, limit=10).rows if change.key == "FEED-x"]
        assert seen == ["DELETE", "INSERT", "DELETE"]

    def test_writers_at_once_and_readers_that_poll(self, committed: None) -> None:
        """Four writers, transactions of several rows and of unequal length, one in five rolled back; three readers."""
        place, stop = latest(), threading.Event()
        kept: list[str] = []
        results: list[list[tuple[str, str]]] = [[], [], []]

        def write(number: int) -> None:
            draw = random.Random(number)
            for round_ in range(25):
                skus = [f"FEED-{number}-{round_}-{part}" for part in range(draw.randint(1, 4))]
                try:
                    with transaction.atomic():
                        for sku in skus:
                            put_on_sale(sku)
                            Product.objects.filter(sku=sku).update(name=f"{sku} again")
                        if draw.random() < 0.2:
                            raise InterruptedError  # noqa: TRY301
                except InterruptedError:
                    continue
                kept.extend(skus)
            connections.close_all()

        def read(number: int) -> None:
            here = place
            last_round = False
            while True:
                page = read_changes(here, limit=number * 3 + 1)
                results[number] += [(change.key, change.operation) for change in page.rows]
                here = page.place
                if not page.has_more:
                    if last_round:
                        break
                    last_round = stop.is_set()
            connections.close_all()

        readers = [threading.Thread(target=read, args=(number,)) for number in range(3)]
        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in (*readers, *writers):
            thread.start()
        for thread in writers:
            thread.join(120)
        stop.set()
        for thread in readers:
            thread.join(120)
        expected = Counter((sku, operation) for sku in kept for operation in ("INSERT", "UPDATE"))
        assert len(kept) > 100
        for found in results:
            assert Counter(found) == expected
            position = {pair: index for index, pair in enumerate(found)}
            assert all(position[sku, "INSERT"] < position[sku, "UPDATE"] for sku in kept)

    def test_pages_of_one_window(self, committed: None) -> None:
        place = latest()
        for number in range(7):
            put_on_sale(f"FEED-{number}")
        seen, more = [], True
        while more:
            page = read_changes(place, limit=3, kinds=["product"])
            seen += [change.key for change in page.rows]
            place, more = page.place, page.has_more
        assert seen == [f"FEED-{number}" for number in range(7)]
        assert read_changes(place, limit=3, kinds=["kit"]).rows == []

    def test_a_horizon_that_falls_back_loses_nobody(self, committed: None, monkeypatch: Any) -> None:
        """A transaction of another database that ends while we look counts as ours: the horizon lies lower than before."""
        place = latest()
        put_on_sale("FEED-a")
        page = read_changes(place, limit=10)
        assert [change.key for change in page.rows] == ["FEED-a"]
        lowest, ended = horizon()
        monkeypatch.setattr("pipeline.changes.horizon", lambda: (place.high - 1, ended))
        again = read_changes(page.place, limit=10)
        assert (again.rows, again.has_more) == ([], False)
        monkeypatch.undo()
        put_on_sale("FEED-b")
        assert [change.key for change in read_changes(again.place, limit=10).rows] == ["FEED-b"]
        assert lowest <= ended

    def test_what_is_open_when_the_cursor_is_taken_comes_after_it(self, committed: None) -> None:
        """Nothing younger has ended: the open transaction's id is `xmax` itself or above, and in no list of running ones."""
        begun, may_commit, done = threading.Event(), threading.Event(), threading.Event()

        def writer() -> None:
            with transaction.atomic():
                put_on_sale("FEED-open")
                begun.set()
                may_commit.wait(30)
            connections.close_all()
            done.set()

        thread = threading.Thread(target=writer)
        thread.start()
        assert begun.wait(30)
        places = [latest(), read_changes(latest(), limit=10).place]
        may_commit.set()
        assert done.wait(30)
        thread.join(30)
        for place in places:
            page = read_changes(place, limit=10)
            assert [change.key for change in page.rows] == ["FEED-open"]
            assert read_changes(page.place, limit=10).rows == []

    def test_places_that_are_lost(self, db: None) -> None:
        now = datetime.now(UTC)
        with pytest.raises(PlaceLost):
            read_changes(Place(0, 1, 0, now - timedelta(days=91)), limit=1)
        with pytest.raises(PlaceLost):
            read_changes(Place(0, horizon()[1] + 10_000, 0, now), limit=1)
        assert read_changes(beginning(), limit=1).rows == []


def test_old_changes_are_forgotten(db: None) -> None:
    Change.objects.create(kind="kit", key="old", operation="UPDATE", changed_at=datetime.now(UTC) - timedelta(days=92))
    Change.objects.create(kind="kit", key="kept", operation="UPDATE", changed_at=datetime.now(UTC) - timedelta(days=90))
    assert forget_old_changes() == 1
    assert Change.objects.get().key == "kept"
