"""The cluster of ENGINE_URL: which kinds may run there, and showing that they may.

A kind is switched on by `check_cluster` only, which writes what it found to the storage that all machines share. That
lapses with every change of the engine, of the address and of the storage's place.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from apps import engine
from apps.engine.agreement import Verdict, compare, fingerprint, kind_of
from apps.engine.cluster import Cluster

logger = logging.getLogger(__name__)

_RECORD = "engine-agreement.json"


def the_cluster() -> Cluster:
    """What ENGINE_URL and ENGINE_STORAGE say; without an address where they are not set."""
    return Cluster(settings.ENGINE_URL, str(settings.STORAGE_ROOT), settings.ENGINE_STORAGE)


def agreed_kinds() -> frozenset[str]:
    """The kinds of which the check has shown that the cluster gives the very figures of the embedded engine."""
    cluster = the_cluster()
    if not cluster.url:
        return frozenset()
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(_path().read_text(encoding="utf-8"))
        if record["of"] == fingerprint(cluster):
            return frozenset(record["kinds"])
    return frozenset()


def check_cluster(limits: engine.Limits, on_kind: Callable[[Verdict], None]) -> tuple[Verdict, ...]:
    """Compare every kind and switch on those that agree, no others."""
    cluster = the_cluster()
    _path().unlink(missing_ok=True)
    settings.STORAGE_ROOT.mkdir(parents=True, exist_ok=True)
    verdicts = compare(cluster, settings.STORAGE_ROOT, limits, on_kind)
    record = {"of": fingerprint(cluster), "kinds": [verdict.kind for verdict in verdicts if verdict.agrees]}
    draft = _path().with_suffix(".part")
    draft.write_text(json.dumps(record), encoding="utf-8")
    draft.replace(_path())
    return verdicts


def by_place(request: engine.Measure) -> list[tuple[engine.Measure, Cluster]]:
    """The request, or its two halves: what may run on the cluster, and what is computed here."""
    cluster = the_cluster()
    on = agreed_kinds()
    there = tuple(plan for plan in request.plans if kind_of(plan) in on)
    here = tuple(plan for plan in request.plans if kind_of(plan) not in on)
    if cluster.url and here:
        kinds = ", ".join(sorted({kind_of(plan) for plan in here}))
        logger.warning("computed here and not on the cluster, because check_engine has not switched on: %s", kinds)
    halves = [(there, cluster), (here, Cluster())]
    return [(replace(request, plans=plans), place) for plans, place in halves if plans] or [(request, Cluster())]


def _path() -> Path:
    return Path(settings.STORAGE_ROOT) / _RECORD
