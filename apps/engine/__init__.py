"""The engine: uploads to typed Parquet, plans to exact figures, each in a child process of its own.

Importing this package loads neither DuckDB nor Ibis; they live in the child.
"""

from apps.engine.failure import EngineFailure
from apps.engine.limits import Limits
from apps.engine.parent import run
from apps.engine.plan import Aggregation, ColumnType, Condition, How, MeasurePlan, Op, Scalar, issues_of
from apps.engine.requests import (
    ColumnMapping,
    ColumnShape,
    DateOrder,
    Exported,
    ExportRejects,
    FileEntry,
    FileShape,
    Inspect,
    Load,
    Loaded,
    Mapping,
    Measure,
    Measured,
    MeasureRow,
    Reject,
    RejectCode,
    RejectPage,
    Rejects,
    Request,
    Result,
    Role,
    RowPage,
    Rows,
    UploadedRow,
)

__all__ = [
    "Aggregation",
    "ColumnMapping",
    "ColumnShape",
    "ColumnType",
    "Condition",
    "DateOrder",
    "EngineFailure",
    "ExportRejects",
    "Exported",
    "FileEntry",
    "FileShape",
    "How",
    "Inspect",
    "Limits",
    "Load",
    "Loaded",
    "Mapping",
    "Measure",
    "MeasurePlan",
    "MeasureRow",
    "Measured",
    "Op",
    "Reject",
    "RejectCode",
    "RejectPage",
    "Rejects",
    "Request",
    "Result",
    "Role",
    "RowPage",
    "Rows",
    "Scalar",
    "UploadedRow",
    "issues_of",
    "run",
]
