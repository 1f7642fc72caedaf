"""Benchmarks: `python -m bench [ingest] [reads]`, called by script/bench. How they measure is told in docs/benchmarks.md."""
