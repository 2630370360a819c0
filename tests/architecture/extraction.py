"""Every text of the product that a person can read, found without gettext's programs.

`python -m tests.architecture.extraction` lists what has no Chinese translation yet, as entries to paste into the
room's .po file. `tests/architecture/test_translations.py` holds the rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
WITHOUT_CATALOG = {"kernel", "engine"}  # free of Django; their messages are translated in common
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|\{(\w*)\}")


@dataclass(frozen=True)
class Message:
    """A text and where it stands. `plural` and `context` are "" where there is none."""

    text: str
    plural: str
    context: str
    room: str
    place: str


def room_of(path: Path) -> str:
    """The room whose catalog translates a file: its own, or common for what belongs to all."""
    parts = path.relative_to(ROOT).parts
    rooms = {each.name for each in (ROOT / "apps").iterdir() if each.is_dir()} - WITHOUT_CATALOG
    return parts[1] if len(parts) > 2 and parts[0] in {"apps", "templates"} and parts[1] in rooms else "common"


def _python_files() -> Iterator[Path]:
    yield from sorted(path for path in (ROOT / "apps").rglob("*.py") if "migrations" not in path.parts)


def _template_files() -> Iterator[Path]:
    yield from sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def _source(path: Path) -> bytes:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = templatize(text, origin=str(path))
    return text.encode()


def messages() -> Iterator[Message]:
    """All texts of Python files and templates."""
    for path in (*_python_files(), *_template_files()):
        found = extract("python", BytesIO(_source(path)), keywords=KEYWORDS, options={"encoding": "utf-8"})
        for line, text, _comments, context in found:
            one, many = text if isinstance(text, tuple) else (text, "")
            place = f"{path.relative_to(ROOT)}:{line}"
            if one:
                yield Message(one, many or "", context or "", room_of(path), place)


def catalog_path(room: str) -> Path:
    return ROOT / "apps" / room / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def catalog(room: str) -> Catalog:
    """A room's Chinese catalog; empty where it has none."""
    path = catalog_path(room)
    if not path.exists():
        return Catalog(locale="zh_Hans")
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def translation_of(message: Message, catalogs: dict[str, Catalog]) -> tuple[str, ...] | None:
    """The message's Chinese forms in its room's catalog; None where there is none, or only a fuzzy one."""
    book = catalogs.get(message.room)
    if book is None:
        book = catalogs[message.room] = catalog(message.room)
    entry = book.get(message.text, context=message.context or None)
    if entry is None or entry.fuzzy or not entry.string:
        return None
    forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
    return forms if all(forms) else None


def missing() -> list[Message]:
    """What has no translation, each text of a room once."""
    catalogs: dict[str, Catalog] = {}
    seen: dict[tuple[str, str, str], Message] = {}
    for message in messages():
        if translation_of(message, catalogs) is None:
            seen.setdefault((message.room, message.context, message.text), message)
    return sorted(seen.values(), key=lambda each: (each.room, each.place))


def placeholders(text: str) -> set[str]:
    """The names of what is filled in."""
    return {name or braced for name, braced in PLACEHOLDER.findall(text)}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def entry(message: Message) -> str:
    """The message as an entry of a .po file, still to be translated."""
    lines = [f"#: {message.place.rsplit(':', 1)[0]}"]
    if "%(" in message.text:
        lines.append("#, python-format")
    if message.context:
        lines.append(f"msgctxt {_quoted(message.context)}")
    lines.append(f"msgid {_quoted(message.text)}")
    if message.plural:
        lines += [f"msgid_plural {_quoted(message.plural)}", 'msgstr[0] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join(lines)


def main() -> int:
    """Print the untranslated texts by room."""
    room = ""
    for message in missing():
        if message.room != room:
            room = message.room
            print(f"\n# ---- {catalog_path(room).relative_to(ROOT)}\n")
        print(entry(message), end="\n\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
