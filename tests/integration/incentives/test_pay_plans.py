"""Plans: written on a form, read in words, proposed, published by a second person, acknowledged, ended."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.incentives.domain import golden, typed
from apps.incentives.domain.canonical import fingerprint
from apps.incentives.models import IncentivePlan, Participant, PlanAcknowledgement, PlanVersion
from apps.incentives.selectors import plans as reading
from apps.incentives.services import plans, publishing
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.metrics import selectors as metrics
from tests.integration.incentives.conftest import BEGINS, terms
from tests.unit.incentives.options import every_plan

pytestmark = pytest.mark.django_db
SETTINGS = plans.Settings(BEGINS)


def save(actor, version, **more):
    told = {"terms": version.terms, "settings": SETTINGS, "revision": version.revision, **more}
    return plans.change_draft(actor=actor.actor, version_id=version.pk, **told)


def publish(actor, version):
    version.refresh_from_db()
    return publishing.publish(
        actor=actor.actor, version_id=version.pk, seen=fingerprint(version.terms), now=timezone.now()
    )


class TestTheForm:
    def test_every_option_of_3_12_is_set_by_the_page_and_comes_back(self, draft, hana, client_of, fields):
        """What is typed for each setting is what the engine reads, and what the form shows again."""
        client = client_of(hana)
        page = "/pay/plans/after-sales/edit/"
        shown = fields(client.get(page).content.decode())
        for name, plan in every_plan():
            kept = {key: text for key, text in shown.items() if key in ("revision", "name", *plans.SETTINGS)}
            answer = client.post(page, {**typed.fields_of(plan), **kept, "act": "save"})
            assert answer.status_code == 302, (name, answer.content.decode()[:3000])
            draft.refresh_from_db()
            head = {"key": "after-sales", "version": "1", "name": "After-sales"}
            assert draft.terms == replace(plan, **head), name
            shown = fields(client.get(page).content.decode())
            assert typed.plan_of(typed.arranged(shown), currency="CNY", **head) == replace(plan, **head), name

    def test_nothing_typed_is_lost(self, draft, hana, client_of, fields):
        client, page = client_of(hana), "/pay/plans/after-sales/edit/"
        told = fields(client.get(page).content.decode()) | {
            "components-0-weight": "half", "components-1-curve-points-2-y": "much", "effective_from": "soon",
            "components-2-name": "Costs & more", "act": "save",
        }  # fmt: skip
        answer = client.post(page, told)
        assert answer.status_code == 422
        text = answer.content.decode()
        again = fields(text)
        for name in ("components-0-weight", "components-1-curve-points-2-y", "effective_from", "components-2-name"):
            assert again[name] == told[name]
        assert text.count("is not a number") >= 2
        draft.refresh_from_db()
        assert draft.revision == 1

    def test_lines_are_added_moved_and_taken_out_without_saving(self, draft, hana, client_of, fields):
        client, page = client_of(hana), "/pay/plans/after-sales/edit/"
        told = fields(client.get(page).content.decode())
        more = fields(client.post(page, told | {"act": "add-components-"}).content.decode())
        assert more["components-3-curve-points-0-x"] == "80"
        moved = fields(client.post(page, told | {"act": "up-components-2"}).content.decode())
        assert (moved["components-1-metric"], moved["components-2-metric"]) == ("cost", "csat")
        fewer = fields(client.post(page, told | {"act": "remove-components-0"}).content.decode())
        assert fewer["components-0-metric"] == "csat"
        assert "components-2-metric" not in fewer
        gated = fields(client.post(page, told | {"act": "add-gates-"}).content.decode())
        assert gated["gates-0-cap"] == "0"
        assert PlanVersion.objects.get(pk=draft.pk).revision == 1

    def test_the_example_and_the_findings_are_told_while_somebody_types(self, draft, hana, client_of, fields):
        client, page = client_of(hana), "/pay/plans/after-sales/edit/"
        told = fields(client.get(page).content.decode()) | {
            "act": "preview", "sample-0-actual": "9200", "sample-0-target": "10000", "sample-1-actual": "4.6",
            "sample-1-target": "4.5", "sample-2-actual": "840000", "sample-2-target": "800000",
        }  # fmt: skip
        text = client.post(page, told, HTTP_HX_REQUEST="true").content.decode()
        assert "9,200 ÷ 10,000 = 92 %" in text
        assert "92 % → 80 %" in text  # the mark on the curve
        assert "to mend" not in text
        told["components-0-weight"] = "40"
        text = client.post(page, told, HTTP_HX_REQUEST="true").content.decode()
        assert "Weights make 90 %" in text
        assert 'href="#id_components-0' in text
        told["components-0-weight"] = "forty"
        text = client.post(page, told, HTTP_HX_REQUEST="true").content.decode()
        assert "is not a number" in text
        assert "pay-chart" not in text  # the last drawing stays on the page

    def test_a_plan_begins_from_a_template_with_the_metrics_it_most_likely_means(self, figures, hana, client_of):
        client = client_of(hana)
        assert client.get("/pay/").headers["location"] == "/pay/plans/"
        assert "/pay/plans/new/target_bonus/" in client.get("/pay/plans/").content.decode()
        answer = client.post(
            "/pay/plans/new/target_bonus/", {"name": "Service bonus", "period": "quarter", "currency": "cny"}
        )
        assert answer.headers["location"] == "/pay/plans/service-bonus/edit/"
        lines = reading.draft_for("service-bonus").terms.components
        assert [each.metric for each in lines] == ["", "csat", "cost"]
        assert lines[2].attaining.direction == "lower"

    def test_templates_are_told_in_chinese_percent_signs_and_all(self, figures, hana, client_of):
        client = client_of(hana)
        client.cookies["lodestar_language"] = "zh-hans"
        assert "北极星 50 %、满意度 30 %、成本 20 %" in client.get("/pay/plans/").content.decode()
        assert "按销售额分档：5 %、8 %、10 %。" in client.get("/pay/plans/new/commission/").content.decode()
        refused = client.post("/pay/plans/new/pool/", {"name": "service BONUS", "period": "", "currency": "XXX"})
        assert refused.status_code == 422
        assert refused.content.decode().count("field-error") + refused.content.decode().count("errorlist") >= 3


class TestTwoAtOnce:
    def test_the_second_one_is_told_and_keeps_what_they_typed(self, draft, hana, client_of, fields, join_hr):
        client, page = client_of(hana), "/pay/plans/after-sales/edit/"
        told = fields(client.get(page).content.decode()) | {"components-0-name": "Mine", "act": "save"}
        save(join_hr, draft, settings=replace(SETTINGS, dispute_days=5))
        answer = client.post(page, told)
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "Ivy changed this plan meanwhile" in text
        again = fields(text)
        assert (again["components-0-name"], again["revision"]) == ("Mine", "2")
        assert client.post(page, again | {"act": "save"}).status_code == 302
        draft.refresh_from_db()
        assert set(draft.authors) == {hana.pk, join_hr.pk}

    def test_the_same_again_writes_nothing(self, draft, hana):
        assert save(hana, draft).revision == 1


@pytest.fixture
def join_hr(in_acme):
    """Ivy, another one of HR."""
    from django.contrib.auth import get_user_model

    from tests.cast import join

    join("Ivy", "hr")
    return get_user_model().objects.get(name="Ivy")


class TestApproval:
    def test_nobody_approves_what_they_wrote_whatever_their_role(self, draft, hana, ada, adi):
        adi.roles = ["admin", "hr"]
        adi.save()
        version = save(adi, draft, settings=replace(SETTINGS, dispute_days=7))
        publishing.propose(actor=hana.actor, version_id=draft.pk, revision=version.revision)
        for person, refusal in ((adi, Forbidden), (hana, Forbidden)):
            with pytest.raises(refusal):
                publish(person, draft)
        assert publish(ada, draft).approved_by == ada.pk

    def test_what_was_looked_at_is_what_is_published(self, draft, hana, ada):
        with pytest.raises(Refusal, match="decided already"):
            publish(ada, draft)
        publishing.propose(actor=hana.actor, version_id=draft.pk, revision=1)
        with pytest.raises(Refusal, match="another one than"):
            publishing.publish(actor=ada.actor, version_id=draft.pk, seen="0" * 64, now=timezone.now())
        with pytest.raises(Refusal, match="waits for approval"):
            save(hana, draft)
        publish(ada, draft)
        with pytest.raises(Refusal, match="decided already"):
            publish(ada, draft)

    def test_a_plan_that_cannot_be_published_is_not_proposed(self, draft, hana):
        wrong = replace(terms(), components=terms().components[:2])
        version = save(hana, draft, terms=wrong)
        with pytest.raises(Refusal) as refused:
            publishing.propose(actor=hana.actor, version_id=draft.pk, revision=version.revision)
        assert [issue.where for issue in refused.value.issues] == ["components"]

    def test_it_is_returned_with_a_reason_and_taken_back_without(self, draft, hana, ada):
        publishing.propose(actor=hana.actor, version_id=draft.pk, revision=1)
        with pytest.raises(Refusal) as refused:
            publishing.send_back(actor=ada.actor, version_id=draft.pk, reason=" ")
        assert refused.value.issues[0].where == "reason"
        assert publishing.send_back(actor=ada.actor, version_id=draft.pk, reason="Cap?").returned_reason == "Cap?"
        draft.refresh_from_db()
        publishing.propose(actor=hana.actor, version_id=draft.pk, revision=draft.revision)
        assert publishing.send_back(actor=hana.actor, version_id=draft.pk, reason="").status == "draft"

    def test_what_is_published_is_kept_with_text_fingerprint_and_golden_vectors(self, in_force):
        version = PlanVersion.objects.get(pk=in_force.pk)
        assert version.content == fingerprint(version.terms)
        assert "80 % → 50 %" in version.text_en
        assert "达成率" in version.text_zh
        assert len(version.golden) >= 5
        assert golden.check(version.document, version.golden) == []

    def test_golden_vectors_are_run_again_by_a_command(self, in_force, capsys):
        from django.core.management import CommandError, call_command

        call_command("check_golden", workspace="acme")
        assert "1 version" in capsys.readouterr().out
        wrong = json.loads(json.dumps(in_force.golden))
        wrong[1]["paid"]["a"] += 1
        assert golden.check(in_force.document, wrong)[0].at == 1
        assert CommandError


class TestVersions:
    def test_the_next_one_ends_the_one_before_the_day_before(self, in_force, hana, ada):
        draft = plans.begin_version(actor=hana.actor, plan_id=in_force.plan_id)
        with pytest.raises(Refusal, match="draft already"):
            plans.begin_version(actor=hana.actor, plan_id=in_force.plan_id)
        assert draft.number == 2
        with pytest.raises(Refusal) as refused:
            save(hana, draft, settings=SETTINGS)
        assert refused.value.issues[0].where == "effective_from"
        later = replace(SETTINGS, effective_from=date(2027, 1, 1))
        draft = save(hana, draft, settings=later, terms=replace(draft.terms, total_cap=None))
        publishing.propose(actor=hana.actor, version_id=draft.pk, revision=draft.revision)
        publish(ada, draft)
        in_force.refresh_from_db()
        assert in_force.effective_until == date(2026, 12, 31)

    def test_its_difference_is_shown(self, in_force, hana, client_of):
        draft = plans.begin_version(actor=hana.actor, plan_id=in_force.plan_id)
        save(hana, draft, settings=replace(SETTINGS, effective_from=draft.effective_from, dispute_days=20))
        text = client_of(hana).get("/pay/plans/after-sales/2/").content.decode()
        assert "<ins>A statement can be disputed for 20 days.</ins>" in text
        assert "<del>A statement can be disputed for 10 days.</del>" in text

    def test_a_plan_ends_on_a_day_with_a_reason(self, in_force, ada, hana):
        with pytest.raises(Forbidden):
            publishing.end_plan(actor=hana.actor, version_id=in_force.pk, last=date(2026, 12, 31), reason="Over.")
        with pytest.raises(Refusal) as refused:
            publishing.end_plan(actor=ada.actor, version_id=in_force.pk, last=date(2025, 1, 1), reason="")
        assert [issue.where for issue in refused.value.issues] == ["last", "reason"]
        publishing.end_plan(actor=ada.actor, version_id=in_force.pk, last=date(2026, 12, 31), reason="Over.")
        assert PlanVersion.objects.get(pk=in_force.pk).status == "ended"

    def test_a_draft_is_discarded_and_a_plan_of_nothing_else_with_it(self, draft, hana):
        assert plans.discard_draft(actor=hana.actor, version_id=draft.pk, revision=1) is None
        assert not IncentivePlan.objects.exists()

    def test_a_metric_that_a_plan_reads_says_so(self, in_force):
        assert "After-sales" in next(use.in_words for use in metrics.usage_of("csat"))


class TestAcknowledging:
    @pytest.fixture
    def taking_part(self, in_force, max):
        return Participant.objects.create(plan=in_force.plan, person_id=max.pk, name="Max", added_by_name="H")

    def test_everybody_reads_their_own_plan_and_says_so(self, taking_part, in_force, max, client_of, fields):
        client = client_of(max)
        assert client.get("/pay/").headers["location"] == "/pay/mine/"
        assert "After-sales" in client.get("/pay/mine/").content.decode()
        page = "/pay/mine/after-sales/1/"
        shown = client.get(page).content.decode()
        assert "80 % → 50 %" in shown
        told = fields(shown)
        assert client.post(page, told | {"text": "0" * 64}).status_code == 409
        assert client.post(page, told).status_code == 302
        made = PlanAcknowledgement.objects.get()
        assert (made.person_id, made.content) == (max.pk, in_force.content)
        assert made.text_hash == publishing.hash_of(in_force.text_en)
        assert made.wording in client.get(page).content.decode().replace("&#x27;", "'")
        assert client.post(page, told).status_code == 302
        assert PlanAcknowledgement.objects.count() == 1

    def test_who_has_not_is_listed(self, taking_part, in_force, hana, client_of):
        assert [row.acknowledged for row in reading.readers_of(in_force)] == [None]
        assert "not yet" in client_of(hana).get("/pay/plans/after-sales/").content.decode()

    def test_a_plan_is_for_those_who_take_part_in_it(self, taking_part, in_force, ben, client_of):
        assert client_of(ben).get("/pay/mine/after-sales/1/").status_code == 404
        with pytest.raises(NotHere):
            publishing.acknowledge(
                actor=ben.actor, key="after-sales", number=1, text_hash="", language="en", now=timezone.now()
            )


class TestWhoSees:
    def test_pages_of_plans_open_to_hr_and_those_who_approve(self, in_force, client_of, ada, hana, mia, ben, max):
        for page in ("/pay/plans/", "/pay/plans/after-sales/", "/pay/plans/after-sales/1/"):
            answers = [client_of(person).get(page).status_code for person in (ada, hana, mia, ben, max)]
            assert answers == [200, 200, 403, 403, 403]

    def test_the_record_names_plans_and_no_amounts(self, in_force):
        told = json.dumps(list(Entry.objects.filter(act__startswith="pay").values("before", "after", "note")))
        assert "30000" not in told
        assert {"pay_plan.made", "pay_plan.proposed", "pay_plan.published"} <= set(
            Entry.objects.values_list("act", flat=True)
        )

    def test_the_pages_cost_a_fixed_number_of_queries(self, in_force, hana, client_of, django_assert_max_num_queries):
        client = client_of(hana)
        client.get("/pay/plans/")
        for page, most in (("/pay/plans/", 12), ("/pay/plans/after-sales/", 16), ("/pay/plans/after-sales/1/", 24)):
            with django_assert_max_num_queries(most):
                client.get(page)


def test_a_plan_that_begins_next_month_is_told_so(draft, hana, ada, client_of):
    later = replace(SETTINGS, effective_from=timezone.now().date() + timedelta(days=40))
    version = save(hana, draft, settings=later)
    publishing.propose(actor=hana.actor, version_id=draft.pk, revision=version.revision)
    publish(ada, draft)
    assert "Published, begins later" in client_of(hana).get("/pay/plans/").content.decode()
