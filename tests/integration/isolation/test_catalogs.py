"""What PostgreSQL's catalogs say about the schemas that are really there."""

import pytest
from django.conf import settings
from django.db import connection

from apps.workspaces.models import TEMPLATE_SCHEMA
from apps.workspaces.postgresql.owner import as_owner

pytestmark = pytest.mark.django_db


def query(sql: str, *params: object) -> list[tuple]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall()


def tables_of(schema: str) -> set[str]:
    return {name for (name,) in query("SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)}


def test_no_foreign_key_leaves_a_schema(acme):
    found = query(
        "SELECT con.conname, here.nspname, there.nspname FROM pg_constraint con "
        "JOIN pg_class a ON a.oid = con.conrelid JOIN pg_namespace here ON here.oid = a.relnamespace "
        "JOIN pg_class b ON b.oid = con.confrelid JOIN pg_namespace there ON there.oid = b.relnamespace "
        "WHERE con.contype = 'f' AND here.oid <> there.oid"
    )
    assert not found


def test_a_table_name_is_public_or_a_workspaces_never_both(acme):
    both = tables_of("public") & tables_of(acme.schema_name)
    assert both == set(settings.TABLES_IN_BOTH)


def test_each_workspace_has_the_templates_tables(acme, borealis):
    assert tables_of(acme.schema_name) == tables_of(borealis.schema_name) == tables_of(TEMPLATE_SCHEMA)
    assert len(tables_of(acme.schema_name)) > 15


def test_every_model_of_a_workspace_has_its_table(acme):
    from django.apps import apps as rooms

    here = {
        model._meta.db_table
        for config in rooms.get_app_configs()
        if config.name in settings.TENANT_APPS
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    assert here <= tables_of(acme.schema_name)


def test_nothing_of_a_workspace_belongs_to_the_login_or_to_a_workspaces_role(acme):
    owners = query(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
        r"WHERE n.nspname IN ('public', 'template') OR n.nspname LIKE 'w\_%'"
    )
    assert owners == [("lodestar_owner",)]


def test_only_its_own_role_has_rights_in_a_schema(acme):
    """Every right granted on a table or on the schema: to its owner, or to the role of the same name."""
    rights = query(
        "SELECT DISTINCT n.nspname, pg_get_userbyid(a.grantee) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL aclexplode(c.relacl) a "
        r"WHERE n.nspname = 'template' OR n.nspname LIKE 'w\_%' "
        "UNION SELECT n.nspname, pg_get_userbyid(a.grantee) FROM pg_namespace n, LATERAL aclexplode(n.nspacl) a "
        r"WHERE n.nspname = 'template' OR n.nspname LIKE 'w\_%'"
    )
    assert rights
    assert {grantee for schema, grantee in rights} <= {"lodestar_owner", *(schema for schema, _ in rights)}
    assert not [pair for pair in rights if pair[1] not in (pair[0], "lodestar_owner")]


def test_the_login_is_a_member_of_every_role_and_inherits_none(acme, borealis):
    members = query(
        "SELECT r.rolname, m.inherit_option, m.set_option, m.admin_option FROM pg_auth_members m "
        "JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles l ON l.oid = m.member WHERE l.rolname = 'lodestar_app'"
    )
    assert {name for name, *_ in members} == {"lodestar_public", acme.schema_name, borealis.schema_name}
    assert {tuple(options) for _, *options in members} == {(False, True, False)}


def test_schema_names_are_generated(acme):
    from django.db import IntegrityError, transaction

    from apps.workspaces.models import Workspace

    for name in ("pg_catalog", "acme", 'w_"; DROP TABLE x', "W_" + "A" * 32):
        with pytest.raises(IntegrityError, match="workspace_schema_name_is_generated"), transaction.atomic():
            Workspace.objects.create(schema_name=name, slug="another", name="Another")
