"""`manage.py check_kits`: run the engineering rules on kits, store and show what they find."""

import json
import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from products.actions.check_processes import ChecksStoppedError, check_in_processes
from products.actions.checks import BATCH, CheckReport
from products.models import KitCheck, SolarKit
from ysh.core.actor import Actor, acting_as

_SHOWN = ("FAIL", "WARN", "UNKNOWN")


class Command(BaseCommand):
    help = (
        "Run the engineering rules on kits and store what they find; all kits when none is named.\n"
        "Temperatures come from the site conditions of place BR (admin), else 0 °C and 70 °C.\n"
        "Example: manage.py check_kits --kit KIT-00001 --kit KIT-00002 --json\n"
        "More than 1,000 kits are shared among as many processes as the machine has processors.\n"
        "Exit codes: 0 checked (whatever was found), 1 a process was ended from outside, 2 no kit has that id."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kit", action="extend", nargs="+", metavar="ID", help="kit ids; all kits when left out")
        parser.add_argument("--workers", type=_workers, default=os.cpu_count() or 1, metavar="N", help="processes, 1 to 64")
        parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = _keys(options["kit"]) if options["kit"] else None
        with acting_as(Actor("check_kits", "command")):
            report = _checked(keys, options["workers"])
        print(f"{report.checked:,} kits checked: {_counts(report.by_state)}", file=sys.stderr)
        told = _kits(sorted(report.states))
        if options["json"]:
            self._write_json(report.checked, report.by_state, told)
        else:
            self._write_text(told)

    def _write_json(self, checked: int, by_state: Any, kits: Iterator[dict[str, Any]]) -> None:
        """One object, written kit by kit: a catalogue of findings need not fit into memory."""
        head = json.dumps({"checked": checked, "by_state": dict(by_state)})
        self.stdout.write(f'{head[:-1]}, "kits": [', ending="")
        for place, kit in enumerate(kits):
            self.stdout.write(f"{', ' if place else ''}{json.dumps(kit, ensure_ascii=False)}", ending="")
        self.stdout.write("]}")

    def _write_text(self, kits: Iterator[dict[str, Any]]) -> None:
        for kit in kits:
            self.stdout.write(f"{kit['state']:<8} {kit['kit_id']}")
            for finding in kit["findings"]:
                if finding["outcome"] in _SHOWN:
                    about = f" {finding['subject']}" if finding["subject"] else ""
                    self.stdout.write(f"    {finding['outcome']:<8} {finding['rule_id']}{about}: {finding['message']}")


def _workers(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 64:
        return int(text)
    raise ArgumentTypeError(f"Expected a number of processes from 1 to 64, found {text!r}.")


def _checked(keys: Sequence[int] | None, workers: int) -> CheckReport:
    try:
        return check_in_processes(keys, workers=workers)
    except ChecksStoppedError as error:
        raise CommandError(str(error)) from error


def _keys(ids: Sequence[str]) -> list[int]:
    found = dict(SolarKit.objects.filter(kit_id__in=ids).values_list("kit_id", "pk"))
    unknown = [one for one in ids if one not in found]
    if unknown:
        raise CommandError(
            f"No kit has the id {', '.join(map(repr, unknown))}. Kit ids are those of the catalogue.", returncode=2
        )
    return list(found.values())


def _kits(keys: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Kits with their findings as stored, worst first, by kit id."""
    for start in range(0, len(keys), BATCH):
        chosen = keys[start : start + BATCH]
        findings: dict[int, list[dict[str, Any]]] = {key: [] for key in chosen}
        for check in KitCheck.objects.filter(kit_id__in=chosen).worst_first():
            findings[check.kit_id].append(_finding(check))
        for key, kit_id, state in (
            SolarKit.objects.filter(pk__in=chosen).order_by("pk").values_list("pk", "kit_id", "check_state")
        ):
            yield {"kit_id": kit_id, "state": state, "findings": findings[key]}


def _finding(check: KitCheck) -> dict[str, Any]:
    override = None
    if check.override_author:
        override = {
            "reason": check.override_reason,
            "author": check.override_author,
            "at": check.override_at.isoformat() if check.override_at else None,
            "expires_at": check.override_expires_at.isoformat() if check.override_expires_at else None,
        }
    return {
        "rule_id": check.rule_id,
        "subject": check.subject,
        "part": check.part_sku,
        "outcome": check.outcome,
        "severity": check.severity,
        "value": _number(check.value),
        "limit": _number(check.limit),
        "margin_percent": _number(check.margin_percent),
        "unit": check.unit,
        "message": check.text,
        "fix": check.fix,
        "reference": check.reference,
        "inputs": check.inputs,
        "engine_version": check.engine_version,
        "override": override,
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _counts(by_state: Any) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in by_state.items()) or "none"
