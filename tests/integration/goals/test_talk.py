"""Comments with mentions, followers, and the meetings of a team."""

import json
from datetime import timedelta

import pytest
from django.core import mail

from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.saying import Said
from apps.goals.models import Comment, Follower, Meeting, Objective
from apps.goals.selectors import meetings as selectors
from apps.kernel.issue import Forbidden, Refusal
from apps.notifications.models import Notice
from tests.integration.goals.conftest import D, draft_of, key_result


def told(person) -> list[str]:
    return list(Notice.objects.filter(recipient=person).values_list("kind", flat=True))


@pytest.fixture
def private(quarter, sales, max, now) -> Objective:
    parts = (KeyResultDraft("Learn", start=D(0), goal=D(5)),)
    draft = ObjectiveDraft(title="SECRET", level="person", owner_id=max.pk, private=True, key_results=parts)
    return services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=draft, now=now)


# --- comments -------------------------------------------------------------------------------------------------------


def test_who_is_mentioned_and_who_follows_is_told_once(objective, mia, max, ada, now, client_of, run_work) -> None:
    url = f"/check-ins/objectives/{objective.pk}/comments/"
    answer = client_of(max).post(url, {"text": "@Mia look <b>here</b>, @Ada too", "picked": ""})
    assert answer.status_code == 302
    assert (told(mia), told(ada), told(max)) == (["goals.mentioned"], ["goals.mentioned"], [])
    run_work()
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([mia.email, ada.email])
    page = client_of(ada).get(f"/check-ins/objectives/{objective.pk}/").text
    assert '<span class="mention">@Mia</span>' in page
    assert "&lt;b&gt;here" in page
    services.add_comment(actor=ada.actor, objective_id=objective.pk, text="Thanks", now=now)
    assert told(max) == ["goals.commented"], "who wrote follows"
    assert client_of(max).post(url, {"text": "  "}).status_code == 422


def test_ones_own_comment_is_changed_and_deleted_nobody_elses(objective, mia, max, ada, now, client_of) -> None:
    made = services.add_comment(actor=max.actor, objective_id=objective.pk, text="First", now=now)
    url = f"/check-ins/comments/{made.pk}/"
    assert client_of(mia).post(url, {"text": "Mine now"}).status_code == 403
    assert client_of(mia).post(f"{url}delete/").status_code == 403
    assert client_of(max).post(url, {"text": "Second, @Ada", "seen": ""}).status_code == 302
    assert told(ada) == ["goals.mentioned"]
    stale = client_of(max).post(url, {"text": "Third", "seen": ""})
    assert stale.status_code == 409
    assert "Third" in stale.text
    client_of(max).post(f"{url}delete/")
    made.refresh_from_db()
    assert (made.text, made.mentions) == ("", [])
    page = client_of(mia).get(f"/check-ins/objectives/{objective.pk}/").text
    assert "This comment was deleted." in page
    assert "Second" not in page
    with pytest.raises(Refusal, match="deleted meanwhile"):
        services.change_comment(actor=max.actor, comment_id=made.pk, text="Back", now=now)


def test_of_a_private_goal_only_who_may_know_is_offered_and_told(private, max, mia, ben, now, client_of) -> None:
    services.add_comment(actor=max.actor, objective_id=private.pk, text="@Ben @Mia help", now=now)
    assert (told(ben), told(mia)) == ([], ["goals.mentioned"])
    assert Notice.objects.get(recipient=mia).params["title"] == "…"
    url = f"/check-ins/objectives/{private.pk}/people/?q="
    names = [one["name"] for one in json.loads(client_of(max).get(url).content)["people"]]
    assert names == ["Max", "Mia"]
    assert client_of(ben).get(url).status_code == 404
    Follower.objects.create(objective=private, user_id=ben.pk)  # he led the team once
    services.add_comment(actor=max.actor, objective_id=private.pk, text="More", now=now)
    assert told(ben) == []


def test_people_are_offered_by_the_beginning_of_a_word(objective, mia, client_of) -> None:
    url = f"/check-ins/objectives/{objective.pk}/people/"
    names = [one["name"] for one in json.loads(client_of(mia).get(url, {"q": "ad"}).content)["people"]]
    assert names == ["Ada", "Adi"]


def test_following_and_not(objective, ben, mia, now, client_of) -> None:
    client, url = client_of(ben), f"/check-ins/objectives/{objective.pk}/follow/"
    client.post(url, {"follow": "1"})
    client.post(url, {"follow": "1"})
    services.add_comment(actor=mia.actor, objective_id=objective.pk, text="News", now=now)
    assert told(ben) == ["goals.commented"]
    client.post(url, {"follow": "0"})
    services.add_comment(actor=mia.actor, objective_id=objective.pk, text="More news", now=now)
    assert told(ben) == ["goals.commented"]


def test_a_viewer_reads_and_does_not_write(objective, cleo, client_of) -> None:
    page = client_of(cleo).get(f"/check-ins/objectives/{objective.pk}/")
    assert page.status_code == 200
    assert "comment-text" not in page.text
    url = f"/check-ins/objectives/{objective.pk}/comments/"
    assert client_of(cleo).post(url, {"text": "Hi"}).status_code == 403
    assert not Comment.objects.exists()


# --- meetings -------------------------------------------------------------------------------------------------------


@pytest.fixture
def going(objective, quarter, sales, mia, private, today, now) -> Meeting:
    """A meeting about two objectives of the team, of which the second is blocked; Max has a private one."""
    blocked = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, title="Blocked one"), now=now
    )
    row = key_result(blocked, "Churned customers")
    said = Said(D(180), "off_track", blockers="No licence", next_step="Ask legal")
    services.check_in(actor=mia.actor, key_result_id=row.pk, said=said, seen=None, today=today, now=now)
    return services.begin_meeting(actor=mia.actor, team_id=sales.pk, cycle_id=quarter.pk, today=today, now=now)


def test_a_meeting_goes_through_the_goals_blockers_first_and_ends_in_a_summary(
    going, sales, mia, max, ada, client_of, run_work
) -> None:
    assert [row.title for row in selectors.shown_in(going)] == ["Blocked one", "Customers come back"]
    lead, url = client_of(mia), f"/check-ins/meetings/{going.pk}/"
    days = {"start": going.on, "due": going.on + timedelta(days=1)}
    services.make_cycle(actor=ada.actor, name="A cycle without goals of theirs", kind="custom", **days)
    assert lead.get(f"/check-ins/teams/{sales.pk}/").context["cycle"] == going.cycle
    first = lead.get(url).text
    assert "No licence" in first
    assert "1 of 2" in first
    blocked, other = (str(row.pk) for row in selectors.shown_in(going))
    assert f'name="objective" value="{blocked}"' in first
    told_first = {"objective": blocked, "seen": "0", "text": "Legal answers on Friday", "spoke": str(max.pk)}
    answer = lead.post(url, told_first)
    assert answer["Location"] == f"{url}?at=1&saved=1"
    assert lead.post(url, {"objective": other, "seen": "0", "text": ""})["Location"] == f"{url}?at=2&saved=1"
    assert "In a few words: what was agreed" in lead.get(f"{url}?at=2").text
    assert client_of(max).post(url, {"act": "end", "summary": "Mine"}).status_code == 403, "a member ends nothing"
    assert lead.post(url, {"at": "2", "summary": "Not asked to end"}).status_code == 409
    assert Meeting.objects.get().ended_at is None
    lead.post(url, {"act": "end", "summary": "We ask legal first."})
    run_work()
    assert told(max) == ["goals.meeting_ended"]
    letter = next(each for each in mail.outbox if each.to == [max.email])
    assert "Legal answers" not in letter.body
    page = client_of(max).get(url).text
    for text in ("We ask legal first.", "Legal answers on Friday", "Max spoke for it", "No licence", "Ask legal"):
        assert text in page
    assert "SECRET" not in page
    listed = client_of(max).get(f"/check-ins/teams/{sales.pk}/").text
    assert url in listed
    for late in ({"objective": blocked, "text": "Too late"}, {"act": "end", "summary": "Too late"}):
        answer = lead.post(url, late)
        assert answer.status_code == 409
        assert "Mia has ended this meeting" in answer.text
        assert "Too late" in answer.text
    assert "Too late" not in lead.get(url).text


def test_a_note_stays_with_its_objective_when_one_before_it_goes(going, mia, client_of) -> None:
    first, second = selectors.shown_in(going)
    Objective.objects.filter(pk=first.pk).update(level="person", owner_id=mia.pk, team=None, private=True)
    lead, url = client_of(mia), f"/check-ins/meetings/{going.pk}/"
    typed = {"objective": str(second.pk), "seen": "0", "text": "Of the second"}
    assert lead.post(url, typed)["Location"] == f"{url}?at=1&saved=1"
    gone = lead.post(url, typed | {"objective": str(first.pk), "text": "Of what is private now"})
    assert gone.status_code == 409
    assert "Of what is private now" in gone.text
    said = Meeting.objects.get().notes["said"]
    assert {key: told["text"] for key, told in said.items()} == {str(second.pk): "Of the second"}


def test_two_who_take_notes_at_once_see_each_other(going, mia, max, today, client_of) -> None:
    first = selectors.shown_in(going)[0]
    told_one = {"meeting_id": going.pk, "objective_id": first.pk, "spoke": None, "seen": 0, "today": today}
    services.note(actor=max.actor, text="From Max", **told_one)
    typed = {"objective": str(first.pk), "seen": "0", "text": "From Mia"}
    answer = client_of(mia).post(f"/check-ins/meetings/{going.pk}/", typed)
    assert answer.status_code == 409
    for text in ("Max noted something here meanwhile", "From Mia", "From Max"):
        assert text in answer.text


def test_a_meeting_is_gone_on_with_and_others_begin_none(going, sales, quarter, mia, max, today, now) -> None:
    again = services.begin_meeting(actor=mia.actor, team_id=sales.pk, cycle_id=quarter.pk, today=today, now=now)
    assert again == going
    with pytest.raises(Forbidden):
        services.begin_meeting(actor=max.actor, team_id=sales.pk, cycle_id=quarter.pk, today=today, now=now)


def test_what_becomes_private_later_leaves_the_summary(going, quarter, max, mia, sales, today, now, client_of) -> None:
    services.end_meeting(actor=mia.actor, meeting_id=going.pk, summary="", today=today, now=now)
    own = Objective.objects.get(title="Blocked one")
    Objective.objects.filter(pk=own.pk).update(level="person", owner_id=max.pk, team=None, private=True)
    assert "Blocked one" not in client_of(mia).get(f"/check-ins/meetings/{going.pk}/").text
