"""The order of the stages, from an upload to fresh values. Rooms do the work; this page says what follows what.

upload stored -> datasets.inspect -> (a person names the columns) -> datasets.load -> metrics.compute_dataset
                                                                                   -> datasets.rejects (first page)
somebody asks -> datasets.rejects (a page), datasets.export_rejects (all of them, as a file)
definition or typed value changed -> metrics.compute_metric
"""

from django.urls import reverse

from apps.datasets import services as datasets
from apps.kernel.issue import N_
from apps.work.models import Work
from apps.work.services import handles


def _upload_page(work: Work) -> str:
    return reverse("datasets:upload", args=[work.args["upload"]])


def _rejects_page(work: Work) -> str:
    return reverse("datasets:rejects", args=[work.args["upload"]])


handles(
    "datasets.inspect",
    title=N_("Looking at a file"),
    stopped=datasets.upload_stopped,
    page=_upload_page,
)(datasets.inspect_upload)
handles(
    "datasets.load",
    title=N_("Loading a file"),
    stopped=datasets.upload_stopped,
    page=_upload_page,
)(datasets.load_upload)
handles("datasets.rejects", title=N_("Reading rejected rows"), page=_rejects_page)(datasets.read_rejects)
handles("datasets.export_rejects", title=N_("Writing rejected rows to a file"), page=_rejects_page)(
    datasets.export_rejects
)
