"""Targets, under /targets/."""

from django.urls import path

from apps.targets.views import cascading, deciding, grid, league, listing, progress, setting, sheets

app_name = "targets"
urlpatterns = [
    path("", listing.target_list, name="list"),
    path("progress/", progress.progress, name="progress"),
    path("league/", league.league, name="league"),
    path("league/file/<str:kind>/", league.league_file, name="league_file"),
    path("<uuid:target_id>/pace/", progress.pace, name="pace"),
    path("new/", setting.new, name="new"),
    path("export/", listing.export, name="export"),
    path("sentence/", setting.sentence, name="sentence"),
    path("grid/", grid.grid, name="grid"),
    path("workbook/", sheets.workbook, name="workbook"),
    path("workbook/file/", sheets.export, name="workbook_file"),
    path("workbook/<uuid:sheet_id>/", sheets.check, name="sheet"),
    path("<uuid:target_id>/edit/", setting.edit, name="edit"),
    path("<uuid:target_id>/history/", deciding.history, name="history"),
    path("<uuid:target_id>/withdraw/", deciding.withdraw, name="withdraw"),
    path("<uuid:target_id>/proposal/", deciding.proposal, name="proposal"),
    path("<uuid:target_id>/parts/", cascading.parts, name="parts"),
    path("<uuid:target_id>/split/", cascading.split, name="split"),
    path("<uuid:target_id>/approve/", deciding.approve, name="approve"),
    path("<uuid:target_id>/reject/", deciding.reject, name="reject"),
]
