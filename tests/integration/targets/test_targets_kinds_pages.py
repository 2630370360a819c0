"""The form of each kind of target, goals said by an average, and the pages on which a proposal is decided."""

from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from apps.accounts.domain.roles import Role
from apps.targets import selectors, services
from apps.targets.models import Target
from tests.integration.targets.test_targets_pages import TYPED, words

DAYS = {name: TYPED[name] for name in ("start", "due")}


def page(kind: str, **more: str) -> str:
    return f"{reverse('targets:new')}?{urlencode({'metric': 'arpu', 'grain': 'month', 'kind': kind, **more})}"


def test_each_kind_has_its_own_fields_and_words(arpu, ada, client_of) -> None:
    client = client_of(ada)
    typed = {
        "flow": {"goal": "60,000", "pace": "working_days", "reason": "x"},
        "above": {"goal": "4,500", "reason": "x"},
        "band": {"low": "4,000", "high": "5,000", "tolerance": "200", "reason": "x"},
    }
    said = {
        "flow": "Arpu: ¥60,000 in all in 12 months · Jan 2026 – Dec 2026",
        "above": "Arpu: stay at ¥4,500 or above in 12 months",
        "band": "Arpu: stay between ¥4,000 and ¥5,000 (tolerance ¥200) in 12 months",
    }
    for kind, terms in typed.items():
        shown = client.get(page(kind))
        assert shown.status_code == 200
        live = client.get(
            reverse("targets:sentence"), {"metric": "arpu", "grain": "month", "kind": kind, **DAYS, **terms}
        )
        assert said[kind] in words(live)
        head = selectors.head_of("arpu", "month")
        saved = client.post(page(kind), {**DAYS, **terms, "seen": str(head.pk) if head else ""})
        assert saved.status_code == 302, words(saved)
        assert selectors.target_for("arpu", "month").kind == kind
    assert "stay between" in words(client.get(reverse("targets:list")))
    history = words(client.get(reverse("targets:history", args=[selectors.target_for("arpu", "month").pk])))
    assert "Kind before Stay at or above → after Stay between two values" in " ".join(history.split())


def test_a_quarter_is_called_by_its_name(arpu, ada, client_of) -> None:
    quarter = {"baseline": "8,000", "goal": "10,000", "start": "2026-10-01", "due": "2026-12-31"}
    live = client_of(ada).get(reverse("targets:sentence"), {"metric": "arpu", "grain": "month", **quarter})
    assert "Arpu: from ¥8,000 to ¥10,000 (+25%) in Q4 2026" in words(live)


def test_ten_per_cent_above_the_average_of_the_last_three_months(arpu, ada, client_of) -> None:
    client = client_of(ada)
    wrong = client.post(page("level"), {**DAYS, "baseline": "4,800", "goal": "5,000", "over": "99", "change": "x"})
    assert "Say by how much" not in words(wrong)
    assert "maxlength" in wrong.content.decode()
    both = client.post(page("level"), {**DAYS, "baseline": "4,800", "goal": "5,000", "over": "3", "change": "10"})
    assert "Give either a value or an average, not both." in words(both)
    assert both.status_code == 422
    said = {**DAYS, "baseline": "4,800", "goal": "", "over": "3", "change": "10", "unit": "percent"}
    assert client.post(page("level"), said).status_code == 302
    target = Target.objects.get()
    assert target.goal == Decimal("5152")  # (4,550 + 4,700 + 4,800) / 3 = 4,683.33…, and 10 % more, as it is shown
    assert target.basis == {"periods": 3, "change": "10", "unit": "percent", "average": "4683"}


def test_milestones_are_typed_a_line_each(arpu, ada, client_of) -> None:
    client = client_of(ada)
    typed = {**TYPED, "pace": "milestones", "milestones": "2026-06-30 4,600\nsometime\n"}
    refused = client.post(page("level"), typed)
    assert "Line 2: write a day and a value" in words(refused)
    assert "sometime" in refused.content.decode()  # nothing typed is lost
    assert client.post(page("level"), typed | {"milestones": "2026-06-30 4,600"}).status_code == 302
    assert Target.objects.get().milestones == [["2026-06-30", "4600"]]


def test_a_proposal_is_shown_as_such_and_decided_by_another_admin(arpu, ada, ben, client_of) -> None:
    services.change_target_policy(actor=ada.actor, second_admin=True)
    mine = client_of(ada)
    asked = mine.post(page("level"), TYPED)
    assert asked.status_code == 302
    proposal = selectors.proposed()[0]
    listed = words(mine.get(reverse("targets:list")))
    assert "Waiting for approval" in listed
    assert "No targets yet" in listed  # nothing is in force
    own = mine.get(reverse("targets:proposal", args=[proposal.pk]))
    assert "another admin decides" in words(own)
    assert reverse("targets:approve", args=[proposal.pk]) not in own.content.decode()
    assert mine.post(reverse("targets:approve", args=[proposal.pk])).status_code == 403
    ben.roles = [Role.ADMIN]
    ben.save()
    theirs = client_of(ben)
    assert theirs.post(reverse("targets:reject", args=[proposal.pk]), {"reason": ""}).status_code == 422
    assert theirs.post(reverse("targets:approve", args=[proposal.pk]), {"seen": ""}).status_code == 302
    assert theirs.post(reverse("targets:approve", args=[proposal.pk]), {"seen": ""}).status_code == 409
    assert selectors.target_for("arpu", "month") == proposal
    assert "Approved by Ben" in words(mine.get(reverse("targets:history", args=[proposal.pk])))
    again = mine.post(page("level"), {**TYPED, "goal": "6000", "reason": "more", "seen": str(proposal.pk)})
    assert again.status_code == 302
    later = selectors.proposed()[0]
    shown = words(theirs.get(reverse("targets:proposal", args=[later.pk])))
    assert "before ¥5,500 → after ¥6,000" in " ".join(shown.split())
    assert theirs.post(reverse("targets:reject", args=[later.pk]), {"reason": "too much"}).status_code == 302
    assert selectors.target_for("arpu", "month") == proposal
