"""Pages that are kept show everybody's change at once, and nobody else's page."""

from apps.accounts import services as accounts
from apps.accounts.domain.roles import Role
from apps.goals import services
from apps.goals.domain.saying import Said
from apps.goals.models import CheckIn
from tests.integration.goals.conftest import D, key_result


def test_what_is_said_is_kept_until_anything_of_it_changes(
    objective, mia, max, ada, now, today, client_of, django_assert_max_num_queries
) -> None:
    url, client, other = f"/check-ins/objectives/{objective.pk}/", client_of(max), client_of(mia)
    for each in (client, other):
        assert "Nobody has said anything yet." in each.get(url).text
        with django_assert_max_num_queries(5):
            each.get(url)
    client.post(f"{url}comments/", {"text": "First words", "on_page": ""})
    client.get(url)  # shows the message, and is kept by nobody
    for each in (client, other):
        assert "First words" in each.get(url).text
    row = key_result(objective, "Churned customers")
    said = Said(D(120), "on_track", next_step="Call Ann")
    services.check_in(actor=mia.actor, key_result_id=row.pk, said=said, seen=None, today=today, now=now)
    for each in (client, other):
        assert "Call Ann" in each.get(url).text
    other.post(f"{url}follow/", {"follow": "0"})
    other.get(url)
    assert "Unfollow" not in other.get(url).text
    assert "Unfollow" in client.get(url).text, "who wrote follows"
    accounts.change_roles(actor=ada.actor, user_id=max.pk, roles=[Role.VIEWER])
    assert "comment-text" not in client.get(url).text
    assert "comment-text" in other.get(url).text


def test_the_form_of_a_check_in_is_kept_until_somebody_says_something(
    objective, mia, max, ada, now, today, client_of, django_assert_max_num_queries
) -> None:
    row = key_result(objective, "Churned customers")
    url, client, other = f"/check-ins/{row.pk}/", client_of(mia), client_of(ada)
    assert "You check in for Mia" in other.get(url).text
    client.get(url)
    with django_assert_max_num_queries(5):
        page = client.get(url)
    assert "You check in for" not in page.text
    assert page.context is None, "kept"
    assert client_of(max).get(url).status_code == 403
    told = {"value": "90", "confidence": "on_track", "next_step": "Call Ann", "seen": ""}
    assert other.post(url, told).status_code == 302
    made = CheckIn.objects.get()
    page = client.get(url).text
    assert "Call Ann" in page
    assert f'value="{made.pk}"' in page, "what was seen"
