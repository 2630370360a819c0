"""What the engine can be asked, and what it answers. Importing this module loads no engine."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from apps.engine.codec import Message
from apps.engine.comparing import Compare as Compare
from apps.engine.comparing import Compared as Compared
from apps.engine.comparing import Difference as Difference
from apps.engine.comparing import DifferencePage as DifferencePage
from apps.engine.comparing import Differences as Differences
from apps.engine.comparing import ExportDifferences as ExportDifferences
from apps.engine.entry import FileEntry as FileEntry
from apps.engine.figures import Measured as Measured
from apps.engine.figures import MeasureRow as MeasureRow
from apps.engine.figures import Unpriced as Unpriced
from apps.engine.plan import ColumnType
from apps.engine.plans import Plan
from apps.engine.quality import Profile as Profile
from apps.engine.quality import Profiled as Profiled
from apps.engine.quality import Purge as Purge
from apps.engine.quality import Purged as Purged
from apps.engine.quality import Rule as Rule
from apps.engine.quality import RuleKind as RuleKind
from apps.engine.refusing import Exported as Exported
from apps.engine.refusing import ExportRejects as ExportRejects
from apps.engine.refusing import Reject as Reject
from apps.engine.refusing import RejectCode as RejectCode
from apps.engine.refusing import RejectPage as RejectPage
from apps.engine.refusing import Rejects as Rejects
from apps.engine.refusing import ReturnRejects as ReturnRejects
from apps.engine.shape import AS_FOUND as AS_FOUND
from apps.engine.shape import Aside as Aside
from apps.engine.shape import ColumnShape as ColumnShape
from apps.engine.shape import DateOrder as DateOrder
from apps.engine.shape import FileShape as FileShape
from apps.engine.shape import Found as Found
from apps.engine.shape import Inspect as Inspect
from apps.engine.shape import NumberStyle as NumberStyle
from apps.engine.shape import Reading as Reading
from apps.kernel.issue import Issue
from apps.kernel.period import Calendar

UTC = Calendar("UTC")


class Role(StrEnum):
    """What a column is for. `money` are amounts in the currency that the column `currency` of the row names (without
    such a column: the company's), `rate` what one unit of it is worth in the company's."""

    TIME = "time"
    ENTITY = "entity"
    MEASURE = "measure"
    MONEY = "money"
    CURRENCY = "currency"
    RATE = "rate"
    DIMENSION = "dimension"
    KEY = "key"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True)
class ColumnMapping(Message):
    """Header `source` of the file becomes column `name` ([a-z][a-z0-9_]{0,40}) of `type`.

    Moments without an offset are told in `time_zone` ("": the one of the load, in which days are counted). `verbatim`:
    the words that mean "no value" in other columns are text in this one.
    """

    source: str
    name: str
    type: ColumnType
    role: Role
    required: bool = False
    date_order: DateOrder = DateOrder.YMD
    number_style: NumberStyle = NumberStyle.POINT
    time_zone: str = ""
    verbatim: bool = False


class Twins(StrEnum):
    """What becomes of rows of one file that share a key: the last one counts, all are kept, or none is taken."""

    LAST = "last"
    KEEP = "keep"
    REFUSE = "refuse"


class Meets(StrEnum):
    """What becomes of a row whose key the data has already: it takes that row's place, it is left out, or it is refused
    (and listed to be mended)."""

    REPLACE = "replace"
    KEEP = "keep"
    REFUSE = "refuse"


class Mode(StrEnum):
    """What a file does to the rows that are there: it adds to them (`Meets` says what becomes of equal keys), takes the
    place of all rows of some days or of all there are, or names the keys of rows that go."""

    APPEND = "append"
    PERIOD = "period"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True)
class Mapping(Message):
    """Which columns are taken from a file; `key` names the columns that identify a row (empty: none do)."""

    columns: tuple[ColumnMapping, ...]
    key: tuple[str, ...] = ()
    twins: Twins = Twins.LAST
    meets: Meets = Meets.REPLACE

    def key_types(self) -> tuple[tuple[str, ColumnType], ...]:
        """The columns of the key with their types, in its order."""
        types = {column.name: column.type for column in self.columns}
        return tuple((column, types[column]) for column in self.key)


@dataclass(frozen=True)
class Load(Message):
    """Turn an upload into typed Parquet beside the files of the version before.

    `mode` is a `Mode`. "period": the rows of `days` (first and last, both included; None: from the first to the last
    day of the file's good rows) go, and rows of the file outside of `days` are rejected; then rows are added as in
    "append". "delete": the file needs the key columns alone. `out_dir` must exist; only new files are written in it,
    and none is left there when the load fails. Rows that break one of `rules` are rejected, unless keys are deleted.
    """

    path: str
    filename: str
    sheet: str
    mapping: Mapping
    upload_id: str
    previous: tuple[str, ...]
    mode: str
    out_dir: str
    time_zone: str
    reading: Reading = AS_FOUND
    days: tuple[date, date] | None = None
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Loaded(Message):
    """A dataset version. rows_in = rows_loaded + rows_rejected, always; in mode "delete" a row is loaded if its key was
    there.

    `rows_replaced` counts rows of the version before that are gone; `first_day` and `last_day` span the whole
    version, `changed_first` and `changed_last` every row added or removed and, in mode "period", the days that were
    replaced (None: nothing changed); those are `days`. `added`, `changed`, `removed` and `same` compare the version
    with the one before: a row with a key changed if another row of that key was there, and is the same if all of its
    cells are; without a key rows are the same, or added, or removed.
    `reject_counts` counts entries of the reject list by code: a row with two bad cells has two. Rows set aside as a
    repeated header or a total are among the rejected, with one entry each. `broken` counts by rule the rows that were
    refused for it.
    """

    files: tuple[FileEntry, ...]
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    rows_replaced: int
    first_day: date | None
    last_day: date | None
    changed_first: date | None
    changed_last: date | None
    rejects_path: str
    reject_counts: Dict[str, int] = field(default_factory=dict, hash=False)
    days: tuple[date, date] | None = None
    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    broken: Dict[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Measure(Message):
    """Compute every plan over the rows of `files` in the periods of `calendar`.

    `tables` are the further data sets that plans name, by key. `rollups` names an existing directory in which what
    each file comes to for each entity is kept for the next request, and taken from ("": nothing is kept); it may be
    emptied at any time and no answer depends on it.
    """

    files: tuple[FileEntry, ...]
    calendar: Calendar
    plans: tuple[Plan, ...]
    tables: Dict[str, tuple[FileEntry, ...]] = field(default_factory=dict, hash=False)
    rollups: str = ""


@dataclass(frozen=True)
class Rows(Message):
    """The uploaded rows behind one value: those that count for `side` of `plan` from `period`[0] until before
    `period`[1], of `member` where the plan is split (None: of all members). `limit` is at most 5,000.

    `series` is the part of the plan that is asked for (see `MeasureRow`), and `table` the further data set whose rows
    are wanted ("": the plan's own). `calendar` is that of the measurement: families that look beyond the period need
    it, and may ask for no more than one of its periods.
    """

    files: tuple[FileEntry, ...]
    plan: Plan
    period: tuple[date, date]
    member: str | None = None
    side: str = "numerator"
    offset: int = 0
    limit: int = 50
    series: str = ""
    table: str = ""
    tables: Dict[str, tuple[FileEntry, ...]] = field(default_factory=dict, hash=False)
    calendar: Calendar = UTC


@dataclass(frozen=True)
class UploadedRow(Message):
    """A row as loaded: cells as text, the upload it came with and its row number in that file (the header is 1)."""

    upload: str
    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class RowPage(Message):
    """`total` rows in all, of which these from `offset` on, in the order of the request.

    Where amounts are converted, they stand as uploaded; behind the columns of the data come the rate ("_rate"), the
    day it is of ("_rate_day"), and each converted amount ("_converted_" and the column's name).
    """

    columns: tuple[str, ...]
    rows: tuple[UploadedRow, ...]
    total: int
    offset: int


@dataclass(frozen=True)
class TableRows(Message):
    """The rows of a data set as a whole: month by month, within a month by upload and row. `limit` is at most 500."""

    files: tuple[FileEntry, ...]
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Exercise(Message):
    """Test the limits themselves: take memory, write, burn CPU time, sleep. Refused outside tests."""

    memory: int = 0
    write_bytes: int = 0
    burn_seconds: int = 0
    sleep_seconds: int = 0


@dataclass(frozen=True)
class Exercised(Message):
    """The child outlived it."""

    memory: int


@dataclass(frozen=True)
class Cells(Message):
    """Read a small sheet as it is, as a form that people fill in outside: up to `most_rows` below the header."""

    path: str
    filename: str
    most_rows: int


@dataclass(frozen=True)
class CellPage(Message):
    """The cells of a sheet as text: `rows` beside their `numbers` in the file.

    `formulas` names the cells (“B5”) that hold one, whatever it came to; `more`: there are more rows than asked for.
    """

    header: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    formulas: tuple[str, ...] = ()
    more: bool = False
    issues: tuple[Issue, ...] = ()


Request = (
    Inspect | Cells | Load | Measure | Rows | TableRows | Rejects | ExportRejects | ReturnRejects | Compare
    | Differences | ExportDifferences | Profile | Purge | Exercise
)  # fmt: skip
Result = (
    FileShape | CellPage | Loaded | Measured | RowPage | RejectPage | Exported | Compared | DifferencePage
    | Profiled | Purged | Exercised
)  # fmt: skip

RESULT_OF: dict[type[Message], type[Message]] = {
    Inspect: FileShape,
    Cells: CellPage,
    Load: Loaded,
    Measure: Measured,
    Rows: RowPage,
    TableRows: RowPage,
    Rejects: RejectPage,
    ExportRejects: Exported,
    ReturnRejects: Exported,
    Compare: Compared,
    Differences: DifferencePage,
    ExportDifferences: Exported,
    Profile: Profiled,
    Purge: Purged,
    Exercise: Exercised,
}
