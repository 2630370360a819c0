"""The guided choice: three answers become a recommendation with its reasons, and a runner-up with why not.

The business model decides: for each there is a first choice that companies of its kind have done well with. What the
chief executive asks and what the team can act on decide between several first choices, name the runner-up, and say
where care is needed. Points: a first choice 12, worth a look 6, each of
the other two answers that fits 2; so nothing of another business model comes before what fits one's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from apps.choosing.domain.templates import Act, Ask, Business, Template
from apps.kernel.issue import N_

FIRST, SECOND, FITTING = 12, 6, 2

BUSINESSES: dict[Business, tuple[str, str]] = {
    "direct": (N_("Direct sales with own user operations"),
               N_("Cars or services sold by yourself; an app or mini program of your own.")),
    "dealer": (N_("Dealer or 4S shop"), N_("Customers come in for service; work orders are the business.")),
    "group": (N_("Large mixed group"), N_("Own shops, dealers and brands under one roof.")),
    "car_maker": (N_("Family cars"), N_("Owners keep the car for years and may buy the next one.")),
    "car_software": (N_("Software and features in the car"), N_("Functions that owners subscribe to.")),
    "car_community": (N_("Car community app"), N_("Owners meet, ask and answer.")),
    "community": (N_("Social product"), N_("Worth something because the others are there.")),
    "streaming": (N_("Films, series, music"), N_("People pay to watch or listen.")),
    "booking": (N_("Booking or marketplace"), N_("Two sides meet, and an order is completed.")),
    "team_tool": (N_("Team or project software"), N_("Teams work in it together, week by week.")),
    "sales_tool": (N_("Sales or marketing software"), N_("Other companies sell with it.")),
    "data_tool": (N_("Storage or analytics"), N_("Accounts keep files or answer questions with it.")),
    "rare": (N_("Used rarely, but matters"), N_("Contracts, audits, taxes: a few times a year.")),
}  # fmt: skip
CARS: tuple[Business, ...] = ("direct", "dealer", "group", "car_maker", "car_software", "car_community")

ASKS: dict[Ask, tuple[str, str]] = {
    "users": (N_("How many use us?"), N_("Growth and activity.")),
    "money": (N_("What does a customer bring?"), N_("Revenue, and what it is made of.")),
    "loyalty": (N_("Do they come back?"), N_("Retention and trust.")),
    "result": (N_("Do customers get what they came for?"), N_("Work that is done, not visits.")),
    "whole": (N_("Are we healthy, all in all?"), N_("One answer for many units.")),
}
ACTS: dict[Act, tuple[str, str]] = {
    "count": (N_("One simple number that everybody can count"), N_("Active customers, signed contracts.")),
    "factors": (N_("A number of two or three factors"), N_("Each team looks after one of them.")),
    "habit": (N_("A behaviour with a threshold"), N_("Get more accounts over the line.")),
    "score": (N_("A score of several measures"), N_("Each team owns some of them; weights are agreed on.")),
}

WHY_BUSINESS: dict[Business, str] = {
    "direct": N_("You reach your customers yourselves, so what you can move daily is how many are active."),
    "dealer": N_("A shop lives from customers who come in. What each spends a year says how often, and what for."),
    "group": N_("No single flow holds for all your units. A score makes one number of what all of them owe."),
    "car_maker": N_("A family keeps a car for years. Whether it still comes after one decides on the next car."),
    "car_software": N_("Features earn money only while somebody subscribes to them."),
    "car_community": N_("A community lives from people who come every day."),
    "community": N_("A social product is worth something because the others are there, every day."),
    "streaming": N_("Watching is what people pay for."),
    "booking": N_("Both sides get what they wanted only when the order is completed."),
    "team_tool": N_("Teams buy and keep it, and their work has a weekly beat."),
    "sales_tool": N_("It is worth its price when selling is really done with it."),
    "data_tool": N_("It is kept by accounts that have made it a habit."),
    "rare": N_("Depth beats frequency: what is used rarely is not measured by daily or monthly users."),
}  # fmt: skip
WHY_ASK: dict[Ask, str] = {
    "users": N_("It answers “How many use us?” at once."),
    "money": N_("It answers “What does a customer bring?”, or leads to it directly."),
    "loyalty": N_("It answers “Do they come back?”"),
    "result": N_("It answers “Do customers get what they came for?”"),
    "whole": N_("It answers “Are we healthy, all in all?” in one number."),
}
WHY_ACT: dict[Act, str] = {
    "count": N_("Everybody in the team can count it."),
    "factors": N_("It falls into factors, and each team looks after one."),
    "habit": N_("The team knows the line, and whom to get over it."),
    "score": N_("Each team owns some of its measures."),
}
CARE_ASK = N_("The chief executive asks something else first. Keep that number in the tree, right below.")
CARE_ACT = N_("The team wished for something simpler or other. Show them the tree, and give each team one node of it.")
NOT_BUSINESS = N_("It fits other business models better than yours.")
NOT_ASK = N_("It does not answer what the chief executive asks first.")
NOT_ACT = N_("It is harder for the team to act on in the way you chose.")
NOT_QUITE = N_("It fits almost as well. Keep it in the tree, below.")


@dataclass(frozen=True)
class Answers:
    """What was answered; "" for a question that is still open."""

    business: Business | str = ""
    ask: Ask | str = ""
    act: Act | str = ""

    @property
    def complete(self) -> bool:
        return bool(self.business and self.ask and self.act)


@dataclass(frozen=True)
class Recommendation:
    """The first choice with reasons and where care is needed; the runner-up with why it is not the first."""

    template: Template
    reasons: tuple[str, ...]
    care: tuple[str, ...]
    runner_up: Template
    why_not: tuple[str, ...]


def answers(business: str, ask: str, act: str) -> Answers:
    """The answers there are; what is none of the choices is taken for open."""
    return Answers(
        business if business in get_args(Business) else "",
        ask if ask in get_args(Ask) else "",
        act if act in get_args(Act) else "",
    )


def recommend(given: Answers, templates: Sequence[Template]) -> Recommendation:
    """What to steer by. `given` is complete; ties go to the earlier template."""
    ranked = sorted(templates, key=lambda template: -points(given, template))
    first, second = ranked[0], ranked[1]
    reasons = [WHY_BUSINESS[given.business]]  # type: ignore[index]
    care = []
    if given.ask in first.front.asks:
        reasons.append(WHY_ASK[given.ask])
    else:
        care.append(CARE_ASK)
    if given.act in first.front.acts:
        reasons.append(WHY_ACT[given.act])
    else:
        care.append(CARE_ACT)
    return Recommendation(first, tuple(reasons), tuple(care), second, tuple(_why_not(given, first, second)))


def points(given: Answers, template: Template) -> int:
    """How well a template fits the answers."""
    front = template.front
    found = FIRST if given.business in front.fits.first else SECOND if given.business in front.fits.second else 0
    return found + FITTING * (given.ask in front.asks) + FITTING * (given.act in front.acts)


def _why_not(given: Answers, first: Template, second: Template) -> list[str]:
    found = []
    if given.business not in second.front.fits.first and given.business in first.front.fits.first:
        found.append(NOT_BUSINESS)
    if given.ask not in second.front.asks and given.ask in first.front.asks:
        found.append(NOT_ASK)
    if given.act not in second.front.acts and given.act in first.front.acts:
        found.append(NOT_ACT)
    return found or [NOT_QUITE]
