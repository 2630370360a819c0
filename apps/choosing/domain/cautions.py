"""Well-known wrong answers: metrics that look like a North Star and mislead, with the reason and a better neighbour.

Found by what a metric is called, in either language, and by its definition. A word to think about, never a refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.kernel.issue import N_
from apps.metrics.domain.definition import Definition, EntityCountDefinition, LifecycleDefinition, measures_of


@dataclass(frozen=True)
class Caution:
    """A wrong answer: what it is called, why it misleads, what to look at instead, and a template that does so."""

    key: str
    name: str
    reason: str
    better: str
    template: str


CAUTIONS: tuple[Caution, ...] = (
    Caution(
        "completion", N_("Work-order completion rate"),
        N_("All orders can be completed and lose money. Nothing in it says whether customers come back."),
        N_("Annual revenue per customer: how often they come, and what a visit is worth."), "after_sales_arpu",
    ),
    Caution(
        "csat", N_("Customer satisfaction (CSAT)"),
        N_("Satisfied is not returning: who does not come back does not answer either."),
        N_("12-month retention: whether they do come back."), "family_car_retention",
    ),
    Caution(
        "response", N_("Response time"),
        N_("It measures the process, not the result. A quick answer that solves nothing counts as well."),
        N_("The health score, with first-time fix and retention; response time is a lever below it."),
        "after_sales_health_score",
    ),
    Caution(
        "utilisation", N_("Technician utilisation"),
        N_("High may mean slow: a long repair keeps a technician busy. Beyond a point it costs quality."),
        N_("The health score, which takes utilisation by a band with both ends low."), "after_sales_health_score",
    ),
    Caution(
        "registrations", N_("Registrations"),
        N_("They only ever add up. Who registered and left stays in the number."),
        N_("Customers who are active in a month, and where they come from and go."), "after_sales_mau",
    ),
    Caution(
        "page_views", N_("Page views"),
        N_("A page that is hard to use has more of them. Nobody was helped by a view."),
        N_("Customers who did what they came for, such as orders that were completed."), "completed_orders",
    ),
    Caution(
        "rare_use", N_("Daily or monthly users of something used rarely"),
        N_("Contracts or audits are not better for being opened more often. Depth beats frequency."),
        N_("What was done with it, such as contracts signed."), "contracts_signed",
    ),
)  # fmt: skip
BY_KEY = {caution.key: caution for caution in CAUTIONS}

_CALLED = {
    "completion": re.compile(
        r"(work.?orders?|jobs?|tickets?|service).{0,20}(completion|completed|closed|closure)"
        r"|(completion|closure) (rate|share)"
        r"|工单.{0,4}完成率|(完成|完工|结案|关单)率"
    ),
    "csat": re.compile(r"\bcsat\b|satisf|满意(度|率)"),
    "response": re.compile(
        r"(response|reply|answer|handling|waiting).?times?\b|(响应|回复|应答|等待|处理)(时间|时长|速度)"
    ),
    "utilisation": re.compile(r"utili[sz]ation|(技师|工位|产能|人员)?利用率|(稼动|饱和)率"),
    "registrations": re.compile(r"registrations?\b|registered|sign.?ups?\b|注册(用户|量|数|人数)|累计用户"),
    "page_views": re.compile(r"page.?views?\b|\bpv\b|\bclicks?\b|浏览(量|次数)|页面(浏览|访问)|点击(量|数)"),
    "users": re.compile(
        r"\bdau\b|\bmau\b|\bwau\b|(daily|monthly|weekly) active|active users|日活|月活|周活|活跃(用户|数)"
    ),
}
_RARE = re.compile(
    r"contract|sign(ed|ing)\b|audit|tax|legal|insurance|claim|合同|签署|签约|审计|报税|税务|保险|理赔|公证"
)
_PROCESS = frozenset({"completion", "response", "utilisation", "csat"})


def cautions_for(definition: Definition) -> list[Caution]:
    """The cautions that a metric calls for if it is to be the North Star; usually none."""
    if definition.kind == "score":
        return []
    called = _words(definition)
    found = [key for key, pattern in _CALLED.items() if key != "users" and pattern.search(called)]
    if "completion" in found and definition.unit.kind == "count":
        found.remove("completion")
    if "registrations" in found and isinstance(definition, LifecycleDefinition | EntityCountDefinition):
        found.remove("registrations")
    if _counts_use(definition, called) and _RARE.search(_everything(definition)):
        found.append("rare_use")
    return [BY_KEY[key] for key in found]


def _counts_use(definition: Definition, called: str) -> bool:
    counted = isinstance(definition, LifecycleDefinition) and definition.figure == "active"
    return counted or bool(_CALLED["users"].search(called))


def _words(definition: Definition) -> str:
    """What it is called."""
    key = definition.key.replace("_", " ")
    return f"{definition.name.en} | {definition.name.zh} | {key}".casefold()


def _everything(definition: Definition) -> str:
    """Its name, description, and the data it is made of."""
    told = [_words(definition)]
    if definition.description:
        told += [definition.description.en, definition.description.zh]
    told += [measure.dataset for _, measure in measures_of(definition)]
    if isinstance(definition, LifecycleDefinition):
        told.append(definition.activity.dataset)
    return " ".join(told).replace("_", " ").casefold()
