"""Every text has a Chinese translation, in its own room's catalog, with the same placeholders."""

from collections import defaultdict

import pytest

from tests.architecture import extraction


@pytest.fixture(scope="module")
def messages() -> list[extraction.Message]:
    return list(extraction.messages())


def test_texts_are_found_in_python_and_in_templates(messages: list[extraction.Message]) -> None:
    places = {message.place.split("/")[0] for message in messages}
    assert places == {"apps", "templates"}
    assert len(messages) > 60


def test_every_text_has_a_chinese_translation() -> None:
    untranslated = [f"{each.room}: {each.place}: {each.text}" for each in extraction.missing()]
    assert not untranslated, "see python -m tests.architecture.extraction\n" + "\n".join(untranslated)


def test_translations_fill_in_the_same_values(messages: list[extraction.Message]) -> None:
    catalogs: dict = {}
    wrong = []
    for message in messages:
        wanted = extraction.placeholders(message.plural or message.text)
        for form in extraction.translation_of(message, catalogs) or ():
            if extraction.placeholders(form) != wanted:
                wrong.append(f"{message.place}: {message.text!r} -> {form!r}")
    assert not wrong, "\n".join(wrong)


def test_a_text_reads_the_same_in_every_room(messages: list[extraction.Message]) -> None:
    """Django merges the rooms' catalogs: of two translations of one text, one would silently win."""
    catalogs: dict = {}
    said = defaultdict(set)
    for message in messages:
        if forms := extraction.translation_of(message, catalogs):
            said[message.context, message.text].add(forms)
    different = {text: forms for (_context, text), forms in said.items() if len(forms) > 1}
    assert not different


def test_catalogs_hold_no_fuzzy_or_stale_entries(messages: list[extraction.Message]) -> None:
    used = {(message.room, message.context, message.text) for message in messages}
    rooms = {message.room for message in messages}
    stale = [
        f"{room}: {entry.id}"
        for room in sorted(rooms)
        for entry in extraction.catalog(room)
        if entry.id
        and (
            entry.fuzzy
            or (room, entry.context or "", entry.id[0] if isinstance(entry.id, tuple) else entry.id) not in used
        )
    ]
    assert not stale, "\n".join(stale)


def test_chinese_has_no_exclamation_or_coaxing(messages: list[extraction.Message]) -> None:
    catalogs: dict = {}
    loud = [
        form
        for message in messages
        for form in extraction.translation_of(message, catalogs) or ()
        if any(sign in form for sign in ("!", "!", "亲,", "哦", "呢", "啦"))
    ]
    assert not loud
