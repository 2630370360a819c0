"""Teams stay a tree, and nobody is in one team twice at a time."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.domain.teams import MOST_LEVELS, Stay, TeamNode, build_tree, flatten, move_issues, stay_issues, under

days = st.dates(date(2026, 1, 1), date(2026, 2, 28))


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    start = draw(days)
    return Stay(start, draw(st.none() | days.filter(lambda end: end > start)))


@st.composite
def forests(draw: st.DrawFn) -> dict[int, int | None]:
    """Parents that always point to an earlier team: any tree, never a cycle."""
    size = draw(st.integers(1, 12))
    return {team: draw(st.none() | st.integers(0, team - 1)) if team else None for team in range(size)}


def nodes(parents: dict[int, int | None]) -> list[TeamNode]:
    return [TeamNode(id=team, name=f"T{team}", parent_id=parent, members=1) for team, parent in parents.items()]


@given(forests())
def test_every_team_is_in_the_tree_once_below_its_parent(parents: dict[int, int | None]) -> None:
    lines = flatten(build_tree(nodes(parents)))
    assert sorted(node.id for _depth, node in lines) == sorted(parents)
    depth = {node.id: level for level, node in lines}
    assert all(depth[team] == (0 if parent is None else depth[parent] + 1) for team, parent in parents.items())


@given(forests())
def test_people_below_add_up(parents: dict[int, int | None]) -> None:
    tree = build_tree(nodes(parents))
    assert sum(root.members_below for root in tree) == len(parents)


@given(forests(), st.data())
def test_a_move_that_is_allowed_never_makes_a_cycle(parents: dict[int, int | None], data: st.DataObject) -> None:
    team = data.draw(st.sampled_from(sorted(parents)))
    parent = data.draw(st.none() | st.sampled_from(sorted(parents)))
    if move_issues(team, parent, parents):
        assert parent in under(team, parents) or len(parents) > MOST_LEVELS
        return
    moved = {**parents, team: parent}
    assert all(reaches_the_top(start, moved) for start in moved)


def reaches_the_top(team: int, parents: dict[int, int | None]) -> bool:
    seen: set[int | None] = set()
    at: int | None = team
    while at is not None and at not in seen:
        seen.add(at)
        at = parents[at]
    return at is None


def test_a_team_cannot_be_placed_below_itself() -> None:
    issues = move_issues("a", "c", {"a": None, "b": "a", "c": "b"})
    assert [issue.in_words() for issue in issues] == [
        "A team cannot be placed below itself or below one of its own teams."
    ]


def test_teams_grow_to_a_depth_and_no_deeper() -> None:
    chain: dict[object, object | None] = {n: n - 1 if n else None for n in range(MOST_LEVELS)}
    assert not move_issues(None, MOST_LEVELS - 2, chain)
    assert move_issues(None, MOST_LEVELS - 1, chain)


def test_a_team_whose_parent_is_not_there_stands_at_the_top() -> None:
    assert [node.id for node in build_tree([TeamNode(id=1, name="A", parent_id=99)])] == [1]


@given(stays(), stays())
def test_overlap_means_sharing_a_day(one: Stay, other: Stay) -> None:
    calendar = [date(2026, 1, 1) + timedelta(days=n) for n in range(60)]
    share = any(one.holds(day) and other.holds(day) for day in calendar)
    assert one.overlaps(other) == other.overlaps(one) == share


def test_the_day_somebody_leaves_is_free_for_coming_back() -> None:
    past = Stay(date(2026, 1, 1), date(2026, 2, 1))
    assert not stay_issues(Stay(date(2026, 2, 1)), [past])
    [issue] = stay_issues(Stay(date(2026, 1, 31)), [past])
    assert issue.in_words() == "This person already belongs to this team from 2026-01-01 to 2026-01-31."


def test_a_stay_that_ends_before_it_begins_is_refused() -> None:
    [issue] = stay_issues(Stay(date(2026, 2, 1), date(2026, 2, 1)), [])
    assert issue.where == "end"
