"""The home page of the demo company against a bare Django page with one query, turn by turn in one run."""

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from config.devstack.stack import Stack, stack
from tests.bench.report import Figure
from tests.bench.turns import bare, leasts, opening
from tests.person import Person


def run() -> list[Figure]:
    """Least milliseconds of both pages and their ratio; requests one at a time over a kept connection."""
    with TemporaryDirectory() as folder, stack(Path(folder), web=True, worker=True, scheduler=True) as running:
        running.manage("seed_demo", timeout=900)
        home = Person(running.web_port, "hengtong.localhost")
        home.sign_in(*_login(running))
        number = count()
        with bare(running) as floor:
            found = leasts({"home": opening(home, "/"), "bare": opening(floor, "/")})
            anew = leasts({"anew": lambda: opening(home, f"/?{next(number)}")()}, rounds=2)["anew"]
    return [
        Figure("home page of the demo", f"{found['home']:.1f} ms"),
        Figure("bare Django page with one query", f"{found['bare']:.1f} ms"),
        Figure("ratio", f"{found['home'] / found['bare']:.1f}"),
        Figure("home page of the demo, made anew", f"{anew:.1f} ms"),
    ]


def _login(running: Stack) -> tuple[str, str]:
    from apps.demo.domain.story import GROUP, PASSWORD

    return GROUP.email(GROUP.people[0]), PASSWORD
