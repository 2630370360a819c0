"""Columns of a payroll file: what there is to choose from, and what a choice of them must be."""

from __future__ import annotations

from collections.abc import Sequence

from apps.kernel.issue import N_, Issue

FIELDS: dict[str, str] = {
    "employee_number": N_("Employee number"),
    "name": N_("Name"),
    "pay": N_("Amount to pay"),
    "currency": N_("Currency"),
    "plan": N_("Plan"),
    "first": N_("First day"),
    "last": N_("Last day"),
    "kind": N_("Kind of run"),
    "statement": N_("Statement"),
    "teams": N_("Teams"),
    "due": N_("Due by this run"),
    "before": N_("Owed back from before"),
    "balance": N_("Balance carried"),
    "key": N_("Pay key"),
    "file": N_("Payroll file id"),
}
USUAL = ("employee_number", "name", "pay", "currency", "plan", "first", "last", "statement", "file")
MOST_HEAD = 40


def column_issues(columns: Sequence[tuple[str, str]]) -> list[Issue]:
    """Everything that is wrong with a choice of (field, head)."""
    found = []
    fields, heads = [field for field, _ in columns], [head.strip() for _, head in columns]
    if not columns:
        found.append(Issue("columns", N_("Choose at least one column.")))
    if unknown := sorted(set(fields) - set(FIELDS)):
        found.append(Issue("columns", N_("There is no column called %(name)s."), {"name": ", ".join(unknown)}))
    if "pay" not in fields and columns:
        found.append(Issue("columns", N_("A payroll file needs the amount to pay.")))
    if not {"employee_number", "key"} & set(fields) and columns:
        found.append(Issue("columns", N_("A payroll file needs the employee number or the pay key.")))
    if len(set(fields)) < len(fields):
        found.append(Issue("columns", N_("A column stands in it twice.")))
    if any(not head or len(head) > MOST_HEAD for head in heads):
        found.append(Issue("columns", N_("A head has 1 to %(most)s characters."), {"most": MOST_HEAD}))
    if len(set(heads)) < len(heads):
        found.append(Issue("columns", N_("Two columns have the same head.")))
    return found
