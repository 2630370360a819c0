"""Clusters: the deployment's (ENGINE_URL) or a workspace's own (ENGINE_URL_<NAME>), and showing that they may compute.

A kind is switched on by `check_cluster` only, which writes what it found to the storage that all machines share. That
lapses with every change of the engine, of the address and of the storage's place. A workspace names its cluster; the
address and the token are in the settings of the workers and nowhere else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from apps import engine
from apps.engine.agreement import Verdict, compare, fingerprint, kind_of
from apps.engine.cluster import Cluster
from apps.workspaces.scope import NoWorkspace, current_workspace
from apps.workspaces.services.engines import EMBEDDED

logger = logging.getLogger(__name__)

UNKNOWN = "computed here: %s is to compute on “%s”, and this worker has no ENGINE_URL_%s"


def the_cluster() -> Cluster:
    """The cluster of the workspace that is entered, or of the deployment; without an address where there is none."""
    name = _chosen()
    if name == EMBEDDED:
        return Cluster()
    if name and name not in settings.ENGINE_URLS:
        logger.warning(UNKNOWN, current_workspace().slug, name, name.upper())
        return Cluster()
    return cluster_named(name)


def cluster_named(name: str = "") -> Cluster:
    """The cluster of that name in the settings; "" is the deployment's. KeyError for a name that is not there."""
    url = settings.ENGINE_URLS[name] if name else settings.ENGINE_URL
    there = settings.ENGINE_STORAGES[name] if name else settings.ENGINE_STORAGE
    return Cluster(url, str(settings.STORAGE_ROOT), there)


def _chosen() -> str:
    """What the operators gave the workspace that is entered; "" for nothing, and outside of all."""
    with contextlib.suppress(NoWorkspace):
        return current_workspace().engine
    return ""


def agreed_kinds(cluster: Cluster | None = None) -> frozenset[str]:
    """The kinds of which the check has shown that a cluster gives the very figures of the embedded engine."""
    cluster = the_cluster() if cluster is None else cluster
    if not cluster.url:
        return frozenset()
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = json.loads(_path(cluster).read_text(encoding="utf-8"))
        if record["of"] == fingerprint(cluster):
            return frozenset(record["kinds"])
    return frozenset()


def check_cluster(
    limits: engine.Limits, on_kind: Callable[[Verdict], None], cluster: Cluster | None = None
) -> tuple[Verdict, ...]:
    """Compare every kind and switch on those that agree, no others."""
    cluster = the_cluster() if cluster is None else cluster
    path = _path(cluster)
    path.unlink(missing_ok=True)
    settings.STORAGE_ROOT.mkdir(parents=True, exist_ok=True)
    verdicts = compare(cluster, settings.STORAGE_ROOT, limits, on_kind)
    record = {"of": fingerprint(cluster), "kinds": [verdict.kind for verdict in verdicts if verdict.agrees]}
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(record), encoding="utf-8")
    draft.replace(path)
    return verdicts


def by_place(request: engine.Measure) -> list[tuple[engine.Measure, Cluster]]:
    """The request, or its two halves: what may run on the cluster, and what is computed here."""
    cluster = the_cluster()
    on = agreed_kinds(cluster)
    there = tuple(plan for plan in request.plans if kind_of(plan) in on)
    here = tuple(plan for plan in request.plans if kind_of(plan) not in on)
    if cluster.url and here:
        kinds = ", ".join(sorted({kind_of(plan) for plan in here}))
        logger.warning("computed here and not on the cluster, because check_engine has not switched on: %s", kinds)
    halves = [(there, cluster), (here, Cluster())]
    return [(replace(request, plans=plans), place) for plans, place in halves if plans] or [(request, Cluster())]


def _path(cluster: Cluster) -> Path:
    """Where the record of a cluster lies: one for each address and place of its files."""
    of = hashlib.sha256(f"{cluster.address}\n{cluster.there}".encode()).hexdigest()[:16]
    return Path(settings.STORAGE_ROOT) / f"engine-agreement-{of}.json"
