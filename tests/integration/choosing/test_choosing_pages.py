"""The pages of choosing, as people of each role use them: questions, mapping, undo, sheet, announcement."""

import re
from datetime import date
from html import unescape

import pytest

from apps.audit.models import Entry
from apps.choosing import selectors
from apps.choosing.models import Adoption
from apps.goals.domain.plan import Plan
from apps.goals.services import create_initiative
from apps.metrics import selectors as metrics
from apps.metrics.models import Metric

COLUMNS = [
    {"source": "工单号", "name": "no", "type": "text", "role": "key"},
    {"source": "开单日期", "name": "opened", "type": "date", "role": "time"},
    {"source": "客户编号", "name": "client", "type": "text", "role": "entity"},
    {"source": "金额", "name": "total", "type": "decimal", "role": "measure"},
]
USE = "/choose/library/after_sales_arpu/use/"
CHOSEN = {
    "data.visits": "work",
    "column.visits.opened_on": "opened",
    "column.visits.customer": "client",
    "column.visits.amount": "total",
}


def seen(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def work(upload, today):
    rows = [[f"{n}", f"2026-0{1 + n % 5}-10", f"C{n % 3}", "100"] for n in range(10)]
    return upload("work", rows, COLUMNS, ["no"])


def test_three_questions_lead_to_a_recommendation_and_back(in_acme, cleo, client_of) -> None:
    person = client_of(cleo)
    assert "What is your business?" in seen(person.get("/choose/guide/"))
    assert "Choose one of the answers." in seen(person.get("/choose/guide/?business="))
    second = person.get("/choose/guide/?business=dealer")
    assert "What does the chief executive ask about?" in seen(second)
    assert "?business=dealer&amp;change=business" in second.content.decode()
    assert 'value="dealer" checked' in person.get("/choose/guide/?business=dealer&change=business").content.decode()
    told = seen(person.get("/choose/guide/?business=dealer&ask=money&act=factors"))
    assert "Annual revenue per customer (ARPU)" in told
    assert "Why not this one" in told
    assert "Use it with our data" not in told
    assert "An administrator or an analyst of your company can apply it." in told
    assert "Contracts signed" in seen(person.get("/choose/library/?q=contracts"))
    assert "Nothing in the library is called so." in seen(person.get("/choose/library/?q=zzz"))
    assert "Rules of thumb" in seen(person.get("/choose/library/after_sales_health_score/"))
    assert person.get("/choose/library/nothing/").status_code == 404
    assert person.get(USE).status_code == 403


def test_a_tree_is_mapped_shown_made_and_taken_back(work, ada, ben, client_of, run_work) -> None:
    admin = client_of(ada)
    page = admin.get(USE).content.decode()
    assert '<option value="total" selected>' in page
    wrong = admin.post(
        USE, {**CHOSEN, "column.visits.amount": "client", "column.visits.opened_on": "", "act": "preview"}
    )
    assert wrong.status_code == 422
    assert "holds no numbers" in seen(wrong)
    assert "Choose the column that holds: Day of the visit." in seen(wrong)
    asked = {**CHOSEN, "with_star": "on", "act": "preview"}
    shown = admin.post(USE, asked)
    assert "First-time fix rate" in seen(shown)  # left out
    assert not Metric.objects.exists()
    made = {
        **asked,
        "act": "apply",
        "fingerprint": re.search(r'"fingerprint" value="(\w+)"', shown.content.decode())[1],
    }
    assert admin.post(USE, made).status_code == 302
    run_work()
    assert metrics.north_star().metric.key == "arpu"
    assert {"arpu", "visits_per_customer"} <= {node.key for node in metrics.tree().walk()}
    late = admin.post(USE, made)
    assert late.status_code == 409
    assert "You have all of it already." in seen(late)
    adoption = Adoption.objects.get()
    admin.post(f"/choose/made/{adoption.pk}/undo/")
    assert Adoption.objects.get().undone_at is None  # there was no North Star before
    assert "There was no North Star before this one." in seen(admin.get("/choose/"))
    assert client_of(ben).get(USE).status_code == 200
    assert Entry.objects.filter(act="choosing.adopted").count() == 1


def test_another_tree_is_taken_back_and_the_star_before_comes_back(work, define, ada, client_of, run_work) -> None:
    define("heads", "manual")
    admin = client_of(ada)
    heads = metrics.metric_for("heads")
    assert admin.post("/choose/", {"metric": str(heads.id), "grain": "month", "reason": "First"}).status_code == 302
    shown = admin.post(USE, {**CHOSEN, "with_star": "on", "act": "preview"})
    mark = re.search(r'"fingerprint" value="(\w+)"', shown.content.decode())[1]
    admin.post(USE, {**CHOSEN, "with_star": "on", "act": "apply", "fingerprint": mark})
    assert metrics.north_star().metric.key == "arpu"
    admin.post(f"/choose/made/{Adoption.objects.get().pk}/undo/")
    assert metrics.north_star().metric.key == "heads"
    assert {view.key for view in metrics.metrics()} == {"heads"}
    assert [node.key for node in metrics.tree().walk()] == ["heads"]
    assert "taken back" in seen(admin.get("/choose/"))


def test_candidates_are_judged_and_kept(define, ada, cleo, client_of) -> None:
    define("completion", "manual", name={"en": "Work-order completion rate"})
    url = "/choose/tests/completion/"
    admin = client_of(ada)
    assert "A well-known wrong answer" in seen(admin.get(url))
    bad = admin.post(url, {"value": "5", "revenue": "", "sustainable": "2"})
    assert bad.status_code == 422
    assert "A 0 or a 5 needs a word of evidence." in seen(bad)
    told = {"value": "1", "revenue": "0", "revenue_evidence": "Loss-making orders", "sustainable": "4"}
    assert admin.post(url, told).status_code == 302
    assert admin.post(url, {**told, "value": "2"}).status_code == 302
    person = client_of(cleo)
    page = seen(person.get(url))
    assert "6 of 15" in page
    assert "Loss-making orders" in page
    assert "Candidates side by side" in seen(person.get("/choose/"))
    assert person.post(url, told).status_code == 403


def test_an_announcement_is_published_read_and_outdated(define, ada, cleo, client_of, borealis, dora) -> None:
    define("heads", "manual")
    admin, person = client_of(ada), client_of(cleo)
    assert "No North Star yet" in seen(admin.get("/choose/announcement/"))
    metric = metrics.metric_for("heads")
    admin.post("/choose/", {"metric": str(metric.id), "grain": "month", "reason": "People count"})
    edit = "/choose/announcement/edit/"
    assert "People count" in admin.get(edit).content.decode()
    assert admin.post(edit, {"why": "", "teams": "", "seen": "0", "act": "publish"}).status_code == 422
    assert admin.post(edit, {"why": "Draft", "teams": "", "seen": "0", "act": "keep"}).status_code == 302
    late = admin.post(edit, {"why": "Mine", "teams": "", "seen": "0", "act": "keep"})
    assert "Somebody else changed the text meanwhile." in seen(late)
    assert (
        admin.post(edit, {"why": "Steer by it", "teams": "Sales: call", "seen": "1", "act": "publish"}).status_code
        == 302
    )
    twice = admin.post(edit, {"why": "Over it", "teams": "", "seen": "0", "after": "0", "act": "publish"})
    assert "Another announcement was published meanwhile." in seen(twice)
    assert 'name="after" value="1"' in twice.content.decode()
    assert [each.why for each in selectors.announcements()] == ["Steer by it"]
    assert "Your company has announced its North Star." in seen(person.get("/"))
    page = seen(person.get("/choose/announcement/"))
    assert "Steer by it" in page
    assert "Who has read it" not in page
    assert "What is being done" not in page
    plan = Plan("Call ten people", date(2026, 1, 1), date(2030, 1, 1))
    create_initiative(actor=ada.actor, metric_id=metric.id, plan=plan, owner_name="Ada", running=True)
    page = seen(person.get("/choose/announcement/"))
    assert "What is being done" in page
    assert "Call ten people" in page
    person.post("/choose/announcement/1/read/")
    person.post("/choose/announcement/1/read/")
    assert "Your company has announced" not in seen(person.get("/"))
    assert len(selectors.readers_of(selectors.latest_announcement()).read) == 1
    define("others", "manual")
    admin.post("/choose/", {"metric": str(metrics.metric_for("others").id), "grain": "month", "reason": ""})
    assert "Out of date" in seen(person.get("/choose/announcement/"))
    assert person.get(edit).status_code == 403
    assert "Steer by it" not in seen(client_of(dora, borealis).get("/choose/announcement/"))
