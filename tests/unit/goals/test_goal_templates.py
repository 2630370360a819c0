"""Templates of cycles: what is written is read again as it was, and what is left of one still hangs together."""

from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.goals.domain import templates
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.domain.templates import Kept, Line

D = Decimal
FIGURES = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**9), max_value=10**9)
KEY_RESULTS = st.builds(
    KeyResultDraft,
    title=st.text(max_size=20),
    kind=st.sampled_from(Kind),
    metric=st.sampled_from(["", "visits"]),
    grain=st.sampled_from(["", "day"]),
    start=st.none() | FIGURES,
    goal=st.none() | FIGURES,
    rule=st.none() | st.sampled_from(RangeRule),
    weight=st.none() | FIGURES,
    owner_id=st.none() | st.uuids(),
    steps=st.lists(st.builds(StepDraft, title=st.text(max_size=9), weight=FIGURES), max_size=3).map(tuple),
)
OBJECTIVES = st.builds(
    ObjectiveDraft,
    title=st.text(max_size=20),
    level=st.sampled_from(templates.LEVELS),
    team_id=st.none() | st.uuids(),
    weight=st.none() | FIGURES,
    key_results=st.lists(KEY_RESULTS, max_size=3).map(tuple),
)


@given(st.lists(st.tuples(OBJECTIVES, st.integers(0, 20)), max_size=8))
def test_what_is_written_is_read_as_it_was_and_what_is_above_comes_first(
    told: list[tuple[ObjectiveDraft, int]],
) -> None:
    ids = [uuid4() for _each in told]
    rows = [  # in any order, each for one before it or for nothing in it
        (pk, ids[up] if up < at else uuid4(), draft) for at, (pk, (draft, up)) in enumerate(zip(ids, told, strict=True))
    ]
    lines = templates.in_order(rows[::-1])
    assert len(lines) == len(rows)
    assert templates.read(templates.written(lines)) == lines
    assert all(line.above is None or line.above < at for at, line in enumerate(lines))
    kept = {at: Kept(line.draft.title, {}) for at, line in enumerate(lines) if at % 2}
    left = templates.changed(lines, kept)
    assert all(line.above is None or line.above < at for at, line in enumerate(left))
    for line, old in zip(left, [line for at, line in enumerate(lines) if at in kept], strict=True):
        assert (line.above is None) == (old.above is None or old.above not in kept)


def test_what_is_no_more_is_left_out_and_told() -> None:
    team, gone, mia = UUID(int=1), UUID(int=2), UUID(int=3)
    visits = KeyResultDraft("Visits", metric="visits", grain="day", start=D(1), goal=D(2), owner_id=gone)
    line = Line(ObjectiveDraft("Grow", "team", team, mia, key_results=(visits, KeyResultDraft("Old", metric="old"))))
    told = {"people": {mia}, "follows": {("visits", "day", "")}}
    draft, left = templates.usable(line, teams={team}, **told)
    assert draft is not None
    assert (draft.owner_id, [each.title for each in draft.key_results], left) == (mia, ["Visits"], ["Old"])
    assert draft.key_results[0].owner_id is None, "who left answers for nothing new"
    assert templates.usable(line, teams={gone}, **told) == (None, ["Grow"])


def test_a_key_result_begins_where_its_metric_is_now() -> None:
    up, down = KeyResultDraft("Up", start=D(100), goal=D(200)), KeyResultDraft("Down", start=D(50), goal=D(10))
    assert templates.begun(up, D(150)).start == 150
    assert templates.begun(down, D(20)).start == 20
    assert templates.begun(up, None) == up
    for reached in (templates.begun(up, D(200)), templates.begun(down, D(9))):
        assert (reached.kind, reached.goal) == (Kind.OPEN_BASELINE, None)
    kept = KeyResultDraft("Kept", Kind.ABOVE, low=D(3))
    assert templates.begun(kept, D(5)) == kept


def test_every_title_that_is_wrong_is_said_at_once() -> None:
    found = list(templates.title_issues({0: Kept(" ", {1: "x" * 161}), 2: Kept("Good", {0: "Good too"})}))
    assert [(each.where, each.message) for each in found] == [
        ("o-0-title", "Say what it is called."), ("o-0-kr-1-title", "At most %(most)s characters."),
    ]  # fmt: skip
    assert [each.message for each in templates.issues([])] == ["Choose one objective or more."]
    many = [Line(ObjectiveDraft("x"))] * 501
    assert [each.message for each in templates.issues(many)] == [
        "A template holds at most %(most)s objectives; these are %(n)s."
    ]
