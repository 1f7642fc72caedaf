"""The shipped municipalities into their table."""

from typing import Any

from aneel.municipality_data import load_municipalities


def ensure_municipalities(cursor: Any) -> int:
    """Insert the municipalities the table lacks (all 5,571 on the first call). Existing rows are left as they are.

    Args:
        cursor: an open psycopg or Django cursor; the caller commits.

    Returns:
        How many were inserted.
    """
    cursor.execute("SELECT count(*) FROM aneel.municipalities")
    rows = load_municipalities()
    if cursor.fetchone()[0] >= len(rows):
        return 0
    cursor.executemany(
        """
        INSERT INTO aneel.municipalities (ibge_code, name, state, region, centroid)
        VALUES (%s, %s, %s, %s, public.ST_SetSRID(public.ST_MakePoint(%s, %s), 4326)::public.geography)
        ON CONFLICT (ibge_code) DO NOTHING
        """,
        [(row.ibge_code, row.name, f"BR-{row.uf}", row.region, row.longitude, row.latitude) for row in rows],
    )
    return int(cursor.rowcount)
