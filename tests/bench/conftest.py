"""Benchmarks run as programs, beside a database of this test run's own."""

import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
import pytest

from bench.scratch import conninfo_of
from ysh import env


@pytest.fixture
def bench_url(settings):
    """A DATABASE_URL whose scratch database is no other test run's; the database it names need not exist."""
    name = f"{settings.DATABASES['default']['NAME']}_smoke"
    return urlsplit(env.DATABASE_URL)._replace(path=f"/{name}").geturl()


@pytest.fixture
def scratch_exists(bench_url):
    """Asks the server whether the scratch database is there."""
    name = urlsplit(bench_url).path.strip("/") + "_bench"
    with psycopg.connect(conninfo_of(env.DATABASE_URL, "postgres"), autocommit=True) as server:
        yield lambda: server.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name]).fetchone()[0]


@pytest.fixture
def start_bench(bench_url, monkeypatch):
    """Starts `python -m bench` with arguments; returns the process."""
    monkeypatch.setenv("DATABASE_URL", bench_url)
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "bench", *arguments],
            cwd=env.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
