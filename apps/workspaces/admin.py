"""The operators' console, on the public host: which workspaces there are, how they stand, and what may be done.

Operators see names and states, never what is inside a workspace.
"""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.kernel.issue import Refusal
from apps.workspaces import services
from apps.workspaces.addresses import workspace_url
from apps.workspaces.models import SignUp, Workspace

admin.site.site_header = admin.site.site_title = _("Lodestar operators")
admin.site.index_title = _("Service")
admin.site.site_url = "/"


class Trouble(admin.SimpleListFilter):
    """What needs somebody to look at it."""

    title = _("trouble")
    parameter_name = "trouble"
    FOUND = {
        "setup": Q(parked_at__isnull=False),
        "behind": Q(behind_since__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list:
        return [("setup", _("Setting up was given up")), ("behind", _("Update failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(self.FOUND[self.value()]) if self.value() in self.FOUND else queryset


class ReadOnly:
    """Shown, never edited: changes go through the services, by the actions."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Workspace)
class WorkspaceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "slug", "status", "trouble", "created_at", "status_changed_at")
    list_filter = ("status", Trouble, "language", "created_at")
    search_fields = ("name", "slug", "id", "schema_name")
    ordering = ("-created_at",)
    list_per_page = 50
    actions = ("suspend", "reactivate", "start_closing", "provision_again")
    fieldsets = (
        (None, {"fields": ("name", "slug", "link", "status", "status_changed_at", "created_at")}),
        (
            _("How it counts"),
            {"fields": ("language", "time_zone", "currency", "fiscal_year_start", "week_start")},
        ),
        (_("Setting up"), {"fields": ("attempt", "lease_until", "parked_at", "reason")}),
        (_("Update"), {"fields": ("behind_since", "behind_reason")}),
        (_("Place"), {"fields": ("id", "schema_name", "cell", "engine")}),
    )

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_active and request.user.is_staff

    @admin.display(description=_("trouble"))
    def trouble(self, workspace: Workspace) -> str:
        if workspace.parked_at:
            return f"{gettext('Setting up was given up')}: {workspace.reason[:120]}"
        return f"{gettext('Update failed')}: {workspace.behind_reason[:120]}" if workspace.is_behind else ""

    @admin.display(description=_("address"))
    def link(self, workspace: Workspace) -> str:
        url = workspace_url(workspace)
        return format_html('<a href="{}">{}</a>', url, url)

    @admin.action(description=_("Suspend"), permissions=["view"])
    def suspend(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._do(request, queryset, services.suspend, gettext("suspended"))

    @admin.action(description=_("Back into use"), permissions=["view"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._do(request, queryset, services.reactivate, gettext("back in use"))

    @admin.action(description=_("Start closing (out of use, data kept)"), permissions=["view"])
    def start_closing(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._do(request, queryset, services.start_closing, gettext("closing"))

    @admin.action(description=_("Try setting up again"), permissions=["view"])
    def provision_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._do(request, queryset, services.try_again, gettext("being set up again"))

    def _do(self, request: HttpRequest, queryset: QuerySet, act: Callable[[Workspace], None], done: str) -> None:
        """Do one thing to each; say for each whether it was done, and why not."""
        for workspace in queryset:
            try:
                act(workspace)
            except Refusal as refusal:
                messages.error(request, f"{workspace}: {refusal.in_words(gettext)}")
            else:
                self.log_change(request, workspace, done)
                messages.success(request, f"{workspace}: {done}")


@admin.register(SignUp)
class SignUpAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("company", "slug", "created_at", "expires_at", "mail_due", "confirmed_at")
    list_filter = ("mail_due", "created_at")
    search_fields = ("company", "slug", "email")
    fields = ("company", "slug", "email", "language", "created_at", "expires_at", "mail_due", "confirmed_at")

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_active and request.user.is_staff
