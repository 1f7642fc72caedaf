"""The catalogue under /api/v1/: products, kits, facets, changes."""
