"""The whole product, once for all journeys: servers, web, worker and scheduler, and people in Chromium."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response

from config.devstack.stack import Stack, stack
from tests.chromium import WATCH, launch_arguments
from tests.journeys.looking import dress, speak

ROOT = Path(__file__).resolve().parents[2]
DEMO, DEMO_OWNER, DEMO_PASSWORD = "hengtong", "wangheng@hengtong.example", "north-star-2026"
PATIENCE = 60_000
"""Milliseconds that a person waits for a worker before something is wrong."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture(scope="session")
def house() -> Iterator[Stack]:
    """The running product. Its folder has a short name: sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="lodestar-house-"))
    try:
        with stack(folder, web=True, worker=True, scheduler=True, env={"LODESTAR_SWEEP_SECONDS": "1"}) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`person()`: somebody with a browser of their own. What goes wrong in it is told at the end of the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def come(**options: object) -> Page:
        wanted = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", "locale": "en-US", **options}
        context = browser.new_context(**wanted)
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda said: _note_refused(page, said.text, troubles))
        page.on("response", lambda answer: _note_error(answer, troubles))
        return page

    yield come
    for context in contexts:
        context.close()
    assert not troubles, troubles


def _note_refused(page: Page, text: str, troubles: list[str]) -> None:
    if "Content Security Policy" in text:
        troubles.append(f"{page.url}: {text}")


def _note_error(answer: Response, troubles: list[str]) -> None:
    if answer.status >= 500 or (answer.status == 404 and "/static/" in answer.url):
        troubles.append(f"{answer.status} {answer.url}")


@pytest.fixture(scope="session")
def demo(house: Stack) -> str:
    """Where the demo company lives, furnished."""
    house.manage("seed_demo", DEMO, "--patience", "120", timeout=600)
    return f"http://{DEMO}.localhost:{house.web_port}"


@pytest.fixture
def signed_in(demo: str, person: Callable[..., Page]) -> Callable[..., Page]:
    """`signed_in(width, language, theme)`: the browser of the demo's owner on the home page."""

    def come(width: int, language: str, theme: str) -> Page:
        page = person(viewport={"width": width, "height": 900})
        page.goto(f"{demo}/account/login/")
        page.locator("input[name=login]").fill(DEMO_OWNER)
        page.locator("input[name=password]").fill(DEMO_PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(f"{demo}/")
        page.goto(f"{demo}/account/reauthenticate/")
        page.locator("input[name=password]").fill(DEMO_PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        speak(page, demo, language)
        dress(page, demo, theme)
        return page

    return come


@pytest.fixture
def mail(house: Stack) -> Callable[..., str]:
    """`mail("ada@x.test", pattern)`: wait for a mail to that address whose text holds `pattern`; what it found."""

    def read(address: str, pattern: str) -> str:
        until = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < until:
            for text in _letters(house.data / "mail", address):
                if found := re.search(pattern, text):
                    return found[0]
            time.sleep(0.2)
        raise AssertionError(f"no mail to {address} holds {pattern}")

    return read


def _letters(folder: Path, address: str) -> Iterator[str]:
    """The texts of all letters to an address, newest file first. A line of dashes ends a letter."""
    for path in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True):
        for raw in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            letter = message_from_bytes(raw, policy=policy.default)
            body = letter.get_body(("plain",))
            if address in str(letter["To"]) and body is not None:
                yield body.get_content()


@pytest.fixture(scope="session")
def purchases() -> Path:
    """The file of 69,659 real purchases; skips the test where it is not."""
    folder = Path(os.environ.get("LODESTAR_DATA_SETS") or ROOT.parent / "shared" / "data")
    found = folder / "cdnow" / "cdnow_transactions.csv"
    if not found.exists():
        pytest.skip(f"no CDNOW purchases at {found}; LODESTAR_DATA_SETS names the folder that holds cdnow/")
    return found
