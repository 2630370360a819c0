"""People of the company: who they are, what they may do, and that an owner always remains."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import close_old_connections, connection

from apps.accounts import selectors, services
from apps.accounts.domain.roles import ROBOT, Role
from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.workspaces.models import Address
from apps.workspaces.scope import in_public, inside
from apps.workspaces.services.finder import digest_of
from tests.cast import PASSWORD


def issues_of(refused) -> list[str]:
    return [issue.in_words() for issue in refused.value.issues]


def found(email: str, workspace) -> bool:
    with in_public():
        return Address.objects.filter(digest=digest_of(email), workspace=workspace).exists()


# --- roles ----------------------------------------------------------------------------------------------------------


def test_roles_are_changed_and_recorded(actor, ben) -> None:
    services.change_roles(actor=actor, user_id=ben.pk, roles=[Role.MANAGER, Role.ANALYST])
    ben.refresh_from_db()
    assert ben.roles == ["analyst", "manager"]
    entry = Entry.objects.get()
    assert (entry.act, entry.before, entry.after) == (
        "person.roles_changed",
        {"roles": ["analyst"]},
        {"roles": ["analyst", "manager"]},
    )


def test_the_same_roles_again_are_no_change(actor, ben) -> None:
    services.change_roles(actor=actor, user_id=ben.pk, roles=[Role.ANALYST])
    assert not Entry.objects.exists()


def test_the_last_owner_keeps_the_role(actor, ada) -> None:
    with pytest.raises(Refusal) as refused:
        services.change_roles(actor=actor, user_id=ada.pk, roles=[Role.ADMIN])
    assert issues_of(refused) == ["This is the last owner. Make somebody else an owner first."]
    ada.refresh_from_db()
    assert ada.roles == ["owner"]


def test_a_deactivated_owner_does_not_count_as_one(actor, ada, ben) -> None:
    services.change_roles(actor=actor, user_id=ben.pk, roles=[Role.OWNER])
    services.deactivate(actor=actor, user_id=ben.pk)
    with pytest.raises(Refusal):
        services.change_roles(actor=actor, user_id=ada.pk, roles=[Role.MEMBER])


def test_an_administrator_neither_makes_nor_changes_owners(adi, ada, ben) -> None:
    for user, roles in ((ben, [Role.OWNER]), (ada, [Role.OWNER, Role.HR]), (ada, [Role.MEMBER]), (adi, [Role.OWNER])):
        with pytest.raises(Refusal) as refused:
            services.change_roles(actor=adi.actor, user_id=user.pk, roles=roles)
        assert "Only an owner can make or change owners." in issues_of(refused)


@pytest.mark.parametrize("name", ["ben", "mia", "cleo", "hana", "max"])
def test_others_change_nobody(name: str, request, ada) -> None:
    somebody = request.getfixturevalue(name)
    for act in (services.deactivate, services.reactivate, services.reset_second_factor):
        with pytest.raises(Forbidden):
            act(actor=somebody.actor, user_id=ada.pk)
    with pytest.raises(Forbidden):
        services.change_roles(actor=somebody.actor, user_id=somebody.pk, roles=[Role.OWNER])


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one(transactional_db) -> None:
    from apps.workspaces.models import Workspace

    acme = Workspace.objects.get(slug="acme")
    with inside(acme):
        users = get_user_model().objects
        users.filter(email="ben@acme.test").update(roles=["owner"])
        ada, ben = users.get(email="ada@acme.test"), users.get(email="ben@acme.test")
    start, refused = threading.Barrier(2), []

    def demote(by, whom) -> None:
        try:
            with inside(acme):
                start.wait(10)
                services.change_roles(actor=by.actor, user_id=whom.pk, roles=[Role.MEMBER])
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connection.set_schema_to_public()
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((ada, ben), (ben, ada))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    with inside(acme):
        assert get_user_model().objects.filter(roles__contains=["owner"]).count() == 1


# --- coming and going -----------------------------------------------------------------------------------------------


def test_a_person_added_by_the_product_can_sign_in_and_is_found(in_acme, client_on) -> None:
    services.add_person(actor=ROBOT, email="Eve@Acme.test", name="Eve", password=PASSWORD, roles=[Role.VIEWER])
    assert found("eve@acme.test", in_acme)
    response = client_on(in_acme).post("/account/login/", {"login": "eve@acme.test", "password": PASSWORD})
    assert response["Location"] == "/"


def test_an_address_belongs_to_one_person_whatever_its_case(in_acme, ben) -> None:
    with pytest.raises(Refusal) as refused:
        services.add_person(actor=ROBOT, email="BEN@acme.test", name="B", password=PASSWORD, roles=[Role.VIEWER])
    assert issues_of(refused) == ["“ben@acme.test” already belongs to this company."]


def test_the_finder_forgets_who_was_deactivated_and_knows_who_is_back(actor, in_acme, ben) -> None:
    services.reactivate(actor=actor, user_id=ben.pk)
    services.deactivate(actor=actor, user_id=ben.pk)
    assert not found("ben@acme.test", in_acme)
    services.reactivate(actor=actor, user_id=ben.pk)
    assert found("ben@acme.test", in_acme)
    acts = list(Entry.objects.order_by("at").values_list("act", flat=True))
    assert acts == ["person.deactivated", "person.reactivated"]


def test_nobody_deactivates_themselves_or_the_last_owner(actor, adi, ada) -> None:
    with pytest.raises(Refusal):
        services.deactivate(actor=actor, user_id=ada.pk)
    with pytest.raises(Refusal):
        services.deactivate(actor=adi.actor, user_id=adi.pk)


def test_a_person_of_another_company_is_not_here(actor, dora, borealis) -> None:
    for act in (services.deactivate, services.reactivate, services.reset_second_factor):
        with pytest.raises(NotHere):
            act(actor=actor, user_id=dora.pk)


# --- pages ----------------------------------------------------------------------------------------------------------


def test_the_list_finds_by_name_address_role_and_status(client_of, ada, ben, actor) -> None:
    services.deactivate(actor=actor, user_id=ben.pk)
    client = client_of(ada)

    def names(query: str) -> set[str]:
        page = client.get(f"/people/?{query}")
        return {row["user"].name for row in page.context["rows"]}

    assert names("") == {"Ada", "Ben", "Mia", "Cleo", "Hana", "Max", "Adi"}
    assert names("q=ad") == {"Ada", "Adi"}
    assert names("q=hana@acme") == {"Hana"}
    assert names("role=manager") == {"Mia"}
    assert names("status=deactivated") == {"Ben"}
    assert names("q=nobody-at-all") == set()
    assert next(row["user"].name for row in client.get("/people/?order=last").context["rows"]) == "Ada"
    assert names("role=emperor&status=unheard-of&order=random&page=999") == names("")


def test_the_list_costs_the_same_for_few_and_many(client_of, ada, actor, django_assert_num_queries) -> None:
    client = client_of(ada)
    client.get("/people/")
    with CountQueries() as few:
        client.get("/people/")
    team = services.add_team(actor=actor, name="Service")
    for n in range(60):
        user = get_user_model().objects.create_user(f"p{n}@acme.test", None, name=f"P{n}", roles=["member"])
        services.add_membership(actor=actor, team_id=team.pk, user_id=user.pk, start=selectors.today())
    with CountQueries() as many:
        page = client.get("/people/")
    assert len(page.context["rows"]) == 50
    assert few.count == many.count == 7


class CountQueries:
    """How many statements of ours a block sends."""

    def __enter__(self) -> "CountQueries":
        from django.test.utils import CaptureQueriesContext

        self.capture = CaptureQueriesContext(connection)
        self.capture.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self.capture.__exit__(*details)
        self.count = len(self.capture)


def test_roles_are_changed_on_the_persons_page(client_of, ada, ben) -> None:
    client = client_of(ada)
    response = client.post(f"/people/{ben.pk}/", {"roles": ["viewer", "hr"]})
    assert response.status_code == 302
    assert "Ben has these roles now: HR, Viewer." in client.get(response["Location"]).text
    refused = client.post(f"/people/{ada.pk}/", {"roles": ["admin"]})
    assert refused.status_code == 422
    assert "This is the last owner." in refused.text


def test_a_page_offers_only_what_its_reader_may_do(client_of, cleo, adi, ada, ben) -> None:
    looking = client_of(cleo).get(f"/people/{ben.pk}/").text
    assert "Save roles" not in looking
    assert "Deactivate" not in looking
    assert "Invite people" not in client_of(cleo).get("/people/").text
    assert "Save roles" not in client_of(adi).get(f"/people/{ada.pk}/").text
    assert "Save roles" in client_of(adi).get(f"/people/{ben.pk}/").text


def test_what_roles_may_do_is_told_from_the_table_itself(client_of, cleo) -> None:
    page = client_of(cleo).get("/people/roles/")
    from apps.accounts.domain.roles import PERMISSION_WORDS

    for words in PERMISSION_WORDS.values():
        assert words.replace("'", "&#x27;") in page.text


def test_names_are_shown_as_text(client_of, ada, ben) -> None:
    ben.name = "<script>alert(1)</script>"
    ben.save()
    page = client_of(ada).get("/people/")
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_a_new_address_counts_once_it_is_confirmed_and_the_finder_follows(client_on, in_acme) -> None:
    import re

    from django.core import mail

    client = client_on(in_acme)
    client.post("/account/login/", {"login": "ben@acme.test", "password": PASSWORD})
    wanted = {"action_add": "", "email": "benjamin@acme.test"}
    asked = client.post("/account/email/", wanted)
    assert asked["Location"].startswith("/account/reauthenticate/")
    client.post(asked["Location"], {"password": PASSWORD})  # which also does what was asked for
    assert get_user_model().objects.get(name="Ben").email == "ben@acme.test"
    letter = next(letter for letter in mail.outbox if letter.to == ["benjamin@acme.test"])
    path = re.search(r"http://acme\.localhost:\d+(/account/confirm-email/\S+)", letter.body)[1]
    assert client.post(path).status_code == 302
    assert get_user_model().objects.get(name="Ben").email == "benjamin@acme.test"
    assert found("benjamin@acme.test", in_acme)
    assert not found("ben@acme.test", in_acme)
    entry = Entry.objects.get(act="person.address_changed")
    assert entry.after == {"email": "benjamin@acme.test"}
