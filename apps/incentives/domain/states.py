"""What may be done to a run, by whom, and what becomes of it: one table, which pages, services and the database share.

Duties are judged on the person, not on what they are called: nobody has a way around them, an owner neither.
Sources: goals_and_pay 4; the states follow Oracle's paysheet, four eyes on the exact content follow reliability D7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.kernel.issue import N_, Issue


class State(StrEnum):
    """Where a run stands. Paid and void are final; what is locked is published."""

    DRAFT = "draft"
    CALCULATED = "calculated"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    LOCKED = "locked"
    PAID = "paid"
    REOPENED = "reopened"
    VOID = "void"


class Act(StrEnum):
    """What somebody does to a run."""

    CHANGE_INPUTS = "change_inputs"  # roster, exclusions, decisions, data: what was calculated becomes stale
    CALCULATE = "calculate"
    ADJUST = "adjust"
    SUBMIT = "submit"
    COMMENT = "comment"
    RETURN = "return"
    APPROVE = "approve"
    REJECT = "reject"
    LOCK = "lock"
    EXPORT = "export"
    PAY = "pay"
    REOPEN = "reopen"
    VOID = "void"
    START_ADJUSTMENT = "start_adjustment"  # another run that corrects this one


class Part(StrEnum):
    """What somebody is trusted with in pay. A workspace says who has which; one person may have several."""

    BONUS_ADMIN = "bonus_admin"
    REVIEWER = "reviewer"  # team lead, HR, finance: read and comment
    APPROVER = "approver"  # finance, management
    HR_ADMIN = "hr_admin"
    PAYROLL = "payroll"


class Relation(StrEnum):
    """What somebody has to do with a run already."""

    CALCULATOR = "calculator"  # calculated what stands now
    ADJUSTER = "adjuster"  # wrote an adjustment in it
    UPLOADER = "uploader"  # uploaded data that it reads
    APPROVER = "approver"  # approved this very content
    EXPORTER = "exporter"  # took a payroll file out of it
    ONLY_PAYEE = "only_payee"  # nobody else is paid by it


@dataclass(frozen=True)
class Rule:
    """One act: from which states to which, who may, who may not, and what it takes.

    `to` is None where the state stays; `two`: a second person confirms what the first proposed.
    """

    act: Act
    states: frozenset[State]
    to: State | None
    parts: frozenset[Part]
    never: frozenset[Relation] = frozenset()
    reason: bool = False
    ticket: bool = False
    file: bool = False
    two: bool = False
    ready: bool = False  # fresh, and nothing blocks it
    uncorrected: bool = False  # no other run corrects it
    posted: bool = False  # a locked run's amounts are all in the ledger


def _rule(act: Act, states: str, to: State | None, parts: str, **more: object) -> Rule:
    never = frozenset(Relation(each) for each in str(more.pop("never", "")).split())
    begun = frozenset(State(each) for each in states.split())
    return Rule(act, begun, to, frozenset(Part(each) for each in parts.split()), never, **more)  # type: ignore[arg-type]


RULES: Mapping[Act, Rule] = {
    rule.act: rule
    for rule in (
        _rule(Act.CHANGE_INPUTS, "draft calculated reopened", None, "bonus_admin"),
        _rule(Act.CALCULATE, "draft calculated reopened", State.CALCULATED, "bonus_admin"),
        _rule(Act.ADJUST, "draft calculated reopened", None, "bonus_admin", reason=True),
        _rule(Act.SUBMIT, "calculated", State.IN_REVIEW, "bonus_admin", ready=True),
        _rule(Act.COMMENT, "in_review", None, "bonus_admin reviewer approver hr_admin"),
        _rule(Act.RETURN, "in_review", State.DRAFT, "reviewer approver hr_admin", reason=True),
        _rule(
            Act.APPROVE,
            "in_review",
            State.APPROVED,
            "approver",
            never="calculator adjuster uploader approver exporter only_payee",
            ready=True,
        ),
        _rule(Act.REJECT, "approved", State.DRAFT, "approver hr_admin", reason=True),
        _rule(Act.LOCK, "approved", State.LOCKED, "hr_admin", never="approver calculator only_payee", ready=True),
        _rule(Act.EXPORT, "locked", None, "payroll", never="approver", posted=True),
        _rule(Act.PAY, "locked", State.PAID, "payroll", file=True, posted=True),
        _rule(
            Act.REOPEN,
            "locked",
            State.REOPENED,
            "hr_admin",
            reason=True,
            ticket=True,
            two=True,
            uncorrected=True,
            posted=True,
        ),
        _rule(
            Act.VOID,
            "draft calculated in_review approved locked reopened",
            State.VOID,
            "bonus_admin hr_admin",
            reason=True,
            two=True,
            uncorrected=True,
            posted=True,
        ),
        _rule(Act.START_ADJUSTMENT, "locked paid", None, "bonus_admin", posted=True),
    )
}


@dataclass(frozen=True)
class Approval:
    """Somebody approved a content, named by its fingerprint. For any other content it says nothing."""

    by: str
    content: str


@dataclass(frozen=True)
class Facts:
    """What is known of a run when somebody wants to do something. People are ids.

    `content` is the fingerprint of its results, `stale` that an input changed since, `blocking` how many checks stand
    in the way, `steps` how many approvals it takes, `proposed` who proposed which act that takes two, `corrected` that
    a run which corrects this one was begun and is not void, `posted` that a locked run is in the ledger, all of it.
    """

    state: State
    content: str = ""
    stale: bool = False
    blocking: int = 0
    steps: int = 1
    approvals: tuple[Approval, ...] = ()
    calculator: str = ""
    adjusters: frozenset[str] = frozenset()
    uploaders: frozenset[str] = frozenset()
    exporters: frozenset[str] = frozenset()
    payees: frozenset[str] = frozenset()
    proposed: Mapping[Act, str] = field(default_factory=dict)
    corrected: bool = False
    posted: bool = True

    @property
    def approvers(self) -> frozenset[str]:
        """Who approved this very content; any change clears them."""
        return frozenset(each.by for each in self.approvals if each.content == self.content)

    def relations(self, person: str) -> frozenset[Relation]:
        """What `person` has to do with the run already."""
        held = {
            Relation.CALCULATOR: person == self.calculator,
            Relation.ADJUSTER: person in self.adjusters,
            Relation.UPLOADER: person in self.uploaders,
            Relation.APPROVER: person in self.approvers,
            Relation.EXPORTER: person in self.exporters,
            Relation.ONLY_PAYEE: self.payees == {person},
        }
        return frozenset(relation for relation, holds in held.items() if holds)


@dataclass(frozen=True)
class Given:
    """What somebody gives along with an act: a reason, the number of a ticket, the id of a payroll file."""

    reason: str = ""
    ticket: str = ""
    file: str = ""


@dataclass(frozen=True)
class Verdict:
    """Either `issues` say why not, or the run goes to `state`; `proposed`: a second person still has to confirm."""

    issues: tuple[Issue, ...]
    state: State
    proposed: bool = False

    @property
    def allowed(self) -> bool:
        return not self.issues


def judge(act: Act, facts: Facts, person: str, parts: frozenset[Part], given: Given | None = None) -> Verdict:
    """Whether `person`, trusted with `parts`, may do `act` now; everything that stands in the way, at once."""
    rule, given = RULES[act], given or Given()
    found = [*_standing(rule, facts), *_duties(rule, facts, person, parts), *_lacking(rule, given)]
    if found:
        return Verdict(tuple(found), facts.state)
    if rule.two and act not in facts.proposed:
        return Verdict((), facts.state, proposed=True)
    if act is Act.APPROVE and len(facts.approvers) + 1 < facts.steps:
        return Verdict((), facts.state)
    return Verdict((), rule.to or facts.state)


def acts_of(facts: Facts, person: str, parts: frozenset[Part]) -> tuple[Act, ...]:
    """What a page offers to `person`: everything they may do once they give what it takes."""
    full = Given("-", "-", "-")
    return tuple(act for act in Act if judge(act, facts, person, parts, full).allowed)


def adjustment_issues(author: str, payee: str, approver: str) -> tuple[Issue, ...]:
    """An amount by hand is approved neither by whoever wrote it nor by whom it is for."""
    told = (
        (author, N_("Who wrote an adjustment cannot approve it. Ask a second person.")),
        (payee, N_("This amount is for you. Somebody else has to approve it.")),
    )
    return tuple(Issue("", message) for person, message in told if person == approver)


def _standing(rule: Rule, facts: Facts) -> list[Issue]:
    found = []
    if facts.state not in rule.states:
        found.append(Issue("", _STATE))
    if rule.uncorrected and facts.corrected:
        found.append(Issue("", _CORRECTED))
    if rule.posted and facts.state is State.LOCKED and not facts.posted:
        found.append(Issue("", POSTING))
    if rule.ready and facts.stale:
        found.append(Issue("", N_("Something changed since the run was calculated. Calculate it again.")))
    if rule.ready and facts.blocking:
        found.append(Issue("", N_("%(count)s checks stand in the way. Clear them first."), {"count": facts.blocking}))
    return found


def _duties(rule: Rule, facts: Facts, person: str, parts: frozenset[Part]) -> list[Issue]:
    found = [] if parts & rule.parts else [Issue("", _PART)]
    found += [Issue("", _NEVER[each]) for each in Relation if each in rule.never & facts.relations(person)]
    if rule.two and facts.proposed.get(rule.act) == person:
        found.append(Issue("", N_("You proposed this. A second person has to confirm it.")))
    return found


def _lacking(rule: Rule, given: Given) -> list[Issue]:
    found = []
    if rule.reason and not given.reason.strip():
        found.append(Issue("reason", N_("Give a reason. It is kept with the run.")))
    if rule.ticket and not given.ticket.strip():
        found.append(Issue("ticket", N_("Give the number of the ticket that asks for this.")))
    if rule.file and not given.file.strip():
        found.append(Issue("file", N_("Give the id of the payroll file that was paid.")))
    return found


_STATE = N_("The run does not stand where this is possible. Load the page again to see where it stands.")
POSTING = N_("The amounts of this run are still being entered in the ledger. Wait until that is done, then try again.")
_PART = N_("You are not trusted with this. Ask whoever looks after pay in your company.")
_CORRECTED = N_(
    "A correction of this run was begun, and is net of what this run posted. Make the correction void first, or "
    "correct the run once more."
)
_NEVER = {
    Relation.CALCULATOR: N_("You calculated this run. Somebody else has to do this."),
    Relation.ADJUSTER: N_("You wrote an adjustment in this run. Somebody else has to do this."),
    Relation.UPLOADER: N_("You uploaded data that this run reads. Somebody else has to do this."),
    Relation.APPROVER: N_("You approved this run. Somebody else has to do this."),
    Relation.EXPORTER: N_("You took a payroll file out of this run. Somebody else has to do this."),
    Relation.ONLY_PAYEE: N_("This run pays nobody but you. Somebody else has to do this."),
}
