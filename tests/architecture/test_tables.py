"""Files for spreadsheets are written in one place: whoever writes one elsewhere has to think of formulas anew."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

WRITERS = re.compile(r"\bcsv\.writer\(|\bxlsxwriter\.Workbook\(|\bopenpyxl\b")
ALLOWED = {
    "apps/common/tables.py",
    "apps/engine/export.py",
    "apps/engine/export_differences.py",
    "apps/engine/return_rejects.py",
    # These are read by the product alone.
    "apps/engine/agreement_data.py",
    "apps/engine/slabs.py",
    "apps/engine/source.py",
    "apps/demo/domain/files.py",
}


def test_tables_leave_through_one_door() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "apps").rglob("*.py")
        if WRITERS.search(path.read_text(encoding="utf-8"))
    }
    assert found == ALLOWED
