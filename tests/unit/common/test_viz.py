"""The small marks: shape, word and colour together, sizes as attributes."""

import re
from decimal import Decimal as D

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from apps.common.templatetags import viz


def test_a_status_is_shape_word_and_colour() -> None:
    html = viz.status("warn", "Slightly behind")
    assert "status-warn" in html
    assert "icons.svg#alert-triangle-filled" in html
    assert html.endswith("Slightly behind</span>")


def test_every_tone_has_its_own_shape() -> None:
    assert len(set(viz.TONE_ICON.values())) == len(viz.TONE_ICON)


def test_an_unknown_tone_is_a_mistake_of_ours() -> None:
    with pytest.raises(TemplateSyntaxError, match="not a tone"):
        viz.status("green", "Good")


def test_labels_are_escaped() -> None:
    assert "<b>" not in viz.status("good", "<b>x</b>")
    assert "<b>" not in viz.meter(1, "good", '"><b>')


@pytest.mark.parametrize(
    ("value", "better", "tone", "sign"),
    [
        (D(3), "up", "good", "+3"),
        (D(-3), "up", "bad", "−3"),
        (D(3), "down", "bad", "+3"),
        (D(-3), "down", "good", "−3"),
        (D(3), "", "none", "+3"),
    ],
)
def test_an_arrow_shows_direction_and_colour_shows_whether_that_is_good(
    value: D, better: str, tone: str, sign: str
) -> None:
    html = viz.delta(value, better=better)
    assert f"delta-{tone}" in html
    assert ("arrow-up-right" if value > 0 else "arrow-down-right") in html
    assert sign in html
    assert ("better" in html or "worse" in html) == bool(better)


def test_no_change_and_no_value_have_no_arrow() -> None:
    assert "arrow" not in viz.delta(D(0))
    assert viz.delta(None) == '<span class="delta delta-none">–</span>'


def test_a_meter_is_clamped_and_its_tick_is_today() -> None:
    html = viz.meter(D("146.2"), "good", "done", today=50)
    assert 'width="100.00%" height="100%" rx="5"></rect><svg' in html
    assert '<svg x="50.00%"' in html
    assert "tick" not in viz.meter(10, "good", "done")
    assert 'class="bad"' not in viz.meter(-5, "bad", "behind the start")


def test_widths_have_a_point_in_every_language() -> None:
    with translation.override("zh-hans"):
        assert 'width="46.20%"' in viz.meter(46.2, "warn", "x")


def test_a_sparkline_leaves_a_gap_where_a_value_is_missing() -> None:
    html = viz.sparkline([1, 2, None, 4, 5])
    path = re.search(r'd="([^"]+)"', html)
    assert path
    assert path[1].count("M") == 2
    assert viz.sparkline([1]) == viz.sparkline(None) == ""


def test_marks_carry_no_inline_style() -> None:
    for html in (
        viz.meter(1, "good", "x", today=2),
        viz.ring(78, "warn", "x"),
        viz.sparkline([1, 2, 3]),
        viz.status("bad", "x"),
    ):
        assert "style=" not in html


def test_share_of_nothing_is_nothing() -> None:
    assert viz.share_of(3, 0) == 0
    assert viz.share_of(1, 4) == 25


def test_money_in_templates_uses_the_workspaces_currency() -> None:
    class Workspace:
        currency = "CNY"

    template = Template("{% load numbers %}{% money v %} {% money_short v %} {{ v|n }} {{ r|pct }}")
    with translation.override("en"):
        assert (
            template.render(Context({"workspace": Workspace, "v": D(9000000), "r": D("0.5")}))
            == "¥9,000,000.00 ¥9M 9,000,000 50.0%"
        )
