"""Every page of targets and goals, for 2,000 people in 300 teams with 3,000 key results and 300 targets, against a bare
Django page with one query."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.paths import ROOT
from config.devstack.stack import stack
from tests.bench import goals_company as company
from tests.bench.report import Figure
from tests.bench.turns import bare, leasts, opening, opening_anew
from tests.person import Person

ENV = {"LODESTAR_API_READS_PER_MINUTE": "1000000"}
PAGES = {
    "my goals": "/goals/",
    "a team's goals": "/goals/teams/{team}/",
    "a region's goals": "/goals/teams/{region}/",
    "a person's goals": "/goals/people/{person}/",
    "the company's goals": "/goals/company/",
    "all goals, a page of them": "/goals/all/",
    "an objective": "/goals/objectives/{objective}/",
    "what is said of it": "/check-ins/objectives/{objective}/",
    "a new objective's form": "/goals/objectives/new/",
    "an objective's form": "/goals/objectives/{objective}/edit/",
    "handing it over": "/goals/objectives/{objective}/hand-over/",
    "OKR cycles": "/goals/cycles/",
    "a cycle": "/goals/cycles/{cycle}/",
    "closing a cycle": "/goals/cycles/{cycle}/close/",
    "copying a cycle": "/goals/cycles/{cycle}/copy/",
    "alignment tree": "/goals/alignment/",
    "a branch of it": "/goals/alignment/{cycle}/{objective}/",
    "cycle review": "/goals/review/",
    "my check-ins": "/check-ins/",
    "check-in form": "/check-ins/{key_result}/",
    "a check-in corrected": "/check-ins/said/{checkin}/correct/",
    "a team's check-ins": "/check-ins/teams/{team}/",
    "a team's meeting": "/check-ins/meetings/{meeting}/",
    "a team's cadence": "/check-ins/teams/{team}/cadence/",
    "board of actions": "/actions/?as=board",
    "list of actions": "/actions/?as=list",
    "an action": "/actions/{action}/",
    "an action's form": "/actions/{action}/edit/",
    "a new action's form": "/actions/new/",
    "targets": "/targets/",
    "many targets at once": "/targets/grid/",
    "targets as a workbook": "/targets/workbook/",
    "a new target's form": "/targets/new/?metric={metric}",
    "a target's form": "/targets/new/?metric=sales&grain=month",
    "a target's history": "/targets/{target}/history/",
    "parts of a target": "/targets/{target}/parts/",
    "splitting a target": "/targets/{target}/split/",
    "pace of a target": "/targets/{store}/pace/",
    "regions' progress": "/targets/progress/",
    "a region's progress": "/targets/progress/?of=store:Store+001",
    "league table": "/targets/league/",
}


def run() -> list[Figure]:
    """What pages take that were opened before (the least of 120), and for first readers after a change (of six)."""
    with TemporaryDirectory() as folder, stack(Path(folder), web=True, env=ENV) as running:
        argv = [sys.executable, "-m", "tests.bench.goals_company"]
        made = subprocess.run(argv, cwd=ROOT, env=running.env, check=True, capture_output=True, text=True)
        ids = json.loads(made.stdout.splitlines()[-1])
        person = Person(running.web_port, f"{company.SLUG}.localhost")
        person.sign_in(company.EMAIL, company.PASSWORD)
        paths = {name: path.format(**ids) for name, path in PAGES.items()}
        with bare(running) as floor:
            asking = {name: opening(person, path) for name, path in paths.items()}
            kept = leasts({"bare": opening(floor, "/"), **asking}, rounds=20, each=6)
            anew = {name: opening_anew(person, path) for name, path in paths.items()}
            first = leasts({"bare": opening(floor, "/"), **anew}, rounds=2, each=3)
    size = company.Size()
    return [
        Figure(
            "company",
            f"{size.people:,} people, {size.teams} teams, {size.targets + size.stores + 1} targets, "
            f"{size.results:,} key results, {size.actions} actions",
        ),
        Figure("bare Django page with one query", f"{kept['bare']:.1f} ms"),
        Figure("page", "opened before", ("first after a change",), head=True),
        *(Figure(name, _beside(name, kept), (_beside(name, first),)) for name in PAGES),
    ]


def _beside(name: str, found: dict[str, float]) -> str:
    return f"{found[name]:.1f} ms = {found[name] / found['bare']:.1f} x"
