"""The benchmarks at toy size: every step runs and the counts are right. No figure is judged here."""

import json
import signal
import time

ROWS, BIG = 2_000, 3_000


def test_benchmarks_measure_and_leave_no_database(start_bench, scratch_exists, tmp_path):
    process = start_bench(
        *(
            "workflows",
            "ingest",
            "reads",
            "--rows",
            str(ROWS),
            "--upsert-rows",
            "500",
            "--big",
            str(BIG),
            "--requests",
            "3",
            "--out",
            str(tmp_path),
        )
    )
    shown, progress = process.communicate(timeout=600)
    assert process.returncode == 0, progress
    assert not scratch_exists()

    [ingest] = [json.loads(path.read_text()) for path in tmp_path.glob("ingest-*.json")]
    assert ingest["faults"] == []
    assert len(ingest["checks"]) > 30
    [runs] = ingest["measurements"]["runs"]
    counts = {
        step: [run["summary"][name] for name in ("inserted", "updated", "unchanged", "removed", "rejected")]
        for step, run in runs.items()
    }
    # 0.5 % changed, 0.05 % removed, 0.1 % added
    assert counts == {
        "first": [ROWS, 0, 0, 0, 0],
        "same": [0, 0, ROWS, 0, 0],
        "unchanged": [0, 0, 0, 0, 0],
        "next": [2, 10, ROWS - 11, 1, 0],
        "big": [BIG, 0, 0, 0, 0],
        "big_next": [3, 15, BIG - 17, 2, 0],
    }
    [figures] = ingest["measurements"]["passes"]
    assert (figures["same_written"], figures["next_written"], figures["big_next_written"]) == (0, 13, 20)
    assert all(value >= 0 for value in figures.values())
    assert 0 < figures["first_s"] < figures["first_wall_s"]
    assert 50 < figures["first_peak_mb"] < 1000
    assert not any(finding["met"] is False for finding in ingest["findings"]), "goals are not judged at toy size"

    [reads] = [json.loads(path.read_text()) for path in tmp_path.glob("reads-*.json")]
    assert reads["faults"] == []
    assert reads["measurements"]["rows"] == BIG + 3
    assert len(reads["measurements"]["cases"]) == len(reads["findings"]) == 17
    assert all(case["requests"] == 3 and case["p50_ms"] > 0 for case in reads["measurements"]["cases"].values())

    [workflows] = [json.loads(path.read_text()) for path in tmp_path.glob("workflows-*.json")]
    assert workflows["faults"] == []
    assert len(workflows["checks"]) == 4
    done = {step: run["status"] for step, run in workflows["measurements"]["runs"].items()}
    assert done.pop("daily") == done.pop("next") == "SUCCESS"
    assert done == {"catalogue": "SUCCESS", "catalogue_again": "UNCHANGED", "hourly": "SKIPPED"}
    assert not any(finding["met"] is False for finding in workflows["findings"]), "goals are not judged at toy size"

    assert "First load / plain COPY" in shown
    assert "Hourly check of four sources, nothing new" in shown
    assert "Admin: unit list, first page" in shown
    assert "| API: list, first page |" in next(tmp_path.glob("reads-*.md")).read_text()
    assert not (tmp_path / "lake").exists()


def test_an_interrupted_benchmark_drops_its_database(start_bench, scratch_exists, tmp_path):
    process = start_bench("reads", "--reads-rows", "1000", "--out", str(tmp_path))
    deadline = time.monotonic() + 60
    while not scratch_exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _shown, progress = process.communicate(timeout=60)
    assert process.returncode == 130, progress
    assert not scratch_exists()


def test_two_benchmarks_do_not_share_a_database(start_bench, bench_url, scratch_exists, tmp_path, monkeypatch):
    import psycopg

    from bench.scratch import conninfo_of
    from ysh import env

    name = bench_url.rpartition("/")[2] + "_bench"
    with psycopg.connect(conninfo_of(env.DATABASE_URL, "postgres"), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        process = start_bench("reads", "--out", str(tmp_path))
        _shown, progress = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Another benchmark works in database {name}" in progress
    assert not scratch_exists()
