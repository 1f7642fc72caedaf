"""The names of the usual ways of writing that `bench.tasks.upsert` knows; apart from it, so that naming them imports nothing."""

PSYCOPG = "psycopg executemany"
ASYNCPG = "asyncpg executemany"
DJANGO = "Django bulk_create(update_conflicts)"
PANDAS = "pandas to_sql, upserting method"
WAYS = (PSYCOPG, ASYNCPG, DJANGO, PANDAS)
