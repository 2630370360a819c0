"""What may be done to a run: every transition x part x relation against a table written by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from apps.incentives.domain.states import (
    RULES,
    Act,
    Approval,
    Facts,
    Given,
    Part,
    Relation,
    Rule,
    State,
    Verdict,
    _rule,
    acts_of,
    adjustment_issues,
    judge,
)
from apps.kernel.issue import Issue

ALL = frozenset(Part)
FULL = Given("It was wrong.", "T-1", "file-7")
OTHER = "somebody else"
ME = "me"

# act: from which states -> to which ("=": stays), who may, and what somebody who may must not have to do with the run
TABLE = """
change_inputs    | draft calculated reopened | = | bonus_admin |
calculate        | draft calculated reopened | calculated | bonus_admin |
adjust           | draft calculated reopened | = | bonus_admin |
submit           | calculated | in_review | bonus_admin |
comment          | in_review | = | bonus_admin reviewer approver hr_admin |
return           | in_review | draft | reviewer approver hr_admin |
approve          | in_review | approved | approver | calculator adjuster uploader approver exporter only_payee
reject           | approved | draft | approver hr_admin |
lock             | approved | locked | hr_admin | calculator approver only_payee
export           | locked | = | payroll | approver
pay              | locked | paid | payroll |
reopen           | locked | reopened | hr_admin |
void             | draft calculated in_review approved locked reopened | void | bonus_admin hr_admin |
start_adjustment | locked paid | = | bonus_admin |
"""
ROWS = {
    cells[0]: cells[1:] for line in TABLE.strip().splitlines() if (cells := [cell.strip() for cell in line.split("|")])
}


def facts(state: State, relation: Relation | None = None) -> Facts:
    """A run that `ME` has exactly one thing to do with, and whose two-person acts somebody else proposed."""
    plain = Facts(state, "c1", calculator=OTHER, payees=frozenset({ME, OTHER}), proposed=dict.fromkeys(Act, OTHER))
    changes: dict[Relation | None, dict] = {
        None: {},
        Relation.CALCULATOR: {"calculator": ME},
        Relation.ADJUSTER: {"adjusters": frozenset({ME})},
        Relation.UPLOADER: {"uploaders": frozenset({ME})},
        Relation.APPROVER: {"approvals": (Approval(ME, "c1"),), "steps": 2},
        Relation.EXPORTER: {"exporters": frozenset({ME})},
        Relation.ONLY_PAYEE: {"payees": frozenset({ME})},
    }
    return replace(plain, **changes[relation])


def test_the_table_is_whole() -> None:
    assert set(ROWS) == set(Act) == set(RULES)


@pytest.mark.parametrize("act", list(Act))
def test_every_state_part_and_relation(act: Act) -> None:
    """1,568 combinations over all acts: 8 states, 5 parts, 7 relations."""
    begins, ends, parts, never = ROWS[act]
    for state, part, relation in product(State, Part, (None, *Relation)):
        found = judge(act, facts(state, relation), ME, frozenset({part}), FULL)
        allowed = state in begins.split() and part in parts.split() and str(relation) not in never.split()
        assert found.allowed is allowed, (state, part, relation, found.issues)
        assert found.state == (state if not allowed or ends == "=" else ends), (state, part, relation)


def test_how_a_rule_is_written() -> None:
    written = _rule(Act.APPROVE, "draft void", State.APPROVED, "approver payroll", never="calculator", ready=True)
    assert written == Rule(
        act=Act.APPROVE,
        states=frozenset({State.DRAFT, State.VOID}),
        to=State.APPROVED,
        parts=frozenset({Part.APPROVER, Part.PAYROLL}),
        never=frozenset({Relation.CALCULATOR}),
        ready=True,
    )
    assert _rule(Act.PAY, "paid", None, "payroll").never == frozenset()


def test_no_part_gives_a_way_around_duties() -> None:
    found = judge(Act.APPROVE, facts(State.IN_REVIEW, Relation.CALCULATOR), ME, ALL)
    assert [str(issue) for issue in found.issues] == ["You calculated this run. Somebody else has to do this."]


@pytest.mark.parametrize(
    ("relation", "sentence"),
    [
        (Relation.CALCULATOR, "You calculated this run."),
        (Relation.ADJUSTER, "You wrote an adjustment in this run."),
        (Relation.UPLOADER, "You uploaded data that this run reads."),
        (Relation.APPROVER, "You approved this run."),
        (Relation.EXPORTER, "You took a payroll file out of this run."),
        (Relation.ONLY_PAYEE, "This run pays nobody but you."),
    ],
)
def test_each_duty_has_its_sentence(relation: Relation, sentence: str) -> None:
    (issue,) = judge(Act.APPROVE, facts(State.IN_REVIEW, relation), ME, ALL).issues
    assert str(issue) == f"{sentence} Somebody else has to do this."
    assert facts(State.IN_REVIEW, relation).relations(ME) == {relation}


def test_everything_in_the_way_is_said_at_once() -> None:
    run = replace(facts(State.CALCULATED, Relation.CALCULATOR), stale=True, blocking=3)
    found = judge(Act.APPROVE, run, ME, frozenset())
    assert [str(issue) for issue in found.issues] == [
        "The run does not stand where this is possible. Load the page again to see where it stands.",
        "Something changed since the run was calculated. Calculate it again.",
        "3 checks stand in the way. Clear them first.",
        "You are not trusted with this. Ask whoever looks after pay in your company.",
        "You calculated this run. Somebody else has to do this.",
    ]
    assert [issue.where for issue in found.issues] == [""] * 5
    assert found.state is State.CALCULATED


@pytest.mark.parametrize("act", [Act.SUBMIT, Act.APPROVE, Act.LOCK])
@pytest.mark.parametrize("change", [{"stale": True}, {"blocking": 1}])
def test_what_is_stale_or_blocked_goes_no_further(act: Act, change: dict) -> None:
    (state,) = RULES[act].states
    assert judge(act, facts(state), ME, ALL).allowed
    assert not judge(act, replace(facts(state), **change), ME, ALL).allowed
    assert judge(Act.COMMENT, replace(facts(State.IN_REVIEW), **change), ME, ALL).allowed


@pytest.mark.parametrize("act", list(Act))
def test_what_an_act_takes(act: Act) -> None:
    needed = {
        Act.ADJUST: ["reason"],
        Act.RETURN: ["reason"],
        Act.REJECT: ["reason"],
        Act.PAY: ["file"],
        Act.REOPEN: ["reason", "ticket"],
        Act.VOID: ["reason"],
    }
    run = facts(next(iter(sorted(RULES[act].states))))
    assert [issue.where for issue in judge(act, run, ME, ALL, Given(" ", " ", " ")).issues] == needed.get(act, [])
    assert [issue.where for issue in judge(act, run, ME, ALL).issues] == needed.get(act, [])


def test_their_sentences() -> None:
    told = [str(issue) for issue in judge(Act.REOPEN, facts(State.LOCKED), ME, ALL).issues]
    told += [str(issue) for issue in judge(Act.PAY, facts(State.LOCKED), ME, ALL).issues]
    assert told == [
        "reason: Give a reason. It is kept with the run.",
        "ticket: Give the number of the ticket that asks for this.",
        "file: Give the id of the payroll file that was paid.",
    ]


@pytest.mark.parametrize(("act", "state"), [(Act.REOPEN, State.LOCKED), (Act.VOID, State.CALCULATED)])
def test_two_people_reopen_and_void(act: Act, state: State) -> None:
    alone = replace(facts(state), proposed={})
    first = judge(act, alone, ME, ALL, FULL)
    assert first == Verdict((), state, proposed=True)
    same = judge(act, replace(alone, proposed={act: ME}), ME, ALL, FULL)
    assert same.issues == (Issue("", "You proposed this. A second person has to confirm it."),)
    second = judge(act, replace(alone, proposed={act: OTHER}), ME, ALL, FULL)
    assert (second.allowed, second.proposed, second.state) == (True, False, RULES[act].to)


def test_several_approvals_of_the_same_content_by_different_people() -> None:
    run = replace(facts(State.IN_REVIEW), steps=2)
    first = judge(Act.APPROVE, run, ME, ALL)
    assert first == Verdict((), State.IN_REVIEW)
    once = replace(run, approvals=(Approval(ME, "c1"),))
    assert not judge(Act.APPROVE, once, ME, ALL).allowed
    assert judge(Act.APPROVE, once, OTHER + "2", ALL).state is State.APPROVED


def test_any_change_clears_approvals() -> None:
    once = replace(facts(State.IN_REVIEW), steps=2, approvals=(Approval("a", "c1"), Approval("b", "c0")))
    assert once.approvers == {"a"}
    changed = replace(once, content="c2")
    assert changed.approvers == frozenset()
    assert judge(Act.APPROVE, changed, ME, ALL).state is State.IN_REVIEW


def test_what_a_page_offers() -> None:
    assert acts_of(facts(State.LOCKED), ME, ALL) == (Act.EXPORT, Act.PAY, Act.REOPEN, Act.VOID, Act.START_ADJUSTMENT)
    mine = facts(State.IN_REVIEW, Relation.CALCULATOR)
    assert Act.APPROVE not in acts_of(mine, ME, ALL)
    assert Act.APPROVE in acts_of(mine, "a third", ALL)
    assert acts_of(facts(State.PAID), ME, ALL) == (Act.START_ADJUSTMENT,)
    assert acts_of(facts(State.VOID), ME, ALL) == ()
    assert acts_of(facts(State.IN_REVIEW), ME, frozenset({Part.REVIEWER})) == (Act.COMMENT, Act.RETURN)


def test_an_amount_by_hand_is_approved_by_nobody_who_wrote_it_or_gets_it() -> None:
    assert [str(issue) for issue in adjustment_issues(ME, ME, ME)] == [
        "Who wrote an adjustment cannot approve it. Ask a second person.",
        "This amount is for you. Somebody else has to approve it.",
    ]
    assert [issue.where for issue in adjustment_issues(ME, ME, ME)] == ["", ""]
    assert adjustment_issues(ME, OTHER, ME) == adjustment_issues(ME, ME, ME)[:1]
    assert adjustment_issues(OTHER, ME, ME) == adjustment_issues(ME, ME, ME)[1:]
    assert adjustment_issues(ME, ME, OTHER) == ()


@pytest.mark.parametrize("act", [Act.REOPEN, Act.VOID])
def test_what_a_correction_is_net_of_is_not_taken_back(act: Act) -> None:
    stands = facts(State.LOCKED)
    assert judge(act, stands, ME, ALL, FULL).allowed
    found = judge(act, replace(stands, corrected=True), ME, ALL, FULL)
    sentence = (
        "A correction of this run was begun, and is net of what this run posted. Make the correction void first, or "
        "correct the run once more."
    )
    assert found.issues == (Issue("", sentence),)
    assert judge(Act.PAY, replace(stands, corrected=True), ME, ALL, FULL).allowed


def test_what_is_still_being_posted_goes_no_further() -> None:
    posting = replace(facts(State.LOCKED), posted=False)
    for act in (Act.EXPORT, Act.PAY, Act.REOPEN, Act.VOID, Act.START_ADJUSTMENT):
        assert [str(issue) for issue in judge(act, posting, ME, ALL, FULL).issues] == [
            "The amounts of this run are still being entered in the ledger. Wait until that is done, then try again."
        ]
        assert [issue.where for issue in judge(act, posting, ME, ALL, FULL).issues] == [""]
    assert judge(Act.VOID, replace(posting, state=State.APPROVED), ME, ALL, FULL).allowed
    assert not judge(Act.COMMENT, posting, ME, ALL).allowed  # for its state alone
    assert len(judge(Act.COMMENT, posting, ME, ALL).issues) == 1
