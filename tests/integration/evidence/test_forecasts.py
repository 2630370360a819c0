"""Forecasts are made when values are new, left alone when nothing is, and shown with how they were made."""

from datetime import date
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.urls import reverse

from apps.evidence import selectors
from apps.evidence.domain.forecasting import Task
from apps.evidence.models import Forecast, ForecastPoint
from apps.evidence.services import ask, computing
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.models import MetricValue
from apps.metrics.services import TypedValue
from apps.targets import services as targets
from apps.work.models import Work
from apps.work.services import WorkFailed
from apps.workspaces.scope import inside
from tests.integration.evidence.conftest import SEASON

TERMS = {"grain": Grain.MONTH, "baseline": Decimal(1009), "goal": Decimal(1200), "start": date(2026, 1, 1)}


def test_the_north_star_is_forecast_once_its_values_are_there(star, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        made = selectors.forecast_of(star.id, Grain.MONTH)
    assert (made.method, made.made_from, made.first, made.last) == ("seasonal_naive", 48, "2022-01", "2025-12")
    told = [point.value for point in made.points[:12]]
    assert told == [1000 + each for each in SEASON]
    assert all(point.low <= point.value <= point.high for point in made.points)
    assert (made.coverage, made.hits, made.version_number) == (Decimal("0.8"), made.cases, star.version_number)
    assert made.at(date(2026, 2, 14)).value == 1000 + SEASON[1]
    assert made.at(date(2036, 2, 14)) is None
    with django_assert_num_queries(2):
        assert selectors.forecasts_of([star.id], Grain.MONTH)[star.id] == made


def test_what_is_made_of_the_same_is_not_made_again(star, run_work) -> None:
    before = Forecast.objects.get()
    edition = metrics.edition()
    ask()
    with patch.object(computing.subprocess, "Popen", side_effect=AssertionError("nothing is to be reckoned")):
        run_work()
    assert Forecast.objects.get().computed_at == before.computed_at
    assert metrics.edition() == edition
    assert not Work.objects.filter(status=Work.Status.PARKED).exists()


def test_a_changed_value_makes_it_anew_and_the_kept_pages_too(star, ada, run_work) -> None:
    edition = metrics.edition()
    value = TypedValue(date(2025, 12, 1), Decimal(1500))
    metric_services.type_values(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, values=[value])
    run_work()
    made = selectors.forecast_of(star.id, Grain.MONTH)
    assert made.at(date(2026, 12, 1)).high > 1009
    assert len(made.points) == ForecastPoint.objects.count()  # the old ones are gone
    assert metrics.edition() != edition


def test_a_month_that_the_data_only_reaches_into_is_left_out(star, run_work, client_of, cleo) -> None:
    MetricValue.objects.filter(metric_id=star.id, period_start=date(2025, 12, 1)).update(state="provisional", value=90)
    ask()
    run_work()
    made = selectors.forecast_of(star.id, Grain.MONTH)
    assert (made.made_from, made.last) == (47, "2025-11")
    assert made.at(date(2025, 12, 1)).value == 1009
    assert made.at(date(2026, 12, 1)).value == 1009
    ahead = selectors.ahead_of(made, metrics.series(star, Grain.MONTH, last=3))
    assert ahead[0].period.key == "2026-01"
    MetricValue.objects.filter(metric_id=star.id).update(state="provisional")
    ask()
    run_work()
    assert client_of(cleo).get(reverse("evidence:forecast", args=[star.key])).status_code == 200


def test_one_that_grows_out_of_all_numbers_stops_nothing(star, run_work) -> None:
    for at, row in enumerate(MetricValue.objects.filter(metric_id=star.id).order_by("period_start"), 1):
        MetricValue.objects.filter(pk=row.pk).update(value=Decimal(2 * 10**24) * at)
    ask()
    run_work()
    assert not Forecast.objects.exists()
    assert not Work.objects.exclude(status=Work.Status.DONE).exists()


def test_a_target_asks_for_its_own_day_and_withdrawing_it_takes_the_forecast_back(typed, star, ada, run_work) -> None:
    other = typed("orders", 40)
    assert selectors.forecast_of(other.id, Grain.MONTH) is None  # neither in the tree nor with a target
    target = targets.set_target(actor=ada.actor, metric_id=other.id, due=date(2026, 6, 30), **TERMS)
    run_work()
    made = selectors.forecast_of(other.id, Grain.MONTH)
    assert made.end.period.key == "2026-06"
    targets.withdraw_target(actor=ada.actor, target_id=target.pk, reason="too early")
    ask()
    run_work()
    assert selectors.forecast_of(other.id, Grain.MONTH) is None
    assert selectors.forecast_of(star.id, Grain.MONTH) is not None


def test_too_short_a_past_says_what_is_missing(typed, ada, run_work, client_of) -> None:
    young = typed("signups", 13)
    metric_services.choose_north_star(actor=ada.actor, metric_id=young.id, grain=Grain.MONTH)
    run_work()
    made = selectors.forecast_of(young.id, Grain.MONTH)
    assert (made.points, made.missing, made.made_from, made.method) == ((), 3, 13, "")
    for page in (reverse("metrics:detail", args=["signups"]), reverse("evidence:forecast", args=["signups"])):
        assert "13 closed periods in a row, 16 are needed. 3 are missing." in client_of(ada).get(page).content.decode()


def test_a_process_that_dies_loses_nothing(star, typed, ada, run_work) -> None:
    value = TypedValue(date(2025, 12, 1), Decimal(1400))
    metric_services.type_values(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, values=[value])
    with patch.object(computing.sys, "executable", "/bin/false"):
        run_work()
    work = Work.objects.filter(kind="evidence.forecast").latest("created_at")
    assert work.status == Work.Status.QUEUED  # tried again by itself
    assert selectors.forecast_of(star.id, Grain.MONTH).last == "2025-12"
    Work.objects.filter(pk=work.pk).update(not_before=work.created_at)
    run_work()
    assert selectors.forecast_of(star.id, Grain.MONTH).at(date(2026, 12, 1)).high > 1009


def test_one_hopeless_series_does_not_stop_the_others() -> None:
    good = Task(tuple(float(at % 12) for at in range(40)), 12, 3)
    hopeless = Task((1.0,), 12, 3)
    first, second, third = computing.answers([good, hopeless, good])
    assert first == third
    assert second is None
    assert len(first["ahead"]) == 3
    with patch.object(computing.sys, "executable", "/bin/false"), pytest.raises(WorkFailed):
        list(computing.answers([good]))


def test_another_company_has_no_part_in_it(star, borealis) -> None:
    with inside(borealis):
        assert selectors.forecast_of(star.id, Grain.MONTH) is None
        assert selectors.forecasts_of([star.id], Grain.MONTH) == {}


def test_the_metrics_page_draws_it_and_leads_to_how_it_was_made(star, cleo, client_of) -> None:
    client = client_of(cleo)
    response = client.get(reverse("metrics:detail", args=["visits"]))
    ahead = [point for point in response.context["trend"].points if point.ahead is not None]
    assert ahead[0].name == "Jan 2026"
    assert ahead[0].ahead == 1030
    address = f"{reverse('evidence:forecast', args=['visits'])}?grain=month"
    assert address in response.content.decode()
    page = client.get(address).content.decode()
    for text in ("As a season ago", "Smallest error", "48 closed periods, Jan 2022 to Dec 2025", "it held in 100%"):
        assert text in page
    assert client.get(reverse("evidence:forecast", args=["nothing"])).status_code == 404


def test_the_home_page_and_a_target_say_where_it_is_heading(star, ada, run_work, client_of) -> None:
    due = {"due": date(2026, 3, 31)}
    targets.set_target(
        actor=ada.actor, metric_id=star.id, **TERMS | {"goal": Decimal(1005), "baseline": Decimal(905)} | due
    )
    run_work()
    told = "Forecast for Mar 2026: 1,005 (1,005 to 1,005), 100% of the way"
    client = client_of(ada)
    home = client.get("/")
    assert told in home.content.decode()
    assert [point.ahead for point in home.context["trend"].points if point.ahead is not None][:2] == [1030, 980]
    assert told in client.get(reverse("targets:list")).content.decode()


def test_over_rest(star, ada, client_of) -> None:
    client = client_of(ada)
    told = client.get("/api/v1/metrics/visits/forecast?grain=month").json()
    assert told["points"][0] == {"period": "2026-01", "value": "1030", "low": "1030", "high": "1030"}
    assert (told["method"], told["coverage"], told["missing"], told["version"]) == ("seasonal_naive", "0.8", 0, 1)
    assert {each["method"] for each in told["tried"]} == {"naive", "seasonal_naive", "damped", "ets"}
    assert client.get("/api/v1/metrics/visits/forecast?grain=year").status_code == 404
    assert client.get("/api/v1/metrics/visits/forecast").status_code in (400, 422)


def test_a_forecast_of_another_definition_is_not_drawn(star, typed) -> None:
    made = selectors.forecast_of(star.id, Grain.MONTH)
    series = metrics.series("visits", Grain.MONTH)
    assert selectors.ahead_of(made, series)
    Forecast.objects.update(version=7)
    assert selectors.ahead_of(selectors.forecast_of(star.id, Grain.MONTH), series) == ()


def test_what_a_published_tree_adds_is_forecast(star, typed, ada, run_work) -> None:
    other = typed("orders", 40)
    root = metrics.tree()
    added = {"parent_id": root.id, "metric_id": other.id, "link": "influence"}
    metric_services.draft_add(actor=ada.actor, seen=None, **added)
    run_work()
    assert selectors.forecast_of(other.id, Grain.MONTH) is None  # a draft is nothing yet
    seen = metrics.tree_work().revision
    metric_services.publish_tree(actor=ada.actor, seen=seen, note="Orders belong to it.")
    run_work()
    assert selectors.forecast_of(other.id, Grain.MONTH).is_made
