"""The order of the stages, from an upload to fresh values. Rooms do the work; this page says what follows what.

upload stored -> datasets.inspect -> (a person names the columns) -> datasets.load -> metrics.compute_dataset
                                                                                   -> datasets.rejects (first page)
                                                                                   -> datasets.profile (its quality)
a check of data is made -> datasets.profile
an upload is deleted -> datasets.take_out -> metrics.compute_dataset; after days in the bin -> datasets.purge_upload
a dataset was deleted, days in the bin are over -> datasets.purge_dataset
rows are older than they are kept -> datasets.sweep_rows
it is time, or somebody asks -> sources.pull (a file) -> as an upload; what fits is loaded by itself
somebody sets a source up -> sources.look (what is there)
a sheet of targets is handed in -> targets.read_sheet
somebody asks -> datasets.rejects (a page), datasets.export_rejects (all of them, as a file),
                   datasets.return_rejects (the rows as they came, to be mended and sent again)
definition or typed value changed -> metrics.compute_metric
values are new, the tree or a target changed -> evidence.forecast
values are new, an action began, ended or changed -> goals.effects
values are new -> goals.follow (key results that follow a metric)
values are new -> incentives.look_again (runs of pay that read them)
somebody asks -> incentives.calculate (a run of pay)
a run of pay is locked -> incentives.post (a large one, into the ledger) -> incentives.publish (its statements)
                                                                          -> incentives.print (each as PDF/A)
a sheet of people in a pay plan is handed in -> incentives.read_people
somebody is invited -> accounts.send_invitation
somebody is told something -> notifications.deliver (by mail, unless they chose otherwise)
an API key ends within a week -> api.key_expires
the company's calendar changed -> metrics.compute_all
somebody asks -> datasets.rows (a page of a dataset as a whole)
somebody asks -> datasets.compare (two versions, a page of rows that differ), datasets.export_comparison (all of them)
somebody asks -> metrics.moves (the values that differ between two versions)
somebody asks -> metrics.upload_moves (those that would, if a file is applied or deleted)
somebody asks -> metrics.rows (a page of the rows behind a value), metrics.rows_file (all of them, as a file)
somebody asks -> metrics.preview (a definition before it is saved)
a draft of a definition is saved -> metrics.compare (the draft beside the current version)
"""

import logging
from collections.abc import Callable
from functools import wraps

from django.urls import reverse

from apps.accounts import services as accounts
from apps.api import services as api
from apps.datasets import services as datasets
from apps.evidence import services as evidence
from apps.goals import services as goals
from apps.incentives import services as incentives
from apps.kernel.issue import N_
from apps.metrics import services as metrics
from apps.notifications import services as notifications
from apps.sources import services as sources
from apps.targets import services as targets
from apps.work.services import Claim, Work, handles

log = logging.getLogger(__name__)
Handler = Callable[[Claim], None]


def _invitations_page(work: Work) -> str:
    return reverse("accounts:invitations")


def _keys_page(work: Work) -> str:
    return reverse("api:keys")


def _upload_page(work: Work) -> str:
    return reverse("datasets:upload", args=[work.args["upload"]])


def _quality_page(work: Work) -> str:
    return reverse("datasets:quality", args=[work.subject])


def _removal_page(work: Work) -> str:
    return reverse("datasets:removal", args=[work.subject])


def _rejects_page(work: Work) -> str:
    return reverse("datasets:rejects", args=[work.args["upload"]])


def _then_sources(handler: Handler) -> Handler:
    """A room's own handler; afterwards the source that brought the file, if one did, goes on."""

    @wraps(handler)
    def both(claim: Claim) -> None:
        handler(claim)
        _tell_sources(claim.work)

    return both


def _upload_stopped(work: Work) -> None:
    datasets.upload_stopped(work)
    _tell_sources(work)


def _tell_sources(work: Work) -> None:
    """The file may be one that a source brought. If this goes wrong, the source finds out by its clock."""
    try:
        sources.upload_moved(work.args["upload"])
    except Exception:
        log.exception("a source did not hear of upload %s", work.args["upload"])


handles("datasets.inspect", title=N_("Looking at a file"), stopped=_upload_stopped, page=_upload_page)(
    _then_sources(datasets.inspect_upload)
)
handles("datasets.load", title=N_("Loading a file"), stopped=_upload_stopped, page=_upload_page)(
    _then_sources(datasets.load_upload)
)


def _source_page(work: Work) -> str:
    return reverse("sources:detail", args=[work.subject])


handles("sources.look", title=N_("Looking at a source"), stopped=sources.look_stopped, page=_source_page)(
    sources.look_at_source
)
handles("sources.pull", title=N_("Reading a source"), stopped=sources.pull_stopped, page=_source_page)(
    sources.read_source
)


def _sheet_page(work: Work) -> str:
    return reverse("targets:sheet", args=[work.args["sheet"]])


handles(
    "targets.read_sheet",
    title=N_("Reading a sheet of targets"),
    stopped=targets.sheet_stopped,
    page=_sheet_page,
)(targets.read_sheet)
handles(
    "datasets.take_out",
    title=N_("Taking the rows of a deleted file out"),
    stopped=datasets.taking_out_stopped,
    page=_upload_page,
)(datasets.take_out)
handles("datasets.purge_upload", title=N_("Deleting a file for good"), page=_upload_page)(datasets.purge_upload)
handles("datasets.sweep_rows", title=N_("Deleting rows that are no longer kept"), page=_removal_page)(
    datasets.sweep_rows
)
handles("datasets.purge_dataset", title=N_("Deleting data for good"))(datasets.purge_dataset)
handles("datasets.profile", title=N_("Looking at the quality of data"), page=_quality_page)(datasets.profile_dataset)
handles("datasets.rejects", title=N_("Reading rejected rows"), page=_rejects_page)(datasets.read_rejects)
handles("datasets.rows", title=N_("Reading the rows of a dataset"))(datasets.read_table)
handles("datasets.compare", title=N_("Comparing two versions of the data"))(datasets.compare_versions)
handles("datasets.export_comparison", title=N_("Writing the differences of two versions to a file"))(
    datasets.export_comparison
)
handles("metrics.moves", title=N_("Computing which metrics differ between two versions"))(metrics.compute_moves)
handles("metrics.upload_moves", title=N_("Computing which metrics would move"))(metrics.compute_upload_moves)
datasets.tells_users(metrics.users_of_columns)
handles("datasets.return_rejects", title=N_("Writing rows to be mended"), page=_rejects_page)(datasets.return_rejects)
handles("datasets.export_rejects", title=N_("Writing rejected rows to a file"), page=_rejects_page)(
    datasets.export_rejects
)


def _metric_page(work: Work) -> str:
    return reverse("metrics:detail", args=[work.about])


def _draft_page(work: Work) -> str:
    return reverse("metrics:draft", args=[work.about])


def _value_page(work: Work) -> str:
    return reverse("metrics:rows", args=[work.args["value_id"]])


handles("metrics.compute_dataset", title=N_("Computing metrics from new data"), stopped=metrics.compute_stopped)(
    metrics.compute_dataset
)
handles(
    "metrics.compute_metric",
    title=N_("Computing a metric"),
    stopped=metrics.compute_stopped,
    page=_metric_page,
)(metrics.compute_metric)
handles("metrics.compute_all", title=N_("Computing all metrics"), stopped=metrics.compute_stopped)(metrics.compute_all)
handles("metrics.compare", title=N_("Comparing a draft with the current version"), page=_draft_page)(
    metrics.compare_draft
)
handles("metrics.preview", title=N_("Trying a definition out"))(metrics.compute_preview)
handles("metrics.rows", title=N_("Reading the rows behind a value"), page=_value_page)(metrics.read_rows)
handles("metrics.rows_file", title=N_("Writing the rows behind a value to a file"), page=_value_page)(
    metrics.write_rows_file
)
handles("evidence.forecast", title=N_("Looking ahead"))(evidence.forecast_all)
handles("goals.effects", title=N_("Seeing what came of actions"))(goals.work_out_effects)
handles("goals.follow", title=N_("Bringing key results up to date"))(goals.follow_metrics)


def _run_page(work: Work) -> str:
    return reverse("pay:run", args=[work.subject])


def _forecast_page(_work: Work) -> str:
    return reverse("pay:forecast")


handles("incentives.calculate", title=N_("Calculating pay"), stopped=incentives.calculation_stopped, page=_run_page)(
    incentives.calculate_run
)
handles("incentives.compare", title=N_("Working out why pay changed"), page=_run_page)(incentives.compare_runs)
handles("incentives.forecast", title=N_("Working out what pay comes to"), page=_forecast_page)(incentives.forecast_plan)
handles("incentives.post", title=N_("Entering pay in the ledger"), page=_run_page)(incentives.post_run)
handles("incentives.read_people", title=N_("Reading a sheet of people"), stopped=incentives.people_sheet_stopped)(
    incentives.read_people
)
handles("incentives.look_again", title=N_("Comparing pay with new figures"))(incentives.look_again)


def _statements_page(work: Work) -> str:
    return reverse("pay:statements", args=[work.subject])


handles("incentives.publish", title=N_("Publishing statements"), page=_statements_page)(incentives.publish_statements)
handles("incentives.print", title=N_("Printing statements"), page=_statements_page)(incentives.print_statements)
handles("api.key_expires", title=N_("Telling somebody that an API key expires"), page=_keys_page)(api.tell_of_expiry)
handles("accounts.send_invitation", title=N_("Sending an invitation"), page=_invitations_page)(accounts.send_invitation)
handles("notifications.deliver", title=N_("Sending a notice"))(notifications.deliver)
