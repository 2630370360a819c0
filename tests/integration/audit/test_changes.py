"""The trail of changes: what services record, shown to administrators."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.accounts import services
from apps.audit import selectors
from apps.audit.models import Entry
from apps.audit.services import record
from apps.kernel.issue import Refusal

CHANGES = "/people/changes/"


@pytest.fixture
def trail(actor, adi, ben):
    """Four changes by two people, one of them a week ago."""
    team = services.add_team(actor=actor, name="Service")
    services.change_team(actor=adi.actor, team_id=team.pk, name="After-sales", parent_id=None, lead_id=ben.pk)
    services.change_roles(actor=actor, user_id=ben.pk, roles=["manager"])
    wrote(actor, ben, timezone.now() - timedelta(days=7), act="target.set", note="Board of June")


def wrote(actor, subject, at: datetime, **facts) -> Entry:
    """An entry of another day: the product itself always writes now."""
    return Entry.objects.create(
        at=at,
        actor_id=actor.id,
        actor_name=actor.name,
        subject_kind="user",
        subject_id=str(subject.pk),
        subject_name=str(subject),
        **facts,
    )


def shown(client, query: str = "") -> list[tuple[str, str]]:
    return [(line.who, line.what) for line in client.get(f"{CHANGES}?{query}").context["lines"]]


def test_administrators_read_what_was_done_newest_first(trail, client_of, adi) -> None:
    assert [who for who, _ in shown(client_of(adi))] == ["Ada", "Adi", "Ada", "Ada"]
    page = client_of(adi).get(CHANGES)
    assert "Changed roles" in page.text
    assert "After-sales" in page.text


def test_whatever_a_room_records_can_be_read(actor, ben, client_of, ada) -> None:
    for odd in ("text", 7, True, [], {}, [{"a": 1}, ["b", None]], {"roles": [{"x": 1}, "owner"], "deep": {"er": [1]}}):
        record(actor=actor, act="somebody.did_something", subject=ben, before=odd, after=None)
    page = client_of(ada).get(CHANGES)
    assert page.status_code == 200
    assert "somebody.did_something" in page.text
    assert client_of(ada).get(f"{CHANGES}file/").status_code == 200


def test_others_do_not(client_of, ben, hana, cleo) -> None:
    for somebody in (ben, hana, cleo):
        assert client_of(somebody).get(CHANGES).status_code == 403


def test_the_trail_is_searched_by_person_thing_note_area_and_day(trail, client_of, ada) -> None:
    client, today = client_of(ada), timezone.now().date()
    assert len(shown(client, "q=adi")) == 1
    assert len(shown(client, "q=board+june")) == 1
    assert len(shown(client, "area=team")) == 2
    assert len(shown(client, f"from={today - timedelta(days=1)}")) == 3
    assert len(shown(client, f"to={today - timedelta(days=2)}")) == 1
    assert len(shown(client, "from=nonsense&to=9999-99-99&area=emperors&page=zero")) == 4
    assert len(shown(client, "to=9999-12-31")) == 4


def test_the_trail_goes_into_a_file_that_no_spreadsheet_takes_for_formulas(trail, actor, ben, client_of, ada) -> None:
    record(actor=actor, act="person.added", subject=ben, note="=HYPERLINK(1)", after={"roles": ["hr"]})
    page = client_of(ada).get(f"{CHANGES}file/?area=person")
    assert page["Content-Disposition"].startswith('attachment; filename="changes-')
    head, *lines = page.content.decode("utf-8-sig").splitlines()
    assert head == "When,Who,What,Subject,Note,Before,After"
    assert len(lines) == 2
    assert "'=HYPERLINK(1)" in lines[0]
    assert lines[0].endswith("Roles: HR")
    assert client_of(ben).get(f"{CHANGES}file/").status_code == 403


def test_a_day_begins_on_the_companys_clock(actor, ben, client_of, ada) -> None:
    wrote(actor, ben, datetime(2026, 6, 30, 17, 0, tzinfo=UTC), act="person.added")  # 1 July, 01:00 in Shanghai
    assert shown(client_of(ada), "from=2026-07-01&to=2026-07-01")
    assert not shown(client_of(ada), "from=2026-06-30&to=2026-06-30")
    assert "1 Jul 2026, 01:00" in client_of(ada).get(CHANGES).text


def test_a_refused_act_leaves_no_trace(actor, ada) -> None:
    with pytest.raises(Refusal):
        services.change_roles(actor=actor, user_id=ada.pk, roles=[])
    assert not Entry.objects.exists()


def test_the_history_of_one_thing_is_its_own(trail, ben) -> None:
    assert [entry.act for entry in selectors.history_of(ben)] == ["person.roles_changed", "target.set"]


def test_long_trails_come_in_pages(actor, ben, client_of, ada) -> None:
    for n in range(51):
        record(actor=actor, act="person.added", subject=ben, note=str(n))
    assert len(shown(client_of(ada))) == 50
    assert len(shown(client_of(ada), "page=2")) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET note = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_workspace_can_add_to_the_trail_but_not_rewrite_it(actor, ben, statement: str) -> None:
    record(actor=actor, act="person.added", subject=ben)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
