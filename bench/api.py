"""`bench api`: kept answers under load: against a bare view, from each layer, with each service gone, all on one cold key."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bench.children import Children
from bench.console import say
from bench.errors import BenchError
from bench.figures import percentile
from bench.load import HOST, Taken, load, request
from bench.options import Options
from bench.private import Wire, free_port, private_services
from bench.reads import server_command
from bench.report import Check, Finding
from bench.uncached import UncachedReads

LIST = "/api/v1/generation-units/?page_size=50"
SETTLE_SECONDS = 60
#: how long an outage lasts, and how long after its end all has to be as before
OUTAGE_SECONDS, RECOVERY_SECONDS = 6.0, 10.0
OUTAGE_RATE = 100.0


@dataclass(frozen=True, slots=True)
class ApiChildren(Children):
    """Children with the layers on and services of their own."""

    redis_port: int = 0
    dynamodb_port: int = 0
    body: str = ""

    def environment(self) -> dict[str, str]:
        """See `Children`."""
        return {
            **super(ApiChildren, self).environment(),
            "DJANGO_SETTINGS_MODULE": "bench.api_settings",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{self.dynamodb_port}",
            "DYNAMODB_TABLE_PREFIX": "bench-",
            "AWS_ACCESS_KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", "local"),
            "AWS_SECRET_ACCESS_KEY": os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
            "BENCH_BODY": self.body,
            "LOG_LEVEL": "WARNING",
        }


class ApiBenchmark:
    """Starts services and server, measures. Afterwards `findings`, `checks` and `measurements` are filled."""

    def __init__(self, options: Options, children: Children, rows: int, settle: Callable[[], None]) -> None:
        self._options, self._children, self._rows, self._settle = options, children, rows, settle
        self.findings: list[Finding] = []
        self.checks: list[Check] = []
        self.measurements: dict[str, Any] = {}

    def measure(self) -> None:
        """Everything, in order."""
        address = urlsplit(self._children.database_url)
        wire = Wire(address.hostname or "127.0.0.1", address.port or 5432)
        folder = self._options.out / "services"
        folder.mkdir(exist_ok=True)
        account = address.netloc.rpartition("@")[0]
        database = address._replace(netloc=f"{account}@127.0.0.1:{wire.port}").geturl()
        with private_services(folder) as (redis, dynamodb):
            wire.start()
            children = ApiChildren(
                database,
                self._children.out,
                self._children.log,
                redis_port=redis.port,
                dynamodb_port=dynamodb.port,
                body=str(folder / "body.json"),
            )
            try:
                children.manage("dynamodb", "create")
                uncached = UncachedReads(self._options, children, self._rows)
                uncached.fill()
                self._settle()
                port = free_port()
                with children.background(server_command(port)) as _server:
                    self._wait_for(port)
                    (folder / "body.json").write_bytes(self._get(port, LIST)[1])
                    self._hot(port)
                    self._stampede(port)
                    self._outages(port, {"Redis": redis, "DynamoDB": dynamodb, "PostgreSQL": wire})
                self._warm(children)
                # What PostgreSQL is asked each time goes to it directly: the wire is a thread of ours and would be measured too.
                port = free_port()
                with replace(children, database_url=self._children.database_url).background(server_command(port)) as _server:
                    self._wait_for(port)
                    uncached.measure(port)
                self.findings += uncached.findings
                self.checks += uncached.checks
                self.measurements["uncached"] = uncached.measurements
            finally:
                wire.stop()

    # --- parts

    def _hot(self, port: int) -> None:
        seconds = self._options.load_seconds
        tag = self._get(port, LIST)[0]["etag"]
        ways = {
            "bare": [request("/bare/")],
            "hot": [request(LIST)],
            "not_modified": [request(LIST, {"If-None-Match": tag})],
        }
        for asked in ways.values():
            load(port, asked, seconds=1)
        # Turn by turn, in short turns, so that a disturbance hits all alike. Each turn has its own ratios; the median counts.
        turns: dict[str, list[Taken]] = {name: [] for name in ways}
        for turn in range(max(3, round(seconds))):
            for name in (*ways,) if turn % 2 else reversed([*ways]):
                turns[name].append(load(port, ways[name], seconds=1))
        rates = {name: median(one.per_second for one in taken) for name, taken in turns.items()}
        for name, rate in rates.items():
            say(f"{name}: {rate:,.0f} answers/s")
        self.checks.append(
            Check("hot hits that came from Redis", 1, len({source for one in turns["hot"] for source in one.sources}))
        )
        for name, wanted in (("hot", [200]), ("not_modified", [304])):
            found = sorted({status for one in turns[name] for status in one.statuses})
            self.checks.append(Check(f"{name}: status of every answer", wanted, found))
        self.checks.append(Check("failed", 0, sum(one.failed for taken in turns.values() for one in taken)))
        self.measurements["answers_per_second"] = rates
        ratio = _ratio(turns["hot"], turns["bare"])
        shown = f"{rates['hot']:,.0f}/s against {rates['bare']:,.0f}/s: {ratio:.2f} x"
        self.findings.append(Finding("Hot hit against a bare Django view of the same bytes", shown, ">= 0.75 x", ratio >= 0.75))
        # On new connections each turn: how they fall on the web server's processes is a part of what readers see.
        paced = [load(port, ways["hot"], seconds=2, per_second=rates["hot"] / 2) for _ in range(max(3, round(seconds)))]
        tails = [percentile(one.milliseconds, 99) for one in paced]
        together = [ms for one in paced for ms in one.milliseconds]
        p99 = percentile(together, 99)
        self.measurements["half_load"] = {f"p{p}_ms": percentile(together, p) for p in (50, 95, 99)} | {"turns_p99_ms": tails}
        shown = f"{p99:.1f} ms; {len(tails)} turns had {min(tails):.1f} to {max(tails):.1f}, half at most {median(tails):.1f}"
        self.findings.append(Finding("Hot hit, p99 at half of that load", shown, "<= 5 ms", p99 <= 5))
        ratio = _ratio(turns["not_modified"], turns["hot"])
        shown = f"{rates['not_modified']:,.0f}/s: {ratio:.2f} x the hot hit"
        self.findings.append(Finding("304 answer", shown, ">= 1 x", ratio >= 1))

    def _warm(self, children: Children) -> None:
        found = children.task("warm_hits", {"rounds": self._options.requests * 3})
        self.measurements["warm"] = found
        ratio = found["warm_ms"] / found["bare_ms"]
        shown = f"{found['warm_ms']:.2f} ms against {found['bare_ms']:.2f} ms: {ratio:.2f} x"
        self.findings.append(
            Finding("Warm hit (Redis empty) against a bare GetItem + decompress", shown, "<= 1.3 x", ratio <= 1.3)
        )

    def _stampede(self, port: int) -> None:
        path = f"{LIST}&ordering=-installed_power_kw&count=true"
        taken = load(port, [request(path)], seconds=0, connections=200, each=1)
        # Who built says MISS; who joined the builder says where it put the answer.
        misses = taken.sources.get("MISS", 0)
        self.measurements["stampede"] = {"failed": taken.failed, "sources": taken.sources}
        self.checks.append(Check("stampede: readers answered", 200, len(taken.milliseconds) - taken.failed))
        self.findings.append(Finding("Stampede: 200 clients on one cold key", f"{misses} built", "1 build", misses == 1))

    def _outages(self, port: int, services: dict[str, Any]) -> None:
        asked = [request(f"/api/v1/generation-units/?page_size={size}") for size in range(1, 41)]
        for one in asked:
            load(port, [one], seconds=0, connections=1, each=1)
        for name, service in services.items():
            time.sleep(2)
            result: list[Taken] = []
            whole = 2 + OUTAGE_SECONDS + RECOVERY_SECONDS
            runner = threading.Thread(target=lambda: result.append(load(port, asked, seconds=whole, per_second=OUTAGE_RATE)))  # noqa: B023
            runner.start()
            time.sleep(2)
            service.stop()
            time.sleep(OUTAGE_SECONDS)
            service.start()
            runner.join()
            self._judge(name, result[0])

    def _judge(self, name: str, taken: Taken) -> None:
        # A client that fell behind by seconds asked for nothing in the last ones: that is no recovery.
        during = [ms for ms, at in zip(taken.milliseconds, taken.at, strict=True) if 3 <= at < 2 + OUTAGE_SECONDS]
        after = [
            ms for ms, at in zip(taken.milliseconds, taken.at, strict=True) if at >= 2 + OUTAGE_SECONDS + RECOVERY_SECONDS - 2
        ]
        p99, back = (percentile(found, 99) if found else float("inf") for found in (during, after))
        self.measurements[f"outage_{name.lower()}"] = {
            "failed": taken.failed,
            "p99_ms": p99 if during else None,
            "p99_after_ms": back if after else None,
            "max_ms": max(taken.milliseconds),
            "sources": taken.sources,
        }
        sources = ", ".join(f"{source} {count}" for source, count in sorted(taken.sources.items()))
        shown = f"{taken.failed} failed, p99 {p99:.0f} ms, after its return {back:.0f} ms ({sources})"
        shown += f"; p99 {p99 / 250:.2f} of the goal"
        met = not taken.failed and p99 <= 250 and back <= 250
        goal = "0 failed, p99 <= 250 ms after the first second, normal 10 s after its return"
        self.findings.append(Finding(f"{name} stopped under load", shown, goal, met))

    # --- asking

    def _get(self, port: int, path: str) -> tuple[dict[str, str], bytes]:
        # The host is the load's: links in the body name it, so that another one's entity tag is another one.
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers={"Host": HOST}), timeout=30) as response:
            return {name.lower(): value for name, value in response.headers.items()}, response.read()

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            try:
                self._get(port, "/healthz")
            except OSError:
                if time.monotonic() > deadline:
                    raise BenchError(f"The web server did not start:\n{self._children.log_tail()}") from None
                time.sleep(0.1)
            else:
                return


def _ratio(some: list[Taken], others: list[Taken]) -> float:
    """Answers a second against answers a second of the same turn; the median turn's."""
    return median(one.per_second / other.per_second for one, other in zip(some, others, strict=True))
