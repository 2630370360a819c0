"""Who acts in a company of the demo, and waiting for the workers."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count

from apps.accounts import selectors as people
from apps.accounts.domain.roles import ROBOT, Actor
from apps.demo.domain.writing import Company
from apps.work import selectors as work
from apps.work.services import run_due

Say = Callable[[str], None]


class DemoFailed(RuntimeError):
    """The demo could not be made, with the reason."""


class Cast:
    """The people of a company as actors, by role; where nobody has a role, the owner acts."""

    def __init__(self, company: Company) -> None:
        self.by_email = {user.email: user for user in people.active_people()}
        self._domain = company.domain
        self._roles = {person.role: company.email(person) for person in company.people}

    def person(self, mailbox: str) -> Actor | None:
        """Who reads the mail of `mailbox`; None if there is nobody."""
        user = self.by_email.get(f"{mailbox}@{self._domain}")
        return user.actor if user else None

    def actor(self, role: str) -> Actor:
        email = self._roles.get(role, self._roles["owner"])
        return self.by_email[email].actor if email in self.by_email else ROBOT


def work_off(say: Say, patience: float, told: str) -> None:
    """Wait until nothing is left to do. If no worker is at work for `patience` seconds, do it here."""
    quiet_since = time.monotonic()
    for turn in count():
        left = work.unfinished()
        if not left:
            say(f"  {told}")
            return
        if work.in_progress().filter(status="running").exists():
            quiet_since = time.monotonic()
        if time.monotonic() - quiet_since >= patience:
            run_due()
            continue
        if turn % 20 == 0:
            say(f"  {left} pieces of work to do")
        time.sleep(0.25)
