"""Keep the SQL that the engine ran, so that any value can show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256

from apps.metrics.models import ComputeRun, EngineQuery, RunQuery

Queries = Mapping[tuple[str, str, str], Iterable[tuple[str, str]]]
"""By metric key, grain and dimension: key of the data set and the SQL, once for each side that was asked apart."""


def served(key: str, grain: str, dimension: str) -> str:
    """How `RunQuery.serves` names the values of a metric at a grain, split by a dimension or not."""
    return f"{key}/{grain}/{dimension}"


def keep_queries(run: ComputeRun, queries: Queries) -> None:
    """Keep which query gave which values of `run`, in the caller's transaction. Equal texts are stored once."""
    serves: dict[tuple[str, str], set[str]] = defaultdict(set)
    for where, asked in queries.items():
        for dataset, sql in asked:
            serves[dataset, sql].add(served(*where))
    digests = {sql: sha256(sql.encode()).hexdigest() for _dataset, sql in serves}
    EngineQuery.objects.bulk_create(
        [EngineQuery(digest=digest, sql=sql) for sql, digest in sorted(digests.items(), key=lambda item: item[1])],
        ignore_conflicts=True,
    )
    RunQuery.objects.bulk_create(
        RunQuery(run=run, query_id=digests[sql], dataset=dataset, serves=sorted(names))
        for (dataset, sql), names in serves.items()
    )
