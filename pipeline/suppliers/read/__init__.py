"""Files of a price list, recognised by content: CSV, XLSX, JSON, Markdown page captures."""

from pipeline.suppliers.read.open_list import Page, Sheet, open_list

__all__ = ["Page", "Sheet", "open_list"]
