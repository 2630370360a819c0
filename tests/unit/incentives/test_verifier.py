"""The program in an audit pack: every kind of change to a pack is named, and what was not changed holds."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from apps.incentives.domain import ledger, verifier
from apps.incentives.domain.canonical import canonical, fingerprint
from apps.incentives.domain.ledger import Entry, Posting, PostingKind
from apps.incentives.domain.run import calculate
from tests.unit.incentives.plans import SEED, THREE, snapshot

Pack = dict[str, Any]
RUN = "service-2025-Q3"


def posting(run: str, minor: int, kind: PostingKind = PostingKind.ORIGINAL) -> Posting:
    return Posting("E1", "service", "2025-Q3", run, kind, minor, "CNY", "0" * 64)


def pack() -> Pack:
    """A run of three people, posted after a line of another run: what is written is what the core itself makes."""
    snap = snapshot(SEED, THREE)
    results = [
        {"key": each.participant, "document": canonical(each), "fingerprint": fingerprint(each), "due": each.total}
        for each in calculate(snap).results
    ]
    entries = list(
        ledger.chained(None, [posting("before", 7), *(posting(RUN, each["due"]) for each in results)])  # type: ignore[arg-type]
    )
    content = fingerprint([[each["fingerprint"], each["due"]] for each in results])
    paper = canonical({"number": "PS-1"})
    return {
        "inputs.json": canonical(snap),
        "plan.json": canonical(SEED),
        "results.jsonl": list(reversed(results)),  # the order of a file says nothing
        "statements.jsonl": [{"number": "PS-1", "document": paper, "fingerprint": sha256(paper.encode()).hexdigest()}],
        "ledger.jsonl": [row_of(each) for each in entries],
        "approvals.json": [
            {"revision": 1, "content": "that of an earlier revision", "by": "Ada"},
            {"revision": 2, "content": content, "by": "Ben"},
        ],
        "run": {
            "key": RUN, "inputs": fingerprint(snap), "plan_content": fingerprint(SEED), "content": content,
            "revision": 2, "head": entries[-1].hash, "published": True, "reversed": False,
            "due": sum(each["due"] for each in results),  # type: ignore[misc]
        },
    }  # fmt: skip


def row_of(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(canonical(entry))
    return told


def written(made: Pack, folder: Path) -> Path:
    files = {}
    for name, value in made.items():
        if name != "run":
            if name.endswith(".jsonl"):
                body = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in value)
            else:
                body = value if isinstance(value, str) else json.dumps(value)
            folder.joinpath(name).write_text(body, encoding="utf-8")
            files[name] = sha256(body.encode()).hexdigest()
    manifest = json.dumps({"files": files, "run": made["run"]})
    folder.joinpath("manifest.json").write_text(manifest, encoding="utf-8")
    return folder


def test_what_was_not_changed_holds(tmp_path: Path) -> None:
    assert verifier.check(written(pack(), tmp_path)) == []
    assert ledger.GENESIS == verifier.GENESIS


def _chinese(made: Pack) -> None:
    made["statements.jsonl"][0]["number"] = "发放单-1"


def _other_document(name: str) -> Callable[[Pack], None]:
    def change(made: Pack) -> None:
        made[name][0]["document"] += " "

    return change


def _set(place: str, key: str, value: object, row: int | None = None) -> Callable[[Pack], None]:
    def change(made: Pack) -> None:
        (made[place] if row is None else made[place][row])[key] = value

    return change


def _forged(made: Pack) -> None:
    """Another result with its own hash."""
    row = made["results.jsonl"][0]
    row["document"] += " "
    row["fingerprint"] = sha256(row["document"].encode()).hexdigest()


def _paid_more(made: Pack) -> None:
    made["results.jsonl"][1]["due"] += 1


def _taken_out(made: Pack) -> None:
    del made["ledger.jsonl"][1]


def _of_another_run(made: Pack) -> None:
    """A line of the run is posted under another name: the chain is whole, what was posted is not."""
    rows = [posting("before", 7), posting(RUN, made["run"]["due"] - 1), posting("other", 1)]
    entries = list(ledger.chained(None, rows))
    made["ledger.jsonl"] = [row_of(each) for each in entries]
    made["run"]["head"] = entries[-1].hash


def _reversed(made: Pack) -> None:
    """Made void: what was posted is taken back, and nothing is due; the head is that of the approval, before it."""
    entries = list(ledger.chained(None, [posting(RUN, 5), posting(RUN, -5, PostingKind.REVERSAL)]))
    made["ledger.jsonl"] = [row_of(each) for each in entries]
    made["run"] |= {"head": entries[0].hash, "reversed": True}


def _unposted(made: Pack) -> None:
    made["ledger.jsonl"] = []
    made["run"] |= {"head": "", "published": False}


def _first_of_all(made: Pack) -> None:
    """Approved before anything was ever posted."""
    made["run"]["head"] = verifier.GENESIS


RESULTS = "The results together are not what the run came to."
HEAD = "The ledger does not hold the line that the approval names."
POSTED = "What was posted is not what the results come to."


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_chinese, []),
        (_reversed, []),
        (_unposted, []),
        (_first_of_all, []),
        (_other_document("results.jsonl"), ["The result of E3 was changed."]),
        (_forged, [RESULTS, "Ben approved something else."]),
        (_paid_more, [RESULTS, "Ben approved something else."]),
        (_set("run", "content", "f" * 64), [RESULTS]),
        (_set("approvals.json", "content", "f" * 64, 1), ["Ben approved something else."]),
        (_set("run", "inputs", "f" * 64), ["The inputs are not those that were calculated from."]),
        (_set("run", "plan_content", "f" * 64), ["The plan is not the one that was published."]),
        (_other_document("statements.jsonl"), ["Statement PS-1 was changed."]),
        (_set("ledger.jsonl", "hash", "f" * 64, 1),
         ["Ledger line 2 was changed.", "Ledger line 3 does not follow the one before it."]),
        (_set("ledger.jsonl", "hash", "f" * 64, 3), ["Ledger line 4 was changed.", HEAD]),
        (_set("ledger.jsonl", "number", 9, 3),
         ["Ledger line 9 does not follow the one before it.", "Ledger line 9 was changed."]),
        (_taken_out, ["Ledger line 3 does not follow the one before it.", POSTED]),
        (_set("run", "head", "f" * 64), [HEAD]),
        (_set("run", "due", 5), [POSTED]),
        (_of_another_run, [POSTED]),
    ],
)  # fmt: skip
def test_each_change_is_named(change: Callable[[Pack], None], told: list[str], tmp_path: Path) -> None:
    made = pack()
    change(made)
    assert verifier.check(written(made, tmp_path)) == told


def test_files_are_held_against_the_manifest_first(tmp_path: Path) -> None:
    written(pack(), tmp_path)
    tmp_path.joinpath("plan.json").unlink()
    tmp_path.joinpath("inputs.json").write_text("{}", encoding="utf-8")
    assert verifier.check(tmp_path) == ["inputs.json was changed.", "plan.json is missing."]


@pytest.mark.parametrize(("due", "told", "code"), [(None, "Everything holds.\n", 0), (1, f"{POSTED}\n", 1)])
def test_the_program_says_so_and_ends_with_it(
    due: int | None, told: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    made = pack()
    made["run"]["due"] = made["run"]["due"] if due is None else due
    written(made, tmp_path)
    monkeypatch.chdir(tmp_path)
    for given in ([], [str(tmp_path)]):
        monkeypatch.setattr(sys, "argv", ["verify.py", *given])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(verifier.__file__, run_name="__main__")
        assert (ended.value.code, capsys.readouterr().out) == (code, told)


def test_it_needs_nothing_but_python() -> None:
    """It is copied into the pack as it is."""
    assert "apps." not in Path(verifier.__file__).read_text("utf-8")
    assert verifier.text_of(json.loads(canonical(replace(SEED, name="星")))) == canonical(replace(SEED, name="星"))
