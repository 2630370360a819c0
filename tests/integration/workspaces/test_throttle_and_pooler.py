"""Counters in the real Valkey, and the probe for a transaction pooler."""

import threading

import psycopg
import pytest
import redis
from django.core.checks import run_checks

from apps.workspaces.postgresql import pooler
from apps.workspaces.services import throttle

pytestmark = pytest.mark.django_db


def test_so_many_and_no_more():
    assert [throttle.is_allowed("x", "a", most=3) for _ in range(5)] == [True, True, True, False, False]
    assert throttle.is_allowed("x", "b", most=3), "everybody has an own count"
    assert throttle.is_allowed("y", "a", most=3), "and every act"


def test_counting_is_exact_under_contention():
    results: list[bool] = []

    def many() -> None:
        results.extend(throttle.is_allowed("race", "a", most=30) for _ in range(20))

    threads = [threading.Thread(target=many) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(True) == 30


def test_a_counter_ends_by_itself():
    throttle.is_allowed("end", "a", most=1, seconds=100)
    throttle.is_allowed("end", "a", most=1, seconds=100)
    key = next(iter(throttle._valkey().keys("throttle:end:*")))
    assert 0 < throttle._valkey().ttl(key) <= 100
    assert key.rsplit(b":", 1)[1] != b"a", "who it is stays unknown"


def test_with_valkey_away_everything_is_allowed(monkeypatch):
    monkeypatch.setattr(throttle, "_valkey", lambda: redis.Redis(port=1, socket_connect_timeout=0.2))
    assert throttle.is_allowed("x", "a", most=0)


def test_direct_connections_are_fine():
    pooler.refuse_transaction_pooler()
    assert run_checks(tags=["database"], databases=["default"]) == []


class Pooled:
    """Two clients of a pooler in transaction mode: each statement may meet another server process."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> psycopg.Connection:
        return self.connection

    def __exit__(self, *args: object) -> None:
        pass


def test_a_shared_server_process_is_refused(monkeypatch):
    with pooler._connect() as shared:
        monkeypatch.setattr(pooler, "_connect", lambda: Pooled(shared))
        with pytest.raises(pooler.TransactionPooler, match="DATABASE_URL"):
            pooler.refuse_transaction_pooler()
        assert [problem.id for problem in run_checks(tags=["database"], databases=["default"])] == ["workspaces.C001"]
        with pytest.raises(SystemExit, match="session mode"):
            pooler.refuse_at_start()


def test_a_changing_server_process_is_refused(monkeypatch):
    pids = iter([11, 12, 13, 14])
    monkeypatch.setattr(pooler, "_process", lambda connection: next(pids))
    with pytest.raises(pooler.TransactionPooler):
        pooler.refuse_transaction_pooler()


def test_a_server_that_is_away_is_not_refused(monkeypatch):
    def away() -> None:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(pooler, "_connect", away)
    pooler.refuse_at_start()
