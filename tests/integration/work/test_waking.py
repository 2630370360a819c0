"""Celery is only the alarm clock: with it away, nothing is lost and nobody is told of an error."""

import base64
import json
import time

import pytest
import redis
from celery import Celery, current_app
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from apps.work import tasks
from apps.work.models import Work
from apps.work.services import enqueue
from apps.workspaces.models import Workspace
from apps.workspaces.scope import NoWorkspace, in_public, inside
from config.devstack.ports import LOOPBACK, pick_free


@pytest.fixture
def queue(servers):
    """The messages that wait in Valkey, as (task, arguments)."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.delete("celery")

    def messages() -> list[tuple[str, dict]]:
        found = []
        for raw in broker.lrange("celery", 0, -1):
            message = json.loads(raw)
            arguments = json.loads(base64.b64decode(message["body"]))
            found.append((message["headers"]["task"], arguments[1]))
        return found

    yield messages
    broker.delete("celery")


@pytest.fixture
def dead_broker(servers):
    """The product's Celery settings, with a broker at a port where nobody listens."""
    product = current_app._get_current_object()
    app = Celery("no-broker", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = f"redis://{LOOPBACK}:{pick_free()}/0"
    app.set_current()
    yield
    product.set_current()


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_is_sent_once_the_work_is_committed(in_acme, kind, queue):
    name = kind(lambda claim: None)
    with transaction.atomic():
        enqueue(name, subject="a")
        assert queue() == [], "a worker that looked now would see nothing"
    assert queue() == [("work.look", {"workspace": str(in_acme.pk)})]
    with transaction.atomic():
        enqueue(name, subject="b")
        transaction.set_rollback(True)  # the cause did not happen
    assert len(queue()) == 1
    assert not Work.objects.filter(subject="b").exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_neither_the_work_nor_the_users_time(in_acme, kind, dead_broker):
    started = time.monotonic()
    for subject in range(3):
        with transaction.atomic():
            enqueue(kind(lambda claim: None, f"test.{subject}"), subject=subject)
    assert time.monotonic() - started < 3
    assert Work.objects.filter(status=Work.Status.QUEUED).count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_finds_what_nobody_was_woken_for(in_acme, borealis, kind, queue):
    name = kind(lambda claim: None)
    Work.objects.create(kind=name, subject="lost wake-up")
    tasks.sweep.apply(throw=True)
    assert queue() == [("work.look", {"workspace": str(in_acme.pk)})], "only where there is something to do"

    tasks.look.apply(kwargs={"workspace": str(in_acme.pk)}, throw=True)
    assert Work.objects.get().status == Work.Status.DONE
    tasks.sweep.apply(throw=True)
    assert len(queue()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_finds_work_whose_worker_died(in_acme, kind, queue):
    Work.objects.create(kind=kind(lambda claim: None), subject="a", status=Work.Status.RUNNING, attempt=1)
    Work.objects.update(lease_until=Now())
    tasks.sweep.apply(throw=True)
    assert len(queue()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_broken_workspace_does_not_keep_others_waiting(in_acme, borealis, kind, queue):
    Work.objects.create(kind=kind(lambda claim: None), subject="a")
    with in_public():
        Workspace.objects.filter(pk=borealis.pk).update(schema_name="w_" + "0" * 32)
    tasks.sweep.apply(throw=True)
    with in_public():
        Workspace.objects.filter(pk=borealis.pk).update(schema_name=borealis.schema_name)
    assert queue() == [("work.look", {"workspace": str(in_acme.pk)})]


@pytest.mark.django_db
def test_a_look_without_a_workspace_refuses(acme):
    with pytest.raises(NoWorkspace):
        tasks.look.apply(throw=True)
    with pytest.raises(NoWorkspace):
        tasks.look.apply(kwargs={"workspace": "00000000-0000-4000-8000-000000000000"}, throw=True)


@pytest.mark.django_db
def test_a_look_does_the_work_of_its_own_workspace_only(in_acme, borealis, kind):
    name = kind(lambda claim: None)
    Work.objects.create(kind=name, subject="ours")
    with inside(borealis):
        Work.objects.create(kind=name, subject="theirs")
    tasks.look.apply(kwargs={"workspace": str(in_acme.pk)}, throw=True)
    assert Work.objects.get().status == Work.Status.DONE
    with inside(borealis):
        assert Work.objects.get().status == Work.Status.QUEUED
