"""Chart options: what is drawn is what was handed over, with the same figures as a table beside it."""

import json
from decimal import Decimal as D

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.common import charts
from apps.common.charts import Bar, Bars, Bridge, Point, Step, Trend
from apps.common.formats import Kind, Style

YUAN = Style(Kind.MONEY, 0, "¥")
POINTS = [
    Point("Base", D(4200), D(4200)),
    Point("Jan", D(4310), D(4308)),
    Point("Feb", None, D(4417), note="Shop closed"),
    Point("Mar", D(4500), D(4525), note="Plan starts"),
    Point("Apr", D(4350), D(4633), open=True, name="Apr 2026"),
    Point("Dec", None, D(5500)),
]
TREND = Trend("nsm", "ARPU by month", POINTS, YUAN, head="Month")


def _series(figure: charts.Figure, name: str) -> dict:
    return next(line for line in charts.option(figure)["series"] if line["name"] == name)


def test_options_are_json() -> None:
    assert json.loads(json.dumps(charts.option(TREND))) == charts.option(TREND)


def test_a_missing_value_is_a_gap_not_a_zero() -> None:
    assert _series(TREND, "Actual")["data"][2] == "-"


def test_the_running_period_is_its_own_dashed_line_from_the_last_closed_value() -> None:
    running = _series(TREND, "In progress")
    assert running["lineStyle"]["type"] == [2, 5]
    assert [datum if datum == "-" else datum["value"] for datum in running["data"]] == [
        "-",
        "-",
        "-",
        4500.0,
        4350.0,
        "-",
    ]
    assert "text" not in running["data"][3]  # or the tooltip would name March twice
    assert _series(TREND, "Actual")["data"][4] == "-"


def test_the_target_path_carries_its_goal() -> None:
    path = _series(TREND, "Target path")
    assert path["lineStyle"]["type"] == "dashed"
    assert path["markPoint"]["data"] == [{"coord": [5, 5500.0], "label": {"formatter": "¥5,500"}}]


def test_a_metric_without_target_has_no_path() -> None:
    plain = Trend("nsm", "ARPU", [Point("Jan", D(1)), Point("Feb", D(2))])
    assert [line["name"] for line in charts.option(plain)["series"]] == ["Actual"]


def test_an_event_is_written_at_its_point_and_only_where_there_is_a_value() -> None:
    notes = _series(TREND, "Actual")["markPoint"]["data"]
    assert notes == [{"coord": [3, 4500.0], "label": {"formatter": "Plan starts"}}]


def test_the_table_holds_the_same_figures() -> None:
    table = charts.table(TREND)
    assert table["head"] == ["Month", "Actual", "Target path"]
    assert table["rows"][0] == ("Base", ["¥4,200", "¥4,200"])
    assert table["rows"][2] == ("Feb", ["–", "¥4,417"])
    assert table["rows"][4] == ("Apr 2026", ["¥4,350 (in progress)", "¥4,633"])


def test_bars_start_at_zero_and_name_an_empty_place() -> None:
    figure = Bars("stores", "By store", [Bar("Pudong", D(5320)), Bar("Gulou", None)], YUAN)
    option = charts.option(figure)
    assert option["xAxis"]["min"] == 0
    assert option["yAxis"]["data"] == ["Pudong", "Gulou –"]
    assert option["series"][0]["data"][1] == "-"
    assert charts.table(figure)["rows"] == [("Pudong", ["¥5,320"]), ("Gulou", ["–"])]


def test_colours_are_tokens() -> None:
    def colours(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [each for key, each in value.items() if key.lower().endswith("color") and isinstance(each, str)]
            return own + [each for inner in value.values() for each in colours(inner)]
        return [each for inner in value for each in colours(inner)] if isinstance(value, list) else []

    found = colours(charts.option(TREND)) + colours(charts.option(Bars("a", "b", [Bar("c", D(1))])))
    assert len(found) > 8
    assert all(each.startswith("@") for each in found)


@pytest.mark.parametrize(
    ("values", "low", "high", "step"),
    [
        ([4200, 5500], 4000, 5500, 500),
        ([0, 97], 0, 100, 25),
        ([5], "4.5", "5.5", "0.25"),
        ([0], 0, 1, "0.25"),
        ([], 0, 1, "0.25"),
        ([-30, 90], -50, 100, 50),
        (["0.28", "0.32"], "0.28", "0.32", "0.01"),
    ],
)
def test_axes_have_round_steps(values: list, low: object, high: object, step: object) -> None:
    axis = charts.axis_for([D(str(value)) for value in values])
    assert (axis.low, axis.high, axis.step) == (D(str(low)), D(str(high)), D(str(step)))


@given(st.lists(st.decimals(-(10**12), 10**12, places=4), min_size=1, max_size=20), st.booleans())
def test_an_axis_holds_every_value_in_a_few_round_steps(values: list[D], from_zero: bool) -> None:
    axis = charts.axis_for(values, from_zero=from_zero)
    assert axis.low <= min(values)
    assert max(values) <= axis.high
    assert 1 <= len(axis.ticks) - 1 <= 8
    assert axis.low % axis.step == 0
    assert not from_zero or axis.low <= 0 <= axis.high


@given(st.lists(st.decimals(-(10**9), 10**9, places=3), min_size=2, max_size=12), st.sampled_from(list(Kind)))
@example([D(1000000), D(1000001)], Kind.MONEY)
@example([D(12345), D("12345.001")], Kind.PERCENT)
def test_every_tick_has_its_own_words(values: list[D], kind: Kind) -> None:
    trend = Trend("a", "b", [Point(str(i), value) for i, value in enumerate(values)], Style(kind, 0, "¥"))
    texts = charts.tick_texts(trend)
    assert len(texts) == len(charts.axis_of(trend).ticks)
    assert len(set(texts.values())) == len(texts)


# --- bridges ----------------------------------------------------------------------------------------------------------


def _bridge(*steps: tuple[str, str, bool]) -> Bridge:
    return Bridge("b", "Why", [Step(name, D(value), value, is_end) for name, value, is_end in steps], YUAN)


def _drawn(option: dict) -> list[tuple[float, float]]:
    """Between which values each bar is seen."""
    foot, first, second = ([0 if each == "-" else each["value"] for each in line["data"]] for line in option["series"])
    ends = [(f, f + a) if not b else (b, a) for f, a, b in zip(foot, first, second, strict=True)]
    return [(min(pair), max(pair)) for pair in ends]


RIVAL = _bridge(("May", "4000", True), ("Visits", "2067", False), ("Spend", "-63", False), ("June", "6004", True))
THROUGH_ZERO = _bridge(("A", "5", True), ("x", "-8", False), ("y", "-2", False), ("z", "9", False), ("B", "4", True))


@pytest.mark.parametrize("upright", [True, False])
def test_bars_of_a_bridge_hang_where_the_one_before_ended(upright: bool) -> None:
    made = charts.option(RIVAL) if upright else charts.narrow_option(RIVAL)
    assert _drawn(made) == [(0, 4000), (4000, 6067), (6004, 6067), (0, 6004)]
    made = charts.option(THROUGH_ZERO) if upright else charts.narrow_option(THROUGH_ZERO)
    assert _drawn(made) == [(0, 5), (-3, 5), (-5, -3), (-5, 4), (0, 4)]


def test_a_bridge_says_up_and_down_by_more_than_colour() -> None:
    written = [each["label"]["formatter"] for each in charts.option(RIVAL)["series"][1]["data"]]
    assert written == ["4000", "▲ 2067", "▼ -63", "6004"]
    assert charts.table(RIVAL)["rows"][1] == ("Visits", ["2067"])
    assert charts.narrow_option(TREND) is None
    assert json.loads(json.dumps(charts.option(RIVAL)))["xAxis"]["data"] == ["May", "Visits", "Spend", "June"]
