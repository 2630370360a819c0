"""Pages of runs: what they show, what they refuse, and that they cost the same however many people there are."""

import re

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apps.incentives import selectors
from apps.incentives.models import Assignment, Correction, Look, Participant, PeriodBudget, Run, Statement
from apps.incentives.selectors import accruals, plans, statements
from tests.integration.incentives.conftest import TODAY

pytestmark = pytest.mark.django_db


def read(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


class TestTheWholeWayOnPages:
    def test_from_a_new_run_to_a_correction(self, company, client_of):
        hana, adi, ada = (client_of(company.people[name]) for name in ("hana", "adi", "ada"))
        assert "No run yet" in read(hana, "/pay/runs/")
        form = read(hana, "/pay/runs/new/")
        assert "After-sales" in form
        assert "Q3 2026" in form
        sent = hana.post(
            "/pay/runs/new/", {"plan": "service", "day": "2026-07-01", "kind": "regular", "budget": "30000"}
        )
        assert sent.status_code == 302
        page = sent["location"]
        company.work()
        told = read(hana, page)
        for words in ("31,000.00", "Mia", "10,900.00", "more than its budget", "Something stands in the way"):
            assert words in told, words
        assert hana.get(f"{page}let/?check=budget&subject=3000000").status_code == 403
        let = adi.post(f"{page}let/?check=budget&subject=3000000", {"reason": "Agreed with the board."})
        assert let.status_code == 302
        for who, act in ((hana, "submit"), (adi, "approve"), (ada, "lock")):
            assert "31,000.00" in read(who, f"{page}act/{act}/")
            assert who.post(f"{page}act/{act}/", {"revision": "1"}).status_code == 302, act
        assert "Locked" in read(ada, page)
        again = adi.post(f"{page}act/lock/", {"revision": "1"})
        assert again.status_code == 409
        assert "does not stand where" in again.content.decode()
        mia = company.participants["mia"]
        own = read(hana, f"{page}people/{mia.pk}/")
        for words in ("10,900.00", "the same", "9,200", "10,000", "/value-explained/", "/history/"):
            assert words in own, words
        assert "Prove it" in read(hana, "/pay/ledger/")
        assert "stands as it was written" in read(hana, "/pay/ledger/proof/")
        company.type("mau", S01=9_400)
        found = Correction.objects.get()
        assert "750.00" in read(hana, f"/pay/corrections/{found.pk}/")
        assert adi.post(f"/pay/corrections/{found.pk}/", {"reason": ""}).status_code == 422
        taken = hana.post(f"/pay/corrections/{found.pk}/", {"way": "take"})
        assert taken.status_code == 302
        company.work()
        assert "750.00" in read(hana, taken["location"])
        assert Look.objects.filter(participant=mia, by_name="Hana").exists()

    def test_an_amount_by_hand_takes_two_and_outlives_a_recalculation(self, company, client_of):
        hana, adi = (client_of(company.people[name]) for name in ("hana", "adi"))
        run = company.calculate(company.begin())
        mia = company.participants["mia"]
        page = f"/pay/runs/{run.pk}/"
        wrong = hana.post(f"{page}adjust/", {"participant": mia.pk, "amount": "10.005", "reason": ""})
        assert wrong.status_code == 422
        assert "2 digits" in wrong.content.decode()
        sent = hana.post(f"{page}adjust/", {"participant": mia.pk, "amount": "-100", "reason": "Paid in advance."})
        assert sent.status_code == 302
        made = run.adjustments.get()
        assert "Waits for approval" in read(hana, page)
        assert hana.post(f"/pay/adjustments/{made.pk}/approve/").status_code == 422
        assert adi.post(f"/pay/adjustments/{made.pk}/approve/").status_code == 302
        for _again in range(2):
            company.calculate(run)
            assert run.results.get(revision=run.revision, participant=mia).due == 1_080_000


class TestWhoSees:
    @pytest.mark.parametrize("name", ["ben", "mia", "max", "cleo"])
    def test_nobody_else_sees_an_amount(self, company, client_of, name):
        run = company.calculate(company.begin())
        client = client_of(company.people[name])
        for path in ("", f"{run.pk}/", f"{run.pk}/people/{company.participants['mia'].pk}/", f"{run.pk}/act/approve/"):
            assert client.get(f"/pay/runs/{path}").status_code == 403
        assert client.get("/pay/ledger/").status_code == 403


class TestForms:
    def test_all_that_is_wrong_stands_at_its_field_at_once_and_nothing_is_done(self, company, client_of):
        """What cannot be read keeps nobody from hearing what else is wrong; and what could be done is not."""
        hana, ada, max_ = (client_of(company.people[name]) for name in ("hana", "ada", "max"))
        run = company.locked()
        company.work()
        dry, mine = company.begin(kind="dry"), Statement.objects.get(participant=company.participants["max"])
        long, at = "x" * 301, f"/pay/runs/{dry.pk}/"
        sent = [
            (hana, f"{at}adjust/", {"participant": "?", "amount": "1.x", "reason": long}, None),
            (hana, f"{at}rate/", {"currency": "YEN!", "rate": "", "note": " "}, None),
            (hana, f"{at}decide/", {"component": "?", "team": "?", "verdict": "?", "reason": long}, None),
            (hana, "/pay/runs/new/", {"plan": "?", "day": "soon", "kind": "?", "budget": "-5"}, None),
            (hana, "/pay/plans/new/pool/", {"name": "n" * 81, "period": "?", "currency": "YEN!"}, None),
            (hana, "/pay/payroll-templates/", {"name": ""}, {"name", "__all__"}),
            (ada, "/pay/scopes/", {"person": "?", "team": "?"}, None),
            (hana, f"/pay/runs/{run.pk}/payroll/paid/", {"file": "f" * 81, "paid_on": "soon"}, None),
            (max_, f"/pay/statements/{mine.pk}/dispute/", {"component": "?", "text": " "}, None),
            (hana, "/pay/forecast/", {"2026-07-01": "x", "2026-10-01": "-1", "2026-04-01": "1.005"}, None),
        ]
        for client, path, told, fields in sent:
            answer = client.post(path, told)
            form = (answer.context.get("paid") if path.endswith("paid/") else None) or answer.context["form"]
            assert answer.status_code in (403, 422), path
            assert set(form.errors) == (fields or set(told)), (path, form.errors.as_text())
        assert Run.objects.count() == 2
        assert not PeriodBudget.objects.exists()
        last = f"/pay/plans/{company.plan.key}/1/end/"
        assert ada.post(last, {"last": "soon", "reason": "Over."}).status_code == 422
        assert company.plan.versions.get().effective_until is None, "an unreadable day is no other day"


def asked(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_pages_cost_the_same_with_many_people(company, client_of):
    hana = client_of(company.people["hana"])
    few = company.calculate(company.begin())
    paths = ["/pay/runs/", f"/pay/runs/{few.pk}/", f"/pay/runs/{few.pk}/people/{company.participants['mia'].pk}/"]
    before = [asked(hana, path) for path in paths]
    more = [Participant(plan=company.plan, name=f"P{n}", added_by_name="Hana") for n in range(60)]
    Participant.objects.bulk_create(more)
    Assignment.objects.bulk_create(
        Assignment(participant=each, team=company.teams["S02"], amount=3000, first="2026-07-01") for each in more
    )
    company.calculate(few)
    assert few.results.filter(revision=few.revision).count() == 64
    after = [asked(hana, path) for path in paths]
    assert all(later <= earlier for earlier, later in zip(before, after, strict=True)), (before, after)
    assert max(after) <= 75, after


def test_a_dry_run_pays_nobody_and_goes(company, client_of):
    hana = client_of(company.people["hana"])
    run = company.calculate(company.begin(kind="dry"))
    page = f"/pay/runs/{run.pk}/"
    assert "A dry run pays nobody" in read(hana, page)
    assert hana.post(f"{page}act/submit/", {"revision": "1"}).status_code == 422
    assert hana.post(f"{page}delete/").status_code == 302
    assert hana.get(page).status_code == 404


NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def said(function) -> tuple[int, bool]:
    """How many queries a selector's docstring says it takes, and whether that is the most."""
    found = re.search(r"(\w+)\s+quer(?:y|ies)( at\s+most)?", function.__doc__, re.IGNORECASE)
    assert found, function.__name__
    return NUMBERS[found[1].lower()], bool(found[2])


def test_selectors_cost_the_queries_that_they_say(company):
    run, mia = company.locked(), company.people["mia"].actor
    company.work()
    who = company.participants["mia"]
    run, team = selectors.run_for(run.pk), str(company.teams["S01"].pk)
    asked = [
        (selectors.runs,), (selectors.run_for, run.pk), (selectors.calculation_of, run), (selectors.former_run, run),
        (selectors.amounts_of, run, [who.pk]), (selectors.settlements_of, run, [who.pk]), (selectors.paid_by, run),
        (selectors.result_for, run, who.pk), (selectors.corrections,), (selectors.plans_to_run,),
        (selectors.participants_of, run), (selectors.people_by_key, run, [who.key]), (selectors.led_in, mia, run),
        (selectors.is_posted, run), (selectors.head_of_ledger,), (selectors.proof,), (selectors.posted_by_key, run),
        (selectors.balances_before, run, [who.pk]), (selectors.balances,), (selectors.balance_of, who.pk, "CNY"),
        (selectors.runs_to_review, mia), (selectors.leads_of, run), (selectors.results_of_teams, run, [team]),
        (selectors.change_of, run, run), (selectors.change_for, run, who.key),
        (accruals.period_accruals, company.plan, TODAY),
        (statements.mine, mia), (statements.stand_of_run, run), (statements.looks_at, mia),
        (plans.plan_lines,), (plans.versions_of, company.plan), (plans.mine, mia.id),
    ]  # fmt: skip
    wrong = []
    for function, *given in asked:
        most, at_most = said(function)
        with CaptureQueriesContext(connection) as seen:
            found = function(*given)
            if isinstance(found, QuerySet):
                list(found)
        if len(seen) > most or (len(seen) < most and not at_most):
            wrong.append(f"{function.__module__}.{function.__name__} says {most} and takes {len(seen)}")
    assert not wrong, "\n".join(wrong)
