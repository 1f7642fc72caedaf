"""The page that makes a mapping out of an unknown list: upload it, choose columns, see the first rows as parsed, save."""

import json
import tempfile
from collections.abc import Sequence
from csv import writer
from dataclasses import replace
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline.models import SupplierMapping
from pipeline.suppliers.brands import Brands
from pipeline.suppliers.guess import guess_table
from pipeline.suppliers.mapping import FIELDS, Column, Mapping, MappingError, Table, as_json, from_json
from pipeline.suppliers.notes import message_of_refusal
from pipeline.suppliers.parse import ListParser
from pipeline.suppliers.read.open_list import MAX_BYTES, open_list
from pipeline.suppliers.read.sheet import Sheet
from ysh.core.errors import YshError

SAMPLE = 20
LABELS = {
    "key": _("code"), "name": _("name"), "description": _("description"), "price": _("price"), "brand": _("brand"),
    "model": _("model"), "category": _("category"), "power_wp": _("power (Wp)"), "power_kw": _("power (kW)"),
    "quantity": _("quantity"), "image": _("image"), "url": _("address"), "status": _("availability"), "stock": _("stock"),
    "datasheet": _("data sheet"), "declared_kwp": _("kit's power (kWp)"), "roof": _("roof"),
    "source_key": _("supplier's own key"), "kit_key": _("kit the line belongs to"), "component": _("kit's part"),
    "system": _("system"),
}  # fmt: skip


class ListForm(forms.Form):
    supplier = forms.SlugField(label=_("Supplier"), max_length=40)
    file = forms.FileField(label=_("List"), help_text=_("CSV or XLSX, at most 100 MB"))


def mapping_view(page: Any, request: HttpRequest) -> HttpResponse:
    """First the file, then its columns; each choice shows the rows anew."""
    if not request.user.has_perm("pipeline.import_catalog"):
        raise PermissionDenied
    context = {**page.admin_site.each_context(request), "title": gettext("New mapping"), "opts": page.opts}
    if request.method != "POST":
        return TemplateResponse(request, "ysh/admin/mapping_new.html", {**context, "form": ListForm()})
    if "sample" in request.POST:
        return _chosen(page, request, context)
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return TemplateResponse(request, "ysh/admin/mapping_new.html", {**context, "form": form})
    try:
        sheet = _sheet(form.cleaned_data["file"])
    except YshError as error:
        form.add_error("file", str(error))
        return TemplateResponse(request, "ysh/admin/mapping_new.html", {**context, "form": form})
    mapping = Mapping(form.cleaned_data["supplier"], tables=(replace(guess_table(sheet.headers, sheet.records), name="list"),))
    rows = [[str(record.values.get(name, "")) for name in sheet.headers] for record in sheet.records[:SAMPLE]]
    sample = {"headers": list(sheet.headers), "rows": rows}
    return _page(request, context, mapping, sample)


def _sheet(file: Any) -> Sheet:
    """The first table of an uploaded file."""
    if file.size > MAX_BYTES:
        raise YshError(gettext("A list may have at most 100 MB."))
    with tempfile.TemporaryDirectory(prefix="ysh-mapping-") as folder:
        path = Path(folder) / "list"
        with path.open("wb") as stream:
            for chunk in file.chunks():
                stream.write(chunk)
        sheets = [found for found in open_list(path, name=file.name) if isinstance(found, Sheet) and found.records]
    if not sheets:
        raise YshError(gettext("The file holds no table."))
    return sheets[0]


def _chosen(page: Any, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    try:
        sample = json.loads(request.POST["sample"])
        mapping = from_json(json.loads(request.POST["mapping"]))
        headers, rows = [str(name) for name in sample["headers"]][:500], sample["rows"][:SAMPLE]
    except (ValueError, KeyError, TypeError) as error:
        messages.warning(request, str(error))
        return redirect("admin:pipeline_mapping_new")
    table = mapping.tables[0] if mapping.tables else Table()
    columns = {
        name: table.columns[name] if name in table.columns and table.columns[name].headers == (header,) else Column((header,))
        for place, header in enumerate(headers)
        if (name := request.POST.get(f"column{place}", "")) in FIELDS
    }
    kept = {name: column for name, column in table.columns.items() if column.headers == ("*",)}
    entity = request.POST.get("entity", "auto")
    table = replace(table, columns={**kept, **columns}, entity=entity if entity in {"auto", "products", "kits"} else "auto")
    mapping = replace(mapping, tables=(table,), number_format=request.POST.get("number_format", "auto"))
    if "save" in request.POST:
        try:
            declared = as_json(from_json(as_json(mapping)))
        except MappingError as error:
            messages.warning(request, str(error))
        else:
            SupplierMapping.objects.update_or_create(
                supplier_code=mapping.supplier, defaults={"mapping": declared, "changed_by": request.user.get_username()}
            )
            messages.success(request, gettext("The mapping of %(supplier)s was saved.") % {"supplier": mapping.supplier})
            return redirect("admin:pipeline_suppliermapping_change", mapping.supplier)
    return _page(request, context, mapping, {"headers": headers, "rows": rows})


def _page(request: HttpRequest, context: dict[str, Any], mapping: Mapping, sample: dict[str, Any]) -> HttpResponse:
    table = mapping.tables[0]
    meaning = {column.headers[0]: name for name, column in table.columns.items() if len(column.headers) == 1}
    meaning |= {
        each.headers[0]: gettext("part of the kit") for part in table.parts for each in (part.text, part.quantity) if each
    }
    return TemplateResponse(
        request,
        "ysh/admin/mapping_columns.html",
        {
            **context,
            "mapping": mapping,
            "mapping_json": json.dumps(as_json(mapping), ensure_ascii=False),
            "sample_json": json.dumps(sample, ensure_ascii=False),
            "fields": [(name, LABELS[name]) for name in FIELDS],
            "columns": [(place, name, meaning.get(name, "")) for place, name in enumerate(sample["headers"])],
            "rows": sample["rows"][:5],
            "parsed": _parsed(mapping, sample),
            "entity": table.entity,
        },
    )


def _parsed(mapping: Mapping, sample: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The sample's rows through the very parser of the import."""
    with tempfile.TemporaryDirectory(prefix="ysh-sample-") as folder:
        path = Path(folder) / "sample.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer(stream).writerows([sample["headers"], *sample["rows"]])
        result = ListParser(mapping, Brands(mapping.brands)).parse([(path, "sample.csv")])
    found: list[dict[str, Any]] = [
        {
            "what": gettext("product"), "key": product.key, "name": product.name, "category": product.category,
            "brand": product.brand, "power": product.part.power_wp or product.part.ac_kw,
            "price": product.prices[-1] if product.prices else None,
        }
        for product in result.products.values() if not product.placeholder
    ]  # fmt: skip
    found += [
        {
            "what": gettext("kit"), "key": kit.key, "name": kit.name, "category": kit.system_type,
            "brand": ", ".join(sorted({part.brand for part in kit.parts if part.brand})),
            "power": kit.power_kwp, "price": kit.prices[-1] if kit.prices else None,
        }
        for kit in result.kits.values()
    ]  # fmt: skip
    return [*found, *({"what": gettext("refused"), "name": message_of_refusal(each), "refused": True} for each in result.refused)]
