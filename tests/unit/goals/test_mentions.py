"""Who is meant by “@” and a name."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.goals.domain.mentions import mentioned, pieces
from apps.goals.domain.saying import Said, issues

ADA, ADA_LIN, ZHANG, OTHER_ZHANG = (uuid4() for _ in range(4))
PEOPLE: list[tuple[UUID, str]] = [(ADA, "Ada"), (ADA_LIN, "Ada Lin"), (ZHANG, "张伟"), (OTHER_ZHANG, "张伟")]


def test_the_longest_name_is_meant() -> None:
    assert mentioned("@Ada Lin and @ada", PEOPLE) == [ADA_LIN, ADA]
    assert mentioned("@Adam, mail ada@Ada.example", PEOPLE) == []
    assert mentioned("@Ada @Ada", PEOPLE) == [ADA]


def test_of_two_who_are_called_the_same_only_the_one_who_was_picked_is_told() -> None:
    assert mentioned("请 @张伟 看一下", PEOPLE) == []
    assert mentioned("请 @张伟 看一下", PEOPLE, {OTHER_ZHANG}) == [OTHER_ZHANG]
    assert mentioned("@张伟", PEOPLE[:3]) == [ZHANG]


def test_picked_but_taken_out_of_the_text_again_is_not_told() -> None:
    assert mentioned("Hello", PEOPLE, {ADA}) == []


def test_a_text_in_pieces() -> None:
    assert pieces("Hi @Ada Lin!", ["Ada", "Ada Lin"]) == [("Hi ", False), ("@Ada Lin", True), ("!", False)]
    assert pieces("Hi", []) == [("Hi", False)]


@given(st.text(), st.lists(st.text(max_size=8), max_size=4))
def test_pieces_make_the_text_again(text: str, names: list[str]) -> None:
    assert "".join(piece for piece, _is_mention in pieces(text, names)) == text


def test_a_worry_says_what_is_in_the_way() -> None:
    assert not list(issues(Said(confidence="on_track")))
    assert not list(issues(Said(confidence="at_risk", note="Late")))
    [issue] = issues(Said(confidence="at_risk", next_step="x" * 2000))
    assert issue.where == "blockers"
    assert {each.where for each in issues(Said(note="x" * 2001, blockers="x" * 2001))} == {
        "confidence",
        "note",
        "blockers",
    }
