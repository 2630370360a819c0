"""A changed definition until it is published: previews, the draft, its comparison."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.problems import of_issue
from apps.api.serializers import drafts as shapes
from apps.api.serializers import model
from apps.api.serializers.work import WorkShape
from apps.api.views.base import Resource, created, idempotent, under_way
from apps.api.views.metrics import MEND_FIRST, UNDER, read_definition, start_of, version_told
from apps.common.access import requires
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.domain.definition import Definition, document_of
from apps.metrics.services.locks import hold_metrics
from apps.work import selectors as work
from apps.workspaces.scope import current_workspace

NO_DRAFT = N_("This metric has no open draft.")
ONE_OF_TWO = N_("Send either a definition or the number of the version to bring back.")
NOT_COMPARED = N_("This revision has not been compared yet. Ask for it by POST, and wait for the work.")
NO_PERSON = N_("A person has to ask for approval, so that it is another person who approves. Use a personal key.")
NO_PREVIEW = N_("There is no such preview. Ask for it by POST.")


@requires("metrics.edit")
class Previews(Resource):
    @extend_schema(
        summary=N_("Try a definition out on the data"),
        description="A worker computes the newest six periods. Nothing is stored as a value.",
        request=model.ToCheck,
        responses={200: shapes.PreviewShape, 202: shapes.PreviewShape},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        definition = read_definition(self.body(model.ToCheck)["definition"])
        must_fit(definition)
        services.request_preview(actor=self.actor, definition=definition)
        told = _preview(services.preview_name(definition))
        headers = {"Location": told["url"]}
        return Response(shapes.PreviewShape(told).data, status=200 if told["ready"] else 202, headers=headers)


@requires("metrics.edit")
class PreviewDetail(Resource):
    @extend_schema(summary=N_("What a definition would come to"), responses=shapes.PreviewShape)
    def get(self, request: Request, preview_id: str) -> Response:
        return Response(shapes.PreviewShape(_preview(preview_id)).data)


def _preview(name: str) -> dict[str, Any]:
    found = services.preview_kept(name)
    if found is None:
        raise NotHere(NO_PREVIEW)
    rows = None if found.rows is None else [_preview_row(*row) for row in found.rows]
    url = f"/api/v1/previews/{name}"
    return {"id": name, "url": url, "ready": rows is not None, "work": found.work, "rows": rows}


def _preview_row(grain: str, start: str, value: str | None, state: str, reason: dict[str, Any]) -> dict[str, Any]:
    period = current_workspace().calendar.period_of(date.fromisoformat(start), Grain(grain))
    return {
        "grain": grain,
        "period": period.key,
        "start": period.start,
        "end": period.end,
        "value": None if value is None else Decimal(value),
        "state": state,
        "reason": selectors.reason_in_words(reason),
    }


@requires("metrics.edit")
class Draft(Resource):
    @extend_schema(summary=N_("The open draft of a metric"), responses=shapes.DraftShape)
    def get(self, request: Request, key: str) -> Response:
        view, draft = _open(key)
        self.version = revision_tag(draft.revision)
        return Response(_told(view, draft))

    @extend_schema(
        summary=N_("Begin or change the draft of a metric"),
        description="If-Match is needed where there is a draft already. It is compared with the current version.",
        request=shapes.NewDraft,
        responses={200: shapes.DraftShape, 201: shapes.DraftShape},
    )
    def put(self, request: Request, key: str) -> Response:
        selectors.metric_for(key)
        told = self.body(shapes.NewDraft)
        if ("definition" in told) == ("restores" in told):
            raise Refusal(MEND_FIRST, issues=[Issue(name, ONE_OF_TWO) for name in ("definition", "restores")])
        definition = read_definition(told["definition"]) if "definition" in told else None
        with transaction.atomic():
            hold_metrics()
            view = selectors.metric_for(key)
            before = selectors.draft_of(view.id)
            self.must_match(revision_tag(before.revision if before else 0), needed=before is not None)
            self._save(view, definition, told, before.revision if before else 0)
            view, draft = _open(key)
        headers = {"ETag": f'"{revision_tag(draft.revision)}"'}
        return Response(_told(view, draft), status=200 if before else 201, headers=headers)

    def _save(self, view: Any, definition: Definition | None, told: dict[str, Any], seen: int) -> None:
        if definition is None:
            services.restore_version(actor=self.actor, metric_id=view.id, number=told["restores"], seen=seen)
            return
        try:
            services.save_draft(
                actor=self.actor, metric_id=view.id, definition=definition, note=told["note"], seen=seen,
                start=start_of(told),
            )  # fmt: skip
        except Refusal as refusal:
            refusal.prefix = "" if any(issue.where == "effective_from" for issue in refusal.issues) else UNDER
            raise

    @extend_schema(summary=N_("Discard the draft of a metric"), responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        with transaction.atomic():
            hold_metrics()
            view, draft = _open(key)
            self.must_match(revision_tag(draft.revision), needed=True)
            services.discard_draft(actor=self.actor, metric_id=view.id, seen=draft.revision)
        return Response(status=204)


@requires("metrics.edit")
class Rebase(Resource):
    @extend_schema(
        summary=N_("Carry the draft to the current version"), request=shapes.Seen, responses=shapes.RebasedShape
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        view = selectors.metric_for(key)
        seen = self.body(shapes.Seen)["revision"]
        conflicts = services.rebase_draft(actor=self.actor, metric_id=view.id, seen=seen)
        return Response({"conflicts": list(conflicts), "draft": _told(*_open(key))})


@requires("metrics.edit")
class Publish(Resource):
    @extend_schema(
        summary=N_("Publish the draft as the next version"),
        description="The certification lapses. 409 if the draft or the current version is another one by now.",
        request=shapes.ToPublish,
        responses={201: model.MetricVersionShape},
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        view = selectors.metric_for(key)
        told = self.body(shapes.ToPublish)
        version = services.publish_draft(
            actor=self.actor, metric_id=view.id, note=told["note"], seen=told["revision"], over=told.get("over")
        )
        made = selectors.version_for(view.id, version.number)
        return created(version_told(made), f"metrics/{key}/versions")


@requires("metrics.edit")
class AskForApproval(Resource):
    @extend_schema(
        summary=N_("Ask another admin to approve the draft of a score"),
        description="Where the company wants it. The other admin approves it on its page, never by a key. "
        "The key of a service account cannot ask.",
        request=shapes.ToAsk,
        responses=shapes.DraftShape,
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        by_key = request._request.api_key
        if by_key and not by_key.is_personal:  # whoever holds it could be the very admin who approves
            raise Forbidden(NO_PERSON)
        view, told = selectors.metric_for(key), self.body(shapes.ToAsk)
        services.ask_for_approval(actor=self.actor, metric_id=view.id, note=told["note"], seen=told["revision"])
        return Response(_told(*_open(key)))


@requires("metrics.edit")
class DraftComparison(Resource):
    @extend_schema(summary=N_("The draft beside the current version"), responses=shapes.ComparisonShape)
    def get(self, request: Request, key: str) -> Response:
        view, draft = _open(key)
        found = draft.comparison
        if found is None or found.revision != draft.revision:
            raise NotHere(NOT_COMPARED)
        number = next(version.number for version in selectors.history_of(view) if version.id == found.version_id)
        rows = [
            {"grain": grain, "period": row.period.key, "start": row.period.start, "now": row.now, "draft": row.draft}
            | {"difference": row.difference}
            for grain, compared in found.rows.items()
            for row in compared
        ]
        told = {"revision": found.revision, "version": number, "dataset_versions": found.numbers}
        return Response(shapes.ComparisonShape({**told, "made_at": found.made_at, "rows": rows}).data)

    @extend_schema(
        summary=N_("Have the draft compared with the current version"), request=None, responses={202: WorkShape}
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        self.body(shapes.Strict)
        asked = services.request_comparison(actor=self.actor, metric_id=selectors.metric_for(key).id)
        asked.refresh_from_db()
        return under_way(asked)


def must_fit(definition: Definition) -> None:
    """Refuse a definition that cannot be used, with every issue under `definition`."""
    issues = [issue for issue in services.check(definition) if issue.blocking]
    if issues:
        refusal = Refusal(MEND_FIRST, issues=issues)
        refusal.prefix = UNDER
        raise refusal


def revision_tag(revision: int) -> str:
    """What an ETag calls a revision of a draft; 0 is that there is none."""
    return f"r{revision}"


def _open(key: str) -> tuple[selectors.MetricView, selectors.DraftView]:
    view = selectors.metric_for(key)
    draft = selectors.draft_of(view)
    if draft is None:
        raise NotHere(NO_DRAFT)
    return view, draft


def _told(view: selectors.MetricView, draft: selectors.DraftView) -> dict[str, Any]:
    issues = services.check(draft.definition)
    compared = draft.comparison is not None and draft.comparison.revision == draft.revision
    told = {
        "metric": view.key,
        "revision": draft.revision,
        "based_on": draft.based_on.number,
        "is_behind": draft.based_on.number != view.version_number,
        "restores": draft.restores,
        "note": draft.note,
        "sentence": selectors.in_words(draft.definition),
        "issues": [model.issue_json(of_issue(issue, UNDER), blocking=issue.blocking) for issue in issues],
        "definition": document_of(draft.definition),
        "begun_by": draft.began_by,
        "changed_by": draft.by,
        "changed_at": draft.at,
        "compared": compared,
        "comparison_work": work.latest("metrics.compare", draft.id),
        "effective_from": draft.effective_from,
        "needs_approval": "score" in (view.kind, draft.definition.kind) and selectors.needs_second_admin(),
        "asked_by": draft.asked_by,
        "rejected_by": draft.rejected_by,
        "rejection": draft.rejection,
    }
    return shapes.DraftShape(told).data
