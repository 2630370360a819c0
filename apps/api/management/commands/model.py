"""The model as code, from the command line: export, plan, apply, schema. See apps/model/MODEL.md."""

from __future__ import annotations

import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import ROBOT, Actor
from apps.kernel.issue import Refusal
from apps.model.domain.difference import Change, Status
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.reading import MOST_BYTES, Fault, ModelRefused
from apps.model.domain.renaming import read_pairs, renamed
from apps.model.domain.schema import json_schema
from apps.model.domain.writing import write_yaml
from apps.model.selectors import export_model
from apps.model.services import Options, Plan, apply_model, plan_model
from apps.workspaces.scope import inside
from apps.workspaces.selectors import workspace_at

FAILED, CHANGES = 1, 2
MARKS = {Status.CREATED: "+", Status.CHANGED: "~", Status.REMOVED: "-", Status.KEPT: "="}
EPILOG = """\
exit codes:
  0  done; for plan: the workspace is as the file says already
  1  failed: the file or the command has to be mended, everything is listed
  2  plan only: applying would change something (as `terraform plan -detailed-exitcode`)
"""


class Command(BaseCommand):
    requires_system_checks = []
    help = "Export the model of a workspace as YAML, see what a file would change, apply it, print the JSON Schema."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: object) -> CommandParser:
        parser = super().create_parser(
            prog_name, subcommand, epilog=EPILOG, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )
        parser.error = self._wrong_usage  # argparse says 2, which means something else here
        return parser

    def _wrong_usage(self, message: str) -> NoReturn:
        raise CommandError(f"{message}. See: manage.py model --help", returncode=FAILED)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["export", "plan", "apply", "schema"])
        parser.add_argument("file", nargs="?", default="-", help="The YAML file; - reads, or writes, the terminal.")
        parser.add_argument("--workspace", metavar="SLUG", help="Which workspace; needed except for schema.")
        parser.add_argument("--as", dest="email", metavar="E-MAIL", help="Act as this person, with what they may do.")
        parser.add_argument("--prune", action="store_true", help="Also take out of use what the file leaves out.")
        parser.add_argument(
            "--column", action="append", default=[], metavar="DATA.COLUMN=OURS", help="A column called otherwise here."
        )
        parser.add_argument("--note", default="", help="Stands with each new version, such as the commit.")
        parser.add_argument("--fingerprint", help="Apply only what the plan of this fingerprint showed.")
        parser.add_argument("--json", action="store_true", help="Print the plan as JSON.")

    def handle(self, *args: object, act: str, file: str, workspace: str | None, **options: object) -> None:
        if act == "schema":
            self._put(file, json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
            return
        found = workspace_at(workspace) if workspace else None
        if found is None or not found.is_open:
            told = f"There is no open workspace “{workspace}”." if workspace else "Name it: --workspace SLUG."
            raise CommandError(told, returncode=FAILED)
        try:
            with inside(found):
                self._act(act, file, _actor(options["email"]), options)
        except ModelRefused as refusal:
            lines = [_fault(file, fault) for fault in refusal.faults]
            raise CommandError("\n".join([refusal.in_words(gettext), *lines]), returncode=FAILED) from None
        except Refusal as refusal:
            lines = [f"  {issue.where}: {issue.in_words(gettext)}" for issue in refusal.issues]
            raise CommandError("\n".join([refusal.in_words(gettext), *lines]), returncode=FAILED) from None

    def _act(self, act: str, file: str, actor: Actor, options: dict[str, object]) -> None:
        if act == "export":
            self._put(file, write_yaml(export_model(actor)))
            return
        wanted, read = parse_yaml(_content(file))
        wanted = renamed(wanted, read_pairs(" ".join(options["column"])))
        how = Options(prune=bool(options["prune"]), note=str(options["note"]))
        if act == "apply":
            done = apply_model(actor=actor, wanted=wanted, read=read, options=how, fingerprint=options["fingerprint"])
            self._tell(done, options, "Applied")
            return
        plan = plan_model(actor=actor, wanted=wanted, read=read, options=how)
        self._tell(plan, options, "Plan")
        if not plan.is_empty:
            sys.exit(CHANGES)

    def _put(self, file: str, text: str) -> None:
        if file == "-":
            self.stdout.write(text, ending="")
        else:
            Path(file).write_text(text, encoding="utf-8")

    def _tell(self, plan: Plan, options: dict[str, object], word: str) -> None:
        if options["json"]:
            from apps.api.serializers.code import plan_json

            self.stdout.write(json.dumps(plan_json(plan), indent=2, ensure_ascii=False))
            return
        lines = [line for change in plan.changes if change.status is not Status.UNCHANGED for line in _told(change)]
        lines += [f"! {fault.issue.where}: {fault.issue.in_words(gettext)}" for fault in plan.notes]
        counts = ", ".join(f"{plan.count(status)} {status.value}" for status in Status)
        self.stdout.write("\n".join([*lines, f"{word}: {counts}.", f"Fingerprint: {plan.fingerprint}"]))


def _actor(email: object) -> Actor:
    if not email:
        return ROBOT
    person = next((user for user in accounts.active_people() if user.email == str(email).strip().lower()), None)
    if person is None:
        raise CommandError(f"Nobody active in this workspace has the address {email}.", returncode=FAILED)
    return person.actor


def _content(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(file).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=FAILED) from None


def _told(change: Change) -> list[str]:
    head = f"{MARKS[change.status]} {change.section} {change.key}"
    if change.status is Status.KEPT:
        head += "  (not in the file; it stays)"
    return [head, *(f"    {each.where}: {_short(each.before)} -> {_short(each.after)}" for each in change.fields)]


def _short(value: object) -> str:
    return "–" if value is None else json.dumps(value, ensure_ascii=False)


def _fault(file: str, fault: Fault) -> str:
    place = f"{file}:{fault.line}" if fault.line else file
    where = f" {fault.issue.where}:" if fault.issue.where else ""
    return f"  {place}:{where} {fault.issue.in_words(gettext)}"
