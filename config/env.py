"""Typed readers for settings. A value that makes no sense is refused with the variable's name; all are told at once.

Values that may hold a password are never shown: messages say what was expected and which piece is wrong.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

T = TypeVar("T")

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_POSTGRES = "postgres://user@host:port/name"
_POSTGRES_OPTIONS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name", "target_session_attrs"}
)
_MAIL = "smtp://user:password@host:port, smtp+tls://... (STARTTLS), smtps://..., file:///folder or console://"
_CLUSTER = "sc://host:port or sc://host:port/;token=...;use_ssl=true (Spark Connect: Spark, Databricks, Sail)"
_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


class BadSetting(Exception):
    """One or more environment variables cannot be used; the text names each and says what was expected."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        what = "This setting cannot" if len(problems) == 1 else f"These {len(problems)} settings cannot"
        super().__init__(f"{what} be used:\n" + "\n".join(f"  {problem}" for problem in problems))


class _Refused(Exception):
    """Why one value cannot be used."""


class Env:
    """Reads settings from the environment. After the last one call ``complain()``, which raises BadSetting.

    Until then a refused variable reads as a harmless stand-in, so that all mistakes are found in one go. A variable
    that is empty counts as not set; without a ``default`` it is then missing.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self.problems: list[str] = []
        self.known: list[str] = []  # the names asked for, in order

    def text(self, name: str, *, default: str | None = None, min_length: int = 1) -> str:
        """A line of text of at least ``min_length`` characters."""

        def parse(raw: str) -> str:
            if len(raw) < min_length:
                raise _Refused(f"expected at least {min_length} characters, got {len(raw)}")
            return raw

        expected = f"text of at least {min_length} characters" if min_length > 1 else "text"
        return self._read(name, default, parse, expected, "x" * min_length)

    def boolean(self, name: str, *, default: bool | None = None) -> bool:
        """1, true, yes, on; or 0, false, no, off."""

        def parse(raw: str) -> bool:
            word = raw.lower()
            if word not in _YES | _NO:
                raise _Refused(f"expected 1 or 0 (true or false, yes or no, on or off), got {_shown(raw)}")
            return word in _YES

        return self._read(name, default, parse, "1 or 0", False)

    def integer(self, name: str, *, minimum: int, maximum: int, default: int | None = None) -> int:
        """A whole number from ``minimum`` to ``maximum``, both allowed."""
        expected = f"a whole number from {minimum} to {maximum}"

        def parse(raw: str) -> int:
            if not re.fullmatch(r"-?[0-9]{1,18}", raw, re.ASCII) or not minimum <= int(raw) <= maximum:
                raise _Refused(f"expected {expected}, got {_shown(raw)}")
            return int(raw)

        return self._read(name, default, parse, expected, minimum)

    def choice(self, name: str, *, choices: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        expected = "one of " + ", ".join(choices)

        def parse(raw: str) -> str:
            if raw not in choices:
                raise _Refused(f"expected {expected}, got {_shown(raw)}")
            return raw

        return self._read(name, default, parse, expected, choices[0])

    def url(self, name: str, *, schemes: Sequence[str], default: str | None = None) -> str:
        """An address with one of these schemes, and a host (for ``unix`` and ``file``: a path)."""
        expected = " or ".join(f"{scheme}://..." for scheme in schemes)

        def parse(raw: str) -> str:
            _split(raw, schemes, expected)
            return raw

        return self._read(name, default, parse, expected, f"{schemes[0]}://invalid.invalid/")

    def database(self, name: str, *, default: str | None = None) -> dict[str, Any]:
        """A PostgreSQL address as Django's HOST, PORT, USER, PASSWORD, NAME and OPTIONS."""
        stand_in = {"HOST": "invalid.invalid", "PORT": 5432, "USER": "x", "PASSWORD": "", "NAME": "x", "OPTIONS": {}}
        return self._read(name, None, _database, _POSTGRES, stand_in, raw_default=default)

    def directory_url(self, name: str, *, default: str | None = None) -> Path:
        """A folder as ``file:///absolute/path``."""
        expected = "file:///absolute/path"

        def parse(raw: str) -> Path:
            return _folder(_split(raw, ("file",), expected), expected)

        return self._read(name, None, parse, expected, Path("/nonexistent"), raw_default=default)

    def cluster(self, name: str) -> str:
        """A Spark Connect server; empty where it is not set."""

        def parse(raw: str) -> str:
            parts = _split(raw, ("sc",), _CLUSTER)
            options = [option for option in parts.path.removeprefix("/").removeprefix(";").split(";") if option]
            if parts.query or parts.fragment or any("=" not in option for option in options):
                raise _Refused(f"expected {_CLUSTER}; what follows the host is ;name=value and nothing else")
            if parts.username is not None:
                raise _Refused(f"expected {_CLUSTER}; the token stands behind the host, not before an @")
            return raw

        return self._read(name, "", parse, _CLUSTER, "")

    def clusters(self, name: str) -> dict[str, str]:
        """Further Spark Connect servers: for each variable called ``name`` and a word, the address by that word.

        ``ENGINE_URL_BIG`` is called "big". The word has up to 24 letters, digits and underscores.
        """
        found = {}
        for variable in sorted(self._environ):
            if not variable.startswith(f"{name}_") or not self._environ[variable].strip():
                continue
            word = variable.removeprefix(f"{name}_")
            if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,23}", word, re.ASCII) or word in ("EMBEDDED", "DEFAULT"):
                self.problems.append(
                    f"{variable}: expected {name}_ and a word of up to 24 capital letters, digits and underscores, "
                    "other than EMBEDDED and DEFAULT"
                )
                continue
            found[word.lower()] = self.cluster(variable)
        return found

    def networks(self, name: str) -> tuple[str, ...]:
        """Networks with commas between them; none where it is not set."""
        expected = "networks such as 10.2.0.0/16, 192.168.7.9/32"

        def parse(raw: str) -> tuple[str, ...]:
            try:
                return tuple(str(ipaddress.ip_network(part.strip())) for part in raw.split(",") if part.strip())
            except ValueError as error:
                raise _Refused(f"expected {expected}: {error}") from None

        return self._read(name, (), parse, expected, ())

    def secrets(self, name: str, *, min_length: int) -> list[str]:
        """Secrets with commas between them, the newest first; none where it is not set."""
        expected = f"secrets of at least {min_length} characters, with commas between them"

        def parse(raw: str) -> list[str]:
            found = [part.strip() for part in raw.split(",") if part.strip()]
            if any(len(part) < min_length for part in found):
                raise _Refused(f"expected {expected}")
            return found

        return self._read(name, [], parse, expected, [])

    def place(self, name: str) -> str:
        """A folder by its absolute path or the address of a bucket; empty where it is not set."""
        expected = "/absolute/path or an address such as s3a://bucket/folder"

        def parse(raw: str) -> str:
            if not re.match(r"/[^/]|[A-Za-z][A-Za-z0-9+.-]*:/", raw):
                raise _Refused(f"expected {expected}, got {_shown(raw)}")
            return raw

        return self._read(name, "", parse, expected, "")

    def mail(self, name: str, *, default: str | None = None) -> dict[str, Any]:
        """How mail leaves, as Django's EMAIL_* settings: SMTP, a folder of files, or the console."""
        return self._read(name, None, _mail, _MAIL, {}, raw_default=default)

    def complain(self) -> None:
        """Raise BadSetting if any variable read so far was refused."""
        if self.problems:
            raise BadSetting(self.problems)

    def _read(
        self,
        name: str,
        default: T | None,
        parse: Callable[[str], T],
        expected: str,
        stand_in: T,
        raw_default: str | None = None,
    ) -> T:
        self.known.append(name)
        raw = self._environ.get(name, "").strip() or (raw_default or "")
        if not raw:
            if default is not None:
                return default
            self.problems.append(f"{name}: missing; expected {expected}")
            return stand_in
        try:
            if re.search(r"[\x00-\x1f\x7f]", raw):
                raise _Refused("expected a single line without control characters")
            return parse(raw)
        except _Refused as refused:
            self.problems.append(f"{name}: {refused}")
            return stand_in


def _shown(raw: str) -> str:
    """A short value for a message."""
    return repr(raw if len(raw) <= 40 else raw[:37] + "...")


def _split(raw: str, schemes: Sequence[str], expected: str) -> SplitResult:
    """Take an address apart; refuses other schemes, bad ports and missing hosts without showing the value."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://", raw)
    if not scheme:
        raise _Refused(f'expected {expected}, got something without "scheme://"')
    if scheme[1].lower() not in schemes:
        raise _Refused(f"expected {expected}, got the scheme {scheme[1]}://")
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        raise _Refused(
            f"expected {expected}; the host or port cannot be read (the port is a number from 1 to 65535; "
            "special characters in user and password have to be percent-encoded)"
        ) from None
    if port == 0:
        raise _Refused(f"expected {expected}; port 0 is not a port")
    if parts.scheme not in ("unix", "file", "console") and not parts.hostname:
        raise _Refused(f"expected {expected}; the host is missing")
    if parts.scheme in ("unix", "file") and not parts.path.startswith("/"):
        raise _Refused(f"expected {expected}; the path is missing")
    return parts


def _database(raw: str) -> dict[str, Any]:
    parts = _split(raw, ("postgres", "postgresql"), _POSTGRES)
    name = unquote(parts.path.removeprefix("/"))
    if not parts.username:
        raise _Refused(f"expected {_POSTGRES}; the user is missing")
    if not name or "/" in name:
        raise _Refused(f"expected {_POSTGRES}; the database name is missing or holds a slash")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - _POSTGRES_OPTIONS)
    if unknown:
        raise _Refused(f"unknown option {', '.join(unknown)}; known are {', '.join(sorted(_POSTGRES_OPTIONS))}")
    return {
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or 5432,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": name,
        "OPTIONS": options,
    }


def _folder(parts: SplitResult, expected: str) -> Path:
    path = Path(unquote(parts.path))
    if parts.hostname not in (None, "localhost") or parts.query or parts.fragment or path == Path("/"):
        raise _Refused(f"expected {expected}: three slashes, then a folder")
    return path


def _mail(raw: str) -> dict[str, Any]:
    parts = _split(raw, (*_MAIL_PORTS, "file", "console"), _MAIL)
    backends = "django.core.mail.backends"
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": f"{backends}.console.EmailBackend"}
    if parts.scheme == "file":
        folder = _folder(parts, "file:///folder")
        return {"EMAIL_BACKEND": f"{backends}.filebased.EmailBackend", "EMAIL_FILE_PATH": str(folder)}
    return {
        "EMAIL_BACKEND": f"{backends}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }
