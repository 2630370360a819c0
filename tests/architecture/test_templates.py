"""Templates hold nothing that the strict content security policy would have to be loosened for."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted(path for folder in ("templates", "tests/visual") for path in (ROOT / folder).rglob("*.html"))
SOURCES = sorted((ROOT / "apps").rglob("*.py"))

COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}|<!--.*?-->", re.DOTALL)
BANNED = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a <style> element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "an htmx js: value": re.compile(r"""hx-[a-z:-]+=["']\s*js:""", re.IGNORECASE),
    "an htmx trigger filter (it is evaluated)": re.compile(r"""hx-trigger=["'][^"']*\["""),
    "an address of another host": re.compile(r"""\b(?:src|href|action)=["'](?:https?:)?//""", re.IGNORECASE),
    "markup switched off from escaping": re.compile(r"{% autoescape off"),
}
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.IGNORECASE | re.DOTALL)


def _markup(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 40


@pytest.mark.parametrize("what", BANNED)
def test_no_template_has(what: str) -> None:
    guilty = [str(path.relative_to(ROOT)) for path in TEMPLATES if BANNED[what].search(_markup(path))]
    assert not guilty, f"{what} in {guilty}"


def test_scripts_are_files_or_data() -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        for script in SCRIPT.finditer(_markup(path))
        if script["body"].strip() and 'type="application/json"' not in script["attributes"]
    ]
    assert not guilty


@pytest.mark.parametrize("what", ["an inline style", "an event attribute", "a <style> element"])
def test_python_writes_no_such_markup_either(what: str) -> None:
    strings = re.compile(r"""["']<[a-z][^"']*["']""")
    guilty = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in SOURCES
        for text in strings.findall(path.read_text(encoding="utf-8"))
        if BANNED[what].search(text)
    ]
    assert not guilty


def test_pages_extend_a_base() -> None:
    """A page of a room that stands alone would miss the menu, the theme and the policy's scripts."""
    roots = {"base.html", "base_public.html"}
    partial = re.compile(r"(^|/)(_|components/|django/|allauth/|email/)")
    alone = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if path.name not in roots
        and not partial.search(str(path.relative_to(ROOT / "templates")))
        and "{% extends " not in path.read_text(encoding="utf-8")
        and "<html" in path.read_text(encoding="utf-8")
    ]
    assert not alone


def test_pieces_say_what_they_need() -> None:
    silent = [
        path.name
        for path in (ROOT / "templates" / "components").glob("*.html")
        if not path.read_text(encoding="utf-8").startswith("{% comment %}")
    ]
    assert not silent
