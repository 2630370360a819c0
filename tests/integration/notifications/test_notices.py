"""People are told once, in the transaction of the cause, by the ways they chose; and what they do with it."""

import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import services as accounts
from apps.audit.models import Entry
from apps.kernel.issue import NotHere, Refusal
from apps.notifications import selectors, services
from apps.notifications.domain.kinds import announces
from apps.notifications.models import Choice, Notice
from apps.work.models import Work
from apps.workspaces.scope import inside

announces("tests.news", title="Something is new", group="Tests")
announces("tests.quiet", title="Something small", group="Tests", usual=["app"])
LIST, SETTINGS, BELL = "/notices/", "/notices/settings/", "/notices/bell/"


def told(*people, kind="tests.news", **options) -> int:
    options = {"message": "%(who)s wrote in “%(title)s”", "params": {"who": "Mia", "title": "Grow"}, **options}
    return services.tell(people=[one.id for one in people], kind=kind, **{"url": "/people/me/", **options})


def test_many_are_told_in_as_many_queries_as_one(in_acme, ada, ben, cleo, mia, max, run_work) -> None:
    counts = []
    for people in ([max], [ada, ben, cleo, mia, max]):
        with CaptureQueriesContext(connection) as said:
            assert told(*people) == len(people)
        counts.append(len(said))
    assert counts[1] <= counts[0] + 2, "what waits for Max already, and the others' work"
    assert Work.objects.filter(kind="notifications.deliver").count() == 5, "what waited was joined"
    with CaptureQueriesContext(connection) as said:
        assert told(ada, ben, cleo, mia, max) == 5
    assert len(said) < counts[0]
    assert Work.objects.filter(kind="notifications.deliver").count() == 5
    run_work()
    assert len(mail.outbox) == 5


def test_a_person_is_told_in_the_product_and_by_mail_in_their_language(in_acme, max, run_work, client_of) -> None:
    max.language = "zh-hans"
    max.save()
    assert told(max, message="There is no such person in this company.", params={}) == 1
    run_work()
    [letter] = mail.outbox
    assert letter.to == [max.email]
    assert letter.subject == "[Acme] 公司中没有此人。"
    assert "要接收哪些邮件" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    link = next(line for line in letter.body.splitlines() if "/notices/" in line)
    assert link.startswith("http://acme.localhost")
    client = client_of(max)
    assert client.get(urlsplit(link).path)["Location"] == "/people/me/"
    assert selectors.unread_count(max.id) == 0
    assert Notice.objects.get().waits == []


def test_the_same_thing_is_told_once_whatever_runs_twice(in_acme, max, mia, run_work) -> None:
    assert told(max, key="due:1") == 1
    assert told(max, mia, key="due:1") == 1
    assert told(max, key="due:2") == 1
    run_work()
    assert sorted(letter.to[0] for letter in mail.outbox) == [max.email, mia.email]
    assert "2 things are new for you" in next(one for one in mail.outbox if one.to == [max.email]).subject


def test_what_did_not_happen_is_never_told(in_acme, max, run_work) -> None:
    with transaction.atomic():
        told(max)
        transaction.set_rollback(True)
    run_work()
    assert (Notice.objects.count(), mail.outbox) == (0, [])


def test_who_left_and_who_did_it_hear_nothing(in_acme, actor, max, mia, ben, run_work) -> None:
    accounts.deactivate(actor=actor, user_id=mia.id)
    assert told(max, mia, ben, but=ben.id) == 1
    accounts.deactivate(actor=actor, user_id=max.id)  # before the mail went
    run_work()
    assert mail.outbox == []
    assert Notice.objects.get().waits == []


def test_what_was_read_meanwhile_is_not_sent_after_it(in_acme, max, run_work) -> None:
    told(max)
    services.mark(actor=max.actor, notice_id=Notice.objects.get().pk, read=True, now=timezone.now())
    run_work()
    assert mail.outbox == []


def test_a_mail_server_that_is_away_loses_and_doubles_nothing(in_acme, max, run_work, monkeypatch) -> None:
    calls = []

    def send(self, *args, **options):
        calls.append(self)
        raise ConnectionRefusedError("no mail today")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", send)
        told(max)
        run_work()
    work = Work.objects.get(kind="notifications.deliver")
    assert (work.status, len(calls)) == ("queued", 1)
    assert Notice.objects.get().waits == ["mail"]
    Work.objects.update(not_before=timezone.now())
    run_work()
    assert len(mail.outbox) == 1


def test_whoever_names_a_goal_cannot_write_into_the_head_of_a_mail(in_acme, max, run_work) -> None:
    told(max, params={"who": "Mia", "title": "Grow\r\nBcc: all@acme.test\u2028X"})
    run_work()
    [letter] = mail.outbox
    assert letter.recipients() == [max.email]
    assert "\n" not in letter.subject
    assert letter.message()["Subject"]


def test_many_notices_come_in_one_letter_that_names_twenty(in_acme, max, run_work) -> None:
    for number in range(23):
        told(max, key=f"n{number}", params={"who": "Mia", "title": f"Goal {number:02}"})
    run_work()
    [letter] = mail.outbox
    assert "Goal 19" in letter.body
    assert "Goal 20" not in letter.body
    assert "And 3 more:" in letter.body


def test_ways_are_chosen_for_each_kind(in_acme, max, run_work, client_of) -> None:
    client = client_of(max)
    page = client.get(SETTINGS).text
    assert "Something small" in page
    sent = {"tests.news": ["mail"], "tests.quiet": []}
    assert client.post(SETTINGS, sent).status_code == 302
    assert {row.kind: row.ways for row in Choice.objects.filter(kind__startswith="tests.")} == {
        "tests.news": ["mail"], "tests.quiet": []
    }  # fmt: skip
    assert Entry.objects.filter(act="person.notices_chosen").exists()
    assert (told(max), told(max, kind="tests.quiet")) == (1, 0)
    run_work()
    assert len(mail.outbox) == 1
    assert selectors.unread_count(max.id) == 0, "by mail only: not in the list"
    assert client.post(SETTINGS, {"tests.news": ["pigeon"]}).status_code == 422
    with pytest.raises(Refusal) as refused:
        services.choose_ways(actor=max.actor, wanted={"tests.gone": ["app"], "tests.news": ["pigeon"]})
    assert {issue.where for issue in refused.value.issues} == {"tests.gone", "tests.news"}


def test_the_list_new_first_marked_and_marked_back(in_acme, max, client_of) -> None:
    client = client_of(max)
    assert "Nothing is new" in client.get(LIST).text
    assert "Nothing yet" in client.get(f"{LIST}?show=all").text
    for number in range(35):
        told(max, key=f"n{number}", params={"who": "Mia", "title": f"<b>Goal {number:02}</b>"})
        Notice.objects.filter(key=f"n{number}").update(created_at=timezone.now() + timedelta(seconds=number))
    page = client.get(LIST)
    assert page.text.index("Goal 34") < page.text.index("Goal 33")
    assert "&lt;b&gt;Goal 34" in page.text
    assert "Goal 04" not in page.text
    assert "Goal 04" in client.get(f"{LIST}?page=2").text
    first = Notice.objects.get(key="n34")
    told(max, key="later")
    Notice.objects.filter(key="later").update(created_at=timezone.now() + timedelta(hours=1))
    after = client.post(f"{LIST}{first.pk}/mark/", {"read": "1", "page": "1"})
    assert after["Location"] == f"{LIST}?page=1"
    assert selectors.unread_count(max.id) == 35
    client.post(f"{LIST}{first.pk}/mark/", {"read": "0", "show": "all"})
    assert selectors.unread_count(max.id) == 36
    client.post(f"{LIST}all-read/", {"newest": str(first.pk)})
    assert selectors.unread_count(max.id) == 1, "what came while the page was open stays new"
    client.post(f"{LIST}all-read/", {"newest": "nonsense"})


def test_nobody_reads_or_marks_what_somebody_else_was_told(in_acme, max, mia, client_of) -> None:
    told(max)
    notice = Notice.objects.get()
    other = client_of(mia)
    assert other.get(f"{LIST}{notice.pk}/").status_code == 404
    assert other.post(f"{LIST}{notice.pk}/mark/", {"read": "1"}).status_code == 404
    assert "wrote in" not in other.get(f"{LIST}?show=all").text
    with pytest.raises(NotHere):
        services.mark_all_read(actor=mia.actor, newest=notice.pk, now=timezone.now())
    assert selectors.unread_count(max.id) == 1


def test_the_bell_counts_after_the_page_and_no_page_keeps_a_count(in_acme, max, mia, client_of) -> None:
    told(max)
    page = client_of(max).get("/people/me/").text
    assert f'hx-get="{BELL}"' in page
    assert "bell-count" not in page
    answer = client_of(max).get(BELL)
    assert '<span class="bell-count" aria-hidden="true">1</span>' in answer.text
    assert "1 new notice" in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert "bell-count" not in client_of(mia).get(BELL).text


def test_pages_cost_a_fixed_number_of_queries(in_acme, max, client_of) -> None:
    client = client_of(max)

    def cost(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        return len([q for q in queries if "notifications_" in q["sql"]])

    told(max)
    few = [cost(url) for url in (LIST, BELL, SETTINGS, "/people/me/")]
    for number in range(40):
        told(max, key=f"n{number}")
    assert [cost(url) for url in (LIST, BELL, SETTINGS, "/people/me/")] == few == [3, 1, 1, 0]


def test_defects_fail_where_they_are_written(in_acme, max) -> None:
    with pytest.raises(LookupError):
        told(max, kind="tests.nobody_announced")
    with pytest.raises(ValueError, match="is no page of the company"):
        told(max, url="https://evil.example")


def test_old_notices_are_swept_and_choices_stay(in_acme, max) -> None:
    services.choose_ways(actor=max.actor, wanted={"tests.news": ["app"]})
    told(max, key="old")
    told(max, key="young")
    Notice.objects.filter(key="old").update(created_at=timezone.now() - timedelta(days=91))
    assert services.sweep_notices(timezone.now() - timedelta(days=90)) == 1
    assert list(Notice.objects.values_list("key", flat=True)) == ["young"]
    assert Choice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_tell_it_once(acme, max) -> None:
    ready, counts = threading.Barrier(2), []

    def scheduler() -> None:
        try:
            with inside(acme):
                ready.wait(10)
                counts.append(told(max, key="slot"))
        finally:
            connection.close()

    both = [threading.Thread(target=scheduler) for _ in range(2)]
    [one.start() for one in both]
    [one.join(30) for one in both]
    assert sorted(counts) == [0, 1]
    with inside(acme):
        assert Notice.objects.count() == 1
        assert Work.objects.filter(kind="notifications.deliver").count() == 1
