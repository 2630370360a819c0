"""The tree as places: whatever is done to it, it stays one tree; what changed is told; circles are refused."""

from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.domain import layout
from apps.metrics.domain.layout import Layout, Place, Spot

DIRECTIONS = ("up", "down", "in", "out")


def grown(parents: list[int]) -> Layout:
    """Node i + 1 hangs below node `parents[i]` (at most i); each shows a metric of its own."""
    places = [Place("0", "m0", None, "formula")]
    places += [Place(str(i), f"m{i}", str(above % i), "influence") for i, above in enumerate(parents, 1)]
    return Layout.of(places)


trees = st.lists(st.integers(0, 30), min_size=1, max_size=30).map(grown)


@given(trees, st.data())
def test_a_step_never_loses_a_node_and_can_be_walked_back(tree: Layout, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from([place.id for place in tree.places]))
    direction = data.draw(st.sampled_from(DIRECTIONS))
    to = tree.spot(node, direction)
    if to is None:
        return
    after = layout.moved(tree, node, to, "influence")
    assert {place.id for place in after.places} == set(tree.by_id)
    assert len(after.below[None]) == 1
    back = {"up": "down", "down": "up", "out": "in"}.get(direction)
    if back == "in":  # out and in again: it comes back as the last of the row it left
        assert after.spot(node, "in") == Spot(tree.by_id[node].parent, None)
    elif back:
        assert layout.moved(after, node, after.spot(node, back), "influence") == tree


@given(trees)
def test_it_is_written_and_read_the_same(tree: Layout) -> None:
    assert Layout.from_json(tree.to_json()) == tree
    assert Layout.of(reversed(tree.places)).by_id == tree.by_id


@given(trees, st.data())
def test_taking_a_branch_out_takes_all_of_it_and_nothing_else(tree: Layout, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from([place.id for place in tree.places]))
    gone = {place.id for place in tree.branch(node)}
    assert {place.id for place in tree.without(node).places} == set(tree.by_id) - gone


@given(trees, trees)
def test_a_tree_has_nothing_otherwise_than_itself(one: Layout, other: Layout) -> None:
    assert layout.changes(one, one) == []
    assert bool(layout.changes(one, other)) == (one != other)


def test_what_changed_is_told_once_each() -> None:
    before = grown([0, 0, 1, 1])
    after = layout.moved(before, "4", Spot("2", None), "formula").without("3")
    after = after.with_place(Place("9", "m9", "0", "influence"), before="1")
    told = [(change.kind, change.metric, change.above) for change in layout.changes(before, after)]
    assert told == [("removed", "m3", "m1"), ("added", "m9", "m0"), ("moved", "m4", "m2")]
    swapped = layout.moved(before, "2", Spot("0", "1"), "influence")
    assert [(change.kind, change.metric) for change in layout.changes(before, swapped)] == [("ordered", "m0")]


def test_what_cannot_stand_somewhere_is_said() -> None:
    tree = grown([0, 1, 2])

    def where(place: Place) -> list[str]:
        return [issue.where for issue in layout.place_issues(tree, place)]

    assert where(tree.by_id["1"]._replace(parent="3")) == ["parent"]
    assert where(Place("x", "m0", "3", "influence")) == ["metric"]
    assert where(Place("x", "m1", "0", "influence")) == ["metric"]
    assert where(Place("x", "m9", "3", "influence")) == []
    deep = grown(list(range(12)))
    assert [i.where for i in layout.place_issues(deep, Place("x", "x", "11", "influence"))] == ["parent"]
    full = grown([0] * 499)
    assert [i.where for i in layout.place_issues(full, Place("x", "x", "0", "influence"))] == [""]
