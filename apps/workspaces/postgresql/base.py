"""The role wall: beside the search path, every statement runs under the PostgreSQL role of its workspace.

django-tenants sets the search path to `<workspace>, public` and swallows whatever goes wrong on the way. Here the path
holds one schema only, the role of the same name is set with it in the same round trip, and a failure is a failure: a
workspace without a role, a schema or a table gives an error, never another's rows.
"""

from django.core.exceptions import ImproperlyConfigured
from django_tenants.postgresql_backend import base as django_tenants_base
from django_tenants.utils import get_limit_set_calls
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier


class DatabaseWrapper(django_tenants_base.DatabaseWrapper):
    """Sets `search_path` and `role` together; `ROLE_WALL: False` (the owner's login) sets the path alone."""

    def _get_cursor_search_paths(self) -> list[str]:
        return [self.schema_name]

    def _wall_statement(self) -> SQL:
        path = SQL("SET search_path = {}").format(Identifier(self.schema_name))
        if not self.settings_dict.get("ROLE_WALL", True):
            return path
        role = public_role(self.settings_dict["NAME"]) if self.schema_name == "public" else self.schema_name
        return SQL("{}; SET ROLE {}").format(path, Identifier(role))

    def _handle_search_path(self, cursor=None) -> None:
        if self._setting_search_path or (get_limit_set_calls() and self.search_path_set_schemas):
            return
        if not self.schema_name:
            raise ImproperlyConfigured("No schema is set on this connection.")
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return  # the transaction is lost and only a rollback can follow
        self._setting_search_path = True
        try:
            with self.wrap_database_errors, self.connection.cursor() as own:
                own.execute(self._wall_statement())
            self.search_path_set_schemas = [self.schema_name]
        finally:
            self._setting_search_path = False


def public_role(database: str) -> str:
    """The role that may touch the public schema of `database`. Roles belong to the whole server, hence the name."""
    return f"{database}_public"
