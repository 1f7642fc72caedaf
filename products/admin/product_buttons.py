"""Buttons of a product's page: values from a document, their review, the INMETRO registration."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminFileFieldWidget

from products.actions.values import REVIEW, review_values, set_values
from products.admin.dialogs import go
from products.admin.specification_form import origin_text, shown_value, unusual_text
from products.attribute_labels import attribute_label
from products.datasheets import Document, cec_document, read_document, search_cec
from products.models import Product
from products.provenance import unreviewed
from products.registrations import confirm_registration, propose_products, propose_registrations
from products.rules.families import FAMILIES, violations
from products.rules.typical import unusual_values
from products.violations import message_of
from ysh.core.errors import TerminalError

_SALT, _MAX_AGE_SECONDS = "products.document", 3600


class DocumentForm(forms.Form):
    """The file that is read; what it says is looked at before anything is taken over."""

    file = forms.FileField(label=_("File"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".pan,.ond"}))


class ReviewValuesForm(BaseDialogForm):
    """Which values were compared with their source."""

    names = forms.MultipleChoiceField(
        label=_("Values compared with their source"), widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = (
            Product.objects.filter(pk=self.object_id or 0).only("category", "specifications", "specification_sources").first()
        )
        if product is None:
            return
        family = FAMILIES.get(product.category, {})
        choice: Any = self.fields["names"]
        choice.choices = [
            (
                name,
                f"{capfirst(attribute_label(name))}: {shown_value(family.get(name), product.specifications[name])} "
                f"({origin_text(product.specification_sources, name)})",
            )
            for name in unreviewed(product.specifications, product.specification_sources)
        ]


class ProductButtons(ModelAdmin):
    """Values are taken over with the right to change; reviews and registrations are confirmed by reviewers."""

    actions_detail = ["fill", "review_values", "registration"]

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(REVIEW)

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        own = [
            path("<int:pk>/document/", site.admin_view(self.document_view), name="products_product_document"),
            path("<int:pk>/inmetro/", site.admin_view(self.registration_view), name="products_product_inmetro"),
            path("certification/<int:pk>/", site.admin_view(self.candidates_view), name="products_product_candidates"),
        ]
        return own + super().get_urls()

    @action(description=_("Fill from a document"), icon="upload_file", permissions=["change"], url_path="fill")
    def fill(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:products_product_document", object_id)

    @action(description=_("INMETRO registration"), icon="verified", permissions=["view"], url_path="registration")
    def registration(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:products_product_inmetro", object_id)

    @action(
        description=_("Review values"),
        icon="fact_check",
        permissions=["review"],
        url_path="review-values",
        dialog={
            "title": _("Review values"),
            "description": _("Your name stands beside each value you tick. A value that changes loses its review."),
            "form_class": ReviewValuesForm,
            "form_submit_text": _("These are right"),
        },
    )
    def review_values(self, request: HttpRequest, form: ReviewValuesForm, object_id: str) -> HttpResponse:
        product = get_object_or_404(Product, pk=object_id)
        marked = review_values(product, form.cleaned_data["names"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, gettext("%(count)s values reviewed.") % {"count": len(marked)})
        return go(self._address(product))

    # --- values from a document
    def document_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A .PAN or .OND file, or a row of the CEC table found by hand: its values beside the product's, to take over."""
        product = get_object_or_404(Product.objects.defer("raw_data", "search_vector"), pk=pk)
        if not self.has_change_permission(request, product):
            raise PermissionDenied
        if request.method == "POST" and "take" in request.POST:
            return self._take_over(request, product)
        document, found, text = None, [], request.GET.get("q", "").strip()
        try:
            if request.FILES.get("file"):
                upload: Any = request.FILES["file"]
                document = read_document(upload.read(1_000_001), upload.name)
            elif row := request.GET.get("row"):
                document = cec_document(product.category, row)
            elif text:
                found = search_cec(product.category, text)
        except TerminalError as refusal:
            messages.error(request, str(refusal))
        if document is not None and document.category != product.category:
            messages.error(request, gettext("The file describes equipment of another category than this product's."))
            document = None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Fill %(product)s from a document") % {"product": product.sku},
            "model_admin": self,
            "product": product,
            "document": document,
            "upload": DocumentForm(),
            "lines": _lines(product, document) if document else [],
            "signed": _sign(product, document) if document else "",
            "found": found,
            "query": text,
            "has_table": product.category in {"paineis", "inversores"},
        }
        return TemplateResponse(request, "ysh/admin/product_document.html", context)

    def _take_over(self, request: HttpRequest, product: Product) -> HttpResponse:
        try:
            told = signing.loads(request.POST["take"], salt=_SALT, max_age=_MAX_AGE_SECONDS)
        except signing.BadSignature:
            told = {}
        if told.get("product") != product.pk:
            messages.error(request, gettext("The page had grown old: read the document again."))
            return redirect("admin:products_product_document", product.pk)
        chosen = set(request.POST.getlist("names"))
        values = {name: value for name, value in told["values"].items() if name in chosen}
        try:
            changed = set_values(product, values, source=told["source"], document=told["document"], by=request.user)  # type: ignore[arg-type]
        except TerminalError as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:products_product_document", product.pk)
        text = gettext("%(count)s values taken over from %(document)s.")
        messages.success(request, text % {"count": len(changed), "document": told["document"]})
        return redirect(self._address(product))

    # --- registration
    def candidates_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Products by likeness to one registration; each is linked on its own page of proposals."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        model: Any = Product._meta.get_field("certification").related_model
        certification = get_object_or_404(model.objects.defer("raw_data"), pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Products of registration %(number)s") % {"number": certification.certificate_number},
            "model_admin": self,
            "certification": certification,
            "candidates": propose_products(certification),
        }
        return TemplateResponse(request, "ysh/admin/certification_products.html", context)

    def registration_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Registrations by likeness; a person links one."""
        product = get_object_or_404(Product.objects.select_related("certification", "manufacturer"), pk=pk)
        if not self.has_view_permission(request, product):
            raise PermissionDenied
        if request.method == "POST":
            chosen = request.POST.get("certification", "")
            model: Any = Product._meta.get_field("certification").related_model
            certification = get_object_or_404(model, pk=chosen) if chosen else None
            try:
                confirm_registration(product, certification, by=request.user, reason=request.POST.get("reason", ""))  # type: ignore[arg-type]
            except TerminalError as refusal:
                messages.error(request, str(refusal))
            else:
                done = gettext("Registration linked.") if certification else gettext("Registration unlinked.")
                messages.success(request, done)
            return redirect(self._address(product))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("INMETRO registration of %(product)s") % {"product": product.sku},
            "model_admin": self,
            "product": product,
            "proposals": propose_registrations(product),
            "may_confirm": self.has_review_permission(request),
        }
        return TemplateResponse(request, "ysh/admin/product_registration.html", context)

    def _address(self, product: Product) -> str:
        return reverse("admin:products_product_change", args=[product.pk])


def _sign(product: Product, document: Document) -> str:
    told = {"product": product.pk, "source": document.source, "document": document.name, "values": dict(document.values)}
    return signing.dumps(told, salt=_SALT, compress=True)


def _lines(product: Product, document: Document) -> list[dict[str, Any]]:
    """The document's values beside the product's; ticked at first: what is new and sound."""
    family = FAMILIES[document.category]
    faults = {violation.name: message_of(violation) for violation in violations(document.category, document.values)}
    odd = {found.name: unusual_text(found.low, found.high) for found in unusual_values(document.category, document.values)}
    lines = []
    for name, value in document.values.items():
        before = product.specifications.get(name)
        lines.append(
            {
                "name": name,
                "label": capfirst(attribute_label(name)),
                "before": "–" if before is None else shown_value(family.get(name), before),
                "after": shown_value(family.get(name), value),
                "same": before == value,
                "note": faults.get(name) or odd.get(name, ""),
                "refused": name in faults,
                "ticked": before is None and name not in faults and name not in odd,
            }
        )
    return lines
