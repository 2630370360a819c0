"""The laws of a what-if, for any tree: no change moves nothing, what moves adds up, only formulas carry it."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.metrics.domain import formula
from apps.metrics.domain.arithmetic import evaluate
from apps.scenarios.domain.base import Base, Branch
from apps.scenarios.domain.bridge import bridge
from apps.scenarios.domain.changes import Changes, Move, Pull
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.domain.seeking import TOLERANCE, _Exactly, seek, sensitivity
from tests.unit.scenarios.scenario_trees import base, quantity

NUMBERS = st.fractions(-50, 50, max_denominator=12)
SHAPES = ("{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} * {1} + {2}", "{0} / {1}", "max({0}, {1})", "0.3 * {0} + 2 * {1}")


@st.composite
def bases(draw: st.DrawFn) -> Base:
    """A tree up to four levels deep with measured parents that do not quite reconcile."""
    metrics = []

    def grow(depth: int) -> Branch:
        key = f"m{len(metrics)}"
        metrics.append(None)
        at = len(metrics) - 1
        measured = draw(st.one_of(st.none(), NUMBERS, NUMBERS))
        if depth == 0 or draw(st.integers(0, 3)) == 0:
            metrics[at] = quantity(key, measured)
            return Branch(key)
        shape = draw(st.sampled_from(SHAPES))
        below = tuple(grow(depth - 1) for _ in range(3 if "{2}" in shape else 2))
        metrics[at] = quantity(key, measured, shape.format(*(each.key for each in below)))
        return Branch(key, "formula", below)

    tree = grow(3)
    return base(tree, *metrics)


MOVES = st.builds(
    Move,
    st.sampled_from(["set", "share", "amount"]),
    st.decimals(-20, 20, places=2).filter(lambda number: number.is_finite()),
)


@st.composite
def changed(draw: st.DrawFn) -> tuple[Sheet, Changes]:
    sheet = Sheet(draw(bases()))
    moves = draw(st.dictionaries(st.sampled_from(sheet.leaves), MOVES, max_size=4))
    possible = {key: move for key, move in moves.items() if move.of(sheet.now[key]) is not None}
    return sheet, Changes(moves=possible)


@given(bases())
def test_without_a_change_nothing_changes(found: Base) -> None:
    sheet = Sheet(found)
    assert sheet.work_out(Changes()).values == sheet.now
    for key, each in found.metrics.items():
        if each.value is not None:
            assert sheet.now[key] == each.value


@given(bases())
def test_moving_by_nothing_changes_nothing(found: Base) -> None:
    sheet = Sheet(found)
    moves = {key: Move("amount", Decimal(0)) for key in sheet.leaves if sheet.now[key] is not None}
    assert sheet.work_out(Changes(moves=moves)).values == sheet.now


@given(changed())
def test_every_value_is_its_formula_and_its_gap(found: tuple[Sheet, Changes]) -> None:
    sheet, changes = found
    after = sheet.work_out(changes).values
    for key, each in sheet.base.metrics.items():
        if sheet.is_leaf(key):
            move = changes.moves.get(key)
            assert after[key] == (move.of(sheet.now[key]) if move else sheet.now[key])
            continue
        exact = evaluate(each.formula, {used: after[used.key] for used in formula.inputs(each.formula)}).exact
        assert after[key] == (None if exact is None else exact + sheet.gaps.get(key, 0))


@given(changed())
def test_the_bridge_adds_up_and_blames_only_what_was_moved(found: tuple[Sheet, Changes]) -> None:
    sheet, changes = found
    after = sheet.work_out(changes)
    shares = bridge(sheet, changes, after)
    if shares is not None:
        root = sheet.base.root
        assert sum((share.effect for share in shares), Fraction(0)) == after.values[root] - sheet.now[root]
        assert {share.key for share in shares} <= set(changes.moves)


@given(changed())
def test_what_is_not_above_a_moved_leaf_stays(found: tuple[Sheet, Changes]) -> None:
    sheet, changes = found
    after = sheet.work_out(changes)
    above = set(changes.moves)
    for key in reversed(list(sheet.base.metrics)):  # children were made after their parents
        if not sheet.is_leaf(key) and above & {used.key for used in sheet.base.metrics[key].inputs}:
            above.add(key)
    for key in set(sheet.base.metrics) - above:
        assert after.values[key] == sheet.now[key]


@given(bases(), st.data())
def test_an_influence_moves_nothing_until_somebody_says_how_much(found: Base, data: st.DataObject) -> None:
    parent = data.draw(st.sampled_from(sorted(found.metrics)))
    told = quantity("told", 20)
    hung = replace(
        found,
        tree=_hang(found.tree, parent, Branch("told", "influence")),
        metrics={**found.metrics, "told": told},
    )
    sheet, moves = Sheet(hung), {"told": Move("share", Decimal("0.5"))}
    still = sheet.work_out(Changes(moves=moves)).values
    assert {key: value for key, value in still.items() if key != "told"} == Sheet(found).now
    pulled = sheet.work_out(Changes(moves=moves, elasticities={Pull(parent, "told"): Decimal(2)}))
    now = sheet.now[parent]
    if now is not None:
        assert pulled.values[parent] == now * 2  # 2 % for each of 50 %: + 100 %


def _hang(tree: Branch, parent: str, added: Branch) -> Branch:
    below = tuple(_hang(each, parent, added) for each in tree.below)
    return replace(tree, below=(*below, added) if tree.key == parent else below)


@given(bases())
def test_what_is_kept_is_read_back(found: Base) -> None:
    again = Base.from_json(found.to_json())
    assert again == found
    assert again.digest() == found.digest()
    assert Sheet(again).now == Sheet(found).now


@given(changed())
def test_changes_are_read_back(found: tuple[Sheet, Changes]) -> None:
    assert Changes.from_json(found[1].to_json()) == found[1]


@settings(max_examples=60)
@given(changed(), st.data())
def test_a_sought_leaf_reaches_the_goal_when_it_is_put_in(found: tuple[Sheet, Changes], data: st.DataObject) -> None:
    sheet, changes = found
    leaf = data.draw(st.sampled_from(sheet.leaves))
    goal = data.draw(NUMBERS)
    sought = seek(sheet, changes, leaf, sheet.base.root, goal)
    if sought.how in ("exact", "outside", "already"):
        assert _put_in(sheet, changes, leaf, sought.value) == goal
    elif sought.how == "near":
        step = TOLERANCE * max(abs(sought.value), 1)
        beside = [_put_in(sheet, changes, leaf, sought.value + side * step) for side in (-1, 0, 1)]
        known = [value for value in beside if value is not None]
        assert min(known) <= goal <= max(known) or abs(known[0] - goal) < Fraction(1, 1000)


def _put_in(sheet: Sheet, changes: Changes, leaf: str, value: Fraction) -> Fraction | None:
    moves = {**changes.moves, leaf: _Exactly("set", Decimal(0), value)}
    return sheet.work_out(replace(changes, moves=moves)).values[sheet.base.root]


@given(bases())
def test_one_percent_of_a_leaf_is_what_it_says(found: Base) -> None:
    sheet = Sheet(found)
    gains = sensitivity(sheet)
    known = [abs(each.gain) for each in gains if each.gain is not None]
    assert known == sorted(known, reverse=True)
    for each in gains[:2]:
        moves = {each.key: Move("share", Decimal("0.01"))}
        after, now = sheet.work_out(Changes(moves=moves)).values[sheet.base.root], sheet.now[sheet.base.root]
        assert each.gain == (None if after is None or now is None else after - now)
