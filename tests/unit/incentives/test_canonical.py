"""One text for one thing, and the way back with every fault at its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.incentives.domain.canonical import canonical, fingerprint, read, read_with_places, reader_of
from apps.incentives.domain.plan import Kind, Plan
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Snapshot
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import LAW
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import BOOST, BY_RATIO, SAFE, SEED, THREE, snapshot


@dataclass(frozen=True)
class Small:
    text: str
    number: int = 3
    exact: Fraction | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    yes: bool = False
    day: date | None = None
    kind: Kind = field(default=Kind.POOL)


def test_the_text_of_each_kind_of_value() -> None:
    small = Small('北“辰"', exact=F(4, 5), pairs=(("a", "b"),), day=date(2026, 6, 30))
    assert canonical(small) == (
        '{"day":"2026-06-30","exact":"4/5","kind":"pool","number":3,"pairs":[["a","b"]],"text":"北“辰\\"","yes":false}'
    )
    assert canonical({"b": True, "a": None}) == '{"a":null,"b":true}'
    assert canonical({("b", "x"): 1, ("a", "y"): F(2)}) == '[[["a","y"],"2"],[["b","x"],1]]'
    assert canonical({("a", "z"): 1, ("a!", ""): 2}) == '[[["a!",""],2],[["a","z"],1]]'  # in the order of the texts
    assert canonical([Decimal("1.50"), -2]) == '["3/2",-2]'


@pytest.mark.parametrize(
    ("value", "kind"), [(0.5, "float"), (object(), "object"), (Small, "type"), ({"a": {1}}, "set")]
)
def test_what_has_no_text_is_refused(value: object, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^{kind} has no canonical form$"):
        canonical(value)


def test_a_fingerprint_tells_any_two_apart() -> None:
    assert len(fingerprint(SEED)) == 64
    assert fingerprint(SEED) == fingerprint(replace(SEED))
    assert fingerprint(SEED) != fingerprint(replace(SEED, version="2"))
    assert fingerprint({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"  # sha256 of {}


@pytest.mark.parametrize("plan", [SEED, replace(BY_RATIO, gates=(SAFE,), multipliers=(BOOST,), person_cap=F(9))])
def test_a_plan_is_read_back_as_it_was(plan: Plan) -> None:
    assert read(Plan, json.loads(canonical(plan))) == plan


def test_what_is_left_out_has_its_default_and_decimals_are_welcome() -> None:
    one = {"key": "a", "name": "A", "metric": "m", "weight": "1.0", "curve": {"points": [{"x": "0.8", "y": "1/2"}]}}
    made = read(Plan, {"key": "k", "version": "1", "name": "n", "currency": "CNY", "components": [one]})
    assert made.kind is Kind.INDIVIDUAL
    assert made.components[0].curve.points[0].x == F(4, 5)


def test_everything_wrong_is_said_at_once_each_with_its_place() -> None:
    broken = {
        "key": 5,
        "version": "1",
        "currency": "CNY",
        "kind": "both",
        "total_cap": 1.5,
        "colour": "red",
        "components": [{"key": "a", "name": "A", "metric": "m", "weight": "1/0", "curve": []}, "b"],
        "gates": {},
    }
    with pytest.raises(Refusal, match="This is not readable: 9 places are wrong") as refused:
        read(Plan, broken)
    assert [str(issue) for issue in refused.value.issues] == [
        "colour: There is no such field. Remove it, or correct its name.",
        "key: This must be a text.",
        "name: This is missing.",
        "components[0].weight: A number is written as a text: 0.5, 12 or 4/5.",
        "components[0].curve: This must be an object with fields.",
        "components[1]: This must be an object with fields.",
        "kind: This must be one of individual, pool.",
        "gates: This must be a list.",
        "total_cap: A number is written as a text: 0.5, 12 or 4/5.",
    ]


def test_a_snapshot_is_read_back_and_comes_to_the_same() -> None:
    """What an audit pack promises: from the text alone, every result, text for text."""
    for plan in (BY_RATIO, replace(BY_RATIO, kind=Kind.POOL)):
        snap = snapshot(plan, THREE, pools={"t": F(9)}, rates={"JPY": F(41, 2)}, working_days=(date(2025, 7, 1),))
        again = read(Snapshot, json.loads(canonical(snap)))
        assert again == snap
        assert canonical(calculate(again)) == canonical(calculate(snap))


def test_faults_deep_inside_have_their_whole_place() -> None:
    broken = json.loads(canonical(SEED))
    broken["components"][1]["curve"]["points"][0] = {"x": "1", "z": "2"}
    with pytest.raises(Refusal, match=r"^This is not readable: 2 places are wrong.$") as refused:
        read(Plan, broken)
    at = "components[1].curve.points[0]"
    assert [issue.where for issue in refused.value.issues] == [f"{at}.z", f"{at}.y"]
    with pytest.raises(Refusal) as refused:
        read(Plan, "text")
    assert [issue.where for issue in refused.value.issues] == [""]


def test_faults_in_a_mapping_have_their_place() -> None:
    broken = json.loads(canonical(snapshot()))
    broken["rates"] = {"JPY": 5}
    broken["pools"] = []
    broken["readings"][0] = [["active", "t"], {"actual": 1}]
    broken["readings"].append(["csat"])
    with pytest.raises(Refusal) as refused:
        read(Snapshot, broken)
    assert refused.value.issues[2].in_words() == "This must be an object with fields."
    assert [issue.where for issue in refused.value.issues] == [
        "readings[0][1].actual",
        "readings[3]",
        "pools",
        "rates.JPY",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("number", True, "This must be a whole number."),
        ("yes", 1, "This must be true or false."),
        ("day", "2026-02-30", "A day is written as a text: 2026-06-30."),
        ("day", 5, "A day is written as a text"),
        ("pairs", [["a"]], "This must be a list."),
        ("exact", "1e5", "A number is written as a text"),
    ],
)
def test_values_of_the_wrong_kind(name: str, value: object, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(Small, {"text": "t", name: value})
    assert sentence in str(refused.value.issues[0])


smalls = st.builds(
    Small,
    st.text(),
    st.integers(),
    st.none() | st.fractions(),
    st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    st.booleans(),
    st.none() | st.dates(),
    st.sampled_from(list(Kind)),
)


@LAW
@given(smalls, smalls)
def test_equal_texts_are_equal_values_and_the_way_back_is_the_same(one: Small, other: Small) -> None:
    assert (canonical(one) == canonical(other)) is (one == other)
    assert json.loads(canonical(one))["text"] == one.text
    assert canonical(json.loads(canonical(one))) == canonical(one)


def test_what_stands_in_many_values_may_be_written_out_once() -> None:
    """By what it is, not by what it is equal to: the text that is given stands where the very value stands."""
    own, pairs = Small("a"), (("x", "y"),)
    many = [own, {"k": own}, Small("b", pairs=pairs)]
    assert canonical(many, {id(own): canonical(own)}) == canonical(many)
    assert canonical([own, {"k": own}, Small("a")], {id(own): "1"}) == f'[1,{{"k":1}},{canonical(own)}]'


@dataclass(frozen=True)
class Large:
    smalls: tuple[Small, ...]
    by_name: Mapping[str, Fraction]
    by_place: Mapping[tuple[str, str], Small]
    other: Small | None = None


JSON = st.sampled_from(
    ["1/2", "0.5", "007", "٣", "pool", "2026-06-30", "", 3, True, 0.5, None, [], ["a"], {}, {"z": 1}]
)


@LAW
@given(
    st.builds(
        Large,
        st.lists(smalls, max_size=2).map(tuple),
        st.dictionaries(st.text(max_size=2), st.fractions(), max_size=2),
        st.dictionaries(st.tuples(st.text(max_size=2), st.text(max_size=2)), smalls, min_size=1, max_size=2),
        st.none() | smalls,
    ),
    JSON,
    st.data(),
)
def test_the_quick_reader_takes_what_the_one_with_places_takes_and_nothing_else(large, value, data) -> None:
    text = json.loads(canonical(large))
    assert reader_of(Large)(text) == read_with_places(Large, text) == large
    broken = _broken(text, value, data)
    try:
        slow = read_with_places(Large, broken)
    except Refusal:
        with pytest.raises((KeyError, TypeError, ValueError)):
            reader_of(Large)(broken)
    else:
        assert reader_of(Large)(broken) == slow


def _broken(node: object, value: object, data: st.DataObject) -> object:
    """The same with one node replaced, left out or added, anywhere."""
    way = data.draw(st.sampled_from(["here", "deeper", "deeper", "less", "more"]))
    if way == "here" or not isinstance(node, list | dict) or (way != "more" and not node):
        return value
    if isinstance(node, list):
        at = data.draw(st.integers(0, len(node) - (way != "more")))
        middle = {"deeper": [_broken(node[at], value, data)] if way == "deeper" else [], "less": [], "more": [value]}[
            way
        ]
        return [*node[:at], *middle, *node[at + (way != "more") :]]
    key = data.draw(st.sampled_from(sorted(node))) if way != "more" else "more"
    changed = {name: each for name, each in node.items() if way != "less" or name != key}
    if way != "less":
        changed[key] = _broken(node[key], value, data) if way == "deeper" else value
    return changed


@pytest.mark.parametrize(("text", "number"), [("0.5", F(1, 2)), ("12", F(12)), ("-4/5", F(-4, 5))])
def test_the_quick_reader_reads_exact_numbers_itself(text: str, number: Fraction) -> None:
    assert reader_of(Fraction)(text) == number


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Fraction, "1e5"), (Fraction, "٣"), (Fraction, 5), (Fraction, "1/0"), (date, 5), (int, True), (Small, []),
        (tuple[str, str], ["a"]), (tuple[str, str], ["a", "b", "c"]), (tuple[str, ...], "ab"),
    ],
)  # fmt: skip
def test_the_quick_reader_guesses_nothing(kind: type, value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        reader_of(kind)(value)
