"""The resources of version 1, by the end of their address."""

from django.urls import path

from apps.api.views import data, drafts, drivers, forecasts, goals, metrics, model, tables, upkeep, values, work

PREFIX = "api/v1/"
RESOURCES = [
    path("me", work.Me.as_view(), name="me"),
    path("datasets", data.Datasets.as_view(), name="datasets"),
    path("datasets/<slug:key>", data.DatasetDetail.as_view(), name="dataset"),
    path("datasets/<slug:key>/versions", data.DatasetVersions.as_view(), name="dataset_versions"),
    path("datasets/<slug:key>/rows", tables.DatasetRows.as_view(), name="dataset_rows"),
    path("uploads", data.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>", data.UploadDetail.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/columns", data.UploadColumns.as_view(), name="upload_columns"),
    path("metrics", metrics.Metrics.as_view(), name="metrics"),
    path("metrics/<slug:key>", metrics.MetricDetail.as_view(), name="metric"),
    path("metrics/<slug:key>/versions", metrics.MetricVersions.as_view(), name="metric_versions"),
    path("metrics/<slug:key>/draft", drafts.Draft.as_view(), name="draft"),
    path("metrics/<slug:key>/draft/comparison", drafts.DraftComparison.as_view(), name="draft_comparison"),
    path("metrics/<slug:key>/draft/rebase", drafts.Rebase.as_view(), name="rebase_draft"),
    path("metrics/<slug:key>/draft/publish", drafts.Publish.as_view(), name="publish_draft"),
    path("metrics/<slug:key>/draft/ask", drafts.AskForApproval.as_view(), name="ask_for_approval"),
    path("metrics/<slug:key>/certification", upkeep.Certification.as_view(), name="certification"),
    path("metrics/<slug:key>/uses", upkeep.Uses.as_view(), name="metric_uses"),
    path("metrics/<slug:key>/forecast", forecasts.Forecast.as_view(), name="forecast"),
    path("metrics/<slug:key>/typed", goals.TypedValues.as_view(), name="typed_values"),
    path("metrics/<slug:key>/restore", upkeep.Restore.as_view(), name="restore_metric"),
    path("metrics/<slug:key>/delete", upkeep.Delete.as_view(), name="delete_metric"),
    path("previews", drafts.Previews.as_view(), name="previews"),
    path("previews/<slug:preview_id>", drafts.PreviewDetail.as_view(), name="preview"),
    path("validate", metrics.Validate.as_view(), name="validate"),
    path("model", model.WholeModel.as_view(), name="model"),
    path("model/schema", model.ModelSchema.as_view(), name="model_schema"),
    path("model/plan", model.ModelPlan.as_view(), name="model_plan"),
    path("model/apply", model.ModelApply.as_view(), name="model_apply"),
    path("compute", metrics.Compute.as_view(), name="compute"),
    path("values", values.Values.as_view(), name="values"),
    path("values/<int:value_id>/rows", values.ValueRows.as_view(), name="value_rows"),
    path("drivers/<slug:key>", drivers.DriversOf.as_view(), name="drivers"),
    path("tree", values.Tree.as_view(), name="tree"),
    path("targets", goals.Targets.as_view(), name="targets"),
    path("targets/<uuid:target_id>", goals.TargetDetail.as_view(), name="target"),
    path("targets/<uuid:target_id>/withdraw", goals.WithdrawTarget.as_view(), name="withdraw_target"),
    path("runs", work.Runs.as_view(), name="runs"),
    path("runs/<uuid:run_id>", work.RunDetail.as_view(), name="run"),
    path("work/<uuid:work_id>", work.WorkDetail.as_view(), name="work"),
]
WHOLE = [path(f"{PREFIX}{each.pattern}", each.callback, name=each.name) for each in RESOURCES]
"""The same with their whole addresses, as the OpenAPI document names them."""
