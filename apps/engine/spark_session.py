"""A session on a Spark Connect server, and what goes wrong with one in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from apps.engine.cluster import Cluster
from apps.engine.failure import EngineFailure
from apps.kernel.issue import N_

Session: TypeAlias = Any  # pyspark is loaded only where a cluster is used

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a sum that does not fit is an error, never NULL
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # a product that does not fit is an error, never rounded
}
"""What every session is set to: without these figures would differ from those of DuckDB."""


def begin(cluster: Cluster) -> Session:
    """A new session. Raises EngineFailure where there is no client, no server, or no entry."""
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        message = N_("ENGINE_URL is set, but the package “pyspark-client” is not installed (%(reason)s).")
        raise EngineFailure(message, {"reason": error.name or str(error)}, retry=True) from error
    with told(cluster):
        session = SparkSession.builder.remote(cluster.url).create()
        session.client.set_retry_policies([DefaultPolicy(max_retries=4, initial_backoff=200, max_backoff=3000)])
        for key, value in SETTINGS.items():
            session.conf.set(key, value)
        return session


@contextmanager
def told(cluster: Cluster) -> Iterator[None]:
    """Turn what the client raises into an EngineFailure; what it says itself goes to the log."""
    import grpc
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, grpc.RpcError) as error:
        raise _failure(cluster, error) from error


def _failure(cluster: Cluster, error: Exception) -> EngineFailure:
    text = f"{type(error).__name__} {error}"
    where = {"address": cluster.address}
    for signs, message in _SIGNS:
        if any(sign in text for sign in signs):
            return EngineFailure(message, where, retry=message is not _TOO_LARGE)
    message = N_("The cluster at %(address)s could not finish this because of an error of its own (%(kind)s).")
    return EngineFailure(message, where | {"kind": type(error).__name__}, retry=True)


def unreadable(cluster: Cluster) -> EngineFailure:
    """The cluster does not see the files."""
    return EngineFailure(_UNREADABLE, {"address": cluster.address}, retry=True)


_UNREADABLE = N_(
    "The cluster at %(address)s cannot read the files. ENGINE_STORAGE has to say where it sees STORAGE_URL."
)
_TOO_LARGE = N_("A sum has more than 38 digits. Leave out the values that are far too large.")
_SIGNS = (
    (("ARITHMETIC_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "Overflow happened"), _TOO_LARGE),
    (
        ("UNAUTHENTICATED", "PERMISSION_DENIED", "401", "403"),
        N_("The cluster at %(address)s refuses the token in ENGINE_URL."),
    ),
    (("PATH_NOT_FOUND", "FileNotFound", "No such file", "does not exist", "not found: "), _UNREADABLE),
    (
        ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RetriesExceeded", "failed to connect"),
        N_("The cluster at %(address)s cannot be reached."),
    ),
)
"""What a client's error holds, and what it means; the first that fits is told."""
