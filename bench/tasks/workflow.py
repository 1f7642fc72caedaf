"""Carries a workflow out, as a worker would, and says what it cost this process."""

# ruff: noqa: E402  (Django first)

import time

import django

from bench.children import answer, question

django.setup()

from pipeline.workflows.record import COUNTS, WorkflowRecord
from pipeline.workflows.run import run_workflow
from ysh.core.actor import Actor, acting_as

asked = question()
wall, cpu = time.perf_counter(), time.process_time()
with acting_as(Actor("bench", "command", reason="benchmark")):
    row = run_workflow(asked["workflow"], by="bench", sources=asked["sources"])
answer(
    {
        "status": row.status,
        "error": row.error_message,
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "counts": {name: getattr(row, f"rows_{name}") for name in COUNTS},
        "steps": {
            name: {"status": step.get("status"), "seconds": step.get("seconds")}
            for name, step in WorkflowRecord.steps(row).items()
        },
        "why": row.execution_metadata.get("step:check", {}).get("text", ""),
    }
)
