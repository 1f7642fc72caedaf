"""Demo data: files in the sources' own formats, made from a seed, and a small catalogue.

The files are read by the same code as the real ones; nothing here knows how that works.
"""
