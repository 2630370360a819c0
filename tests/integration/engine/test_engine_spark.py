"""The very same figures from a Spark Connect server: Sail wherever it is installed, a real Spark where one is found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from apps.datasets import services
from apps.engine import Aggregation, EngineFailure, How, Limits, Measure, MeasurePlan, Rows, agreement, parent, run
from apps.engine.agreement import CALENDAR, compare, kind_of, uploaded
from apps.engine.agreement_cases import cases
from apps.engine.cluster import EMBEDDED, Cluster
from apps.kernel.period import Calendar, Grain
from apps.workspaces.scope import inside
from apps.workspaces.selectors import workspace_at
from tests.integration.engine import spark_servers
from tests.integration.engine.engine_files import mapping, write_csv

NOWHERE = Cluster("sc://127.0.0.1:1")
LIMITS = Limits(threads=1)
REVENUE = MeasurePlan("revenue", Grain.MONTH, 1, Aggregation(How.SUM, "amount"), Aggregation(How.DISTINCT, "customer"))


@pytest.fixture(scope="module")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with spark_servers.sail(tmp_path_factory.mktemp("sail")) as url:
        yield Cluster(url)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory):
    return uploaded(tmp_path_factory.mktemp("agreement"), LIMITS)


@pytest.mark.slow
def test_every_kind_gives_the_same_figures_on_sail(sail: Cluster, tmp_path: Path) -> None:
    verdicts = compare(sail, tmp_path, LIMITS)
    assert [(verdict.kind, verdict.differences, verdict.failure) for verdict in verdicts if not verdict.agrees] == []
    assert {verdict.kind for verdict in verdicts} == set(cases())
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_every_kind_gives_the_same_figures_on_spark(tmp_path: Path, loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to two plans of each kind, evenly chosen: Spark takes seconds for each of them. All meet its SQL on Sail."""
    few = {kind: plans[:: -(-len(plans) // 2)] for kind, plans in cases().items()}
    monkeypatch.setattr(agreement, "cases", lambda: few)
    with spark_servers.spark(tmp_path) as url:
        _refuses_what_does_not_fit(Cluster(url), loader, tmp_path)
        verdicts = compare(Cluster(url), tmp_path, LIMITS)
    assert [(verdict.kind, verdict.differences, verdict.failure) for verdict in verdicts if not verdict.agrees] == []
    assert {verdict.kind for verdict in verdicts} == set(cases())


def test_a_sum_of_too_many_digits_is_an_error_everywhere_never_a_wrong_figure(
    sail: Cluster, loader, tmp_path: Path
) -> None:
    for cluster in (EMBEDDED, sail):
        _refuses_what_does_not_fit(cluster, loader, tmp_path)


def _refuses_what_does_not_fit(cluster: Cluster, loader, folder: Path) -> None:
    """Three times 9 x 10^19: 39 digits with the 18 behind the point. Two rows that cancel each other out are fine."""
    for sign, fits in (("-", True), ("", False)):
        lines = [f"{n},a,2026-01-01,n,{sign if n % 2 else ''}90000000000000000000.1234567" for n in range(3)]
        loaded = loader(write_csv(folder / f"huge{fits}.csv", "order,customer,day,store,amount", *lines), mapping())
        request = Measure(loaded.files, Calendar("UTC"), (REVENUE,))
        if fits:
            found = run(request, limits=LIMITS, cluster=cluster).rows
            assert {row.numerator for row in found} == {Decimal("90000000000000000000.1234567")}
        else:
            with pytest.raises(EngineFailure, match="more than 38 digits"):
                run(request, limits=LIMITS, cluster=cluster)


def test_a_cluster_that_sees_the_files_elsewhere(sail: Cluster, files, tmp_path: Path) -> None:
    here = Path(files[""][0].path).parent
    seen = tmp_path / "mounted"
    seen.symlink_to(here)
    request = Measure(files[""], CALENDAR, (REVENUE,))
    answer = run(request, limits=LIMITS, cluster=replace(sail, here=str(here), there=f"file://{seen}"))
    assert sorted(map(repr, answer.rows)) == sorted(map(repr, run(request, limits=LIMITS).rows))
    assert "`rows`" in answer.sql["revenue"]
    with pytest.raises(EngineFailure, match="cannot read the files") as caught:
        run(request, limits=LIMITS, cluster=replace(sail, here=str(here), there="/nowhere"))
    assert caught.value.retry


def test_the_rows_behind_a_value(sail: Cluster, files) -> None:
    request = Rows(files[""], REVENUE, (date(2020, 12, 1), date(2021, 1, 1)), limit=40, offset=5, calendar=CALENDAR)
    page = run(request, limits=LIMITS)
    assert page.total > 100
    assert run(request, limits=LIMITS, cluster=sail) == page


def test_a_server_that_is_not_there_is_named_without_its_token(files) -> None:
    with pytest.raises(EngineFailure, match=r"The cluster at 127\.0\.0\.1:1 cannot be reached") as caught:
        run(Measure(files[""], CALENDAR, (REVENUE,)), limits=LIMITS, cluster=NOWHERE)
    assert caught.value.retry
    assert Cluster("sc://host:443/;token=hunter2;use_ssl=true").address == "host:443"


def test_a_difference_in_the_last_digit_is_found(files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def slightly_wrong(request, *, limits, cluster=None):
        answer = parent.run(request, limits=limits)
        if cluster is None or not isinstance(request, Measure):
            return answer
        first = answer.rows[0]
        return replace(answer, rows=(first._replace(numerator=first.numerator + Decimal("1e-18")), *answer.rows[1:]))

    monkeypatch.setattr(agreement, "run", slightly_wrong)
    monkeypatch.setattr(agreement, "cases", lambda: {"measure": (REVENUE,)})
    (verdict,) = compare(NOWHERE, tmp_path, LIMITS)
    assert not verdict.agrees
    assert len(verdict.differences) == 1
    assert verdict.differences[0].startswith("revenue 2019-11-01 None")


def test_percentiles_are_a_kind_of_their_own() -> None:
    kinds = cases()
    assert {"measure", "percentile", "entity", "lifecycle", "recurring", "retention"} <= set(kinds)
    assert all(kind_of(plan) == kind for kind, plans in kinds.items() for plan in plans)


def test_a_cluster_computes_only_what_the_check_switched_on(
    sail: Cluster, files, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acme
) -> None:
    settings.ENGINE_URL, settings.ENGINE_STORAGE, settings.STORAGE_ROOT = sail.url, "", tmp_path
    claim = SimpleNamespace(progress=lambda *news: None, beat=lambda: None)
    middle = MeasurePlan("middle", Grain.MONTH, 1, Aggregation(How.MEDIAN, "amount"))
    request = Measure(files[""], CALENDAR, (REVENUE, middle))
    with inside(acme):
        before = services.run_engine(request, claim)
    assert '"rows"' in before.sql["revenue"]

    monkeypatch.setattr(agreement, "cases", lambda: {"measure": (REVENUE,)})
    told = StringIO()
    call_command("check_engine", stdout=told)
    assert "measure: 19 figures agree" in told.getvalue()
    assert services.agreed_kinds() == {"measure"}
    with inside(acme):
        after = services.run_engine(request, claim)
    assert "`rows`" in after.sql["revenue"]
    assert '"rows"' in after.sql["middle"]
    assert sorted(map(repr, after.rows)) == sorted(map(repr, before.rows))

    settings.ENGINE_STORAGE = "/elsewhere"
    assert services.agreed_kinds() == set()
    with pytest.raises(CommandError, match="measure"):
        call_command("check_engine", stdout=told)
    assert services.agreed_kinds() == set()


def test_a_workspace_computes_on_the_engine_that_operators_gave_it(
    sail: Cluster, files, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acme, borealis, caplog
) -> None:
    settings.ENGINE_URL, settings.ENGINE_STORAGE, settings.STORAGE_ROOT = "", "", tmp_path
    settings.ENGINE_URLS, settings.ENGINE_STORAGES = {"big": sail.url}, {"big": ""}
    claim = SimpleNamespace(progress=lambda *news: None, beat=lambda: None)
    request = Measure(files[""], CALENDAR, (REVENUE,))

    def runs_there(slug: str) -> bool:
        with inside(workspace_at(slug)):
            return "`rows`" in services.run_engine(request, claim).sql["revenue"]

    with pytest.raises(CommandError, match="check_engine --engine big"):
        call_command("set_engine", "acme", "big")
    with pytest.raises(CommandError, match="default, embedded, big"):
        call_command("set_engine", "acme", "sc://evil:1")
    monkeypatch.setattr(agreement, "cases", lambda: {"measure": (REVENUE,)})
    call_command("check_engine", "--engine", "big", stdout=StringIO())
    assert not runs_there("acme")
    call_command("set_engine", "acme", "BIG", stdout=StringIO())
    assert runs_there("acme")
    assert not runs_there("borealis"), "nobody else is sent there"

    settings.ENGINE_URL = sail.url
    assert runs_there("borealis"), "the deployment's own, of which the same check holds"
    call_command("set_engine", "acme", "embedded", stdout=StringIO())
    assert not runs_there("acme")
    call_command("set_engine", "acme", "default", stdout=StringIO())
    assert runs_there("acme")

    call_command("set_engine", "acme", "big", stdout=StringIO())
    settings.ENGINE_URLS = settings.ENGINE_STORAGES = {}
    assert not runs_there("acme"), "a worker that does not know the name computes by itself, and says so"
    assert "ENGINE_URL_BIG" in caplog.text
    with pytest.raises(CommandError, match="ENGINE_URL_BIG is not set"):
        call_command("check_engine", "--engine", "big")


def test_a_workspace_cannot_choose_its_engine(acme) -> None:
    for sql in (
        "UPDATE public.workspaces_workspace SET engine = 'big'",
        "SELECT engine FROM public.workspaces_workspace",
    ):
        with inside(acme), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(sql)


def test_without_an_address_there_is_nothing_to_check(settings) -> None:
    settings.ENGINE_URL = ""
    with pytest.raises(CommandError, match="ENGINE_URL is not set"):
        call_command("check_engine")
