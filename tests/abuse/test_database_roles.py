"""What PostgreSQL lets each role do, read from its catalogue and tried by the role itself."""

import os
import re

import psycopg
import pytest
from stack_tests import control

OWNERS = {"redress_ledger": "ledger", "redress_notification": "notification", "redress_analytics": "analytics"}
READERS = {"redress_ledger_api": "ledger", "redress_analytics_api": "analytics"}
SCHEMAS = sorted(OWNERS.values())
OF_A_PERSON = {("ledger", "conflicts"), ("ledger", "grants")}  # no tenant's: each sees the own ones
OF_THE_VAULT = {("ledger", "vault_messages")}  # seen with the case's row of the vault


@pytest.fixture(name="catalogue")
def the_catalogue():
    """A connection of the administrator that changes nothing."""
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        yield connection
        connection.rollback()


def readable(connection, role):
    """Tables that the role may select from: (schema, table)."""
    return connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(%s, c.oid, 'SELECT')",
        (SCHEMAS, role)).fetchall()


def test_no_role_can_pass_by_row_level_security(catalogue):
    rows = catalogue.execute("SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin "
                             "FROM pg_roles WHERE rolname LIKE 'redress%'").fetchall()
    assert {row[0] for row in rows} == set(OWNERS) | set(READERS)
    for name, *powers, may_log_in in rows:
        assert powers == [False] * 5, name
        assert may_log_in == (name in OWNERS)
    members = catalogue.execute("SELECT r.rolname, m.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid "
                                "JOIN pg_roles m ON m.oid = a.member WHERE m.rolname LIKE 'redress%'").fetchall()
    assert set(members) == {("redress_ledger_api", "redress_ledger"), ("redress_analytics_api", "redress_analytics")}


def test_each_role_is_kept_to_its_own_schema(catalogue):
    for role, own in {**OWNERS, **READERS}.items():
        for schema in SCHEMAS:
            usage, create = catalogue.execute("SELECT has_schema_privilege(%(r)s, %(s)s, 'USAGE'), "
                                              "has_schema_privilege(%(r)s, %(s)s, 'CREATE')", {"r": role, "s": schema}).fetchone()
            assert usage == (schema == own), (role, schema)
            assert create == (schema == own and role in OWNERS), (role, schema)
        assert {schema for schema, _ in readable(catalogue, role)} == {own}


def test_readers_may_only_read_and_only_under_a_policy(catalogue):
    for role, own in READERS.items():
        tables = readable(catalogue, role)
        assert len(set(tables) - OF_A_PERSON - OF_THE_VAULT) == {"ledger": 4, "analytics": 8}[own]
        for schema, table in tables:
            name = f"{schema}.{table}"
            for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
                assert not catalogue.execute("SELECT has_table_privilege(%s, %s, %s)", (role, name, privilege)).fetchone()[0]
            kind, secured = catalogue.execute("SELECT relkind, relrowsecurity FROM pg_class WHERE oid = %s::regclass", (name,)).fetchone()
            policies = catalogue.execute("SELECT roles::text[], permissive, cmd, qual FROM pg_policies WHERE schemaname = %s AND "
                                         "tablename = %s", (own, table)).fetchall()
            assert kind in (b"r", "r") and secured, name
            assert [policy[:3] for policy in policies] == [([role], "PERMISSIVE", "SELECT")], name
            if (schema, table) in OF_A_PERSON:
                assert policies[0][3].startswith("((subject = current_setting('redress.subject'") or \
                    policies[0][3].startswith("(subject = current_setting('redress.subject'")
                continue
            if (schema, table) in OF_THE_VAULT:
                assert "EXISTS" in policies[0][3] and "vault v" in policies[0][3]
                continue
            assert "tenant = ANY" in policies[0][3] and "redress.tenants" in policies[0][3]


def test_row_level_security_asks_for_the_permission_tables_views(catalogue):
    asked = control("permissions", "show", "--json")[1]["row_level_security"]
    assert set(asked) == {table for _, table in readable(catalogue, "redress_ledger_api")} - {"conflicts", "grants", "vault_messages"}
    for table, views in asked.items():
        rule = catalogue.execute("SELECT qual FROM pg_policies WHERE schemaname = 'ledger' AND tablename = %s", (table,)).fetchone()[0]
        listed = re.search(r"'redress.views'.*?&& '\{([a-z,]+)\}'", rule, re.DOTALL)
        assert listed and set(listed.group(1).split(",")) == set(views), rule
        assert "conflicts" in rule and "redress.closed_only" in rule


def count(connection, table):
    """Rows that are seen."""
    return connection.execute(f"SELECT count(*) FROM ledger.{table}").fetchone()[0]


def test_a_reader_without_the_view_or_in_conflict_sees_nothing_of_it(catalogue):
    case_id, tenant = catalogue.execute("SELECT case_id, tenant FROM ledger.vault LIMIT 1").fetchone()
    asked = control("permissions", "show", "--json")[1]["row_level_security"]
    with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        connection.execute("INSERT INTO ledger.conflicts VALUES ('named-in-it', %s)", (case_id,))
        connection.execute("SET LOCAL ROLE redress_ledger_api")
        connection.execute("SELECT set_config('redress.tenants', %s, true)", (tenant,))
        for table, views in asked.items():
            for view in (*views, "indicators"):
                connection.execute("SELECT set_config('redress.views', %s, true), set_config('redress.subject', '', true)", (view,))
                assert table == "clocks" or (count(connection, table) > 0) == (view in views), (table, view)
                connection.execute("SELECT set_config('redress.subject', 'named-in-it', true)")
                mine = connection.execute(f"SELECT count(*) FROM ledger.{table} WHERE case_id = %s", (case_id,)).fetchone()[0]
                assert mine == 0
        connection.execute("SELECT set_config('redress.views', 'list', true), set_config('redress.closed_only', 'on', true)")
        assert not {row[0] for row in connection.execute("SELECT DISTINCT status FROM ledger.cases")} - {"closed", "final", "archived"}
        connection.rollback()


def test_nothing_lends_its_owners_powers(catalogue):
    functions = catalogue.execute("SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
                                  "WHERE n.nspname = ANY (%s) AND p.prosecdef", (SCHEMAS,)).fetchall()
    views = catalogue.execute("SELECT schemaname, viewname FROM pg_views WHERE schemaname = ANY (%s)", (SCHEMAS,)).fetchall()
    public = catalogue.execute("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, "
                               "aclexplode(c.relacl) a WHERE n.nspname = ANY (%s) AND a.grantee = 0", (SCHEMAS,)).fetchall()
    assert (functions, views, public) == ([], [], [])


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_sees_its_tenants_rows_and_without_a_scope_none(catalogue, reader):
    scopes = {"demo-clinic": {"demo-clinic"}, "first-hospital,demo-clinic": {"first-hospital", "demo-clinic"}, "": set(),
              "*": set(), "%": set(), "demo-clinic ": set(), "{demo-clinic}": set(), "bureau' OR 'a'='a": set(), None: set()}
    owner = reader.removesuffix("_api")
    tables = [table for table in readable(catalogue, reader) if table not in OF_A_PERSON | OF_THE_VAULT]
    for scope, expected in scopes.items():
        with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # the services write meanwhile
            there = {table: {row[0] for row in connection.execute(f'SELECT DISTINCT tenant FROM "{table[0]}"."{table[1]}"')} for table in tables}
            assert any({"first-hospital"} < tenants for tenants in there.values()), "the tables hold too little to tell"
            connection.execute(f"SET SESSION AUTHORIZATION {owner}")
            connection.execute(f"SET LOCAL ROLE {reader}")
            connection.execute("SELECT set_config('redress.views', 'list,show,timeline,reveal', true)")
            if scope is not None:
                connection.execute("SELECT set_config('redress.tenants', %s, true)", (scope,))
            for table in tables:
                seen = {row[0] for row in connection.execute(f'SELECT DISTINCT tenant FROM "{table[0]}"."{table[1]}"')}
                assert seen == expected & there[table], (scope, table)
            connection.rollback()


def test_an_owner_reads_no_other_services_tables():
    for role in OWNERS:
        with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
            for table in ("ledger.vault", "notification.contacts", "analytics.measures"):
                if table.split(".", maxsplit=1)[0] == OWNERS[role]:
                    continue
                connection.execute(f"SET SESSION AUTHORIZATION {role}")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT 1 FROM {table}")
                connection.rollback()
