"""What can be done with uploads and datasets. One module for each step on a file's way."""

from apps.datasets.services.arriving import PIECE, arrived, take_piece, there
from apps.datasets.services.binning import (
    delete_dataset,
    delete_upload,
    gone_on,
    put_back_dataset,
    put_back_upload,
    take_out,
    taking_out_stopped,
)
from apps.datasets.services.candidates import about as compared_by
from apps.datasets.services.candidates import candidate
from apps.datasets.services.checking import CheckRefused, add_check, end_check, refuse_faulty, set_checks
from apps.datasets.services.cluster import agreed_kinds, check_cluster, cluster_named, the_cluster
from apps.datasets.services.comparing import (
    CHANGES,
    ask_for_comparison,
    ask_for_comparison_file,
    compare_versions,
    comparison_file,
    export_comparison,
    versions_to_compare,
)
from apps.datasets.services.comparing import ROWS_ON_A_PAGE as COMPARED_ON_A_PAGE
from apps.datasets.services.declaring import declare_dataset
from apps.datasets.services.ending import discard_upload, try_upload_again, upload_stopped
from apps.datasets.services.foreseeing import Swept, deletion_of, swept_by
from apps.datasets.services.hearing import (
    builders_of,
    effects_of,
    know_workdays,
    tell_builders,
    tell_effects,
    tell_forgetting,
    tell_health,
    workdays_of,
)
from apps.datasets.services.inspecting import inspect_upload, read_again
from apps.datasets.services.loading import load_upload
from apps.datasets.services.mapping import (
    akin_to,
    as_before,
    asks_of,
    contradicted_headers,
    difference_of,
    lacking_headers,
    load_as_known,
    name_columns,
)
from apps.datasets.services.pages import keep_rows
from apps.datasets.services.profiling import ask_for_profile, profile_dataset
from apps.datasets.services.purging import (
    cutoff_of,
    keep_rows_for,
    purge_dataset,
    purge_now,
    purge_upload,
    sweep_deleted,
    sweep_rows,
    sweep_unnamed,
)
from apps.datasets.services.rates import NO_RATES, set_rate_days
from apps.datasets.services.receiving import AlreadyHere, keep_upload, receive_upload
from apps.datasets.services.rejects import (
    ask_for_file,
    ask_for_page,
    ask_for_returned,
    export_rejects,
    page_subject,
    read_rejects,
    reject_file,
    return_rejects,
    returned_file,
)
from apps.datasets.services.renaming import rename_dataset
from apps.datasets.services.rhythms import GROUP, KINDS, may_own, set_rhythm, watch
from apps.datasets.services.rows import ROWS_ON_A_PAGE, ask_for_rows, read_table, version_to_read
from apps.datasets.services.running import engine_limits, run_engine
from apps.datasets.services.storage import Incoming, NoRoom, TooLarge, path_of, receiving
from apps.datasets.services.streaming import StorageUploadHandler
from apps.datasets.services.sweeping import sweep_comparisons, sweep_pages, sweep_rollups
from apps.datasets.services.usage import Loss, User, broken_by, losses, tells_users, users_of
from apps.datasets.services.versions import apply_upload, outcome_of, restore_version

__all__ = [
    "CHANGES",
    "COMPARED_ON_A_PAGE",
    "GROUP",
    "KINDS",
    "NO_RATES",
    "PIECE",
    "ROWS_ON_A_PAGE",
    "AlreadyHere",
    "CheckRefused",
    "Incoming",
    "Loss",
    "NoRoom",
    "StorageUploadHandler",
    "Swept",
    "TooLarge",
    "User",
    "add_check",
    "agreed_kinds",
    "akin_to",
    "apply_upload",
    "arrived",
    "as_before",
    "ask_for_comparison",
    "ask_for_comparison_file",
    "ask_for_file",
    "ask_for_page",
    "ask_for_profile",
    "ask_for_returned",
    "ask_for_rows",
    "asks_of",
    "broken_by",
    "builders_of",
    "candidate",
    "check_cluster",
    "cluster_named",
    "compare_versions",
    "compared_by",
    "comparison_file",
    "contradicted_headers",
    "cutoff_of",
    "declare_dataset",
    "delete_dataset",
    "delete_upload",
    "deletion_of",
    "difference_of",
    "discard_upload",
    "effects_of",
    "end_check",
    "engine_limits",
    "export_comparison",
    "export_rejects",
    "gone_on",
    "inspect_upload",
    "keep_rows",
    "keep_rows_for",
    "keep_upload",
    "know_workdays",
    "lacking_headers",
    "load_as_known",
    "load_upload",
    "losses",
    "may_own",
    "name_columns",
    "outcome_of",
    "page_subject",
    "path_of",
    "profile_dataset",
    "purge_dataset",
    "purge_now",
    "purge_upload",
    "put_back_dataset",
    "put_back_upload",
    "read_again",
    "read_rejects",
    "read_table",
    "receive_upload",
    "receiving",
    "refuse_faulty",
    "reject_file",
    "rename_dataset",
    "restore_version",
    "return_rejects",
    "returned_file",
    "run_engine",
    "set_checks",
    "set_rate_days",
    "set_rhythm",
    "sweep_comparisons",
    "sweep_deleted",
    "sweep_pages",
    "sweep_rollups",
    "sweep_rows",
    "sweep_unnamed",
    "swept_by",
    "take_out",
    "take_piece",
    "taking_out_stopped",
    "tell_builders",
    "tell_effects",
    "tell_forgetting",
    "tell_health",
    "tells_users",
    "the_cluster",
    "there",
    "try_upload_again",
    "upload_stopped",
    "users_of",
    "version_to_read",
    "versions_to_compare",
    "watch",
    "workdays_of",
]
