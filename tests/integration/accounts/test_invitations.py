"""Joining: by a link that was mailed, that works once, for seven days, for one address."""

import re
import threading
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import close_old_connections, connection
from django.utils import timezone

from apps.accounts import selectors, services
from apps.accounts.domain.roles import Role
from apps.accounts.models import Invitation
from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.work.models import Work
from apps.workspaces.models import Address
from apps.workspaces.scope import in_public, inside
from apps.workspaces.services.finder import digest_of
from tests.cast import PASSWORD

EVE = "eve@acme.test"
LINK = re.compile(r"http://acme\.localhost:\d+(/people/join/\S+/)")


def invited(actor, addresses: str = EVE, roles=(Role.MEMBER,), **facts) -> list[Invitation]:
    return services.invite(actor=actor, addresses=addresses, roles=roles, **facts)


def newest_link() -> str:
    return LINK.search(mail.outbox[-1].body)[1]


@pytest.fixture
def link(actor, run_work) -> str:
    """Where the mail that Eve got leads to."""
    invited(actor)
    run_work()
    return newest_link()


def join(client, link: str, **typed):
    facts = {"name": "Eve", "password": "another-north-star", "language": "en"} | typed
    return client.post(link, facts)


def issues_of(refused) -> list[str]:
    return [issue.in_words() for issue in refused.value.issues]


# --- inviting -------------------------------------------------------------------------------------------------------


def test_an_invitation_goes_out_by_a_worker_with_a_link_to_the_own_host(actor, run_work) -> None:
    [invitation] = invited(actor)
    assert not mail.outbox
    run_work()
    [letter] = mail.outbox
    assert letter.to == [EVE]
    assert letter.reply_to == ["ada@acme.test"]
    assert letter.subject == "[Acme] You are invited to Acme"
    assert "Ada invites you" in letter.body
    invitation.refresh_from_db()
    assert invitation.sent_at is not None
    secret = newest_link().split("/")[-2]
    assert invitation.secret_digest == selectors.digest_of(secret)
    assert secret not in str(Invitation.objects.values()) + str(Work.objects.values()) + str(Entry.objects.values())


def test_many_are_invited_at_once_or_none(actor, run_work) -> None:
    with pytest.raises(Refusal) as refused:
        invited(actor, "eve@acme.test, BEN@acme.test, nonsense, cleo@acme.test")
    assert issues_of(refused) == [
        "“nonsense” is not an e-mail address.",
        "“ben@acme.test” already belongs to this company.",
        "“cleo@acme.test” already belongs to this company.",
    ]
    assert not Invitation.objects.exists()
    assert len(invited(actor, "eve@acme.test; fay@acme.test\ngus@acme.test")) == 3
    assert run_work() == 3
    assert len(mail.outbox) == 3


def test_who_waits_or_was_deactivated_is_not_invited_again(actor, ben) -> None:
    services.deactivate(actor=actor, user_id=ben.pk)
    invited(actor)
    with pytest.raises(Refusal) as refused:
        invited(actor, f"{EVE} ben@acme.test")
    first, second = issues_of(refused)
    assert "invited already" in first
    assert "deactivated" in second


def test_an_expired_invitation_gives_way_to_a_new_one(actor) -> None:
    [old] = invited(actor)
    Invitation.objects.update(expires_at=timezone.now())
    [new] = invited(actor)
    old.refresh_from_db()
    assert old.withdrawn_at is not None
    assert [row.pk for row in selectors.invitations()] == [new.pk]


def test_only_who_manages_people_invites_and_only_an_owner_makes_owners(actor, hana, adi) -> None:
    with pytest.raises(Forbidden):
        invited(hana.actor)
    with pytest.raises(Refusal) as refused:
        invited(adi.actor, roles=[Role.OWNER])
    assert issues_of(refused) == ["Only an owner can make or change owners."]
    assert invited(actor, roles=[Role.OWNER])


def test_the_page_shows_every_problem_and_loses_nothing(client_of, ada) -> None:
    page = client_of(ada).post("/people/invite/", {"addresses": "eve@acme.test nonsense ben@acme.test", "roles": []})
    assert page.status_code == 422
    assert "eve@acme.test nonsense ben@acme.test" in page.text
    page = client_of(ada).post(
        "/people/invite/", {"addresses": "eve@acme.test nonsense ben@acme.test", "roles": ["member"]}
    )
    assert page.status_code == 422
    assert "“nonsense” is not an e-mail address." in page.text
    assert "“ben@acme.test” already belongs" in page.text


def test_an_administrator_is_not_offered_the_owners_role(client_of, adi, ada) -> None:
    assert 'value="owner"' not in client_of(adi).get("/people/invite/").text
    assert 'value="owner"' in client_of(ada).get("/people/invite/").text
    forged = client_of(adi).post("/people/invite/", {"addresses": EVE, "roles": ["owner"]})
    assert forged.status_code == 422


def test_a_mail_server_that_is_away_is_told_and_tried_again(actor, run_work, monkeypatch, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    [invitation] = invited(actor)
    run_work()
    invitation.refresh_from_db()
    assert invitation.sent_at is None
    assert "refused" in invitation.send_problem
    work = Work.objects.get(kind="accounts.send_invitation")
    assert work.status == Work.Status.QUEUED
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Work.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    run_work()
    invitation.refresh_from_db()
    assert (invitation.send_problem, len(mail.outbox)) == ("", 1)


# --- joining --------------------------------------------------------------------------------------------------------


def test_the_link_makes_a_person_who_is_signed_in_at_once(link, acme, client_on) -> None:
    client = client_on(acme)
    page = client.get(link)
    assert page.status_code == 200
    assert EVE in page.text
    assert join(client, link, language="zh-hans")["Location"] == "/"
    assert client.get("/people/me/").status_code == 200
    eve = get_user_model().objects.get(email=EVE)
    assert (eve.name, eve.roles, eve.language) == ("Eve", ["member"], "zh-hans")
    assert eve.emailaddress_set.get().verified
    assert client.cookies["lodestar_language"].value == "zh-hans"
    with in_public():
        assert Address.objects.filter(digest=digest_of(EVE), workspace=acme).exists()


def test_a_new_person_joins_the_team_the_invitation_names(actor, run_work, acme, client_on) -> None:
    team = services.add_team(actor=actor, name="Service")
    invited(actor, team_id=team.pk)
    run_work()
    join(client_on(acme), newest_link())
    [member] = selectors.members_of(team.pk, selectors.today())
    assert (member.name, member.start) == ("Eve", selectors.today())


def test_a_bad_password_is_refused_with_the_reason_and_the_name_is_kept(link, acme, client_on) -> None:
    page = join(client_on(acme), link, name="Eve Adams", password="eve")
    assert page.status_code == 422
    assert "at least 10 characters" in page.text
    assert "Eve Adams" in page.text
    assert not get_user_model().objects.filter(email=EVE).exists()


def test_a_link_works_once(link, acme, client_on) -> None:
    join(client_on(acme), link)
    for page in (client_on(acme).get(link), join(client_on(acme), link, name="Mallory")):
        assert page.status_code == 410
        assert "has been used" in page.text
    assert get_user_model().objects.get(email=EVE).name == "Eve"


def test_an_expired_link_says_so(link, acme, client_on) -> None:
    Invitation.objects.update(expires_at=timezone.now())
    for page in (client_on(acme).get(link), join(client_on(acme), link)):
        assert page.status_code == 410
        assert "has expired" in page.text


def test_a_withdrawn_link_says_so(link, acme, client_on, client_of, ada) -> None:
    invitation = Invitation.objects.get()
    assert client_of(ada).post(f"/people/invitations/{invitation.pk}/withdraw/").status_code == 302
    for page in (client_on(acme).get(link), join(client_on(acme), link)):
        assert page.status_code == 410
        assert "was withdrawn" in page.text


@pytest.mark.parametrize("token", ["nonsense", "x" * 43, "%00", "a" * 400])
def test_a_wrong_link_says_so(acme, client_on, token: str) -> None:
    page = client_on(acme).get(f"/people/join/{token}/")
    assert page.status_code == 404
    assert "not valid" in page.text


def test_a_link_of_one_company_is_unknown_at_another(link, borealis, client_on) -> None:
    assert client_on(borealis).get(link).status_code == 404
    assert join(client_on(borealis), link).status_code == 404


def test_sending_again_makes_the_former_link_useless(link, acme, client_on, client_of, ada, run_work) -> None:
    Invitation.objects.update(expires_at=timezone.now())
    invitation = Invitation.objects.get()
    assert client_of(ada).post(f"/people/invitations/{invitation.pk}/send-again/").status_code == 302
    run_work()
    assert newest_link() != link
    assert client_on(acme).get(link).status_code == 404
    assert client_on(acme).get(newest_link()).status_code == 200


def test_what_is_over_can_neither_be_sent_again_nor_withdrawn(link, acme, client_on, actor) -> None:
    join(client_on(acme), link)
    invitation = Invitation.objects.get()
    for act in (services.send_again, services.withdraw_invitation):
        with pytest.raises(Refusal):
            act(actor=actor, invitation_id=invitation.pk)
    with pytest.raises(NotHere):
        services.send_again(actor=actor, invitation_id=actor.id)


def test_a_withdrawn_invitation_is_not_sent_any_more(actor, run_work) -> None:
    [invitation] = invited(actor)
    services.withdraw_invitation(actor=actor, invitation_id=invitation.pk)
    run_work()
    assert not mail.outbox


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_joins(transactional_db, django_db_blocker) -> None:
    from apps.work.services import run_due
    from apps.workspaces.models import Workspace

    acme = Workspace.objects.get(slug="acme")
    with inside(acme):
        owner = get_user_model().objects.get(email="ada@acme.test").actor
        invited(owner)
        run_due()
        token = newest_link().split("/")[-2]
    start, outcomes = threading.Barrier(2), []

    def accept(name: str) -> None:
        try:
            with inside(acme):
                start.wait(10)
                services.accept_invitation(token=token, name=name, password=PASSWORD)
            outcomes.append("joined")
        except Refusal as refusal:
            outcomes.append(refusal.status)
        finally:
            connection.set_schema_to_public()
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=accept, args=(name,)) for name in ("Eve", "Mallory")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes, key=str) == [410, "joined"]
    with inside(acme):
        assert get_user_model().objects.filter(email=EVE).count() == 1


# --- records --------------------------------------------------------------------------------------------------------


def test_every_step_is_recorded_without_the_secret(actor, run_work, acme, client_on) -> None:
    [invitation] = invited(actor)
    run_work()
    services.send_again(actor=actor, invitation_id=invitation.pk)
    run_work()
    join(client_on(acme), newest_link())
    acts = list(Entry.objects.order_by("at").values_list("act", "actor_name", "subject_name"))
    assert acts == [
        ("invitation.sent", "Ada", EVE),
        ("invitation.sent_again", "Ada", EVE),
        ("invitation.accepted", "Eve", EVE),
    ]
