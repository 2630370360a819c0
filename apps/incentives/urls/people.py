from django.urls import path

from apps.incentives.views import people, people_sheets, pools, scopes

patterns = [
    path("scopes/", scopes.keep, name="scopes"),
    path("scopes/<uuid:scope_id>/end/", scopes.end, name="end_scope"),
    path("teams/", scopes.teams, name="teams"),
    path("plans/<slug:key>/people/", people.people, name="people"),
    path("plans/<slug:key>/pools/", pools.pools, name="pools"),
    path("plans/<slug:key>/people/add/", people.add, name="add_person"),
    path("plans/<slug:key>/people/workbook/", people_sheets.workbook, name="people_workbook"),
    path("plans/<slug:key>/people/file/", people_sheets.export, name="people_file"),
    path("plans/<slug:key>/people/sheets/<uuid:sheet_id>/", people_sheets.check, name="people_sheet"),
    path("plans/<slug:key>/people/rules/new/", people.new_rule, name="new_rule"),
    path("plans/<slug:key>/people/rules/<uuid:rule_id>/", people.rule, name="rule"),
    path("plans/<slug:key>/people/<uuid:participant_id>/", people.edit, name="person"),
    path("plans/<slug:key>/people/<uuid:participant_id>/remove/", people.remove, name="remove_person"),
]
