"""`manage.py audit`: what one does with the change log."""

import json
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import chain, lake, retention
from audit.actions import Conflicts, preview
from audit.actions.erase import erase
from audit.actions.revert import request_scope, revert
from audit.verify import Verification, verify
from ysh.core.actor import acting_as, current_actor
from ysh.core.errors import TerminalError


def _month(text: str) -> date:
    return datetime.strptime(text, "%Y-%m").date()


class Command(BaseCommand):
    help = (
        "The change log. verify: is it as it was written? checkpoint: write the chains' heads to DynamoDB and the lake now. "
        "prune: archive old months in the lake, then remove what is past its retention. erase: forget a person. "
        "revert: take back a request or a run.\n"
        "Example: manage.py audit verify --month 2026-11\n"
        "Exit codes: 0 success, 1 something is wrong or failed, 2 bad usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help="what to do")
        verifying = commands.add_parser("verify", help="find altered, removed and inserted entries, and name them")
        verifying.add_argument("--month", type=_month, metavar="YYYY-MM", help="only this month (UTC)")
        checkpointing = commands.add_parser("checkpoint", help="seal, close months that are over, store checkpoints")
        pruning = commands.add_parser("prune", help="archive months in the lake, then remove what is past its retention")
        pruning.add_argument("--dry-run", action="store_true", help="only say what would be done")
        erasing = commands.add_parser("erase", help="blank a person's data in the log; the chain stays verifiable")
        erasing.add_argument(
            "--name", action="append", default=[], help="a name of the person, as it was written; may be repeated"
        )
        erasing.add_argument("--document", action="append", default=[], help="a document of theirs, as it was written")
        erasing.add_argument("--reason", required=True, help="why, without the person's data")
        reverting = commands.add_parser(
            "revert", help="take back all that a request or a run wrote; for what is too large for a page"
        )
        which = reverting.add_mutually_exclusive_group(required=True)
        which.add_argument("--request", type=UUID, metavar="UUID", help="the request's id")
        which.add_argument("--run", type=UUID, metavar="UUID", help="the run's id")
        reverting.add_argument("--reason", required=True, help="why; stands beside every change")
        reverting.add_argument("--dry-run", action="store_true", help="only say what would be done")
        for one in (verifying, checkpointing, pruning, erasing, reverting):
            one.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['command']}")(**options)

    def _verify(self, **options: Any) -> None:
        found = verify(options["month"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found) | {"ok": found.ok}))
        else:
            self._show(found)
        if not found.ok:
            raise CommandError(f"{len(found.findings)} findings: the log is not as it was written.")

    def _show(self, found: Verification) -> None:
        for finding in found.findings:
            self.stdout.write(f"{finding.month[:7]}  {finding.kind:10}  {finding.message}")
        for warning in found.warnings:
            self.stderr.write(warning)
        months = f"{found.months[0][:7]} to {found.months[-1][:7]}" if found.months else "no month"
        self.stdout.write(f"{found.entries:,} entries checked ({months}), {found.erased:,} of them with erased personal data.")

    def _revert(self, **options: Any) -> None:
        scope = request_scope(request_id=options["request"], run_id=options["run"])
        try:
            if options["dry_run"]:
                plan = preview(scope)
                told: dict[str, Any] = {
                    "records": len(plan.writes),
                    "changed_since": plan.conflict_keys,
                    "notes": [*plan.notes, *plan.prices],
                }
            else:
                actor = current_actor()
                with acting_as(replace(actor, source="command")):
                    done = revert(scope, by=actor.name, reason=options["reason"], conflicts=Conflicts.LEAVE)
                told = {"records": done.written, "changed_since": list(done.left_out), "notes": list(done.notes)}
        except TerminalError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(told | {"dry_run": options["dry_run"]}, default=str))
            return
        verb = "would be changed back" if options["dry_run"] else "changed back"
        self.stdout.write(f"{told['records']:,} records {verb}; {len(told['changed_since']):,} changed since, left as they are.")
        for note in told["notes"]:
            self.stdout.write(f"  {note}")

    def _erase(self, **options: Any) -> None:
        try:
            actor = current_actor()
            with acting_as(replace(actor, source="command")):
                done = erase([*options["name"], *options["document"]], by=actor.name, reason=options["reason"])
        except TerminalError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        self.stdout.write(f"{done.entries:,} entries blanked, {done.archived:,} in archived months. Look also at:")
        for place in done.elsewhere:
            self.stdout.write(f"  {place}")

    def _prune(self, **options: Any) -> None:
        try:
            done = retention.prune(dry_run=options["dry_run"])
        except lake.LakeError as error:
            raise CommandError(f"Nothing was removed: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "months": [asdict(one) for one in done]}))
            return
        verb = "would remove" if options["dry_run"] else "removed"
        for one in done:
            self.stdout.write(f"{one.month[:7]}: {verb} {one.removed:,} of {one.entries:,} entries  {one.archive_uri}")
        if not done:
            self.stdout.write("Nothing is past its retention.")

    def _checkpoint(self, **options: Any) -> None:
        missing = chain.checkpoint()
        if options["json"]:
            self.stdout.write(json.dumps({"missing": missing}))
        if missing:
            raise CommandError("Not all checkpoints were stored: " + "; ".join(missing))
