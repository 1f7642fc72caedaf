"""Who makes the equipment and who sells it to us."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from products.models.columns import address, long_text, text_array
from products.querysets import ManufacturerQuerySet
from ysh.core.db.search import Folded
from ysh.core.models import TimestampedModel


class Manufacturer(TimestampedModel):
    """A brand owner. Its name is unique whatever the case and the accents; other spellings seen are aliases."""

    name = models.CharField(_("name"), max_length=120)
    aliases = text_array(_("other spellings"), help_text=_("as suppliers write it: LONGi, Longi Solar"))
    website = address(_("website"))

    objects = ManufacturerQuerySet.as_manager()

    class Meta:
        db_table = "manufacturers"
        verbose_name = _("manufacturer")
        verbose_name_plural = _("manufacturers")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Folded("name"),
                name="manufacturers_name_folded",
                violation_error_message=_("There is a manufacturer of this name already (case and accents do not count)."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="manufacturers_name_not_blank"),
        ]

    def __str__(self) -> str:
        return self.name


class Supplier(TimestampedModel):
    """An equipment reseller whose price lists are imported."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True, help_text=_("lower case: fortlev, fotus, neosolar"))
    name = models.CharField(_("name"), max_length=120)
    mapping_notes = long_text(_("notes on its lists"), help_text=_("columns, number formats and oddities of its price lists"))

    class Meta:
        db_table = "suppliers"
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z0-9]+([_-][a-z0-9]+)*$"), name="suppliers_code_form"),
        ]

    def __str__(self) -> str:
        return self.name
