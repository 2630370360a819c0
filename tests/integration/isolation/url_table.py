"""Which page opens to whom: one line for every URL of the product. `test_url_matrix.py` tries all of it.

A new URL is a new line here: which permission reads it (GET), which one writes (POST), and, for what stands in its
address, whose example is put there (a name of `seeds.Seed`; quoted with = it is the text itself). A line says what is
meant; it is not taken from the views, so that a mark that is wrong there shows here.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

ANYONE = "anyone"
SIGNED_IN = "anybody who is signed in"
OPERATOR = "operators of the service"
NOT = None
"""Written for a method that a page does not answer: 405 for those who may open it, before that the same refusals."""

OPENED = frozenset({200, 302, 409, 410, 422})


@dataclass(frozen=True)
class Line:
    """Who reads and who writes a page.

    `opened` are the answers of a page that opens, `foreign` those to another company's id in its address; `to_sign_in`
    allows that the way leads to the sign-in page for those who are signed in, too.
    """

    read: str | None
    write: str | None
    ids: dict[str, str] = field(default_factory=dict)
    foreign: frozenset[int] = frozenset({404})
    opened: frozenset[int] = OPENED
    query: str = ""
    to_sign_in: bool = False
    methods: frozenset[str] | None = None
    api: bool = False

    def answers(self, method: str) -> bool:
        """Whether the page has an answer to a method; by default to those for which a permission is named."""
        if self.methods is not None:
            return method in self.methods
        return {"GET": self.read, "POST": self.write}.get(method) is not None


def line(
    read: str | None,
    write: str | None = NOT,
    *,
    foreign: Collection[int] = (404,),
    opened: Collection[int] = OPENED,
    query: str = "",
    to_sign_in: bool = False,
    **ids: str,
) -> Line:
    """A line of the table; what is left is an example for each part of the address."""
    return Line(read, write, ids, frozenset(foreign), frozenset(opened), query, to_sign_in)


def api(
    read: str | None, write: str | None = NOT, methods: str = "", query: str = "", foreign: int = 404, **ids: str
) -> Line:
    """A line of the API, which knows other methods, says 401 instead of leading to sign in, and answers 404 to
    another company's ids. `methods` are those it answers, where they are not just GET and POST."""
    named = frozenset(methods.split()) if methods else None
    return Line(read, write, ids, frozenset({404, foreign}), API_OPENED, query, methods=named, api=True)


THEIRS = OPENED | {403}
API_OPENED = OPENED | {201, 202, 204, 404, 415, 428}
GONE = {"opened": {404}}  # opens to anybody, and says 404 to everybody
NOBODYS = "=00000000-0000-4000-8000-000000000000"
NUMBERED = {"foreign": {200, 302, 404}}  # counted anew in each company, so the same number is one's own thing

WORKSPACE: dict[str, Line] = {
    # dashboards
    "dashboards:home": line("home.view"),
    "dashboards:tree": line("metrics.view"),
    "dashboards:tree_node": line("metrics.view", node_id="node"),
    "dashboards:settings": line("company.settings", "company.settings"),
    # drivers
    "drivers:star": line("metrics.view"),
    "drivers:detail": line("metrics.view", key="metric"),
    "drivers:telling": line("metrics.view", key="metric"),
    "drivers:export": line("metrics.view", key="metric"),
    # notifications: a notice opens to whom it was written
    "notifications:list": line("home.view"),
    "notifications:bell": line("home.view"),
    "notifications:all_read": line(NOT, "home.view"),
    "notifications:settings": line("profile.edit", "profile.edit"),
    "notifications:open": line("home.view", notice_id="notice", opened={302, 404}),
    "notifications:mark": line(NOT, "home.view", notice_id="notice", opened={302, 404}),
    # datasets
    "datasets:list": line("data.view"),
    "datasets:new": line("data.upload", "data.upload"),
    "datasets:detail": line("data.view", dataset_id="dataset"),
    "datasets:rate_days": line(NOT, "data.upload", dataset_id="dataset"),
    "datasets:overview": line("data.view"),
    "datasets:quality": line("data.view", dataset_id="dataset"),
    "datasets:rhythm": line(NOT, "data.upload", dataset_id="dataset"),
    "datasets:new_check": line("data.upload", "data.upload", dataset_id="dataset"),
    "datasets:end_check": line(NOT, "data.upload", dataset_id="dataset", check_id="check"),
    "datasets:removal": line("data.upload", dataset_id="dataset"),
    "datasets:keep_for": line(NOT, "data.upload", dataset_id="dataset"),
    "datasets:delete": line(NOT, "data.upload", dataset_id="dataset"),
    "datasets:put_back": line(NOT, "data.upload", dataset_id="dataset"),
    "datasets:delete_upload": line("data.upload", "data.upload", upload_id="upload"),
    "datasets:put_back_upload": line(NOT, "data.upload", upload_id="upload"),
    "datasets:purge_upload": line(NOT, "data.upload", upload_id="upload"),
    "datasets:upload": line("data.view", upload_id="upload"),
    "datasets:columns": line("data.upload", "data.upload", upload_id="waiting_upload"),
    "datasets:reading": line(NOT, "data.upload", upload_id="waiting_upload"),
    "datasets:load": line(NOT, "data.upload", upload_id="waiting_upload"),
    "datasets:apply": line(NOT, "data.upload", upload_id="waiting_upload"),
    "datasets:versions": line("data.view", dataset_id="dataset"),
    "datasets:restore": line(NOT, "data.upload", dataset_id="dataset", number="=1", opened={302, 409}),
    "datasets:again": line(NOT, "data.upload", upload_id="upload"),
    "datasets:discard": line(NOT, "data.upload", upload_id="waiting_upload"),
    "datasets:file": line("data.view", upload_id="upload"),
    "datasets:rejects": line("data.view", upload_id="upload"),
    "datasets:returned": line("data.view", "data.view", upload_id="upload"),
    "datasets:rejects_file": line("data.view", "data.view", upload_id="upload"),
    # metrics
    "metrics:list": line("metrics.view"),
    "metrics:new": line("metrics.edit", "metrics.edit"),
    "metrics:define": line("metrics.edit", "metrics.edit", kind="=aggregate"),
    "metrics:preview": line("metrics.edit", subject="=none", opened={404}),
    "metrics:tree_setup": line("metrics.edit"),
    "metrics:node": line("metrics.edit", "metrics.edit", node_id="node"),
    "metrics:add_node": line("metrics.edit", "metrics.edit", node_id="node"),
    "metrics:add_factors": line(NOT, "metrics.edit", node_id="node"),
    "metrics:move_node": line(NOT, "metrics.edit", node_id="leaf", direction="=up"),
    "metrics:remove_node": line(NOT, "metrics.edit", node_id="leaf"),
    "metrics:place_node": line(NOT, "metrics.edit", node_id="leaf", opened={302, 404, 422}),
    "metrics:turn_tree": line(NOT, "metrics.edit", node_id="leaf", way="=undo"),
    "metrics:check_tree": line("metrics.edit"),
    "metrics:publish_tree": line(NOT, "metrics.edit"),
    "metrics:discard_tree": line(NOT, "metrics.edit"),
    "metrics:tree_history": line("metrics.view"),
    "metrics:restore_tree": line(NOT, "metrics.edit", number="=1", opened={302, 404}),
    "metrics:rows": line("metrics.rows", value_id="value", **NUMBERED),
    "metrics:detail": line("metrics.view", key="metric"),
    "metrics:edit": line("metrics.edit", "metrics.edit", key="metric"),
    "metrics:archive": line(NOT, "metrics.edit", key="metric"),
    "metrics:delete": line(NOT, "metrics.edit", key="metric"),
    "metrics:remove": line("metrics.edit", key="metric"),
    "metrics:versions": line("metrics.view", key="metric"),
    "metrics:restore_version": line(NOT, "metrics.edit", key="metric", number="version"),
    "metrics:draft": line("metrics.edit", key="metric"),
    "metrics:compare_draft": line(NOT, "metrics.edit", key="metric"),
    "metrics:rebase_draft": line(NOT, "metrics.edit", key="metric"),
    "metrics:discard_draft": line(NOT, "metrics.edit", key="metric"),
    "metrics:publish_draft": line(NOT, "metrics.edit", key="metric"),
    "metrics:ask_for_approval": line(NOT, "metrics.edit", key="metric"),
    "metrics:approve_draft": line(NOT, "scores.approve", key="metric"),
    "metrics:reject_draft": line(NOT, "scores.approve", key="metric"),
    "metrics:versions_file": line("metrics.view", key="metric"),
    # Only who looks after the metric, or an owner of the company: test_metrics_versions.py
    "metrics:certify": line(NOT, "metrics.view", key="metric", opened={403, 409, 422}),
    "metrics:withdraw_certification": line(NOT, "metrics.view", key="metric", opened={302, 403}),
    "metrics:explain": line("metrics.view", value_id="value", **NUMBERED),
    "metrics:compare_data": line("metrics.rows", dataset_id="dataset", before="=1", after="=2", opened={200, 404}),
    "metrics:compare_data_file": line(
        "metrics.rows", "metrics.rows", dataset_id="dataset", before="=1", after="=2", opened={200, 302, 404}
    ),
    "metrics:rows_file": line("metrics.rows", "metrics.rows", value_id="value", **NUMBERED),
    "metrics:typed_values": line("values.type", "values.type", key="typed_metric"),
    "metrics:export": line("metrics.view", key="metric"),
    # evidence
    "evidence:forecast": line("metrics.view", key="metric"),
    # statements of pay: who sees which is tried with real ones in test_pay_confidentiality.py
    "pay:my_file": line("pay.own"),
    "pay:statement": line("pay.own", statement_id=NOBODYS, **GONE),
    "pay:statement_file": line("pay.own", statement_id=NOBODYS, **GONE),
    "pay:acknowledge": line(NOT, "pay.own", statement_id=NOBODYS, **GONE),
    "pay:dispute_statement": line("pay.own", "pay.own", statement_id=NOBODYS, **GONE),
    "pay:disputes": line("pay.prepare"),
    "pay:dispute": line("pay.own", "pay.own", dispute_id=NOBODYS, **GONE),
    "pay:statements": line("pay.own", run_id=NOBODYS, **GONE),
    "pay:statements_zip": line("pay.view", run_id=NOBODYS, **GONE),
    "pay:payroll": line("pay.payroll", "pay.payroll", run_id=NOBODYS, **GONE),
    "pay:payroll_paid": line(NOT, "pay.payroll", run_id=NOBODYS, **GONE),
    "pay:audit_pack": line("pay.view", run_id=NOBODYS, **GONE),
    "pay:payroll_templates": line("pay.payroll", "pay.payroll"),
    "pay:remove_payroll_template": line(NOT, "pay.payroll", template_id=NOBODYS, **GONE),
    "pay:accruals": line("pay.view"),
    "pay:erase": line("pay.prepare", "pay.prepare", participant_id=NOBODYS, **GONE),
    # choosing
    "choosing:north_star": line("metrics.view", "north_star.choose"),
    "choosing:guide": line("metrics.view"),
    "choosing:library": line("metrics.view"),
    "choosing:template": line("metrics.view", key="=after_sales_arpu", foreign={200}),
    "choosing:use": line("metrics.edit", "metrics.edit", key="=after_sales_arpu", foreign={200, 422}),
    "choosing:undo": line(NOT, "metrics.edit", adoption_id="adoption"),
    "choosing:sheet": line("metrics.view", "metrics.edit", key="metric"),
    "choosing:announcement": line("home.view"),
    "choosing:announcement_version": line("home.view", number="=1", **NUMBERED),
    "choosing:edit_announcement": line("north_star.choose", "north_star.choose"),
    "choosing:acknowledge": line(NOT, "home.view", number="=1", foreign={302}),
    # targets
    "targets:list": line("targets.view"),
    "targets:export": line("targets.view"),
    "targets:progress": line("targets.view"),
    "targets:pace": line("targets.view", target_id="target"),
    "targets:league": line("targets.view"),
    "targets:league_file": line("targets.view", kind="=csv"),
    "targets:new": line("targets.edit", "targets.edit"),
    "targets:sentence": line("targets.edit", query="?metric={metric}"),
    "targets:edit": line("targets.edit", target_id="target"),
    "targets:history": line("targets.view", target_id="target"),
    "targets:withdraw": line("targets.edit", "targets.edit", target_id="target"),
    "targets:grid": line("targets.edit", "targets.edit"),
    "targets:workbook": line("targets.edit", "targets.edit"),
    "targets:workbook_file": line("targets.edit"),
    "targets:sheet": line("targets.edit", "targets.edit", opened=OPENED | {404}, sheet_id="sheet"),  # only one's own
    "targets:parts": line("targets.view", target_id="target"),
    "targets:split": line("targets.edit", "targets.edit", target_id="target"),
    "targets:proposal": line("targets.view", NOT, target_id="target"),
    "targets:approve": line(NOT, "targets.edit", target_id="target"),
    "targets:reject": line(NOT, "targets.edit", target_id="target"),
    # what people say about goals: their own key results, a team's by its lead, their own comments (test_checkins.py)
    "checkins:mine": line("objectives.view"),
    "checkins:one": line("objectives.view", "checkins.write", key_result_id="said_key_result", opened=OPENED | {403}),
    "checkins:correct": line("objectives.view", "checkins.write", checkin_id="checkin", opened=OPENED | {403}),
    "checkins:team": line("objectives.view", team_id="team"),
    "checkins:company_cadence": line("objectives.view", "checkins.write", opened=OPENED | {403}),
    "checkins:cadence": line("objectives.view", "checkins.write", team_id="team", opened=OPENED | {403}),
    "checkins:begin_meeting": line(NOT, "checkins.write", team_id="team", opened=OPENED | {403, 404}),
    "checkins:meeting": line("objectives.view", "checkins.write", meeting_id="meeting", opened=OPENED | {403}),
    "checkins:activity": line("objectives.view", objective_id="said_objective"),
    "checkins:comment": line(NOT, "checkins.write", objective_id="said_objective"),
    "checkins:follow": line(NOT, "objectives.view", objective_id="said_objective"),
    "checkins:people": line("objectives.view", objective_id="said_objective"),
    "checkins:edit_comment": line("objectives.view", "checkins.write", comment_id="comment", opened=OPENED | {403}),
    "checkins:delete_comment": line(NOT, "checkins.write", comment_id="comment", opened=OPENED | {403}),
    # goals
    "goals:list": line("initiatives.view"),
    "goals:new": line("initiatives.edit", "initiatives.edit"),
    "goals:detail": line("initiatives.view", initiative_id="initiative"),
    # Whose action it is not, and who builds no metrics, is refused: test_initiatives.py
    "goals:edit": line("initiatives.edit", "initiatives.edit", initiative_id="initiative", opened=OPENED | {403}),
    "goals:finish": line("initiatives.edit", "initiatives.edit", initiative_id="initiative", opened=OPENED | {403}),
    "goals:stop": line("initiatives.edit", "initiatives.edit", initiative_id="initiative", opened=OPENED | {403}),
    "goals:export": line("initiatives.view"),
    "goals:alignment": line("objectives.view"),
    "goals:alignment_branch": line("objectives.view", cycle_id="cycle", objective_id="objective"),
    "goals:review": line("objectives.view"),
    "goals:review_file": line("objectives.view", cycle_id="cycle"),
    "goals:move": line(NOT, "initiatives.edit", initiative_id="initiative", opened=OPENED | {403, 409}),
    "goals:put_back": line(NOT, "initiatives.edit", initiative_id="initiative", opened=OPENED | {403, 409}),
    "goals:reopen": line(NOT, "initiatives.edit", initiative_id="initiative", opened=OPENED | {403}),
    "goals:mine": line("objectives.view"),
    "goals:company": line("objectives.view"),
    "goals:everything": line("objectives.view"),
    "goals:team": line("objectives.view", team_id="team"),
    "goals:person": line("objectives.view", person_id="person"),
    "goals:objective": line("objectives.view", objective_id="objective"),
    "goals:follow": line(NOT, "objectives.view", objective_id="objective"),
    "goals:new_objective": line("objectives.edit", "objectives.edit"),
    # Whose objective it is not, and who builds no metrics, is refused: test_goal_pages.py, test_objectives.py
    "goals:edit_objective": line("objectives.edit", "objectives.edit", objective_id="objective", opened=THEIRS),
    "goals:drop_objective": line("objectives.edit", "objectives.edit", objective_id="objective", opened=THEIRS),
    "goals:take_up_objective": line(NOT, "objectives.edit", objective_id="objective", opened=THEIRS),
    "goals:hand_over": line("objectives.edit", "objectives.edit", objective_id="objective", opened=THEIRS),
    "goals:move_objective": line(NOT, "objectives.edit", objective_id="objective", way="=up", opened=THEIRS),
    "goals:balance": line(NOT, "objectives.edit", objective_id="objective", way="=evenly", opened=THEIRS),
    "goals:score_objective": line("objectives.edit", "objectives.edit", objective_id="objective", opened=THEIRS),
    "goals:take_up_key_result": line(NOT, "objectives.edit", key_result_id="key_result", opened=THEIRS),
    "goals:step": line(NOT, "checkins.write", milestone_id="milestone", opened=THEIRS),
    "goals:cycles": line("objectives.view"),
    "goals:new_cycle": line("cycles.manage", "cycles.manage"),
    "goals:cycle": line("objectives.view", cycle_id="cycle"),
    "goals:edit_cycle": line("cycles.manage", "cycles.manage", cycle_id="cycle"),
    "goals:delete_cycle": line(NOT, "cycles.manage", cycle_id="cycle"),
    "goals:close_cycle": line("cycles.manage", "cycles.manage", cycle_id="cycle"),
    "goals:reopen_cycle": line("cycles.manage", "cycles.manage", cycle_id="cycle"),
    "goals:save_cycle_template": line("cycles.manage", "cycles.manage", cycle_id="cycle"),
    "goals:cycle_template": line("cycles.manage", "cycles.manage", template_id="cycle_template"),
    "goals:delete_cycle_template": line(NOT, "cycles.manage", template_id="cycle_template"),
    "goals:copy_cycle": line("objectives.edit", "objectives.edit", cycle_id="cycle"),
    # pay: plans and people are HR's and those who approve; one's own plan is read by who takes part (test_pay_plans.py)
    "pay:home": line("pay.own"),
    "pay:mine": line("pay.own"),
    "pay:read": line("pay.own", "pay.own", key="pay_plan", number="=1", opened=OPENED | {404}),
    "pay:plans": line("pay.view"),
    "pay:new_plan": line("pay.prepare", "pay.prepare", start="=pool", foreign={200, 422}),
    "pay:plan": line("pay.view", key="pay_plan"),
    "pay:edit": line("pay.prepare", "pay.prepare", key="pay_plan"),
    "pay:discard_draft": line("pay.prepare", "pay.prepare", key="pay_plan"),
    "pay:begin_version": line(NOT, "pay.prepare", key="pay_plan"),
    "pay:version": line("pay.view", key="pay_plan", number="=1"),
    "pay:propose": line(NOT, "pay.prepare", key="pay_plan", number="=1"),
    "pay:try_plan": line(NOT, "pay.prepare", key="pay_plan", number="=1"),
    "pay:send_back": line(NOT, "pay.view", key="pay_plan", number="=1"),
    "pay:publish": line(NOT, "pay.approve", key="pay_plan", number="=1"),
    "pay:people": line("pay.view", key="pay_plan"),
    "pay:pools": line("pay.view", "pay.prepare", key="pay_plan"),
    "pay:add_person": line("pay.prepare", "pay.prepare", key="pay_plan"),
    "pay:people_workbook": line("pay.prepare", "pay.prepare", key="pay_plan"),
    "pay:people_file": line("pay.prepare", key="pay_plan"),
    "pay:people_sheet": line(
        "pay.prepare", "pay.prepare", key="pay_plan", sheet_id="pay_sheet", opened=OPENED | {404}
    ),  # a sheet is its uploader's
    "pay:new_rule": line("pay.prepare", "pay.prepare", key="pay_plan"),
    "pay:rule": line("pay.prepare", "pay.prepare", key="pay_plan", rule_id="pay_rule"),
    "pay:person": line("pay.prepare", "pay.prepare", key="pay_plan", participant_id="participant"),
    "pay:remove_person": line(NOT, "pay.prepare", key="pay_plan", participant_id="participant"),
    "pay:end_plan": line("pay.approve", "pay.approve", key="pay_plan", number="=1"),
    # pay, runs: tests/integration/incentives has who may do what to which run
    "pay:runs": line("pay.view"),
    "pay:new_run": line("pay.prepare", "pay.prepare"),
    "pay:run": line("pay.view", run_id="pay_run"),
    "pay:calculate": line(NOT, "pay.prepare", run_id="pay_run"),
    "pay:delete_run": line(NOT, "pay.prepare", run_id="pay_run"),
    "pay:run_pools": line("pay.view", run_id="pay_run"),
    "pay:calculation": line("pay.view", run_id="pay_run", participant_id="paid_person"),
    "pay:act": line("pay.view", "pay.view", run_id="pay_run", name="=submit"),
    "pay:withdraw_proposal": line(NOT, "pay.view", run_id="pay_run", name="=void"),
    "pay:adjust": line("pay.prepare", "pay.prepare", run_id="pay_run"),
    "pay:decide": line("pay.prepare", "pay.prepare", run_id="pay_run"),
    "pay:rate": line("pay.prepare", "pay.prepare", run_id="pay_run"),
    "pay:let_check": line("pay.approve", "pay.approve", run_id="pay_run", query="?check=budget&subject=0"),
    "pay:approve_adjustment": line(NOT, "pay.view", adjustment_id="adjustment"),
    "pay:withdraw_adjustment": line(NOT, "pay.view", adjustment_id="adjustment"),
    "pay:approve_decision": line(NOT, "pay.view", decision_id="decision"),
    "pay:withdraw_decision": line(NOT, "pay.prepare", decision_id="decision"),
    "pay:correction": line("pay.view", "pay.view", correction_id="correction"),
    "pay:ledger": line("pay.view"),
    "pay:proof": line("pay.view"),
    # scenarios: any colleague may make their own; whose they are is tried in test_scenario_pages.py
    "scenarios:list": line("metrics.view"),
    "scenarios:new": line("metrics.view", "metrics.view"),
    "scenarios:evaluate": line(NOT, "metrics.view"),
    "scenarios:compare": line("metrics.view", query="?s={scenario}", foreign={200}),
    "scenarios:detail": line("metrics.view", "metrics.view", scenario_id="scenario"),
    "scenarios:copy": line(NOT, "metrics.view", scenario_id="scenario"),
    "scenarios:todays_values": line(NOT, "metrics.view", scenario_id="scenario", opened={302, 403, 409}),
    "scenarios:delete": line("metrics.view", "metrics.view", scenario_id="scenario", opened={200, 302, 403}),
    "scenarios:export": line("metrics.view", scenario_id="scenario"),
    # accounts
    "accounts:people": line("people.view"),
    "accounts:roles": line("people.view"),
    "accounts:profile": line("profile.edit", "profile.edit"),
    "accounts:changes": line("audit.view"),
    "accounts:changes_file": line("audit.view"),
    "accounts:invite": line("people.manage", "people.manage"),
    "accounts:invitations": line("people.manage"),
    "accounts:send_invitation_again": line(NOT, "people.manage", invitation_id="invitation"),
    "accounts:withdraw_invitation": line("people.manage", "people.manage", invitation_id="invitation"),
    "accounts:join": line(ANYONE, ANYONE, token="token"),
    "accounts:teams": line("people.view"),
    "accounts:add_team": line("teams.edit", "teams.edit"),
    "accounts:team": line("people.view", "teams.edit", team_id="team"),
    "accounts:archive_team": line("teams.edit", "teams.edit", team_id="team"),
    "accounts:restore_team": line(NOT, "teams.edit", team_id="team"),
    "accounts:add_member": line(NOT, "teams.edit", team_id="team"),
    "accounts:end_membership": line("teams.edit", "teams.edit", membership_id="membership"),
    "accounts:remove_membership": line("teams.edit", "teams.edit", membership_id="membership"),
    "accounts:person": line("people.view", "people.manage", user_id="person"),
    "accounts:deactivate": line("people.manage", "people.manage", user_id="person"),
    "accounts:reactivate": line("people.manage", "people.manage", user_id="person"),
    "accounts:reset_second_factor": line("people.manage", "people.manage", user_id="person"),
    # work
    "work:list": line("work.view"),
    "work:progress": line("work.view", work_id="work"),
    "work:again": line(NOT, "work.manage", work_id="parked_work"),
    # api
    "api:keys": line("api.keys", "api.keys"),
    "api:revoke_key": line("api.keys", "api.keys", key_id="api_key", opened={200, 302, 404}),
    "api:code": line("data.view", "metrics.edit"),
    "api:index": api(SIGNED_IN),
    "api:openapi": api(SIGNED_IN),
    "api:me": api(SIGNED_IN),
    "api:datasets": api("data.view"),
    "api:dataset": api("data.view", key="dataset_key"),
    "api:dataset_rates": api("data.view", "data.upload", "GET PUT", key="dataset_key"),
    "api:dataset_quality": api("data.view", key="dataset_key"),
    "api:dataset_checks": api("data.view", "data.upload", "GET PUT", key="dataset_key"),
    "api:dataset_rhythm": api("data.view", "data.upload", "GET PUT", key="dataset_key"),
    "api:dataset_versions": api("data.view", key="dataset_key"),
    "api:dataset_rows": api("metrics.rows", "metrics.rows", key="dataset_key"),
    "api:uploads": api("data.view", "data.upload"),
    "api:upload": api("data.view", "data.upload", "GET DELETE", upload_id="waiting_upload"),
    "api:upload_columns": api("data.view", "data.upload", upload_id="waiting_upload"),
    "api:metrics": api("metrics.view", "metrics.edit"),
    "api:metric": api("metrics.view", "metrics.edit", "GET PUT DELETE", key="metric"),
    "api:metric_versions": api("metrics.view", key="metric"),
    "api:draft": api("metrics.edit", "metrics.edit", "GET PUT DELETE", key="metric"),
    "api:draft_comparison": api("metrics.edit", "metrics.edit", key="metric"),
    "api:rebase_draft": api(NOT, "metrics.edit", key="metric"),
    "api:publish_draft": api(NOT, "metrics.edit", key="metric"),
    "api:ask_for_approval": api(NOT, "metrics.edit", key="metric"),
    "api:certification": replace(
        api("metrics.view", "metrics.edit", "GET PUT DELETE", key="metric"), opened=API_OPENED | {403}
    ),
    "api:metric_uses": api("metrics.view", key="metric"),
    "api:typed_values": api("metrics.view", "values.type", key="typed_metric"),
    "api:restore_metric": api(NOT, "metrics.edit", key="metric"),
    "api:delete_metric": api(NOT, "metrics.edit", key="metric"),
    "api:previews": api(NOT, "metrics.edit"),
    "api:preview": api("metrics.edit", preview_id="preview"),
    "api:validate": api(NOT, "metrics.edit"),
    "api:model": api("data.view"),
    "api:model_schema": api("metrics.view"),
    "api:model_plan": api(NOT, "metrics.edit"),
    "api:model_apply": api(NOT, "metrics.edit"),
    "api:compute": api(NOT, "metrics.edit"),
    "api:forecast": api("metrics.view", key="metric", query="?grain=month"),
    "api:values": api("metrics.view", query="?grain=month"),
    "api:value_rows": api("metrics.rows", "metrics.rows", foreign=202, value_id="value"),
    "api:drivers": api("metrics.view", key="metric"),
    "api:tree": api("metrics.view", query="?grain=month"),
    "api:targets": api("targets.view", "targets.edit"),
    "api:target": api("targets.view", target_id="target"),
    "api:target_standing": api("targets.view", target_id="target"),
    "api:standings": api("targets.view"),
    "api:proposed_targets": api("targets.view"),
    "api:target_history": api("targets.view", target_id="target"),
    "api:approve_target": api(NOT, "targets.edit", target_id="target"),
    "api:reject_target": api(NOT, "targets.edit", target_id="target"),
    "api:preview_cascade": api(NOT, "targets.edit", target_id="target"),
    "api:apply_cascade": api(NOT, "targets.edit", target_id="target"),
    "api:withdraw_target": api(NOT, "targets.edit", target_id="target"),
    "api:cycles": api("objectives.view", "cycles.manage"),
    "api:cycle": api("objectives.view", "cycles.manage", methods="GET PUT", cycle_id="cycle"),
    "api:cycle_templates": api("cycles.manage", "cycles.manage"),
    "api:cycle_template": api("cycles.manage", "cycles.manage", methods="GET DELETE", template_id="cycle_template"),
    "api:close_cycle": api(NOT, "cycles.manage", cycle_id="cycle"),
    "api:reopen_cycle": api(NOT, "cycles.manage", cycle_id="cycle"),
    # Whose it is not is refused beyond the role: test_api_goals.py
    "api:objectives": api("objectives.view", "objectives.edit"),
    "api:objective": api("objectives.view", "objectives.edit", methods="GET PUT", objective_id="objective"),
    "api:drop_objective": api(NOT, "objectives.edit", objective_id="objective"),
    "api:take_up_objective": replace(api(NOT, "objectives.edit", objective_id="objective"), opened=API_OPENED | {403}),
    "api:score_objective": api(NOT, "objectives.edit", objective_id="objective"),
    "api:comments": api("objectives.view", objective_id="objective"),
    "api:key_results": api("objectives.view"),
    "api:key_result": api("objectives.view", key_result_id="key_result"),
    "api:key_result_values": api("objectives.view", "checkins.write", key_result_id="key_result"),
    "api:check_ins": api("objectives.view", "checkins.write", key_result_id="key_result"),
    "api:correct_check_in": api(NOT, "checkins.write", checkin_id="checkin"),
    "api:actions": api("initiatives.view", "initiatives.edit"),
    "api:action": api("initiatives.view", "initiatives.edit", methods="GET PUT", action_id="action"),
    "api:finish_action": api(NOT, "initiatives.edit", action_id="action"),
    "api:stop_action": api(NOT, "initiatives.edit", action_id="action"),
    "api:reopen_action": api(NOT, "initiatives.edit", action_id="action"),
    "api:scenarios": api("metrics.view"),
    "api:evaluate": api(NOT, "metrics.view"),
    "api:scenario": api("metrics.view", scenario_id="scenario"),
    "api:pay_participants": api("pay.view"),
    "api:pay_runs": api("pay.view"),
    "api:pay_run": api("pay.view", pay_run_id="pay_run"),
    "api:pay_results": api("pay.view", pay_run_id="pay_run"),
    "api:pay_statements": api("pay.own"),
    "api:pay_statement": api("pay.own", statement_id=NOBODYS),
    "api:runs": api("metrics.view"),
    "api:run": api("metrics.view", run_id="run"),
    "api:work": api("work.view", work_id="work"),
    # doors
    "enter": line(ANYONE, secret="=used-or-never-made", foreign={302}),
    "set_language": line(NOT, ANYONE),
    "account_signup": line(ANYONE, ANYONE, **GONE),
    "account_login": line(ANYONE, ANYONE),
    "account_logout": line(SIGNED_IN, SIGNED_IN, to_sign_in=True),
    "account_inactive": line(ANYONE),
    "account_reauthenticate": line(SIGNED_IN, SIGNED_IN),
    "account_email": line(SIGNED_IN, SIGNED_IN),
    "account_email_verification_sent": line(ANYONE),
    "account_confirm_email": line(ANYONE, ANYONE, key="=never-sent", opened={200, 404}),
    "account_change_password": line(SIGNED_IN, SIGNED_IN),
    "account_set_password": line(SIGNED_IN, SIGNED_IN),
    "account_reset_password": line(ANYONE, ANYONE),
    "account_reset_password_done": line(ANYONE),
    "account_reset_password_from_key": line(ANYONE, ANYONE, uidb36="=1", key="=never-sent"),
    "account_reset_password_from_key_done": line(ANYONE),
    "mfa_authenticate": line(ANYONE, ANYONE),
    "mfa_index": line(SIGNED_IN),
    "mfa_reauthenticate": line(SIGNED_IN, SIGNED_IN),
    "mfa_activate_totp": line(SIGNED_IN, SIGNED_IN),
    "mfa_deactivate_totp": line(SIGNED_IN, SIGNED_IN, opened={200, 302, 404}),
    "mfa_view_recovery_codes": line(SIGNED_IN, opened={200, 302, 404}),
    "mfa_generate_recovery_codes": line(SIGNED_IN, SIGNED_IN),
    "mfa_download_recovery_codes": line(SIGNED_IN, SIGNED_IN, opened={200, 302, 404}),
    "mfa_list_webauthn": line(SIGNED_IN),
    "mfa_add_webauthn": line(SIGNED_IN, SIGNED_IN),
    "mfa_reauthenticate_webauthn": line(SIGNED_IN, SIGNED_IN),
    "mfa_remove_webauthn": line(SIGNED_IN, SIGNED_IN, pk="security_key", opened={200, 302, 404}, foreign={302, 404}),
    "mfa_edit_webauthn": line(SIGNED_IN, SIGNED_IN, pk="security_key", opened={200, 302, 404}, foreign={302, 404}),
    "mfa_login_webauthn": line(ANYONE, ANYONE),
    "usersessions_list": line(SIGNED_IN, SIGNED_IN),
}

PUBLIC: dict[str, Line] = {
    "workspaces:landing": line(ANYONE),
    "workspaces:sign_up": line(ANYONE, ANYONE),
    "workspaces:sent": line(ANYONE, ANYONE),
    "workspaces:confirm": line(ANYONE, ANYONE, token="=never-sent", opened={404}),
    "workspaces:preparing": line(ANYONE, workspace_id="workspace"),
    "workspaces:find": line(ANYONE, ANYONE),
    "workspaces:found": line(ANYONE),
    "set_language": line(ANYONE, ANYONE),
    # Django's admin guards itself: every page of it is the operators' alone.
    "admin:*": line(OPERATOR, OPERATOR),
}
