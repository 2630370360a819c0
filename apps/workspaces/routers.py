"""Which tables are made in which schema."""

from django.db import connection
from django_tenants.routers import TenantSyncRouter

# Of the rooms that live in a workspace, the tables the public schema needs as well.
ALSO_PUBLIC = {"accounts": {"user"}}


class SchemaRouter(TenantSyncRouter):
    """django-tenants' router, narrowed: of `accounts` the public schema gets the operators' table alone."""

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        allowed = super().allow_migrate(db, app_label, model_name, **hints)
        only = ALSO_PUBLIC.get(app_label)
        if allowed is False or connection.schema_name != "public" or only is None:
            return allowed
        # Python or SQL of such a room (no model is named) is about its workspaces' rows.
        return allowed if model_name is not None and model_name.lower() in only else False
