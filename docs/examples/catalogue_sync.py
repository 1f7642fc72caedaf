#!/usr/bin/env python3
"""Keep a shop's catalogue of kits as YSH's: a full copy first, then only what changed, deletions included. Standard library only.

    python catalogue_sync.py medusa https://ysh.example state.json > batch.json

Writes the body of Medusa's `POST /admin/products/batch`, or with `saleor` the variables of its mutations, to standard output and
remembers in `state.json` where the feed of changes stands and which kits the shop has. Run it as often as you like.
"""

import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

API = "/api/v1/"
INCLUDE = "include=components,prices"
#: fetches an address below the host, "/api/v1/…"; None when there is nothing there (any more)
Get = Callable[[str], Any]
Kit = dict[str, Any]


def getter(host: str, key: str = "") -> Get:
    """Asks over HTTP, with an API key when there is one."""
    host = host.rstrip("/")
    headers = {"Accept": "application/json", **({"Authorization": f"Api-Key {key}"} if key else {})}

    def get(path: str) -> Any:
        try:
            with urlopen(Request(host + path, headers=headers), timeout=30) as response:  # noqa: S310  (you name the host)
                return json.load(response)
        except HTTPError as error:
            if error.code == 404:
                return None
            raise

    return get


def every_kit(get: Get) -> Iterator[Kit]:
    """All published kits, page by page."""
    path = f"{API}kits/?{INCLUDE}&page_size=500"
    while path:
        page = get(path)
        yield from page["results"]
        path = below_host(page["next"])


def changed_kits(get: Get, cursor: str) -> tuple[set[str], str]:
    """Kits that changed since a cursor, those with a new price included; and the cursor to go on from."""
    changed: set[str] = set()
    while True:
        page = get(f"{API}changes/?since={quote(cursor)}&type=kit,price&page_size=500")
        changed |= {row["key"] for row in page["results"] if row["type"] == "kit" or row["data"]["of"] == "kit"}
        cursor = page["cursor"]
        if not page["has_more"]:
            return changed, cursor


def below_host(url: str | None) -> str:
    """An address without its host."""
    if not url:
        return ""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def plan(get: Get, state: dict[str, Any]) -> tuple[list[Kit], list[str], dict[str, Any]]:
    """Kits to write, ids of kits to take away, and the new state.

    The cursor is taken before the copy: what changes meanwhile comes again with the first changes, nothing is missed.
    """
    known: set[str] = set(state.get("kits", ()))
    if "cursor" not in state:
        cursor = get(f"{API}changes/?since=latest")["cursor"]
        kits = list(every_kit(get))
        gone = known - {kit["kit_id"] for kit in kits}
    else:
        changed, cursor = changed_kits(get, state["cursor"])
        read = {kit_id: get(f"{API}kits/{quote(kit_id, safe='')}/?{INCLUDE}") for kit_id in sorted(changed)}
        kits = [kit for kit in read.values() if kit is not None]
        gone = {kit_id for kit_id, kit in read.items() if kit is None} & known
    present = (known | {kit["kit_id"] for kit in kits}) - gone
    return kits, sorted(gone), {"cursor": cursor, "kits": sorted(present)}


def facts(kit: Kit) -> dict[str, str]:
    """What both shops keep as metadata; what is not known is left out, never written as 0."""
    parts = "; ".join(f"{part['quantity'] or '?'} x {part['sku']}" for part in kit["components"] if not part["is_optional"])
    labelled = [part for part in kit["components"] if in_force(part["ence"])]
    found = {
        "ysh_kit_id": kit["kit_id"],
        "power_kwp": kit["power_kwp"],
        "inverter_power_kw": kit["inverter_power_kw"],
        "voltage_phase": kit["voltage_phase"],
        "roof_type": kit["roof_type"],
        "monthly_generation_kwh": kit["avg_monthly_generation_kwh"],
        "check_state": kit["check_state"],
        "inmetro_certified": kit["inmetro_certified"],
        "availability": kit["availability"],
        "ence": "; ".join(f"{part['sku']}: {part['ence']['registration']}" for part in labelled),
        "parts": parts,
    }
    return {name: _text(value) for name, value in found.items() if value not in (None, "")}


def in_force(label: dict[str, Any] | None) -> bool:
    """Whether a part has an INMETRO registration that holds today."""
    return label is not None and bool(label["in_force"])


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def stock(kit: Kit) -> int | None:
    """How many kits the stock of the parts makes; None while that of one part is not known."""
    counts = [
        part["stock_quantity"] // part["quantity"] if part["stock_quantity"] is not None and part["quantity"] else None
        for part in kit["components"]
        if not part["is_optional"]
    ]
    known = [count for count in counts if count is not None]
    return min(known) if known and len(known) == len(counts) else None


def medusa_product(kit: Kit) -> dict[str, Any]:
    """One entry of `create` of Medusa 2's `POST /admin/products/batch`. Amounts are in reais, not in centavos."""
    prices = [{"currency_code": "brl", "amount": float(Decimal(kit["total_price"]))}] if kit["total_price"] else []
    return {
        "title": kit["name"],
        "handle": kit["seo_slug"] or kit["kit_id"].lower(),
        "external_id": kit["kit_id"],
        # A kit without a price is no offer yet.
        "status": "published" if prices and kit["status"] == "ACTIVE" else "draft",
        "images": [{"url": url} for url in kit["image_urls"]],
        "options": [{"title": "Kit", "values": ["Completo"]}],
        "variants": [
            {
                "title": "Completo",
                "sku": kit["sku"],
                "options": {"Kit": "Completo"},
                # Without a known stock the shop must not count one.
                "manage_inventory": stock(kit) is not None,
                "prices": prices,
            }
        ],
        "metadata": facts(kit),
    }


def saleor_product(kit: Kit, *, product_type: str, category: str, channel: str, warehouse: str) -> dict[str, Any]:
    """One `ProductBulkCreateInput` of Saleor's `productBulkCreate`. The other arguments are ids in Saleor."""
    count = stock(kit)
    listing = [{"channelId": channel, "price": kit["total_price"]}] if kit["total_price"] else []
    return {
        "name": kit["name"],
        "slug": kit["seo_slug"] or kit["kit_id"].lower(),
        "externalReference": kit["kit_id"],
        "productType": product_type,
        "category": category,
        "media": [{"mediaUrl": url} for url in kit["image_urls"]],
        "metadata": [{"key": key, "value": value} for key, value in facts(kit).items()],
        "channelListings": [{"channelId": channel, "isPublished": bool(listing) and kit["status"] == "ACTIVE"}],
        "variants": [
            {
                "sku": kit["sku"],
                "externalReference": kit["kit_id"],
                "attributes": [],
                "trackInventory": count is not None,
                "channelListings": listing,
                "stocks": [{"warehouse": warehouse, "quantity": count}] if count is not None else [],
            }
        ],
    }


def main() -> int:
    """See the module's text."""
    if len(sys.argv) != 4 or sys.argv[1] not in ("medusa", "saleor"):
        sys.stderr.write(__doc__ or "")
        return 2
    shop, host, path = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    state = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    kits, gone, new = plan(getter(host), state)
    had = set(state.get("kits", ()))
    if shop == "medusa":
        # `update` and `delete` name Medusa's own ids: look them up by external_id (GET /admin/products?external_id=…).
        body = {
            "create": [medusa_product(kit) for kit in kits if kit["kit_id"] not in had],
            "update": [medusa_product(kit) for kit in kits if kit["kit_id"] in had],
            "delete": gone,
        }
    else:
        ids = {"product_type": "PRODUCT_TYPE_ID", "category": "CATEGORY_ID", "channel": "CHANNEL_ID", "warehouse": "WAREHOUSE_ID"}
        body = {
            "create": [saleor_product(kit, **ids) for kit in kits if kit["kit_id"] not in had],
            "update": [saleor_product(kit, **ids) for kit in kits if kit["kit_id"] in had],
            "delete": [{"externalReference": kit_id} for kit_id in gone],
        }
    json.dump(body, sys.stdout, ensure_ascii=False, indent=1)
    # Last: should writing fail, the next run begins where this one did.
    path.write_text(json.dumps(new), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
