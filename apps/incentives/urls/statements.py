from django.urls import path

from apps.incentives.views import budgets, outputs, statements

patterns = [
    path("mine/", statements.mine, name="mine"),
    path("mine/file/", outputs.my_file, name="my_file"),
    path("statements/<uuid:statement_id>/", statements.statement, name="statement"),
    path("statements/<uuid:statement_id>/pdf/", statements.statement_file, name="statement_file"),
    path("statements/<uuid:statement_id>/received/", statements.acknowledge, name="acknowledge"),
    path("statements/<uuid:statement_id>/dispute/", statements.dispute_statement, name="dispute_statement"),
    path("disputes/", statements.disputes, name="disputes"),
    path("disputes/<uuid:dispute_id>/", statements.dispute, name="dispute"),
    path("runs/<uuid:run_id>/statements/", statements.of_run, name="statements"),
    path("runs/<uuid:run_id>/statements/zip/", outputs.statements_zip, name="statements_zip"),
    path("runs/<uuid:run_id>/payroll/", outputs.payroll, name="payroll"),
    path("runs/<uuid:run_id>/payroll/paid/", outputs.payroll_paid, name="payroll_paid"),
    path("runs/<uuid:run_id>/audit-pack/", outputs.audit_pack, name="audit_pack"),
    path("payroll-templates/", outputs.templates, name="payroll_templates"),
    path("payroll-templates/<uuid:template_id>/remove/", outputs.remove_template, name="remove_payroll_template"),
    path("accruals/", outputs.accruals, name="accruals"),
    path("forecast/", budgets.forecast, name="forecast"),
    path("forecast/ask/", budgets.ask, name="ask_forecast"),
    path("participants/<uuid:participant_id>/erase/", outputs.erase, name="erase"),
]
