"""Files of a price list, recognised by content: CSV, XLSX, JSON, Markdown page captures."""
