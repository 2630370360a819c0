"""How a cycle went: means, bands and comparison, on a page and in a file; nobody's private ones but one's own."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.goals import services
from apps.goals.domain.drafts import ObjectiveDraft
from apps.goals.domain.plan import Plan
from apps.goals.models import CheckIn, KeyResult, Objective
from apps.goals.selectors.checkins import lines
from apps.goals.selectors.people import reader
from apps.goals.selectors.review import key_results_of
from apps.metrics.services import new_edition
from tests.integration.goals.conftest import draft_of

D = Decimal


@pytest.fixture
def over(past, sales, ada, mia, max, now):
    """The last quarter, over: two objectives of the team, one scored otherwise than computed, and Max's private one."""
    rows = []
    for title in ("Customers come back", "=HYPERLINK(1)"):
        draft = draft_of(sales, mia, title=title)
        rows.append(services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft, now=now))
    secret = ObjectiveDraft(title="Learn to sell", level="person", owner_id=max.pk, private=True)
    services.create_objective(actor=max.actor, cycle_id=past.pk, draft=secret, now=now)
    Objective.objects.filter(pk=rows[0].pk).update(progress=D("0.4"))
    Objective.objects.filter(pk=rows[1].pk).update(progress=D("0.8"))
    services.score_objective(
        actor=mia.actor, objective_id=rows[0].pk, revision=rows[0].revision, judged=D("0.6"),
        reason="Two stores were shut", now=now,
    )  # fmt: skip
    return rows


@pytest.fixture
def blockers(over, mia, today) -> None:
    row = over[0].key_results.get(title="CSAT")
    for days, words in ((20, "No interviews"), (10, "+cmd|calc"), (5, "")):
        CheckIn.objects.create(
            key_result=row, on=today - timedelta(days), by=mia.pk, by_name="Mia", value=D(4), blockers=words
        )


def test_a_review_tells_means_bands_and_what_was_judged(over, blockers, past, cleo, today, now, client_of) -> None:
    KeyResult.objects.update(created_at=now - timedelta(days=92))
    response = client_of(cleo).get(reverse("goals:review"), {"cycle": past.pk})
    told = response.context
    assert (told["whole"].count, told["whole"].mean, told["whole"].computed) == (2, "0.70", "0.60")
    assert [(bar.tone, bar.count) for bar in told["whole"].bars] == [("good", 1), ("warn", 1)]
    assert [(group.name, group.mean) for group in told["parts"][-1][1]] == [("Sales", "0.70")]
    text = response.content.decode()
    assert "Two stores were shut" in text
    assert "+cmd|calc" in text  # the last that was in the way
    assert "2 times" in text
    assert "Learn to sell" not in text
    missed = told["missed"]
    each = {line.key_result.pk: line for line in lines(key_results_of(reader(cleo.actor), past), today)}
    assert missed.due == sum(line.due_so_far for line in each.values()) > 0
    assert missed.missed == sum(line.missed for line in each.values())
    assert [(line.due, line.missed) for line in missed.worst] == [
        (each[line.key_result.pk].due_so_far, each[line.key_result.pk].missed) for line in missed.worst
    ]
    assert [line.missed for line in missed.worst] == sorted((line.missed for line in missed.worst), reverse=True)
    assert "Most often missed" in text
    assert "There is no cycle of this kind before it." in text
    assert "not closed: figures can still change" in text
    Objective.objects.filter(pk=over[0].pk).update(progress=D("0.5"))  # a value that was put right after the judgement
    new_edition("goals")
    told = client_of(cleo).get(reverse("goals:review"), {"cycle": past.pk}).context
    assert told["whole"].computed == "0.65"
    assert [row.score_computed for row in told["judged"]] == [D("0.5")]


def test_a_private_objective_is_in_the_count_and_the_file_of_its_owner_alone(
    over, past, ada, mia, max, client_of
) -> None:
    for person, count in ((max, 3), (mia, 2), (ada, 2)):
        client = client_of(person)
        assert client.get(reverse("goals:review"), {"cycle": past.pk}).context["whole"].count == count
        file = client.get(reverse("goals:review_file", args=[past.pk]), {"format": "csv"}).content.decode()
        assert ("Learn to sell" in file) is (person is max)


def test_the_file_has_everything_and_no_formula(over, blockers, past, ada, mia, today, client_of) -> None:
    key_result = over[0].key_results.get(title="CSAT")
    services.create_initiative(
        actor=mia.actor, key_result_id=key_result.pk, plan=Plan("@Ask them", today, today + timedelta(9))
    )
    answer = client_of(ada).get(reverse("goals:review_file", args=[past.pk]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        names = book.read("xl/workbook.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert [name for name in ("Objectives", "Key results", "Check-ins", "Actions") if f'name="{name}"' in names] == [
        "Objectives", "Key results", "Check-ins", "Actions",
    ]  # fmt: skip
    assert not any("<f>" in sheet for sheet in sheets)
    for text in ("=HYPERLINK(1)", "+cmd|calc", "@Ask them", "Two stores were shut", "No interviews"):
        assert text in texts
    csv = client_of(ada).get(reverse("goals:review_file", args=[past.pk]), {"format": "csv"}).content.decode()
    assert "'=HYPERLINK(1)" in csv


def test_it_is_held_against_the_cycle_of_the_same_kind_before(
    over, past, quarter, sales, mia, cleo, now, client_of
) -> None:
    made = services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia), now=now)
    Objective.objects.filter(pk=made.pk).update(progress=D("0.9"))
    type(past).objects.filter(pk=past.pk).update(due=quarter.start - timedelta(days=1))
    told = client_of(cleo).get(reverse("goals:review"), {"cycle": quarter.pk}).context["against"]
    assert (told[0].now, told[0].before, told[0].change_words) == ("0.90", "0.70", "0.20")


def test_what_was_carried_over_is_listed_with_where_to(over, past, quarter, mia, cleo, now, client_of) -> None:
    services.carry_over(actor=mia.actor, objective_ids=[over[0].pk], to=quarter.pk, now=now)
    text = client_of(cleo).get(reverse("goals:review"), {"cycle": past.pk}).content.decode()
    assert "into This quarter" in text
    assert client_of(cleo).get(reverse("goals:review"), {"cycle": quarter.pk}).context["brought"] == 1


def test_however_many_there_are_it_costs_the_same(over, past, sales, mia, cleo, now, client_of) -> None:
    client, page = client_of(cleo), reverse("goals:review")
    asked = {"cycle": past.pk}
    client.get(reverse("dashboards:home"))
    with CaptureQueriesContext(connection) as few:
        client.get(page, asked)
    for at in range(6):
        draft = draft_of(sales, mia, title=f"More {at}")
        services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft, now=now)
    with CaptureQueriesContext(connection) as many:
        client.get(page, asked)
    with CaptureQueriesContext(connection) as again:
        client.get(page, asked)
    assert (len(few), len(again)) == (len(many), 4)
    assert len(many) <= 22
    for nonsense in ({"cycle": "x"}, {"page": "x"}):
        assert client.get(page, nonsense).status_code == 200
