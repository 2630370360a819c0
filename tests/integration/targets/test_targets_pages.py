"""The pages of targets: the list, setting one, its history, withdrawing it."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.kernel.period import Grain
from apps.targets import selectors, services

TYPED = {"baseline": "¥4,200", "goal": "5 500", "start": "2026-01-01", "due": "2026-12-31", "reason": "", "owner": ""}
TERMS = {
    "grain": Grain.MONTH, "baseline": Decimal(4200), "goal": Decimal(5500),
    "start": date(2026, 1, 1), "due": date(2026, 12, 31),
}  # fmt: skip


def page_for(metric) -> str:
    return reverse("targets:new") + f"?metric={metric.key}&grain=month"


def words(response) -> str:
    """What a reader sees, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_an_empty_list_leads_to_a_target(in_acme, ada, cleo, client_of, typed_metric) -> None:
    nothing = client_of(ada).get(reverse("targets:list"))
    assert "No metrics yet" in words(nothing)
    typed_metric("arpu", [])
    assert reverse("targets:new") in client_of(ada).get(reverse("targets:list")).content.decode()
    looking = client_of(cleo).get(reverse("targets:list"))
    assert looking.status_code == 200
    assert reverse("targets:new") not in looking.content.decode()


def test_the_form_begins_with_something_plausible(arpu, ada, client_of) -> None:
    form = client_of(ada).get(page_for(arpu)).context["form"]
    assert form["baseline"].value() == "4800"
    assert (form["start"].value(), form["due"].value()) == (date(2026, 7, 1), date(2027, 6, 30))
    assert "4,800 in Jun 2026" in words(client_of(ada).get(page_for(arpu)))


def test_setting_one_and_seeing_it(arpu, ada, client_of) -> None:
    client = client_of(ada)
    assert client.post(page_for(arpu), TYPED | {"owner": str(ada.pk)}).headers["Location"] == reverse("targets:list")
    target = selectors.target_for(arpu.id, Grain.MONTH)
    assert (target.baseline, target.goal, target.owner_name) == (4200, 5500, "Ada")
    seen = words(client.get(reverse("targets:list")))
    for text in (
        "from ¥4,200 to ¥5,500 (+31%) in 12 months",
        "Jan 2026 – Dec 2026",
        "Slightly behind",
        "46.2% of the way",
    ):
        assert text in seen


def test_the_sentence_follows_the_typing(arpu, ada, client_of) -> None:
    client = client_of(ada)
    fragment = client.get(reverse("targets:sentence"), {"metric": "arpu", "grain": "month", **TYPED})
    assert "from ¥4,200 to ¥5,500 (+31%) in 12 months · Jan 2026 – Dec 2026" in words(fragment)
    assert "<html" not in fragment.content.decode()
    half = client.get(reverse("targets:sentence"), {"metric": "arpu", "grain": "month", **TYPED, "goal": ""})
    assert "Fill in the values and days" in words(half)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"goal": "4200"}, {"goal": "nothing to reach"}),
        ({"due": "2025-12-31"}, {"due": "end after it starts"}),
        ({"due": "2026-01-01"}, {"due": "end after it starts"}),
        (
            {"goal": "a lot", "start": "soon", "due": ""},
            {"goal": "not a number", "start": "valid date", "due": "by when"},
        ),
        (
            {"baseline": "", "goal": "", "start": "", "due": ""},
            dict.fromkeys(["baseline", "goal", "start", "due"], "Say "),
        ),
        ({"goal": "9" * 30}, {"goal": "not a number"}),
        ({"owner": "nobody"}, {"owner": "valid choice"}),
    ],
)
def test_errors_stand_in_their_place_and_nothing_is_lost(arpu, ada, client_of, typed: dict, errors: dict) -> None:
    response = client_of(ada).post(page_for(arpu), TYPED | typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert {name: text in str(form.errors[name]) for name, text in errors.items()} == dict.fromkeys(errors, True)
    assert set(form.errors) == set(errors)
    assert form["baseline"].value() == (TYPED | typed)["baseline"]
    assert selectors.target_for(arpu.id, Grain.MONTH) is None


def test_a_worse_goal_is_asked_about_first(arpu, ada, client_of) -> None:
    client, typed = client_of(ada), TYPED | {"goal": "4000"}
    assert "on_purpose" not in client.get(page_for(arpu)).content.decode()
    asked = client.post(page_for(arpu), typed)
    assert asked.status_code == 422
    assert "on_purpose" in asked.content.decode()
    assert client.post(page_for(arpu), typed | {"on_purpose": "on"}).status_code == 302


def test_replacing_asks_why_and_history_shows_both(arpu, ada, client_of) -> None:
    client = client_of(ada)
    first = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    shown = client.get(reverse("targets:edit", args=[first.pk]), follow=True)
    assert "There is a target in force" in words(shown)
    typed = TYPED | {"goal": "6000", "seen": str(first.pk)}
    assert "reason" in client.post(page_for(arpu), typed).context["form"].errors
    assert client.post(page_for(arpu), typed | {"reason": "new stores"}).status_code == 302
    history = words(client.get(reverse("targets:history", args=[first.pk])))
    assert "to ¥6,000" in history
    assert "to ¥5,500" in history
    assert "Ada: new stores" in history
    assert client.get(reverse("targets:edit", args=[first.pk])).status_code == 409


def test_a_change_made_meanwhile_is_shown_before_it_can_be_replaced(arpu, ada, ben, client_of) -> None:
    first = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    services.set_target(actor=ben.actor, metric_id=arpu.id, reason="Ben", **TERMS | {"goal": Decimal(5900)})
    client, typed = client_of(ada), TYPED | {"goal": "6000", "reason": "Ada", "seen": str(first.pk)}
    told = client.post(page_for(arpu), typed)
    assert told.status_code == 422
    assert "meanwhile" in words(told)
    assert "to ¥5,900" in words(told)
    again = typed | {"seen": told.context["form"]["seen"].value()}
    assert client.post(page_for(arpu), again).status_code == 302


def test_withdrawing(arpu, ada, client_of) -> None:
    client = client_of(ada)
    target = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    url = reverse("targets:withdraw", args=[target.pk])
    assert "Withdraw the target for Arpu?" in words(client.get(url))
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "sold"}).status_code == 302
    assert selectors.target_for(arpu.id, Grain.MONTH) is None
    assert client.post(url, {"reason": "sold"}).status_code == 409


def test_a_share_is_typed_in_percent(typed_metric, ada, client_of) -> None:
    metric = typed_metric("ftfr", [], kind="percent")
    typed = TYPED | {"baseline": "84%", "goal": "88.5"}
    assert client_of(ada).post(page_for(metric), typed).status_code == 302
    target = selectors.target_for(metric.id, Grain.MONTH)
    assert (target.baseline, target.goal) == (Decimal("0.84"), Decimal("0.885"))
    assert client_of(ada).get(page_for(metric)).context["form"]["goal"].value() == "88.5"


def test_who_may_open_what(arpu, ada, cleo, borealis, dora, client_of) -> None:
    target = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    names = ["edit", "history", "withdraw"]
    looking = client_of(cleo)
    assert [looking.get(reverse(f"targets:{name}", args=[target.pk])).status_code for name in names] == [403, 200, 403]
    assert looking.get(reverse("targets:new")).status_code == 403
    assert looking.post(reverse("targets:withdraw", args=[target.pk]), {"reason": "x"}).status_code == 403
    stranger = client_of(dora, borealis)
    assert {stranger.get(reverse(f"targets:{name}", args=[target.pk])).status_code for name in names} == {404}


def test_unknown_things_are_not_found(ada, client_of) -> None:
    client = client_of(ada)
    assert client.get(reverse("targets:new") + "?metric=nothing").status_code == 404
    assert client.get(reverse("targets:sentence")).status_code == 404


def test_the_list_costs_the_same_for_one_and_for_many(typed_metric, ada, client_of, django_assert_num_queries) -> None:
    client, url = client_of(ada), reverse("targets:list")
    metrics = [typed_metric(f"m{number}", [100, 110]) for number in range(4)]
    services.set_target(actor=ada.actor, metric_id=metrics[0].id, **TERMS)
    client.get(reverse("dashboards:home"))  # sign-in and all that is read once
    with django_assert_num_queries(10):
        client.get(url)
    for metric in metrics[1:]:
        services.set_target(actor=ada.actor, metric_id=metric.id, **TERMS)
    with django_assert_num_queries(10):
        client.get(url)
    with django_assert_num_queries(4):  # kept
        client.get(url)


def test_the_list_is_searched_and_paged(typed_metric, ada, client_of) -> None:
    metric = typed_metric("alpha", [100])
    services.set_target(actor=ada.actor, metric_id=metric.id, **TERMS)
    client, url = client_of(ada), reverse("targets:list")
    assert "Alpha" in words(client.get(url, {"q": "alp"}))
    assert "No metric of this name" in words(client.get(url, {"q": "zzz", "page": "7"}))


def test_the_list_is_exported_exactly_and_harmlessly(arpu, ada, cleo, client_of) -> None:
    services.set_target(actor=ada.actor, metric_id=arpu.id, owner_name="=1+1", **TERMS)
    response = client_of(cleo).get(reverse("targets:export"))
    head, row = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["Metric"], told["From the value"], told["To the value"]) == ("arpu", "4200", "5500")
    assert (told["Period"], told["Value"], told["Expected"], told["Attainment"]) == (
        "2026-06",
        "4800",
        "4850",
        "0.923077",
    )
    assert (told["Status"], told["Who answers for it"]) == ("Slightly behind", "'=1+1")
