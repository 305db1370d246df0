"""The SQL of the services: what their programs hold, what PostgreSQL's log says they ran, and one statement run again as
somebody else."""

import collections
import contextlib
import os
import pathlib
import re
import time
import uuid
from dataclasses import dataclass, field, replace

import psycopg

ADMIN = os.environ["REDRESS_POSTGRES_ADMIN_URL"]
LOG = pathlib.Path(os.environ["REDRESS_STACK_DIR"], "log", "postgres.log")
OWNERS = {"ledger": "redress_ledger", "analytics": "redress_analytics"}
READERS = {"ledger": "redress_ledger_api", "analytics": "redress_analytics_api"}
EVERY_VIEW = "list,show,timeline,reveal,indicators"
SCOPE = "SELECT set_config("  # says who reads, and reads nothing
OF_DATA = re.compile(r"(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|COPY|TABLE|VALUES)\s")
LOGGING = {"log_statement": "all", "log_error_verbosity": "default", "log_line_prefix": "%p|%a|"}
ENTRY = re.compile(r"(\d+)\|([^|]*)\|(LOG|DETAIL):  (.*)", re.DOTALL)
TEXT = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)
PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")
ROLE = re.compile(r"\b(?:RESET|SET LOCAL|SET SESSION|SET) ROLE\b(?: (?:TO )?(\w+))?")
# What names a case among the parameters: its id, its tracking code.
KEY = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9A-Z]{13}\b")
NO_KEYS = "00000000-0000-4000-8000-000000000000", "0000000000000"


@dataclass
class Executed:
    """One statement that a service ran, by whom, in which session."""
    session: str  # as the service named it
    sql: str
    role: str | None = None  # that it took; None: the one that it logged in with, which row-level security does not bound
    scope: tuple = ()  # tenants, subject, views of a reader
    parameters: list = field(default_factory=list)
    transaction: tuple = ()  # the server's process, and a number that grows

    @property
    def service(self):
        """ledger or analytics."""
        return self.session.split(" ", 1)[0].removeprefix("redress-")

    @property
    def reader(self):
        """Whether row-level security bounds it."""
        return self.role in READERS.values()

    def keys(self):
        """The ids and tracking codes that it asks by."""
        return set(KEY.findall(str(self.parameters)))

    def without_keys(self):
        """The same text asked by nothing: lists are empty, other keys name no case."""
        return replace(self, parameters=[naming_nothing(value) for value in self.parameters])


def naming_nothing(value):
    """A parameter that names nothing."""
    if value is None:
        return None
    if value.startswith("{") and value.endswith("}"):
        return "{}"
    return KEY.sub(lambda found: NO_KEYS[len(found.group()) == len(NO_KEYS[1])], value)


def is_of_data(sql):
    """Whether it reads or writes rows: not what begins, ends or sets."""
    return OF_DATA.match(sql) is not None and not sql.startswith(SCOPE)


def held_by(program):
    """Every statement on data that the program can run, as its compiler put the text together. Of one that is built at
    run time it is the beginning."""
    texts = (text.decode("utf-8", "replace") for text in re.findall(rb"[^\0]{12,}", pathlib.Path(program).read_bytes()))
    return {text for text in texts if text.isprintable() and is_of_data(text)}


def value_of(text):
    """A parameter as the log quotes it."""
    return None if text == "NULL" else text[1:-1].replace("''", "'")


def entries(text):
    """(process, session, kind, message) of a piece of the log; lines of one message are joined."""
    for entry in text.replace("\n\t", "\0").split("\n"):
        if match := ENTRY.fullmatch(entry.replace("\0", "\n")):
            yield match.groups()


def executed(text):
    """What was run, from a piece of the log, with the role and the scope that each session had then."""
    roles, scopes, last, begun, found = {}, {}, {}, collections.Counter(), []
    for process, session, kind, message in entries(text):
        if kind == "DETAIL":
            if message.lower().startswith("parameters: ") and process in last:
                last[process].parameters = [value_of(value) for value in PARAMETER.findall(message)]
                if last[process].sql.startswith(SCOPE):
                    scopes[process] = tuple(last[process].parameters[:3])
                    if "'role'" in last[process].sql:
                        roles[process] = last[process].parameters[4]
            continue
        match = TEXT.fullmatch(message)
        if match is None:
            continue
        sql = match.group(1)
        if sql.startswith(("BEGIN", "ROLLBACK", "COMMIT")):
            roles[process] = scopes[process] = None
            begun[process] += 1
        if role := ROLE.search(sql):
            roles[process] = role.group(1)
        last[process] = Executed(session, sql, roles.get(process), scopes.get(process) or (), transaction=(process, begun[process]))
        found.append(last[process])
    return found


class Recording:
    """What the log got while it was told everything."""

    def __init__(self):
        self.start = LOG.stat().st_size

    def read(self):
        """All of it up to now: a statement of our own comes last."""
        mark = f"mark {uuid.uuid4()}"
        end = time.monotonic() + 30
        with psycopg.connect(ADMIN) as connection:
            connection.execute(f"SELECT '{mark}'")
        while True:
            with LOG.open("rb") as log:
                log.seek(self.start)
                text = log.read().decode("utf-8", "replace")
            if mark in text:
                return executed(text)
            assert time.monotonic() < end, "PostgreSQL does not log what it runs"
            time.sleep(0.05)

    def forget(self):
        """Row values stay out of the log: they hold what people wrote."""
        os.truncate(LOG, self.start)


def configure(statements, logged):
    """Changes the server's settings, until a session that was open before has heard of it."""
    end = time.monotonic() + 30
    with psycopg.connect(ADMIN, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("SELECT pg_reload_conf()")
        while connection.execute("SHOW log_statement").fetchone()[0] != logged:
            assert time.monotonic() < end, "PostgreSQL does not read its settings"
            time.sleep(0.02)


@contextlib.contextmanager
def recorded():
    """Every statement of every session is logged meanwhile."""
    recording = Recording()
    configure((f"ALTER SYSTEM SET {name} = '{value}'" for name, value in LOGGING.items()), "all")
    try:
        yield recording
    finally:
        configure((f"ALTER SYSTEM RESET {name}" for name in LOGGING), "none")
        recording.forget()


def run_as(statement, role, tenants, subject, views, before="SELECT"):
    """(rows, how many it gave or changed) of the statement in this role and scope, undone at once; none where it may not be run.
    What the administrator changes before it is undone too."""
    service = statement.service
    with psycopg.connect(ADMIN, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute(before)
        connection.execute(f"SET SESSION AUTHORIZATION {OWNERS[service]}")
        connection.execute(f"SET LOCAL search_path = {service}")
        if role is not None:
            connection.execute(f"SET LOCAL ROLE {role}")
        connection.execute("SELECT set_config('redress.tenants', $1, true), set_config('redress.subject', $2, true), "
                           "set_config('redress.views', $3, true), set_config('redress.closed_only', 'off', true)",
                           (tenants, subject, views))
        try:
            cursor = connection.execute(statement.sql, statement.parameters, prepare=False)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount
        except psycopg.errors.InsufficientPrivilege:
            return [], 0
        finally:
            connection.rollback()


def rows_for(statement, tenants, subject, views=EVERY_VIEW, before="SELECT"):
    """The rows that the same text with the same parameters gives a reader within this scope."""
    return run_as(statement, READERS[statement.service], tenants, subject, views, before)[0]


def as_it_ran(statement):
    """(rows, how many it gave or changed) in the role and the scope that it had."""
    return run_as(statement, statement.role, *(statement.scope or ("", "", "")))
