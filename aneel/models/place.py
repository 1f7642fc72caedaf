"""Electricity utilities and municipalities: what the other tables point to."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import BooleanField, F, Func, GeneratedField, Q
from django.utils.translation import gettext_lazy as _

from ysh.core.db.search import Folded
from ysh.core.models import FixedCharField, TimestampedModel


class Distributor(TimestampedModel):
    """An electricity utility, keyed by CNPJ because names and acronyms drift. Derived from the files, never hard-coded."""

    cnpj = FixedCharField(
        "CNPJ", max_length=14, primary_key=True, help_text=_("14 characters, check digits validated, leading zeros kept")
    )
    sigla = models.CharField(_("acronym"), max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=255)
    aliases = ArrayField(models.TextField(), verbose_name=_("other names seen"), default=list, db_default=[], blank=True)
    state = FixedCharField(_("state"), max_length=5, null=True, blank=True)
    valid_tariff_until = models.DateField(_("tariff valid until"), null=True, blank=True)

    class Meta:
        db_table = "distributors"
        verbose_name = _("distributor")
        verbose_name_plural = _("distributors")
        ordering = ["name", "cnpj"]
        constraints = [
            models.CheckConstraint(
                condition=Func(F("cnpj"), function="public.is_cnpj", output_field=BooleanField()),
                name="distributors_cnpj_check_digits",
            ),
            models.CheckConstraint(condition=Q(state__regex=r"^BR-[A-Z]{2}$"), name="distributors_state_form"),
        ]

    def __str__(self) -> str:
        return f"{self.sigla} – {self.name}" if self.sigla else self.name


class Municipality(TimestampedModel):
    """One of Brazil's 5,571 municipalities, by IBGE code."""

    ibge_code = models.IntegerField(_("IBGE code"), primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    state = FixedCharField(_("state"), max_length=5)
    region = models.CharField(_("region"), max_length=20)
    centroid = models.PointField(_("centre"), geography=True, srid=4326, null=True, blank=True, spatial_index=False)
    search_name = GeneratedField(
        expression=Folded("name"),
        output_field=models.CharField(max_length=80),
        verbose_name=_("search name"),
        db_persist=True,
        help_text=_("lower case, without accents"),
    )

    class Meta:
        db_table = "municipalities"
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        ordering = ["name", "ibge_code"]
        constraints = [
            models.CheckConstraint(condition=Q(ibge_code__range=(1_000_000, 9_999_999)), name="municipalities_code_range"),
            models.CheckConstraint(condition=Q(state__regex=r"^BR-[A-Z]{2}$"), name="municipalities_state_form"),
        ]
        indexes = [
            models.Index(fields=["state", "search_name"], name="municipalities_state_name"),
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="municipalities_name_trgm"),
            GistIndex(fields=["centroid"], name="municipalities_centre"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state[3:]})"
