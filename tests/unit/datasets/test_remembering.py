"""What is remembered of a file for the next one."""

from apps.datasets.domain import modes, reading
from apps.datasets.domain.modes import How
from apps.engine.shape import Reading

READ = Reading("gb18030", ";", 3, ("total_row",), True, ("无",))


def test_what_somebody_said_holds_and_what_was_found_is_found_again() -> None:
    mapping = {"twins": "refuse", "meets": "keep"}
    found = reading.to_remember(READ, mapping, said={}, sheet="Sheet1", headers=["原因", "a", "b"])
    assert found == {
        "keep": ["total_row"], "shown_only": True, "nulls": ["无"], "twins": "refuse", "meets": "keep",
        "likely": "gb18030", "headers": ["a", "b"],
    }  # fmt: skip
    assert reading.remembered(found) == Reading(keep=("total_row",), shown_only=True, nulls=("无",), likely="gb18030")
    said = reading.to_remember(READ, mapping, said={"delimiter": ";", "header_row": 3}, sheet="Sales", headers=["a"])
    assert said["sheet"] == "Sales"
    assert reading.remembered(said) == Reading("", ";", 3, ("total_row",), True, ("无",), "gb18030")
    assert reading.remembered(said, places=False) == reading.remembered(found)
    assert reading.remembered({}) == Reading()


def test_the_column_of_reasons_is_no_column_of_the_data() -> None:
    assert reading.same_headers(["原因", "b", "a"], ["a", "b"])
    assert not reading.same_headers(["a"], ["a", "b"])


def test_a_file_is_akin_to_another_if_most_columns_of_each_are_the_same() -> None:
    for one, other, shared in (
        ("abc", "abx", 2), ("abcd", "abcx", 3), ("abcd", "abxy", 0), ("ab", "abxyz", 0), ("a", "a", 0), ("", "", 0),
    ):  # fmt: skip
        assert reading.shared_headers(list(one), list(other)) == shared
        assert reading.shared_headers(list(other), list(one)) == shared
    assert reading.shared_headers(["原因", "a", "b"], ["a", "b"]) == 2


def test_a_good_choice_has_no_fault() -> None:
    for how in (How(), How(mode="period"), How(mode="replace"), How(mode="delete")):
        assert modes.faults_of(how, has_data=True, row_key=["no"]) == []
    assert [fault.field for fault in modes.faults_of(How(mode="delete"), has_data=False, row_key=["no"])] == ["mode"]
    assert [fault.field for fault in modes.faults_of(How(mode="delete"), has_data=True, row_key=[])] == ["mode"]
    assert [fault.field for fault in modes.faults_of(How(mode="x"), has_data=True, row_key=[])] == ["mode"]
