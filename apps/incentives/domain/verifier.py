#!/usr/bin/env python3
"""Check an audit pack of a run of pay: plain Python, nothing to install. Run it in the unpacked folder.

    python3 verify.py

It proves that nothing in the pack was changed after it was made: every file against the manifest, the inputs and every
result against the hash that was approved, every statement against its hash, and the ledger from its first line on. It
prints what does not hold and ends with 1, or says that everything holds and ends with 0.
"""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

GENESIS = "0" * 64


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(data).hexdigest()


def text_of(value: object) -> str:
    """Canonical JSON: keys in order, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The JSON lines of a file."""
    with open(folder.joinpath(name), encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def check(folder: Path) -> list[str]:
    """Everything in an unpacked audit pack that does not hold."""
    manifest = json.loads(folder.joinpath("manifest.json").read_text(encoding="utf-8"))
    found = []
    for name, expected in manifest["files"].items():
        path = folder.joinpath(name)
        if not path.is_file():
            found.append(f"{name} is missing.")
        elif digest(path.read_bytes()) != expected:
            found.append(f"{name} was changed.")
    if found:
        return found
    run = manifest["run"]
    if digest(folder.joinpath("inputs.json").read_bytes()) != run["inputs"]:
        found.append("The inputs are not those that were calculated from.")
    if digest(folder.joinpath("plan.json").read_bytes()) != run["plan_content"]:
        found.append("The plan is not the one that was published.")
    found += _results(folder, run)
    found += _statements(folder)
    found += _ledger(folder, run)
    return found


def _results(folder: Path, run: dict[str, Any]) -> Iterator[str]:
    told = []
    for row in lines(folder, "results.jsonl"):
        if digest(row["document"].encode()) != row["fingerprint"]:
            yield f"The result of {row['key']} was changed."
        told.append([row["key"], row["fingerprint"], row["due"]])
    content = digest(text_of([each[1:] for each in sorted(told)]).encode())
    if content != run["content"]:
        yield "The results together are not what the run came to."
    for approval in json.loads(folder.joinpath("approvals.json").read_text(encoding="utf-8")):
        if approval["revision"] == run["revision"] and approval["content"] != content:
            yield f"{approval['by']} approved something else."


def _statements(folder: Path) -> Iterator[str]:
    for row in lines(folder, "statements.jsonl"):
        if digest(row["document"].encode()) != row["fingerprint"]:
            yield f"Statement {row['number']} was changed."


def _ledger(folder: Path, run: dict[str, Any]) -> Iterator[str]:
    before, number, heads, posted = GENESIS, 0, {GENESIS}, 0
    for row in lines(folder, "ledger.jsonl"):
        number += 1
        told = text_of({"number": row["number"], "posting": row["posting"], "before": row["before"]})
        if row["number"] != number or row["before"] != before:
            yield f"Ledger line {row['number']} does not follow the one before it."
        if digest(told.encode()) != row["hash"]:
            yield f"Ledger line {row['number']} was changed."
        before, number = row["hash"], row["number"]
        heads.add(before)
        if row["posting"]["run"] == run["key"]:
            posted += row["posting"]["minor"]
    if run["head"] and run["head"] not in heads:
        yield "The ledger does not hold the line that the approval names."
    if run["published"] and not run["reversed"] and posted != run["due"]:
        yield "What was posted is not what the results come to."


if __name__ == "__main__":
    faults = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(faults) if faults else "Everything holds.")
    sys.exit(1 if faults else 0)
