"""The pages of what-ifs: moving figures, the live answer, saving, comparing, exporting."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from apps.kernel.period import Grain
from apps.metrics import services as metric_services
from apps.scenarios.models import Scenario

NEW = "/scenarios/new/"


def words(response) -> str:
    """What a reader sees, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def saved(shop, ada, client_of):
    """`saved(name, **typed)`: a what-if kept by the page, as Ada would."""
    client = client_of(ada)

    def save(name: str, **typed: str) -> Scenario:
        digest = client.get(NEW).context["digest"]
        fields = {key.replace("__", ":"): text for key, text in typed.items()}
        answer = client.post(NEW, {"act": "save", "name": name, "digest": digest, **fields})
        assert answer.status_code == 302, words(answer)
        return Scenario.objects.get(name=name)

    return save


def test_without_a_north_star_it_says_what_to_do(in_acme, ada, cleo, client_of) -> None:
    assert reverse("choosing:north_star") in client_of(ada).get(NEW).content.decode()
    assert "An administrator of your company chooses it." in words(client_of(cleo).get(NEW))
    assert reverse("scenarios:new") in client_of(cleo).get("/scenarios/").content.decode()


def test_moving_visits_moves_all_above(shop, cleo, client_of, django_assert_max_num_queries) -> None:
    client = client_of(cleo)
    seen = words(client.get(NEW))
    assert "What if, not real values" in seen
    assert "¥32,000,000" in seen
    typed = {"move:visits": "3.2", "period": "2026-06-01"}
    answer = client.post(NEW, typed)
    assert answer.status_code == 200
    result = answer.context["result"]
    assert (result.root.now, result.root.then, result.root.relative) == ("¥32,000,000", "¥40,960,000", "+28%")
    assert {row.key for row in result.rows if row.moved} == {"revenue", "arpu", "visits"}
    assert [(bar.name, bar.size) for bar in result.bars] == [("Visits", "¥8,960,000")]
    assert (result.root.status_now.word, result.root.status.word) == ("Slightly behind", "Reached")
    assert 'value="3.2"' in answer.content.decode()
    with django_assert_max_num_queries(12):
        live = client.post("/scenarios/evaluate/", typed)
    assert "¥40,960,000" in words(live)
    assert "<html" not in live.content.decode()


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ({"move:spend": "+10%"}, 35_200_000), ({"move:spend": "−10％"}, 28_800_000),
        ({"move:spend": "+200"}, 36_000_000),
        ({"move:spend": "¥1,700"}, 34_000_000), ({"move:customers": "-800"}, 28_800_000),
        ({"move:nps": "+50%"}, 32_000_000), ({"move:nps": "+50%", "pull:arpu:nps": "0.5"}, 40_000_000),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(shop, cleo, client_of, typed: dict, then: int) -> None:
    result = client_of(cleo).post("/scenarios/evaluate/", typed).context["result"]
    assert result.root.then == f"¥{then:,}"


def test_what_cannot_be_read_is_said_at_its_field_and_the_rest_is_worked_out(shop, cleo, client_of) -> None:
    typed = {"move:visits": "lots", "move:spend": "35%", "goal:revenue": "26000000", "move:customers": "+10%"}
    answer = client_of(cleo).post(NEW, typed | {"act": "save", "name": ""})
    assert answer.status_code == 422
    result = answer.context["result"]
    assert [each["field"] for each in result.problems] == ["move:visits", "move:spend", "goal:revenue"]
    assert result.root.then == "¥35,200,000"
    page = answer.content.decode()
    for text in ("lots", "35%", "+10%"):
        assert f'value="{text}"' in page
    assert page.count('aria-invalid="true"') == 3


def test_a_goal_is_moved_on_paper_only(shop, cleo, client_of) -> None:
    result = client_of(cleo).post(NEW, {"goal:revenue": "38000000"}).context["result"]
    assert result.targets[0]["goal"] == "¥38,000,000"
    assert (result.root.status_now.word, result.root.status.word) == ("Slightly behind", "On track")


def test_how_much_it_would_have_to_be(shop, cleo, client_of) -> None:
    client = client_of(cleo)
    asked = {"seek_leaf": "visits", "seek_node": "revenue", "seek_goal": ""}
    seen = words(client.post("/scenarios/evaluate/", asked))
    assert "Visits would have to be 3.1250 for Revenue to be ¥40,000,000. Now it is 2.50 (+25%)." in seen
    assert "nothing about 9" not in seen
    used = client.post(NEW, asked | {"act": "use"})
    assert used.context["result"].root.then == "¥40,000,000"
    assert 'name="move:visits" value="3.125"' in used.content.decode()
    alone = client.post("/scenarios/evaluate/", asked | {"seek_leaf": "nps"})
    assert "By Nps alone it cannot be reached" in words(alone)
    assert "not a number" in words(client.post("/scenarios/evaluate/", asked | {"seek_goal": "much"}))
    assert "has no target" in words(client.post("/scenarios/evaluate/", asked | {"seek_node": "arpu"}))


def test_which_leaf_moves_it_most(shop, cleo, client_of) -> None:
    pushed = client_of(cleo).get(NEW).context["pushed"]
    assert {each["name"]: each["size"] for each in pushed} == dict.fromkeys(
        ["Customers", "Visits", "Spend"], "¥320,000"
    )


def test_saving_opening_and_saving_over(saved, ada, client_of) -> None:
    row = saved("More visits", move__visits="+28%", pull__arpu__nps="0.5", note="From the call centre")
    client, at = client_of(ada), f"/scenarios/{row.pk}/"
    page = client.get(at)
    seen = words(page)
    assert "¥40,960,000" in seen
    assert "From the call centre" in seen
    assert 'name="move:visits" value="+28%"' in page.content.decode()
    assert re.search(r"Ada, \d+ \w+ \d{4}", seen)  # who stated the assumption, and when
    body = {"act": "save", "name": "Fewer", "move:visits": "2", "revision": "1", "shared": "on"}
    assert client.post(at, body).status_code == 302
    late = client.post(at, body | {"name": "Late"})
    assert late.status_code == 422
    assert "saved elsewhere meanwhile" in words(late)
    row.refresh_from_db()
    assert (row.name, row.shared, row.revision, row.assumptions.count()) == ("Fewer", True, 2, 0)
    assert client.post(at, body | {"act": "copy", "name": "Third"}).status_code == 302
    assert Scenario.objects.get(name="Third").copied_from == "Fewer"


def test_nothing_is_saved_over_figures_one_has_not_seen(shop, ada, client_of) -> None:
    answer = client_of(ada).post(NEW, {"act": "save", "name": "Blind", "digest": "of yesterday", "move:visits": "3"})
    assert answer.status_code == 422
    assert "The figures changed while you were here" in words(answer)
    assert 'value="3"' in answer.content.decode()
    assert not Scenario.objects.exists()


def test_it_says_when_the_data_has_changed_since(saved, shop, ada, client_of, run_work) -> None:
    row = saved("More visits", move__visits="3.2")
    client, at = client_of(ada), f"/scenarios/{row.pk}/"
    assert "The data has changed since" not in words(client.get(at))
    customers = next(node.metric for node in metric_services_tree().walk() if node.key == "customers")
    metric_services.type_value(
        actor=ada.actor, metric_id=customers.id, grain=Grain.MONTH, period_start=date(2026, 6, 1), value=Decimal(9000)
    )
    run_work()
    stale = client.get(at)
    assert "2 of them are others today" in words(stale)
    assert "¥40,960,000" in words(stale)
    assert client.post(f"{at}today/", {"revision": "1"}).status_code == 302
    assert "¥46,080,000" in words(client.get(at))


def metric_services_tree():
    from apps.metrics import selectors

    return selectors.tree()


def test_others_see_what_is_shared_and_keep_a_copy(saved, ben, client_of) -> None:
    private, shared = saved("Private", move__visits="3"), saved("Shared", move__visits="3.2", shared="on")
    client = client_of(ben)
    assert client.get(f"/scenarios/{private.pk}/").status_code == 404
    assert client.post("/scenarios/evaluate/", {"scenario": str(private.pk)}).status_code == 404
    page = client.get(f"/scenarios/{shared.pk}/")
    assert "Save a copy of your own" in words(page)
    body = {"act": "save", "name": "Stolen", "revision": "1"}
    assert "Only who made a scenario changes it" in words(client.post(f"/scenarios/{shared.pk}/", body))
    assert client.get(f"/scenarios/{shared.pk}/delete/").status_code == 403
    assert client.post(f"/scenarios/{shared.pk}/copy/").status_code == 302
    assert Scenario.objects.get(author_name="Ben").name == "Copy of Shared"
    assert "Private" not in words(client.get("/scenarios/"))


def test_the_list_finds_compares_and_deletes(saved, ada, client_of, django_assert_max_num_queries) -> None:
    rows = [saved(f"Plan {n}", move__visits=f"{n}") for n in range(1, 5)]
    client = client_of(ada)
    with django_assert_max_num_queries(6):
        seen = words(client.get("/scenarios/"))
    assert "Plan 1" in seen
    assert "Plan 3" not in words(client.get("/scenarios/?q=plan 1"))
    assert "No scenario and no author" in words(client.get("/scenarios/?q=nothing"))
    side = client.get("/scenarios/compare/", {"s": [row.pk for row in rows]})
    compared = side.context["compared"]
    assert [column.root.then for column in compared.columns] == ["¥12,800,000", "¥25,600,000", "¥38,400,000"]
    assert "these are the first three" in words(side)
    assert not compared.mixed
    assert "Delete “Plan 1”?" in words(client.get(f"/scenarios/{rows[0].pk}/delete/"))
    assert client.post(f"/scenarios/{rows[0].pk}/delete/").status_code == 302
    assert client.get(f"/scenarios/{rows[0].pk}/").status_code == 404


def test_the_workbook_says_it_is_no_real_value(saved, ada, client_of) -> None:
    row = saved("=1+1", move__visits="3.2")
    answer = client_of(ada).get(f"/scenarios/{row.pk}/export/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert all(sheet[0][0] == "What if, not real values" for sheet in sheets)
    assert sheets[0][1][0] == "=1+1"
    figures = {line[1]: line[2:5] for line in sheets[0][5:]}
    assert figures["revenue"] == [32_000_000, 40_960_000, 8_960_000]
    assert sheets[1][5] == ["Visits", 8_960_000]


def test_bad_addresses_lead_nowhere(shop, ada, client_of) -> None:
    client = client_of(ada)
    for path in (f"{NEW}?period=soon", f"{NEW}?period=2026-06-01&for=store:North", "/scenarios/compare/?s=x"):
        assert client.get(path).status_code == 404
    assert client.post("/scenarios/evaluate/", {"scenario": "x"}).status_code == 404
    assert client.get(f"{NEW}?period=9999-12-31").status_code == 404
    for path in (
        "/scenarios/?q=%00",
        "/actions/new/?metric=%00",
        "/forecasts/revenue/?dimension=%00",
        "/metrics/?q=%00",
    ):
        assert client.get(path).status_code == 400


def test_what_cannot_be_kept_is_said_and_nothing_is_lost(saved, ada, client_of) -> None:
    row, client = saved("Plan", move__visits="3", note="Keep me"), client_of(ada)
    page, typed = f"/scenarios/{row.pk}/", {"name": "Plan", "revision": "1", "move:visits": "4", "note": "x" * 2001}
    for act in ("save", "copy"):
        answer = client.post(page, typed | {"act": act})
        assert answer.status_code == 422
        assert "note" in answer.context["form"].errors
    assert client.post(NEW, typed | {"act": "save", "digest": answer.context["digest"]}).status_code == 422
    hopeless = typed | {"note": "", "revision": "9" * 5000}
    assert client.post(page, hopeless | {"act": "save"}).status_code == 422
    assert client.post(f"{page}today/", hopeless).status_code == 409
    kept = Scenario.objects.get()
    assert (kept.note, kept.revision, kept.changes["moves"]["visits"][1]) == ("Keep me", 1, "3")


def test_days_are_the_companys(saved, ada, client_of) -> None:
    row = saved("Late", move__visits="3", pull__arpu__nps="0.5")
    night = datetime(2026, 6, 30, 20, 0, tzinfo=UTC)  # July 1 in Shanghai
    Scenario.objects.update(changed_at=night)
    row.assumptions.update(stated_at=night)
    client = client_of(ada)
    page = words(client.get(f"/scenarios/{row.pk}/"))
    assert page.count("1 Jul 2026") == 2
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/scenarios/{row.pk}/export/").content))
    assert "1 Jul 2026" in str(book.get_sheet_by_index(0).to_python()[2])
