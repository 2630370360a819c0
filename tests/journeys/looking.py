"""A page of the running product, looked at in other languages, themes and widths."""

from collections.abc import Iterable

from playwright.sync_api import Page

from tests.looks import change_theme, too_wide, violations


def speak(page: Page, origin: str, language: str) -> None:
    """Choose a language as the menu does."""
    page.goto(f"{origin}/")
    page.evaluate(
        """async (language) => {
            const csrfmiddlewaretoken = document.querySelector("input[name=csrfmiddlewaretoken]").value;
            const body = new URLSearchParams({csrfmiddlewaretoken, language});
            await fetch("/language/", {method: "POST", body});
        }""",
        language,
    )


def dress(page: Page, origin: str, theme: str) -> None:
    page.context.add_cookies([{"name": "theme", "value": theme, "url": origin}])


def faults(page: Page, *, widths: Iterable[int] = (), colours_only: bool = False) -> list[str]:
    """What is wrong with the page that is open; its width is also tried at `widths`."""
    told = [f"{page.url}: the policy refused {each}" for each in page.evaluate("window.violations")]
    told += [f"{page.url}: {each}" for each in violations(page, colours_only=colours_only)]
    here = page.viewport_size["width"]
    for width in (here, *widths):
        resize(page, width)
        if wider := too_wide(page):
            told.append(f"{page.url}: {wider} px too wide at {width}")
    resize(page, here)
    return told


def faults_in_other_looks(page: Page, width: int, theme: str) -> list[str]:
    """What is wrong with the page that is open in the other theme, and in both themes at the other width.

    The same page as the server sends it: a theme is an attribute, on which only colours depend.
    """
    other_width, other_theme = (1440 if width < 1000 else 390), ("light" if theme == "dark" else "dark")
    change_theme(page, other_theme)
    told = faults(page, colours_only=True)
    resize(page, other_width)
    told += faults(page)
    change_theme(page, theme)
    told += faults(page, colours_only=True)
    resize(page, width)
    return [f"in another look, {each}" for each in told]


def resize(page: Page, width: int) -> None:
    if page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": 900})
