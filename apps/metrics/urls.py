"""Addresses of metrics. Keys hold no hyphen, so words with one never stand in a metric's way."""

from django.urls import path

from apps.metrics.views import catalog, define, draft, explain, preview, rows, tree, typed, versions

app_name = "metrics"
urlpatterns = [
    path("", catalog.metric_list, name="list"),
    path("new-metric/", define.choose_kind, name="new"),
    path("new-metric/<str:kind>/", define.define, name="define"),
    path("preview/<str:subject>/", preview.figures, name="preview"),
    path("tree-setup/", tree.setup, name="tree_setup"),
    path("tree-setup/<uuid:node_id>/", tree.node, name="node"),
    path("tree-setup/<uuid:node_id>/add/", tree.add, name="add_node"),
    path("tree-setup/<uuid:node_id>/factors/", tree.factors, name="add_factors"),
    path("tree-setup/<uuid:node_id>/move/<str:direction>/", tree.move, name="move_node"),
    path("tree-setup/<uuid:node_id>/place/", tree.place, name="place_node"),
    path("tree-setup/<uuid:node_id>/remove/", tree.remove, name="remove_node"),
    path("tree-setup/<uuid:node_id>/turn/<str:way>/", tree.turn, name="turn_tree"),
    path("tree-setup/check/", tree.check, name="check_tree"),
    path("tree-setup/publish/", tree.publish, name="publish_tree"),
    path("tree-setup/discard/", tree.discard, name="discard_tree"),
    path("tree-history/", tree.history, name="tree_history"),
    path("tree-history/<int:number>/restore/", tree.restore, name="restore_tree"),
    path("value-rows/<int:value_id>/", rows.behind_value, name="rows"),
    path("value-rows/<int:value_id>/file/", rows.rows_file, name="rows_file"),
    path("value-explained/<int:value_id>/", explain.value, name="explain"),
    path("<slug:key>/", catalog.detail, name="detail"),
    path("<slug:key>/edit/", define.edit, name="edit"),
    path("<slug:key>/draft/ask/", draft.ask, name="ask_for_approval"),
    path("<slug:key>/draft/approve/", draft.approve, name="approve_draft"),
    path("<slug:key>/draft/reject/", draft.reject, name="reject_draft"),
    path("<slug:key>/draft/", draft.draft, name="draft"),
    path("<slug:key>/draft/compare/", draft.compare, name="compare_draft"),
    path("<slug:key>/draft/rebase/", draft.rebase, name="rebase_draft"),
    path("<slug:key>/draft/discard/", draft.discard, name="discard_draft"),
    path("<slug:key>/draft/publish/", draft.publish, name="publish_draft"),
    path("<slug:key>/versions/", versions.history, name="versions"),
    path("<slug:key>/versions/file/", versions.history_file, name="versions_file"),
    path("<slug:key>/versions/<int:number>/restore/", versions.restore, name="restore_version"),
    path("<slug:key>/certify/", versions.certify, name="certify"),
    path("<slug:key>/certify/withdraw/", versions.withdraw_certification, name="withdraw_certification"),
    path("<slug:key>/remove/", versions.remove, name="remove"),
    path("<slug:key>/archive/", versions.archive, name="archive"),
    path("<slug:key>/delete/", versions.delete, name="delete"),
    path("<slug:key>/values/", typed.typed_values, name="typed_values"),
    path("<slug:key>/export/", catalog.export, name="export"),
]
