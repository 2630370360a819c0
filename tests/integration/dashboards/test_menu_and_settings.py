"""The menu shows what one may open; the company's settings are changed by those who may."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from apps.audit.selectors import entries
from apps.common import shelf
from apps.dashboards import services
from apps.dashboards.context import ENTRIES
from apps.kernel.issue import Forbidden
from apps.work import selectors as work
from apps.workspaces.domain.company import Calendar
from apps.workspaces.selectors import workspace_at

TYPED = {
    "name": "Acme Motors", "language": "zh-hans", "currency": "EUR", "time_zone": "Europe/Berlin",
    "fiscal_year_start": "4", "week_start": "7",
}  # fmt: skip


def menu_of(client, path: str = "/") -> list[dict]:
    cache.clear()
    shelf.forget_here()
    return client.get(path).context["menu"]


def test_everybody_sees_what_they_may_open_and_nothing_else(in_acme, ada, ben, cleo, client_of) -> None:
    by_person = {person.email: [entry["label"] for entry in menu_of(client_of(person))] for person in (ada, ben, cleo)}
    assert by_person[ada.email] == [str(entry.label) for entry in ENTRIES]
    assert "Company" not in by_person[ben.email]
    assert not {"Company", "Data"} & set(by_person[cleo.email])
    for person in (ada, ben, cleo):
        client = client_of(person)
        assert {client.get(entry["url"], follow=True).status_code for entry in menu_of(client)} == {200}


@pytest.mark.parametrize(
    ("url_name", "label"),
    [
        ("dashboards:home", "North Star"),
        ("targets:new", "Targets"),
        ("metrics:list", "Metrics"),
        ("metrics:tree_setup", "Metric tree"),
        ("datasets:new", "Data"),
        ("accounts:people", "People"),
        ("dashboards:settings", "Company"),
    ],
)
def test_one_sees_where_one_is(in_acme, ada, client_of, company, url_name: str, label: str) -> None:
    company()
    page = client_of(ada).get(reverse(url_name), follow=True)
    current = [entry["label"] for entry in page.context["menu"] if entry["current"]]
    assert current == [label]


def test_a_phone_has_the_first_four_as_tabs(in_acme, ada, client_of) -> None:
    content = client_of(ada).get("/").content.decode()
    tabs = re.findall(r'<a class="tab" href="([^"]+)"', content)
    assert tabs == [entry["url"] for entry in menu_of(client_of(ada))[:4]]


def test_settings_are_saved_written_down_and_values_computed_anew(in_acme, ada, client_of) -> None:
    client, url = client_of(ada), reverse("dashboards:settings")
    assert client.get(url).context["form"]["name"].value() == "Acme"
    assert client.post(url, TYPED).status_code == 302
    in_acme = workspace_at("acme")
    assert (in_acme.name, in_acme.currency, in_acme.calendar.fiscal_year_start) == ("Acme Motors", "EUR", 4)
    entry = entries(area="company").get()
    assert (entry.act, entry.before["name"], entry.after["name"]) == ("company.settings_changed", "Acme", "Acme Motors")
    assert work.unfinished("metrics.compute_all") == 1
    client.post(url, TYPED)
    assert entries(area="company").count() == 1


def test_a_new_name_alone_computes_nothing(in_acme, ada) -> None:
    calendar = Calendar(time_zone="Asia/Shanghai", currency="CNY")
    services.change_settings(actor=ada.actor, name="Acme & Co", language="en", calendar=calendar)
    assert work.unfinished() == 0


def test_another_currency_has_amounts_converted_anew(in_acme, ada) -> None:
    calendar = Calendar(time_zone="Asia/Shanghai", currency="USD")
    services.change_settings(actor=ada.actor, name="Acme", language="en", calendar=calendar)
    assert work.unfinished("metrics.compute_all") == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"time_zone": "Mars/Olympus"}, "time_zone"), ({"week_start": "9"}, "week_start")],
)
def test_wrong_settings_are_told_in_their_place(in_acme, ada, client_of, typed: dict, field: str) -> None:
    response = client_of(ada).post(reverse("dashboards:settings"), TYPED | typed)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    in_acme = workspace_at("acme")
    assert in_acme.name == "Acme"


def test_only_administrators_change_settings(in_acme, ben, client_of) -> None:
    assert client_of(ben).get(reverse("dashboards:settings")).status_code == 403
    with pytest.raises(Forbidden):
        services.change_settings(
            actor=ben.actor, name="Mine", language="en", calendar=Calendar(time_zone="UTC", currency="USD")
        )
