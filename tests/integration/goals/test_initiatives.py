"""Planning, changing, finishing and stopping initiatives; what other rooms and a metric's page are told of them."""

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Membership, Team
from apps.audit.selectors import history_of
from apps.goals import presentation, selectors, services
from apps.goals.domain.plan import Plan, Stand
from apps.goals.models import Cycle, Initiative, KeyResult, Objective
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.metrics.presentation import style_of
from apps.metrics.services import TypedValue
from apps.targets import services as targets
from apps.workspaces.scope import inside

PLAN = Plan(
    "Call lapsed customers", date(2026, 3, 1), date(2026, 5, 31), "Every week, 200 of them.", expected=Decimal(200)
)
TYPED = {
    "title": "Call lapsed customers", "what": "", "owner": "", "start": "2026-03-01", "due": "2026-05-31",
    "expected": "¥200", "running": "on",
}  # fmt: skip


@pytest.fixture
def arpu(in_acme, ada, run_work) -> metrics.MetricView:
    """A typed metric in currency by month, with values of the first half of 2026."""
    definition = parse(
        {
            "kind": "manual", "key": "arpu", "name": {"en": "ARPU", "zh": "客单价"}, "unit": {"kind": "currency"},
            "direction": "up", "grains": ["month"], "dimensions": [],
        }
    )  # fmt: skip
    metric_services.define(actor=ada.actor, definition=definition)
    view = metrics.metric_for("arpu")
    typed = [TypedValue(date(2026, month, 1), Decimal(4000 + month * 100)) for month in range(1, 7)]
    metric_services.type_values(actor=ada.actor, metric_id=view.id, grain=Grain.MONTH, values=typed)
    run_work()
    return metrics.metric_for("arpu")


@pytest.fixture
def calling(arpu, mia):
    """Mia's action, started."""
    return services.create_initiative(
        actor=mia.actor, metric_id=arpu.id, plan=PLAN, owner_id=mia.pk, owner_name="Mia", running=True
    )


def test_from_plan_to_result_with_every_step_on_record(arpu, mia, ada) -> None:
    made = services.create_initiative(actor=mia.actor, metric_id=arpu.id, plan=PLAN, owner_id=mia.pk, owner_name="Mia")
    assert selectors.initiatives_of([arpu.id], date(2026, 4, 1))[arpu.id][0].stand is Stand.PLANNED
    before = metrics.edition()
    told = {"plan": PLAN, "owner_id": mia.pk, "owner_name": "Mia", "running": True}
    services.change_initiative(actor=mia.actor, initiative_id=made.pk, revision=1, **told)
    assert metrics.edition() != before  # kept pages are made anew
    (running,) = selectors.initiatives_of([arpu.id, uuid4()], date(2026, 4, 1))[arpu.id]
    assert (running.is_running, running.expected, running.owner_name) == (True, 200, "Mia")
    with pytest.raises(Refusal) as seen:  # two at once: the second sees who was first
        services.change_initiative(actor=ada.actor, initiative_id=made.pk, revision=1, **told)
    assert (seen.value.status, seen.value.params) == (409, {"name": "Mia"})
    ended = {"on": date(2026, 5, 20), "today": date(2026, 6, 1)}
    services.finish_initiative(actor=mia.actor, initiative_id=made.pk, revision=2, result="180 came back", **ended)
    assert selectors.initiatives_of([arpu.id], date(2026, 5, 20)) == {}
    assert selectors.initiatives_of([arpu.id], date(2026, 5, 19))[arpu.id][0].is_running  # as it stood then
    with pytest.raises(Refusal):
        services.stop_initiative(actor=mia.actor, initiative_id=made.pk, revision=3, reason="again", **ended)
    services.reopen_initiative(actor=ada.actor, initiative_id=made.pk, revision=3)
    acts = [entry.act for entry in history_of(made)]
    assert acts == ["initiative.reopened", "initiative.done", "initiative.changed", "initiative.planned"]
    assert history_of(made)[1].after["result"] == "180 came back"


def test_saving_nothing_new_is_no_change(calling, mia) -> None:
    same = services.change_initiative(
        actor=mia.actor,
        initiative_id=calling.pk,
        revision=1,
        plan=PLAN,
        owner_id=mia.pk,
        owner_name="Mia",
        running=True,
    )
    assert same.revision == 1
    assert len(history_of(calling)) == 1


def test_everything_wrong_is_said_at_once(arpu, calling, mia) -> None:
    with pytest.raises(Refusal) as refused:
        services.create_initiative(actor=mia.actor, metric_id=arpu.id, plan=Plan("", None, None, dimension="store"))
    assert [issue.where for issue in refused.value.issues] == ["title", "start", "due", "dimension", "member"]
    with pytest.raises(Refusal) as refused:
        services.stop_initiative(
            actor=mia.actor,
            initiative_id=calling.pk,
            revision=1,
            on=date(2027, 1, 1),
            today=date(2026, 6, 1),
            reason=" ",
        )
    assert [issue.where for issue in refused.value.issues] == ["result", "on"]


def test_who_may(arpu, calling, ada, ben, cleo, hana, mia) -> None:
    for nobody in (cleo, hana):
        with pytest.raises(Forbidden):
            services.create_initiative(actor=nobody.actor, metric_id=arpu.id, plan=PLAN)
    theirs = services.create_initiative(actor=ada.actor, metric_id=arpu.id, plan=PLAN)
    with pytest.raises(Forbidden):  # Mia leads a team, but this is Ada's
        services.change_initiative(actor=mia.actor, initiative_id=theirs.pk, revision=1, plan=PLAN)
    moved = Plan("Call everybody", PLAN.start, PLAN.due)
    services.change_initiative(actor=ben.actor, initiative_id=calling.pk, revision=1, plan=moved)  # an analyst may any


def test_a_metric_with_a_running_action_stays(arpu, calling, ada, mia) -> None:
    assert any(use.holds and use.message.startswith("“%(title)s”") for use in metrics.usage_of(arpu))
    with pytest.raises(Refusal):
        metric_services.archive_metric(actor=ada.actor, metric_id=arpu.id)
    services.stop_initiative(
        actor=mia.actor,
        initiative_id=calling.pk,
        revision=1,
        on=date(2026, 4, 1),
        today=date(2026, 6, 1),
        reason="no budget",
    )
    metric_services.archive_metric(actor=ada.actor, metric_id=arpu.id)
    with pytest.raises(Refusal):
        metric_services.delete_metric(actor=ada.actor, metric_id=arpu.id, confirmation="arpu")


def test_another_company_has_no_part_in_it(calling, borealis, ada) -> None:
    with inside(borealis):
        assert selectors.every_initiative() == []
        with pytest.raises(NotHere):
            selectors.initiative_for(ada.actor, calling.pk)


def test_the_pages(arpu, mia, cleo, client_of) -> None:
    client = client_of(mia)
    page = f"{reverse('goals:new')}?metric=arpu"
    wrong = client.post(page, TYPED | {"due": "2026-02-01", "expected": "many", "title": ""})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"title", "due", "expected"}
    address = client.post(page, TYPED | {"owner": str(mia.pk)}).headers["Location"]
    seen = client.get(address).content.decode()
    assert "+¥200" in seen
    made = selectors.every_initiative()[0]
    assert made.stand is Stand.LATE  # May is over
    looking = client_of(cleo)
    listed = looking.get(reverse("goals:list"), {"stand": "open", "metric": "arpu", "q": "LAPSED"}).content.decode()
    assert "Call lapsed customers" in listed
    assert reverse("goals:new") not in listed
    for nothing in ({"stand": "done"}, {"q": "zebra"}, {"owner": str(cleo.pk)}, {"metric": "none"}):
        assert "No action is like this." in looking.get(reverse("goals:list"), nothing).content.decode()
    assert looking.post(reverse("goals:stop", args=[made.id]), {}).status_code == 403
    ended = {"on": "2026-05-30", "result": "180 came back", "revision": "1"}
    assert client.post(reverse("goals:finish", args=[made.id]), ended | {"revision": "7"}).status_code == 422
    assert client.post(reverse("goals:finish", args=[made.id]), ended).status_code == 302
    assert "180 came back" in client.get(address).content.decode()
    assert client.get(reverse("goals:edit", args=[made.id])).status_code == 409
    assert client.post(reverse("goals:reopen", args=[made.id]), {"revision": "2"}).status_code == 302
    assert client.post(reverse("goals:reopen", args=[made.id]), {"revision": "x"}).status_code == 409


def test_the_metrics_page_shows_them_and_its_chart_marks_them(
    arpu, calling, mia, client_of, django_assert_num_queries
) -> None:
    ended = {"on": date(2026, 5, 20), "today": date(2026, 6, 1)}
    services.finish_initiative(actor=mia.actor, initiative_id=calling.pk, revision=1, result="180 came back", **ended)
    response = client_of(mia).get(reverse("metrics:detail", args=["arpu"]))
    assert "Call lapsed customers" in response.content.decode()
    assert {point.name: point.mark for point in response.context["trend"].points if point.mark} == {
        "Mar 2026": "①", "May 2026": "①✓",
    }  # fmt: skip
    series = metrics.series("arpu", Grain.MONTH)
    with django_assert_num_queries(1):
        added = presentation.beside_metric(series, mia.actor)
    assert presentation.effect(Decimal("-0.02"), style_of(arpu.unit, "CNY"))
    assert added


def test_an_owner_who_left_stays_until_another_is_named(arpu, calling, ada, mia, client_of) -> None:
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    page, client = reverse("goals:edit", args=[calling.pk]), client_of(ada)
    chosen = client.get(page).context["form"]["owner"].value()
    assert client.post(page, TYPED | {"owner": str(chosen), "what": "Twice", "revision": "1"}).status_code == 302
    calling.refresh_from_db()
    assert (calling.owner_id, calling.owner_name, calling.what) == (mia.pk, "Mia", "Twice")


def test_a_dimension_that_is_gone_is_said(arpu, calling, ada, client_of) -> None:
    type(calling).objects.update(dimension="store", member="North")
    page = reverse("goals:edit", args=[calling.pk])
    client = client_of(ada)
    form = client.get(page).context["form"]
    kept = {name: form[name].value() for name in ("dimension", "member")}
    answer = client.post(page, TYPED | kept | {"revision": "1"})
    assert set(answer.context["form"].errors) == {"dimension"}
    assert client.post(page, TYPED | {"dimension": "", "member": "", "revision": "1"}).status_code == 302


def test_nothing_is_taken_up_again_for_an_archived_metric(arpu, calling, ada, client_of) -> None:
    services.finish_initiative(
        actor=ada.actor, initiative_id=calling.pk, revision=1, on=date(2026, 5, 1), today=date(2026, 6, 1)
    )
    metric_services.archive_metric(actor=ada.actor, metric_id=arpu.id)
    client = client_of(ada)
    again = reverse("goals:reopen", args=[calling.pk])
    assert client.post(again, {"revision": "2"}).status_code == 422
    assert client.post(again, {"revision": "9" * 5000}).status_code == 409
    assert client.get(reverse("goals:list")).status_code == 200
    assert client.get(reverse("goals:detail", args=[calling.pk])).status_code == 200


def test_one_for_a_target_is_for_its_metric_and_member(arpu, mia, ada, client_of) -> None:
    target = targets.set_target(
        actor=ada.actor, metric_id=arpu.id, grain=Grain.MONTH, baseline=Decimal(4000), goal=Decimal(5000),
        start=date(2026, 1, 1), due=date(2026, 12, 31),
    )  # fmt: skip
    client = client_of(mia)
    page = f"{reverse('goals:new')}?target={target.pk}"
    assert "For a target" in client.get(page).content.decode()
    answer = client.post(page, TYPED | {"cost": "¥12,500.50"})
    assert answer.status_code == 302
    made = Initiative.objects.get()
    assert (made.target_id, made.metric_id, made.cost) == (target.pk, arpu.id, Decimal("12500.50"))
    seen = client.get(answer.headers["Location"]).content.decode()
    assert "¥12,500.50" in seen
    assert "¥5,000 by 31 Dec 2026" in seen
    wrong = client.post(page, TYPED | {"cost": "-3", "due": "2026-01-01"})
    assert set(wrong.context["form"].errors) == {"cost", "due"}  # all at once
    with pytest.raises(Refusal, match="Say what it is for"):
        services.create_initiative(actor=mia.actor, plan=PLAN)
    assert client.get(f"{reverse('goals:new')}?target=nonsense").status_code == 404


@pytest.fixture
def private(in_acme, ada):
    """A key result of an objective that is private to Ada."""
    cycle = Cycle.objects.create(
        name="Q2", kind="quarter", start=date(2026, 4, 1), due=date(2026, 6, 30), created_by=ada.pk,
        created_by_name="Ada", changed_by_name="Ada",
    )  # fmt: skip
    objective = Objective.objects.create(
        cycle=cycle, level="person", owner_id=ada.pk, owner_name="Ada", title="Learn to sell", private=True,
        created_by=ada.pk, created_by_name="Ada", changed_by_name="Ada",
    )  # fmt: skip
    return KeyResult.objects.create(objective=objective, title="Ten calls a week", kind="reach", start=0, goal=10)


def test_one_for_a_private_goal_is_known_to_nobody_else(arpu, calling, private, ada, mia, cleo, client_of) -> None:
    secret = services.create_initiative(
        actor=ada.actor, key_result_id=private.pk, plan=Plan("Take a course", PLAN.start, PLAN.due), running=True
    )
    told = services.finish_initiative(
        actor=ada.actor, initiative_id=secret.pk, revision=1, on=PLAN.start, today=PLAN.due, result="Passed"
    )
    services.reopen_initiative(actor=ada.actor, initiative_id=secret.pk, revision=told.revision)
    entries = history_of(secret)
    assert {(each.subject_name, each.before, each.after, each.note) for each in entries} == {
        ("(private)", None, None, "")
    }
    own, other = client_of(ada), client_of(mia)
    for way in ("list", "board"):
        assert "Take a course" in own.get(reverse("goals:list"), {"as": way}).content.decode()
        assert "Take a course" not in other.get(reverse("goals:list"), {"as": way, "q": "course"}).content.decode()
    for kind in ("csv", "xlsx"):
        assert b"Take a course" not in other.get(reverse("goals:export"), {"format": kind}).content
    assert "Take a course" in own.get(reverse("goals:export")).content.decode()
    assert own.get(reverse("goals:detail", args=[secret.pk])).status_code == 200
    for name in ("detail", "edit", "finish", "stop"):
        assert other.get(reverse(f"goals:{name}", args=[secret.pk])).status_code == 404
    told = {"to": "done", "revision": "1"}
    assert client_of(mia).post(reverse("goals:move", args=[secret.pk]), told).status_code == 404
    assert other.get(f"{reverse('goals:new')}?key_result={private.pk}").status_code == 404
    with pytest.raises(NotHere):
        services.move_initiative(
            actor=mia.actor, initiative_id=secret.pk, revision=3, to="done", today=date(2026, 6, 1)
        )
    assert [view.title for view in selectors.every_initiative()] == ["Call lapsed customers"]


def test_the_board_moves_and_takes_back(arpu, calling, mia, cleo, client_of) -> None:
    client, board = client_of(mia), reverse("goals:list")
    seen = client.get(board, {"as": "board", "metric": "arpu"})
    columns = {column["key"]: column for column in seen.context["columns"]}
    (card,) = columns["late"]["cards"]
    assert [key for key, _word in card.moves] == ["planned", "done", "stopped"]
    assert client.get(board).context["way"] == "board"  # remembered
    assert client.get(board, {"as": "list"}).context["way"] == "list"
    assert client.get(board).context["way"] == "list"

    move = reverse("goals:move", args=[calling.pk])
    back = f"{board}?metric=arpu"
    answer = client.post(move, {"to": "done", "revision": "1", "back": back})
    assert answer.headers["Location"].startswith(back + "&moved=")
    assert answer.headers["Location"].endswith(f"#card-{calling.pk}")
    after = client.get(answer.headers["Location"].replace("?", "?as=board&"))
    assert "is now here: Done" in after.content.decode()
    calling.refresh_from_db()
    assert (calling.status, calling.result, calling.revision) == ("done", "", 2)
    undo = reverse("goals:put_back", args=[calling.pk])
    token = {"moved": after.context["moved"]["token"], "back": "https://evil.example/"}
    answer = client.post(undo, token)
    assert answer.headers["Location"] == f"{board}#card-{calling.pk}"  # only the own page is gone back to
    calling.refresh_from_db()
    assert (calling.status, calling.ended_on) == ("running", None)
    assert client.post(undo, token).status_code == 409  # it has been changed since
    assert client.post(undo, {"moved": "forged"}).status_code == 409

    assert client.post(move, {"to": "done", "revision": "1"}).status_code == 409  # somebody was faster
    assert client.post(move, {"to": "late", "revision": "3"}).status_code == 409  # no place to go
    asked = client.post(move, {"to": "stopped", "revision": "3"})
    assert asked.headers["Location"] == reverse("goals:stop", args=[calling.pk])  # it takes a reason
    assert client_of(cleo).post(move, {"to": "planned", "revision": "3"}).status_code == 403
    assert not [row for column in client_of(cleo).get(board).context["columns"] for row in column["cards"] if row.moves]


def test_what_is_started_before_its_first_day_begins_today(arpu, mia) -> None:
    today = selectors.today()
    later = Plan("Later", today + timedelta(10), today + timedelta(20))
    made = services.create_initiative(actor=mia.actor, metric_id=arpu.id, plan=later)
    told = {"actor": mia.actor, "initiative_id": made.pk, "today": today}
    with pytest.raises(Refusal):  # what has not begun cannot be done
        services.move_initiative(revision=1, to="done", **told)
    moved = services.move_initiative(revision=1, to="running", **told)
    assert (moved.status, moved.start) == ("running", today)
    assert services.move_initiative(revision=2, to="planned", **told).status == "planned"


def test_the_list_is_searched_filtered_and_sorted_by_the_database(arpu, calling, ada, mia, client_of) -> None:
    team = Team.objects.create(name="North")
    Membership.objects.create(team=team, user=ada, start=date(2020, 1, 1))
    dear = Plan("=SUM(A1)", date(2026, 1, 1), date(2026, 2, 1), cost=Decimal(900))
    services.create_initiative(actor=ada.actor, metric_id=arpu.id, plan=dear, owner_id=ada.pk, owner_name="Ada")
    for at in range(3):
        other = Plan(f"Other {at}", date(2026, 1, 1), date(2026, 2, 1), cost=Decimal(at))
        services.create_initiative(actor=ada.actor, metric_id=arpu.id, plan=other)
    client, page = client_of(mia), reverse("goals:list")

    def titles(**asked: str) -> list[str]:
        return [row.view.title for row in client.get(page, {"as": "list"} | asked).context["rows"]]

    assert titles(sort="cost")[:2] == ["=SUM(A1)", "Other 2"]
    assert titles(team=str(team.pk)) == ["=SUM(A1)"]
    assert titles(owner=str(mia.pk)) == ["Call lapsed customers"]
    assert len(titles(q="客单价")) + len(titles(q="arpu")) == 5  # the name of the metric, in the reader's language
    assert titles(stand="late", q="other", sort="title") == ["Other 0", "Other 1", "Other 2"]
    for nonsense in ({"team": "x"}, {"owner": "x"}, {"sort": "x"}, {"page": "x"}):
        assert client.get(page, nonsense).status_code == 200
    text = client.get(reverse("goals:export"), {"q": "SUM"}).content.decode()
    assert "'=SUM(A1)" in text  # no formula for a spreadsheet
    book = xml_of(client.get(reverse("goals:export"), {"format": "xlsx", "q": "SUM"}).content)
    assert "=SUM(A1)" in book
    assert "<f>" not in book
    for way in ("list", "board"):
        client.get(page, {"as": way, "q": "r"})
        with CaptureQueriesContext(connection) as few:
            client.get(page, {"as": way})
        for at in range(5):
            services.create_initiative(
                actor=ada.actor, metric_id=arpu.id, plan=Plan(f"More {at}", PLAN.start, PLAN.due)
            )
        with CaptureQueriesContext(connection) as many:
            client.get(page, {"as": way})
        assert len(few) == len(many)
        assert len(few) <= 16


def xml_of(body: bytes) -> str:
    """The sheet and its texts, as they stand in the file."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith("xml"))
