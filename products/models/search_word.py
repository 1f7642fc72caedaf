"""The words of the catalogue."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchWord(models.Model):
    """A word that occurs in names, brands or models, as of the last refresh: what a search corrects typos to. Read-only."""

    word = models.TextField(_("word"), primary_key=True)
    documents = models.IntegerField(_("rows that have it"))

    class Meta:
        managed = False
        db_table = "mv_search_words"
        verbose_name = _("search word")
        verbose_name_plural = _("search words")
        ordering = ["word"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.word
