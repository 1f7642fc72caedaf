"""The page that makes a mapping out of an unknown list: upload it, choose columns, see the first rows as parsed, save."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from pipeline.admin.mapping_meanings import choices, meanings_of, with_meanings
from pipeline.admin.preview_words import label_of, shown
from pipeline.models import SupplierMapping
from pipeline.suppliers.brands import Brands
from pipeline.suppliers.guess import guess_table
from pipeline.suppliers.mapping import ENTITIES, Mapping, MappingError, Table, as_json, from_json
from pipeline.suppliers.notes import message_of_refusal
from pipeline.suppliers.parse import ListParser
from pipeline.suppliers.read.open_list import MAX_BYTES, open_list
from pipeline.suppliers.read.page_table import sheets_of
from pipeline.suppliers.read.sheet import Page, Sheet
from pipeline.suppliers.records import ParsedKit, ParsedProduct, SourceRecord
from products.choices import ProductCategory, SystemType
from ysh.core.admin import number
from ysh.core.errors import YshError

SAMPLE = 20
GUESSED_FROM = 200
MOST_SHEETS = 8
MOST_COLUMNS = 60


class ListForm(forms.Form):
    supplier = forms.SlugField(
        label=_("Supplier"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("code: lower-case letters, digits, hyphens"),
    )
    file = forms.FileField(
        label=_("List"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("CSV, XLSX, JSON or a Markdown page capture, at most 100 MB"),
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of one table of the list."""

    name: str
    headers: tuple[str, ...]
    rows: list[list[str | Decimal]]
    heading: str = ""

    def sheet(self) -> Sheet:
        records = [
            SourceRecord(
                "", line, {name: cell for name, cell in zip(self.headers, row, strict=False) if cell != ""}, self.headers
            )
            for line, row in enumerate(self.rows, start=2)
        ]
        return Sheet("", self.name, self.headers, records, self.heading)

    def as_json(self) -> dict[str, Any]:
        rows = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in self.rows]
        return {"name": self.name, "headers": list(self.headers), "rows": rows, "heading": self.heading}


def mapping_view(page: Any, request: HttpRequest) -> HttpResponse:
    """First the file, then its columns; each choice shows the rows anew."""
    if not request.user.has_perm("pipeline.import_catalog"):
        raise PermissionDenied
    context = {**page.admin_site.each_context(request), "title": gettext("New mapping"), "model_admin": page}
    if request.method != "POST":
        form = ListForm(initial={"supplier": request.GET.get("supplier", "")})
        return TemplateResponse(request, "ysh/admin/mapping_new.html", {**context, "form": form})
    if "sample" in request.POST:
        return _chosen(request, context)
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return TemplateResponse(request, "ysh/admin/mapping_new.html", {**context, "form": form})
    try:
        sheets = _sheets(form.cleaned_data["file"])
    except YshError as error:
        form.add_error("file", str(error))
        return TemplateResponse(request, "ysh/admin/mapping_new.html", {**context, "form": form})
    samples = [
        Sample(
            sheet.name,
            sheet.headers,
            [[record.values.get(name, "") for name in sheet.headers] for record in sheet.records[:SAMPLE]],
            sheet.heading,
        )
        for sheet in sheets
    ]
    tables = tuple(
        replace(
            guess_table(sheet.headers, sheet.records[:GUESSED_FROM]),
            name=sheet.name or "list",
            when=_distinct(sheet, sheets) if len(sheets) > 1 else (),
        )
        for sheet in sheets
    )
    return _page(request, context, Mapping(form.cleaned_data["supplier"].lower(), tables=tables), samples)


def _distinct(sheet: Sheet, sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """Columns that tell a table from the file's others; all named ones when none does alone."""
    others = {header for other in sheets if other is not sheet for header in other.headers}
    named = [header for header in sheet.headers if not header.startswith("column ")]
    return tuple([header for header in named if header not in others][:2] or named)


def _sheets(file: Any) -> list[Sheet]:
    """The tables of an uploaded file."""
    if file.size > MAX_BYTES:
        raise YshError(gettext("A list may have at most 100 MB."))
    with tempfile.TemporaryDirectory(prefix="ysh-mapping-") as folder:
        path = Path(folder) / "list"
        with path.open("wb") as stream:
            for chunk in file.chunks():
                stream.write(chunk)
        found: list[Sheet] = []
        for table in open_list(path, name=file.name):
            found += sheets_of(table.file, table.lines) if isinstance(table, Page) else [table]
    sheets = [sheet for sheet in found if sheet.records and len(sheet.headers) > 1][:MOST_SHEETS]
    if not sheets:
        raise YshError(gettext("The file holds no table."))
    return sheets


def _chosen(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    try:
        given = json.loads(request.POST["sample"], parse_float=Decimal, parse_int=Decimal)
        mapping = from_json(json.loads(request.POST["mapping"]))
        samples = [
            Sample(
                str(each["name"]),
                tuple(map(str, each["headers"]))[:500],
                [list(row) for row in each["rows"][:SAMPLE]],
                str(each.get("heading", "")),
            )
            for each in given[:MOST_SHEETS]
        ]
    except (ValueError, KeyError, TypeError) as error:
        messages.warning(request, str(error))
        return redirect("admin:pipeline_mapping_new")
    if not samples or len(mapping.tables) != len(samples):
        messages.warning(request, gettext("The page was incomplete; please begin anew."))
        return redirect("admin:pipeline_mapping_new")
    tables = tuple(
        _as_chosen(request, place, table, sample)
        for place, (table, sample) in enumerate(zip(mapping.tables, samples, strict=True))
    )
    mapping = replace(mapping, tables=tables, number_format=request.POST.get("number_format", "auto"))
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
            return redirect("admin:pipeline_suppliermapping_change", quote(mapping.supplier))
    return _page(request, context, mapping, samples)


def _as_chosen(request: HttpRequest, place: int, table: Table, sample: Sample) -> Table:
    before = meanings_of(table)
    chosen = {
        header: request.POST.get(f"t{place}c{column}", before.get(header, "")) for column, header in enumerate(sample.headers)
    }
    entity = request.POST.get(f"t{place}entity", table.entity)
    return replace(with_meanings(table, sample.headers, chosen), entity=entity if entity in ENTITIES else table.entity)


def _page(request: HttpRequest, context: dict[str, Any], mapping: Mapping, samples: Sequence[Sample]) -> HttpResponse:
    tables = []
    for place, (table, sample) in enumerate(zip(mapping.tables, samples, strict=True)):
        meaning = meanings_of(table)
        columns = [(column, header, meaning.get(header, "")) for column, header in enumerate(sample.headers[:MOST_COLUMNS])]
        rows = [[number(cell) if isinstance(cell, Decimal) else cell for cell in row[:MOST_COLUMNS]] for row in sample.rows[:5]]
        tables.append({"place": place, "sample": sample, "entity": table.entity, "columns": columns, "rows": rows})
    parsed = _parsed(mapping, samples)
    return TemplateResponse(
        request,
        "ysh/admin/mapping_columns.html",
        {
            **context,
            "mapping": mapping,
            "mapping_json": json.dumps(as_json(mapping), ensure_ascii=False),
            "sample_json": json.dumps([sample.as_json() for sample in samples], ensure_ascii=False),
            "groups": choices(),
            "tables": tables,
            "parsed": parsed,
            "refused": sum("refused" in row for row in parsed),
        },
    )


def _parsed(mapping: Mapping, samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """The sample's rows through the very parser of the import."""
    result = ListParser(mapping, Brands(mapping.brands)).parse_sheets([sample.sheet() for sample in samples])
    found: list[dict[str, Any]] = []
    for product in result.products.values():
        if product.placeholder:
            continue
        watts = product.part.power_wp
        power = f"{number(watts)} Wp" if watts else f"{number(product.part.ac_kw)} kW" if product.part.ac_kw else ""
        found.append(
            {
                "what": gettext("product"), "key": product.key, "name": product.name, "power": power,
                "category": ProductCategory(product.category).label, "brand": product.brand,
                "price": product.prices[-1] if product.prices else None,
                "more": _more(product),
            }
        )  # fmt: skip
    found += [
        {
            "what": gettext("kit"), "key": kit.key, "name": kit.name, "category": SystemType(kit.system_type).label,
            "brand": ", ".join(sorted({part.brand for part in kit.parts if part.brand})), "power": f"{number(kit.power_kwp)} kWp",
            "price": kit.prices[-1] if kit.prices else None, "more": _parts_of(kit),
        }
        for kit in result.kits.values()
    ]  # fmt: skip
    return [
        *found,
        *(
            {
                "what": gettext("refused"), "name": message_of_refusal(each), "refused": True,
                "place": gettext("row %(row)s, column %(column)s") % {"row": each.line, "column": each.column or "–"},
            }
            for each in result.refused
        ),
    ]  # fmt: skip


def _more(product: ParsedProduct) -> str:
    """What else the list tells of an article: its attributes, its stock."""
    told = [shown("specifications", product.specifications)] if product.specifications else []
    stock = ((name, getattr(product, name)) for name in ("available", "stock"))
    told += [f"{label_of(name)}: {shown(name, value)}" for name, value in stock if value is not None]
    return " · ".join(told)


def _parts_of(kit: ParsedKit) -> str:
    return "; ".join(f"{part.quantity or '?'}× {part.name}" for part in kit.parts)
