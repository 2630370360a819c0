"""What is swept, what stays, and that a sweep may be killed anywhere."""

import os
import shutil
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from apps.api import services as api
from apps.api.models import ApiKey, StoredAnswer
from apps.audit.models import Entry
from apps.common import sweeping as portions
from apps.datasets.models import DatasetVersion, RowPage, Upload
from apps.datasets.services import keep_rows, storage
from apps.metrics import selectors as metrics
from apps.metrics.models import ComputeRun, EngineQuery, MetricValue, RunQuery
from apps.metrics.services.queries import keep_queries
from apps.pipeline import tasks
from apps.pipeline.sweeping import SWEEPS, sweep_workspace
from apps.work.models import Work
from apps.work.services import sweep_finished
from apps.workspaces.scope import in_public
from config.env import BadSetting, Env
from tests.integration.isolation.seeds import plant

OLD = timezone.now() - timedelta(days=60)


@pytest.fixture
def seed(acme, ada, in_acme):
    """Acme with data, metrics, a draft, a preview, keys and finished work, all of it long ago."""
    with in_public():
        planted = plant(acme, ada.actor)
    ComputeRun.objects.update(started_at=OLD, finished_at=OLD)
    RowPage.objects.update(made_at=OLD)
    Work.objects.filter(status__in=["done", "parked"]).update(finished_at=OLD)
    return planted


def _run(started, *served: str, sql: str) -> ComputeRun:
    """A run that asked one query for these series."""
    run = ComputeRun.objects.create(status="done", started_at=started, finished_at=started)
    keep_queries(run, {tuple(name.split("/")): [("orders", sql)] for name in served})
    return run


def test_what_is_old_and_not_needed_goes_and_all_else_stays(seed) -> None:
    before = {
        model: set(model.objects.values_list("pk", flat=True))
        for model in (Upload, DatasetVersion, MetricValue, ComputeRun, Entry, ApiKey)
    }
    origins = {pk: metrics.origin_of(pk) for pk in before[MetricValue]}
    parked = Work.objects.get(status="parked")
    assert RowPage.objects.exists()
    assert Work.objects.filter(status="done").exists()
    found = sweep_workspace()
    assert list(found) == list(SWEEPS), "one of them failed"
    assert not RowPage.objects.exists()
    assert set(Work.objects.filter(status__in=["done", "parked"])) == {parked}, "nobody has asked for it again"
    for model, ids in before.items():
        assert set(model.objects.values_list("pk", flat=True)) == ids, model
    assert {pk: metrics.origin_of(pk) for pk in origins} == origins, "every value still shows its SQL"
    assert any(origin.queries for origin in origins.values())
    assert metrics.draft_of(seed["metric"]).comparison is not None
    assert not any(sweep_workspace().values()), "a second sweep finds nothing"


def test_what_is_young_stays(seed) -> None:
    sweep_workspace()
    page = keep_rows(subject="x", columns=["a"], rows=[["1"]], total=1)
    RowPage.objects.update(made_at=timezone.now() - timedelta(days=6, hours=23))
    done = Work.objects.create(kind="k", subject="s", status="done", finished_at=timezone.now() - timedelta(days=29))
    assert not any(sweep_workspace().values())
    assert RowPage.objects.filter(pk=page.pk).exists()
    assert Work.objects.filter(pk=done.pk).exists()


def test_a_query_stays_as_long_as_a_value_shows_it_or_none_is_newer(seed) -> None:
    total, split = f"{seed['metric']}/month/", f"{seed['metric']}/month/store"
    runs = [_run(OLD + timedelta(hours=hour), total, split, sql=f"SELECT {hour}") for hour in range(1, 5)]
    MetricValue.objects.filter(metric__key=seed["metric"], dimension="").update(run=runs[1])
    MetricValue.objects.filter(metric__key=seed["metric"], dimension="store").update(run=runs[0])
    value = MetricValue.objects.filter(metric__key=seed["metric"], dimension="").first()
    assert metrics.origin_of(value.pk).queries[0].sql == "SELECT 2"
    sweep_workspace()
    kept = {query.query.sql for query in RunQuery.objects.filter(run__in=runs).select_related("query")}
    assert kept == {"SELECT 1", "SELECT 2", "SELECT 4"}, "the third is shown by no value"
    assert not EngineQuery.objects.filter(sql="SELECT 3").exists()
    assert metrics.origin_of(value.pk).queries[0].sql == "SELECT 2"
    named = set(RunQuery.objects.values_list("query_id", flat=True))
    assert set(EngineQuery.objects.values_list("pk", flat=True)) == named


def test_queries_of_young_and_running_runs_stay(seed) -> None:
    name = f"{seed['metric']}/month/"
    young = _run(timezone.now() - timedelta(days=1), name, sql="SELECT 'young'")
    running = _run(OLD, name, sql="SELECT 'running'")
    ComputeRun.objects.filter(pk=running.pk).update(status="running", finished_at=None)
    _run(timezone.now(), name, sql="SELECT 'newest'")
    sweep_workspace()
    assert RunQuery.objects.filter(run__in=[young, running]).count() == 2


def test_files_of_rows_and_kept_parts_go_by_their_age(in_acme) -> None:
    for folder in ("value-rows", "rollups"):
        shutil.rmtree(storage.root() / folder, ignore_errors=True)
        (storage.root() / folder).mkdir(parents=True)
        for name, days in (("old.csv", 60), ("young.csv", 1)):
            path = storage.root() / folder / name
            path.write_text("x")
            moment = (timezone.now() - timedelta(days=days)).timestamp()
            os.utime(path, (moment, moment))
    original = storage.root() / "uploads" / "x"
    original.mkdir(parents=True, exist_ok=True)
    os.utime(original, (0, 0))
    sweep_workspace()
    left = [path.name for folder in ("value-rows", "rollups") for path in (storage.root() / folder).iterdir()]
    assert left == ["young.csv", "young.csv"]
    assert original.is_dir()


def test_work_that_was_asked_for_again_never_seems_to_wait_for_somebody(in_acme) -> None:
    last = Work.objects.create(kind="k", subject="s", status="done", finished_at=OLD)
    second = Work.objects.create(kind="k", subject="s", status="parked", finished_at=OLD, again=last)
    first = Work.objects.create(kind="k", subject="s", status="parked", finished_at=timezone.now(), again=second)
    assert sweep_finished(timezone.now() - timedelta(days=30)) == 0, "the first one still names the others"
    Work.objects.filter(pk=first.pk).update(finished_at=OLD)
    assert sweep_finished(timezone.now() - timedelta(days=30)) == 3
    for status in ("queued", "running"):
        Work.objects.create(kind="k", subject=status, status=status, created_at=OLD)
    assert sweep_finished(timezone.now()) == 0


def test_expired_answers_sessions_and_secrets_go(in_acme, actor, ben) -> None:
    now = timezone.now()
    for key, hours in (("old", -1), ("young", 1)):
        StoredAnswer.objects.create(
            asker=actor.id, key=key, fingerprint="", status=200, expires_at=now + timedelta(hours=hours)
        )
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))
    ended, ending, open_key = (
        api.make_key(actor=actor, name=name, scopes=["metrics:read"], days=9)[0] for name in "abc"
    )
    ApiKey.objects.filter(pk=ended.pk).update(expires_at=OLD)
    ApiKey.objects.filter(pk=ending.pk).update(revoked_at=now - timedelta(days=1))
    sweep_workspace()
    assert list(StoredAnswer.objects.values_list("key", flat=True)) == ["young"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["young"]
    digests = dict(ApiKey.objects.values_list("pk", "digest"))
    assert (digests[ended.pk], bool(digests[ending.pk]), bool(digests[open_key.pk])) == ("", True, True)
    assert Entry.objects.filter(act="api_key.made").count() == 3


def test_killed_in_the_middle_the_next_sweep_goes_on(in_acme, monkeypatch) -> None:
    RowPage.objects.bulk_create(
        RowPage(subject=f"page {n}", columns=[], rows=[], total=0, made_at=OLD) for n in range(25)
    )
    portion, real, calls = 10, QuerySet.delete, iter(range(100))

    def killed_in_the_second_portion(rows):
        found = real(rows)
        if next(calls) == 1:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(QuerySet, "delete", killed_in_the_second_portion)
    with pytest.raises(KeyboardInterrupt):
        portions.delete_in_portions(RowPage.objects.all(), portion)
    monkeypatch.undo()
    assert RowPage.objects.count() == 15, "the first portion is gone for good"
    assert portions.delete_in_portions(RowPage.objects.all(), portion) == 15


def test_one_sweep_that_fails_keeps_no_other_from_its_work(in_acme, monkeypatch) -> None:
    keep_rows(subject="x", columns=[], rows=[], total=0)
    RowPage.objects.update(made_at=OLD)
    monkeypatch.setitem(SWEEPS, "files of rows", (lambda before: 1 / 0, "KEEP_ROWS_DAYS"))
    found = sweep_workspace()
    assert found["pages of rows and previews"] == 1
    assert set(SWEEPS) - set(found) == {"files of rows"}


def test_every_open_workspace_is_swept_and_no_other(acme, borealis, monkeypatch) -> None:
    from apps.workspaces import services

    services.suspend(borealis)
    sent = []
    monkeypatch.setattr(tasks, "wake", lambda task, **kwargs: sent.append((task, kwargs)))
    tasks.tidy()
    assert ("pipeline.tidy_workspace", {"workspace": str(acme.pk)}) in sent
    assert str(borealis.pk) not in str(sent)
    tasks.tidy_workspace(workspace=str(acme.pk))


@pytest.mark.parametrize("said", ["0", "-1", "3651", "a week", "7 days", "1e3"])
def test_ages_that_make_no_sense_are_refused_by_name(said: str) -> None:
    env = Env({"LODESTAR_KEEP_ROWS_DAYS": said})
    env.integer("LODESTAR_KEEP_ROWS_DAYS", minimum=1, maximum=3650, default=7)
    with pytest.raises(BadSetting, match="LODESTAR_KEEP_ROWS_DAYS"):
        env.complain()
