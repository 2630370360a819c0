"""Pages about work: how far it is, what was set aside, and asking again."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.work.models import Work
from apps.work.services import enqueue, run_due

pytestmark = pytest.mark.django_db


def parked(number: int = 1, **fields) -> list[Work]:
    return [
        Work.objects.create(
            kind="test.kind",
            subject=f"p{index}",
            about=f"orders {index}.csv",
            status=Work.Status.PARKED,
            reason="The engine ended (%(code)s).",
            reason_params={"code": 9},
            finished_at=timezone.now(),
            **fields,
        )
        for index in range(number)
    ]


@pytest.fixture
def work(in_acme, kind) -> Work:
    return enqueue(kind(lambda claim: None, title="Loading a file"), subject="a", about="orders.csv")


def test_progress_is_a_page_and_a_fragment(work, cleo, client_of):
    url = reverse("work:progress", args=[work.pk])
    page = client_of(cleo).get(url)
    assert page.status_code == 200
    assert "<html" in page.text
    assert "Loading a file: orders.csv" in page.text
    Work.objects.update(status="running", done_units=250, total_units=1000, message="Reading the file")
    fragment = client_of(cleo).get(url + "?next=/data/", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "250 / 1,000" in fragment.text
    assert "Reading the file" in fragment.text
    assert f'hx-get="{url}?next=%2Fdata%2F"' in fragment.text
    assert "HX-Redirect" not in fragment


def test_the_fragment_leads_on_once_the_work_has_ended(work, cleo, client_of):
    url = reverse("work:progress", args=[work.pk])
    run_due()
    ended = client_of(cleo).get(url + "?next=/data/x/", headers={"HX-Request": "true"})
    assert ended["HX-Redirect"] == "/data/x/"
    assert "every 2s" not in ended.text
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        answer = client_of(cleo).get(url, {"next": evil}, headers={"HX-Request": "true"})
        assert "HX-Redirect" not in answer
        assert "evil" not in answer.text


def test_a_failure_says_its_reason_and_no_stack_trace(in_acme, cleo, client_of):
    (work,) = parked()
    answer = client_of(cleo).get(reverse("work:progress", args=[work.pk]), headers={"HX-Request": "true"})
    assert "The engine ended (9)." in answer.text
    assert "Traceback" not in answer.text


def test_a_piece_that_was_asked_for_again_shows_the_new_one(in_acme, kind, cleo, client_of):
    name = kind(lambda claim: None)
    (old,) = parked()
    old.again = enqueue(name, subject="again", about="second try")
    old.save()
    assert "second try" in client_of(cleo).get(reverse("work:progress", args=[old.pk])).text


def test_unknown_and_foreign_work_is_not_there(in_acme, borealis, dora, cleo, client_of):
    (work,) = parked()
    url = reverse("work:progress", args=[work.pk])
    assert client_of(cleo).get(url).status_code == 200
    assert client_of(dora, borealis).get(url).status_code == 404
    assert (
        client_of(cleo).get(reverse("work:progress", args=["7" * 8 + "-0000-4000-8000-000000000000"])).status_code
        == 404
    )


def test_the_list_shows_what_was_set_aside_and_asks_again(in_acme, kind, ben, client_of):
    done = []
    kind(lambda claim: done.append(claim.work.subject), title="Loading a file")
    (work,) = parked(args={"upload": "7"})
    browser = client_of(ben)
    page = browser.get(reverse("work:list"))
    assert "The engine ended (9)." in page.text
    assert "orders 0.csv" in page.text
    for _ in range(2):  # a double click asks once
        assert browser.post(reverse("work:again", args=[work.pk])).status_code == 302
    again = Work.objects.get(status=Work.Status.QUEUED)
    assert (again.args, again.about, again.attempt, again.asked_by) == ({"upload": "7"}, "orders 0.csv", 0, ben.pk)
    assert "The engine ended" not in browser.get(reverse("work:list")).text
    run_due()
    assert done == ["p0"]


def test_only_builders_ask_again(in_acme, kind, cleo, mia, ben, borealis, dora, client_of):
    kind(lambda claim: None)
    (work,) = parked()
    url = reverse("work:again", args=[work.pk])
    assert "Try again" not in client_of(cleo).get(reverse("work:list")).text
    for person in (cleo, mia):
        assert client_of(person).post(url).status_code == 403
    assert client_of(dora, borealis).post(url).status_code == 404
    assert client_of(ben).get(url).status_code == 405
    assert not Work.objects.filter(status=Work.Status.QUEUED).exists()


def test_the_list_costs_a_fixed_number_of_queries(in_acme, ben, client_of, django_assert_num_queries):
    browser = client_of(ben)
    browser.get(reverse("work:list"))
    parked(3)
    counts = []
    for more in (0, 70):
        parked(more)
        for index in range(more):
            Work.objects.create(kind="test.kind", subject=f"q{more}{index}")
            Work.objects.create(kind="test.kind", subject=f"d{index}", status="done", finished_at=timezone.now())
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            page = browser.get(reverse("work:list"))
        counts.append(len(captured) - (1 if more == 0 else 0))  # an empty page is not read after its count
    assert "73" in page.text or "1 to 50 of 73" in page.text
    assert counts[0] <= counts[1] <= counts[0] + 1


def test_pages_speak_chinese(work, ben, client_of):
    browser = client_of(ben)
    browser.cookies["lodestar_language"] = "zh-hans"
    page = browser.get(reverse("work:list"))
    assert "没有搁置的任务" in page.text
    assert "正在执行和等待" in page.text
