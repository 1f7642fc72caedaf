"""The lake: what was fetched (`raw/`), and typed snapshots of what became of it (`processed/`)."""
