"""The model as text: written canonically, read safely, every fault with its line and path."""

import json
import time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apps.kernel.issue import Refusal
from apps.kernel.period import Calendar
from apps.metrics.domain import checks
from apps.metrics.domain.definition import KINDS, parse
from apps.model.domain import checking, reading, renaming
from apps.model.domain.document import BranchEntry, ColumnEntry, DatasetEntry, Model, NorthStarEntry, TargetEntry
from apps.model.domain.parsing import parse_yaml
from apps.model.domain.reading import ModelRefused, read_yaml
from apps.model.domain.renaming import read_pairs, renamed
from apps.model.domain.schema import json_schema
from apps.model.domain.writing import document, write_yaml

ROOT = Path(__file__).resolve().parents[3]

# --- models that hypothesis makes up ----------------------------------------------------------------------------------

keys = st.from_regex(r"\A[a-z][a-z0-9_]{0,12}\Z").filter(lambda key: key not in {"min", "max", "abs", "prior"})
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)
words = texts.map(str.strip).filter(bool)
tricky = st.sampled_from(["no", "yes", "on", "~", "null", "1e3", "012", "0x1f", "12:30", "2026-06-30", "1_000", "a: b",
                          "# x", "- y", "'", '"', "{a", "[b", "&c", "*d", "!e", "%f", "@g", "两行\n  文字\n", "\ufeff",
                          " x", "a\u2028b", "a\x85b", "1.50", "-", "|", ">", "\t", "=", "<<"])  # fmt: skip
strings = st.one_of(words, tricky.map(str.strip).filter(bool))
names = st.builds(lambda en, zh: {"en": en, "zh": zh}, strings, strings)
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=4).map(lambda d: f"{d:f}")
filters = st.lists(
    st.one_of(
        st.builds(lambda c, v: {"column": c, "op": "eq", "values": [v]}, keys, st.one_of(strings, st.booleans())),
        st.builds(lambda c, v: {"column": c, "op": "in", "values": v}, keys, st.lists(st.integers(-(2**50), 2**50),
                                                                                     min_size=1, max_size=3)),
        st.builds(lambda c: {"column": c, "op": "is_null"}, keys),
    ),
    max_size=2,
)  # fmt: skip
measures = st.one_of(
    st.builds(lambda d, f: {"dataset": d, "how": "count", "filters": f}, keys, filters),
    st.builds(lambda d, c, f: {"dataset": d, "how": "sum", "column": c, "filters": f}, keys, keys, filters),
    st.builds(lambda d, c: {"dataset": d, "how": "percentile", "column": c, "share": "0.9"}, keys, keys),
)
adding = measures.filter(lambda measure: measure["how"] != "percentile")
activity = st.builds(lambda d, e, f: {"dataset": d, "entity": e, "filters": f}, keys, keys, filters)
steps = st.builds(lambda a, n: {**a, "name": n}, activity, st.one_of(st.none(), names))
bodies = st.one_of(
    st.builds(lambda m, t: {"kind": "aggregate", "measure": m, "trailing": t}, measures, st.integers(1, 12)),
    st.builds(lambda n, d: {"kind": "ratio", "numerator": n, "denominator": d}, adding, adding),
    st.builds(lambda e: {"kind": "formula", "expression": e}, strings),
    st.builds(lambda e, m, v: {"kind": "entity_count", "entity": e, "conditions": [{"measure": m, "value": v}]},
              keys, adding, numbers),
    st.builds(lambda a, f: {"kind": "lifecycle", "activity": a, "figure": f, "known_since": "2024-02-29"}, activity,
              st.sampled_from(["active", "new", "net"])),
    st.builds(lambda a: {"kind": "retention", "activity": a}, activity),
    st.builds(lambda a, b: {"kind": "conversion", "start": a, "goal": b, "within_days": 7}, steps, steps),
    st.builds(lambda s: {"kind": "funnel", "steps": s}, st.lists(steps, min_size=2, max_size=3)),
    st.builds(lambda m: {"kind": "cumulative", "measure": m, "to_date": "year"}, measures),
    st.builds(lambda d, e, c: {"kind": "stock", "dataset": d, "entity": [e], "column": c}, keys, keys, keys),
    st.builds(lambda d, e, c: {"kind": "recurring", "dataset": d, "entity": e, "column": c}, keys, keys, keys),
    st.builds(lambda d, c: {"kind": "nps", "dataset": d, "column": c}, keys, keys),
    st.builds(lambda m, n: {"kind": "score", "groups": [
        {"name": n, "weight": "0.5", "parts": [
            {"metric": m, "scale": {"type": "linear", "floor": "0", "goal": "2.5"}}]},
        {"name": n, "weight": 2, "parts": [{"metric": f"{m}x", "scale": {"type": "steps", "steps": [
            {"up_to": 1, "score": 0}, {"score": 100}]}}]}]}, keys, names),
    st.just({"kind": "manual"}),
)  # fmt: skip


@st.composite
def definitions(draw: st.DrawFn):
    common = {"key": draw(keys), "name": draw(names), "grains": ["month"], "dimensions": draw(st.lists(
        keys, max_size=2, unique=True)), "unit": {"kind": "currency", "decimals": draw(st.integers(0, 3))}}  # fmt: skip
    if draw(st.booleans()):
        common["description"] = {"en": draw(st.one_of(strings, st.just("two\n\nlines: # no comment\nend")))}
    return parse({**common, **draw(bodies)})


columns = st.lists(
    st.builds(ColumnEntry, name=keys, source=st.one_of(strings, texts), type=st.just("decimal"),
              role=st.just("measure"), required=st.booleans()),
    min_size=1, max_size=3,
)  # fmt: skip
trees = st.recursive(
    st.builds(BranchEntry, metric=keys, link=st.sampled_from(["formula", "influence"])),
    lambda below: st.builds(BranchEntry, metric=keys, below=st.lists(below, max_size=2).map(tuple)), max_leaves=6,
)  # fmt: skip
figures = st.decimals(min_value=-(10**20), max_value=10**20, places=6)
targets = st.builds(
    TargetEntry, metric=keys, grain=st.just("month"), dimension=keys, member=st.one_of(strings, texts),
    baseline=figures, goal=figures, start=st.dates(), due=st.dates(), on_purpose=st.booleans(),
)  # fmt: skip
models = st.builds(
    lambda found, sets, star, tree, aims: Model(
        version=1, metrics={each.key: each for each in found}, datasets=sets, north_star=star, tree=tuple(tree),
        targets=tuple({aim.scope: aim for aim in aims}.values()),
    ),
    st.lists(definitions(), max_size=4),
    st.dictionaries(keys, st.builds(DatasetEntry, name=strings, columns=columns.map(tuple)), max_size=2),
    st.one_of(st.none(), st.builds(NorthStarEntry, metric=keys, grain=st.just("quarter"), reason=strings)),
    st.lists(trees, max_size=2),
    st.lists(targets, max_size=2),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(models)
def test_what_is_written_is_read_again_and_written_alike(model: Model) -> None:
    text = write_yaml(model)
    again, _read = parse_yaml(text.encode())
    ordered = model.model_copy(update={"targets": tuple(sorted(model.targets, key=lambda target: target.scope))})
    assert again == ordered
    assert write_yaml(again) == text
    assert not list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(text)))
    assert yaml.safe_load(text) == yaml.safe_load(yaml.safe_dump(_bare(document(model))))


def _bare(value):
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items()}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def test_every_kind_of_metric_is_tried() -> None:
    tried = {"aggregate", "ratio", "formula", "entity_count", "lifecycle", "retention", "conversion", "funnel",
             "cumulative", "stock", "recurring", "nps", "score", "manual"}  # fmt: skip
    assert set(KINDS) - tried == {"entity_share", "repeat"}, "which are of the same parts"


def test_numbers_stay_exact() -> None:
    text = write_yaml(Model(version=1, targets=(_target(baseline="0.1", goal="12345678901234567890.000000000001"),)))
    assert 'baseline: "0.1"' in text
    assert 'goal: "12345678901234567890.000000000001"' in text
    plain, _ = parse_yaml(text.replace('"0.1"', "0.10"))
    assert plain.targets[0].baseline == Decimal("0.1"), "a number with a point is read exactly, too"


def _target(**told: object) -> TargetEntry:
    common = {"metric": "a", "grain": "month", "start": "2026-01-01", "due": "2026-12-31"}
    return TargetEntry(**{**common, **told})


# --- faults -----------------------------------------------------------------------------------------------------------

BAD = """\
version: 1
metrics:
  arpu:
    kind: ratio
    name: {en: ARPU}
    grains: [month, mont]
    numerator: {dataset: visits, how: sum, column: 5}
    denominator: {dataset: visits, how: distinct, column: customer, colour: red}
  Visits: {kind: manual, name: {en: x}, grains: [month]}
  other: {key: another, kind: manual, name: {en: x}, grains: [month]}
  list: []
datasets:
  visits: {name: Visits, columns: [{name: day, source: Day, type: dat, role: time}]}
tree: [{metric: arpu, link: belief}]
targets:
  - {metric: arpu, grain: month, baseline: 1e5, goal: 12.5, start: 2026-02-30, due: 2026-12-31, mood: good}
foo: bar
"""


FIGURE = "Write a number of up to 26 digits and 12 decimals; one with a point as text: “12.5”."


def faults(text: str | bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(ModelRefused) as caught:
        parse_yaml(text)
    return [(fault.line, str(fault.issue)) for fault in caught.value.faults]


def test_every_fault_is_told_at_once_with_line_and_path() -> None:
    assert faults(BAD) == [
        (6, "metrics.arpu.grains.1: Choose one of: day, week, month, quarter, half, year."),
        (7, "metrics.arpu.numerator.column: Write a text here."),
        (8, "metrics.arpu.denominator.colour: There is no such field here. Check its spelling."),
        (9, "metrics.Visits: A key starts with a letter a to z and has up to 40 letters, digits and underscores."),
        (10, "metrics.other.key: It stands under “other” and calls itself “another”. Leave its key out."),
        (11, "metrics.list: A group of fields is expected here."),
        (13, "datasets.visits.columns.0.type: Choose one of: text, integer, decimal, date, datetime, boolean."),
        (14, "tree.0.link: Choose one of: formula, influence."),
        (16, f"targets.0.baseline: {FIGURE}"),
        (16, "targets.0.start: Write a day such as 2026-06-30."),
        (16, "targets.0.mood: There is no such field here. Check its spelling."),
        (17, "foo: There is no such field here. Check its spelling."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("version: 1\nmetrics: &all {}\n", 2, "Anchors (&) and aliases (*) are not read."),
        ("version: 1\nmetrics: *all\n", 2, "Anchors (&) and aliases (*) are not read."),
        ("version: 1\nmetrics: !!python/object/apply:os.system [id]\n", 2, "Tags (!) are not read."),
        ("version: 1\nversion: 1\n", 2, "“version” is here twice; the first is in line 1."),
        ("version: 1\n? {a: b}\n: c\n", 2, "A key has to be a text."),
        ("version: 1\n---\nversion: 1\n", 2, "There is a second document in it."),
        ("version: 1\nmetrics: {a: [}\n", 2, "This is no YAML from here on"),
        ("version: 1\n\tmetrics: {}\n", 2, "This is no YAML from here on"),
        ('version: 1\nmetrics: {a: "\\0"}\n', 2, "There is a sign in this text that cannot be stored."),
        ("version: 1\nmetrics: {a: \x00}\n", 2, "There is a sign in this text that cannot be stored."),
        (b"version: 1\nmetrics: \xff\n", 2, "The model is not a text in UTF-8."),
        ("version: 2\n", 1, "This product reads models of version 1."),
        ("version: true\n", 1, "This product reads models of version 1."),
        ("metrics: {}\n", 1, "This is no model: it begins with “version: 1”."),
        ("- version\n", 1, "This is no model: it begins with “version: 1”."),
        ("", None, "This is no model: it begins with “version: 1”."),
        ("[" * 100, 1, "This is nested too deeply."),
        ("a: " + "[1, " * 30_000, 1, "This is nested too deeply."),
        ("a:\n" + "- 1\n" * 100_001, 99_999, "The model has too many parts"),
        ("version: 1\nmetrics:\n  ? '" + "9" * 5000 + "'\n  : {}\n", 3, "metrics.999"),
        ("#" * 1_000_001, None, "The model is too large: it may have 1000000 bytes."),
    ],
)
def test_hostile_and_broken_files_are_refused_quickly(text: str | bytes, line: int | None, told: str) -> None:
    started = time.perf_counter()
    found = faults(text)
    assert time.perf_counter() - started < 3
    assert (found[0][0], told in found[0][1]) == (line, True), found[:3]


def test_too_many_of_something_is_a_fault_and_no_crash() -> None:
    target = "- {metric: a, grain: month, baseline: 1, goal: 2, start: 2026-01-01, due: 2026-12-31}\n"
    assert faults("version: 1\ntargets:\n" + target * 5001) == [(2, "targets: At most 5000 entries.")]
    assert faults("version: 1\ntree:\n" + "- {metric: a}\n" * 101) == [(2, "tree: At most 100 entries.")]


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    levels = [f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)]
    bomb = "a: &a [x, x]\n" + "".join(levels)
    assert len(faults(bomb)) == 31


def test_no_more_faults_than_anybody_reads() -> None:
    assert len(faults("version: 1\n" + "x: &y 1\n" * 5000)) == reading.MOST_FAULTS


def test_yaml_12_not_11() -> None:
    read = read_yaml("a: no\nb: 1_000\nc: 2026-01-01\nd: 12:30\ne: 012\nf: 1.50\ng: +7\nh: 99999999999999999999\n")
    assert read.data == {
        "a": "no", "b": "1_000", "c": "2026-01-01", "d": "12:30", "e": "012", "f": Decimal("1.50"), "g": 7,
        "h": "99999999999999999999",
    }  # fmt: skip


# --- columns that are called otherwise --------------------------------------------------------------------------------

MOVED = """\
version: 1
datasets:
  orders:
    name: Orders
    row_key: [no]
    columns:
      - {name: no, source: No, type: text, role: key}
      - {name: day, source: Day, type: date, role: time}
      - {name: store, source: Store, type: text, role: dimension}
      - {name: amount, source: Amount, type: decimal, role: measure}
      - {name: customer, source: Customer, type: text, role: entity}
metrics:
  net:
    name: {en: Net}
    kind: aggregate
    grains: [month]
    dimensions: [store]
    measure: {dataset: orders, how: sum, expression: amount - 0.1 * amount, filters: [{column: store, op: not_null}]}
  double: {name: {en: Double}, kind: formula, grains: [month], dimensions: [store], expression: net * 2}
  loyal:
    name: {en: Loyal}
    kind: entity_count
    grains: [month]
    entity: customer
    conditions: [{measure: {dataset: orders, how: count}, value: 2}]
targets:
  - metric: double
    grain: month
    dimension: store
    member: store
    baseline: 1
    goal: 2
    start: 2026-01-01
    due: 2026-12-31
"""


def test_columns_are_renamed_wherever_they_are_named() -> None:
    model, _ = parse_yaml(MOVED)
    moved = renamed(model, read_pairs("orders.amount = total\norders.store=shop, orders.customer=buyer orders.no=id"))
    told = document(moved)
    assert told["metrics"]["net"]["measure"]["expression"] == "total - 0.1 * total"
    assert told["metrics"]["net"]["measure"]["filters"][0]["column"] == "shop"
    assert [told["metrics"][key]["dimensions"] for key in ("net", "double")] == [["shop"], ["shop"]]
    assert told["metrics"]["loyal"]["entity"] == "buyer"
    assert (told["targets"][0]["dimension"], told["targets"][0]["member"]) == ("shop", "store")
    there = [column["name"] for column in told["datasets"]["orders"]["columns"]]
    assert there == ["id", "day", "shop", "total", "buyer"]
    assert told["datasets"]["orders"]["row_key"] == ["id"]
    back = {"orders": {"total": "amount", "shop": "store", "buyer": "customer", "id": "no"}}
    assert renamed(moved, back) == model


def test_a_dimension_of_another_file_is_renamed_on_both_sides() -> None:
    model, _ = parse_yaml(MOVED)
    told = {"column": "city", "dataset": "people", "on": "who", "entity": "customer", "as_of": "event"}
    alike = {**told, "column": "size", "on": "customer", "entity": None}
    loyal = document(model)["metrics"]["loyal"] | {"key": "loyal", "entity_dimensions": [told, alike]}
    people = model.datasets["orders"].model_copy(
        update={
            "columns": tuple(
                model.datasets["orders"].columns[0].model_copy(update={"name": name})
                for name in ("city", "who", "size", "customer")
            ),
            "row_key": (),
        }
    )
    model = model.model_copy(
        update={
            "metrics": {**model.metrics, "loyal": parse(loyal)},
            "datasets": {**model.datasets, "people": people},
        }
    )
    moved = renamed(model, read_pairs("orders.customer=buyer people.city=town people.who=person"))
    assert document(moved)["metrics"]["loyal"]["entity_dimensions"] == [
        {**told, "column": "town", "on": "person", "entity": "buyer"},
        {**alike, "entity": "buyer"},
    ]


def test_names_that_cannot_be_are_told_all_at_once() -> None:
    model, _ = parse_yaml(MOVED)
    with pytest.raises(Refusal) as caught:
        renamed(model, {"orders": {"price": "x", "amount": "Total"}, "visits": {}} | {"visitors": {"a": "b"}})
    assert {issue.where for issue in caught.value.issues} == {
        "columns.orders.price", "columns.orders.amount", "columns.visits", "columns.visitors",
    }  # fmt: skip
    with pytest.raises(Refusal):
        read_pairs("orders amount")


@pytest.mark.parametrize("name", ["MODEL.md", "MODEL.zh.md"])
def test_the_example_of_the_docs_is_a_model(name: str) -> None:
    text = (ROOT / "apps" / "model" / name).read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    model, _ = parse_yaml(text)
    assert not list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(write_yaml(model))))
    known = checking.Around(checks.Known(), Calendar("Asia/Shanghai"), names={})
    empty = Model(version=1)
    assert not [str(issue) for issue in checking.issues(model, empty, known) if issue.blocking]


def test_every_field_that_names_a_column_is_renamed() -> None:
    """A new one has to be taught to `renaming`; here it shows."""
    pattern = ColumnEntry.model_json_schema()["properties"]["name"]["pattern"]
    named = {
        name
        for part in json_schema()["$defs"].values()
        for name, told in part.get("properties", {}).items()
        if json.dumps(pattern) in json.dumps(told)
    }
    assert named == {*renaming.NAMES_A_COLUMN, "dimensions", "dimension", "row_key", "name", "columns"}
