"""Products and kits as a table that people edit in a spreadsheet and give back. Nothing here writes to the database."""
