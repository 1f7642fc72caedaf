"""Suppliers' price lists: reading, parsing by a declarative mapping, comparing with the catalogue, writing.

`text`, `numbers`, `brands`, `classify`, `parts`, `specs` and `kits` are pure rules; `read` knows file formats; `mapping` is the
declaration of one supplier; `plan` and `write` meet the database; `run` is one import as a page.
"""
