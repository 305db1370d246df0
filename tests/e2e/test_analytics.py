"""Each indicator, recomputed from the ledger's facts by independent code, must be the same."""

import datetime
import pathlib
import re
import time

import psycopg
import requests
from conftest import (ENV, Staff, await_reviews_over, bound_reviews, control, mint, publish, read_topic, settle, submission,
                      supervise, wait_for)
from recount import due_days, figures, fold, group_of, repeat_days, response_classes, response_months
from redress.v1 import facts_pb2

ZONE = datetime.timezone(datetime.timedelta(hours=8))  # of the region


def recount(database):
    """Cases as plain dictionaries, folded from case_events."""
    rows = database.execute("SELECT case_id::text, type, payload FROM ledger.case_events ORDER BY case_id, seq")
    names = [(case_id, kind.removeprefix("redress.v1."), bytes(payload)) for case_id, kind, payload in rows]
    return fold((case_id, name, getattr(facts_pb2, name).FromString(payload)) for case_id, name, payload in names)


def handle(case_id, supervisor, handler):
    """A case of the demo clinic, from its acceptance, or a rework of it, to its reply."""
    again = supervisor.case(case_id)["status"] == "rework"
    taken = [] if again else [(supervisor, "accept", {}), (supervisor, "dispatch", {"unit": "demo-clinic.desk"})]
    for user, action, words in [*taken, (handler, "sign", {}),
                                (handler, "decide", {"outcome": "explained", "findings": "已说明"}),
                                (handler, "reply", {"reply": "已答复"})]:
        wait_for(action, lambda u=user, a=action, w=words: u.do(case_id, a, w).status_code == 200)


def submit(intake, supervisor, body):
    """A new case, assessed; its receipt."""
    receipt = intake.post("/v1/submissions", body).json()
    wait_for("the assessment", lambda: supervisor.has(receipt["case_id"], "CaseAssessed"))
    return receipt


def rate(intake, supervisor, receipt, overall, solved):
    """The complainant's rating, by PIN, once the ledger has it."""
    before = len(supervisor.has(receipt["case_id"], "FeedbackRecorded"))
    answer = intake.post(f"/v1/submissions/{receipt['tracking_code']}/feedback", {"overall": overall, "solved": solved},
                         headers={"Redress-Pin": receipt["pin"]})
    assert answer.status_code == 202, answer.text
    wait_for("the rating", lambda: len(supervisor.has(receipt["case_id"], "FeedbackRecorded")) > before)


def close(case_id, handler, supervisor):
    """Closes it, whatever was ordered about it."""
    settle(case_id, handler, supervisor)
    wait_for("close", lambda: supervisor.do(case_id, "close").status_code == 200)


def go_the_whole_way(intake, supervisor, handler, body, first=None):
    """A case of the demo clinic, closed and rated; its id. first: what is done to it before."""
    receipt = submit(intake, supervisor, body)
    case_id = receipt["case_id"]
    if first:
        first(case_id, supervisor)
    handle(case_id, supervisor, handler)
    rate(intake, supervisor, receipt, 4, True)
    close(case_id, handler, supervisor)
    return case_id


def agrees(analytics, database, path):
    """Whether analytics tells what the ledger's facts give."""
    everyone = recount(database)
    told = analytics.get(path).json()
    now = int(datetime.datetime.now().timestamp() * 1000)
    first, last = (re.search(rf"[?&]{name}=([0-9-]+)", path)[1] for name in ("from", "to"))
    cases = [case for case in everyone if ("institution" not in path or case["tenant"] == "demo-clinic")
             and first <= group_of(case, ZONE)[2] <= last]
    wanted = figures(cases, everyone, now)
    return {name: told.get(name) for name in wanted} == wanted


def sums_agree(database):
    """Whether each row of sums is what the ledger's facts give; rows of zeros are none."""
    everyone = recount(database)
    dues = database.execute("SELECT tenant, day::text, due_day::text, unresponded, owed, on_time, overdue FROM analytics.due_days")
    classes = database.execute("SELECT tenant, day::text, class, cases FROM analytics.response_classes WHERE cases <> 0")
    months = database.execute("SELECT tenant, month::text, class, cases FROM analytics.response_months WHERE cases <> 0")
    repeats = database.execute("SELECT tenant, day::text, cases FROM analytics.repeat_days WHERE cases <> 0")
    return ({tuple(key): counts for *key, a, b, c, d in dues if any(counts := [a, b, c, d])} == due_days(everyone, ZONE)
            and {tuple(key): count for *key, count in classes} == response_classes(everyone, ZONE)
            and {tuple(key): count for *key, count in months} == response_months(everyone, ZONE)
            and {tuple(key): count for *key, count in repeats} == repeat_days(everyone, ZONE))


def today():
    """The region's day."""
    return datetime.datetime.now(ZONE).date().isoformat()


def test_every_indicator_equals_an_independent_recount(intake, supervisor, handler, analytics, database):
    since = today()
    again = submission(institution="demo-clinic", category="waiting", narrative="又等了很久",
                       complainant={"phone": "13700009999"})
    first = go_the_whole_way(intake, supervisor, handler, again)
    second = go_the_whole_way(intake, supervisor, handler, again)
    other = submit(intake, supervisor, submission(institution="demo-clinic"))["case_id"]
    assert supervisor.do(second, "merge", {"with": first, "reason": "同一事项"}).status_code == 200
    assert supervisor.do(second, "merge", {"with": other, "reason": "同一事项"}).status_code == 200
    assert supervisor.do(other, "unmerge", {"reason": "另一件事"}).status_code == 200
    wait_for("the repeat", lambda: supervisor.has(second, "RepeatRecognised"))
    unanswered = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
    wait_for("both clocks to run out", lambda: len(supervisor.has(unanswered, "ClockBreached")) == 2, 60)
    own = f"/v1/indicators?from={since}&to={today()}&institution=demo-clinic"  # two days where one ended meanwhile
    for path in [own,
                 "/v1/indicators?from=1990-01-01&to=2030-12-31"]:
        wait_for(f"figures that agree on {path}", lambda path=path: agrees(analytics, database, path))
    wait_for("sums that agree", lambda: sums_agree(database))
    told = analytics.get(own).json()
    assert told["repeat_rate"] > 0 and told["overdue"] >= 1 and told["on_time_rate"] is not None
    assert told["merged"] >= 1 and told["repeated"] >= 1


def test_a_case_that_is_supervised_twice_counts_once_and_a_refused_one_not(intake, supervisor, handler, analytics, database):
    path = "/v1/indicators?from=1990-01-01&to=2030-12-31"
    accepted = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
    wait_for("the case", lambda: supervisor.has(accepted, "CaseAssessed"))
    wait_for("the acceptance", lambda: supervisor.do(accepted, "accept").status_code == 200)
    for _ in range(3):
        assert supervisor.do(accepted, "supervise", {"level": "ordinary", "instruction": "限期"}).status_code == 200
    refused = intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"]
    wait_for("the case", lambda: supervisor.has(refused, "CaseAssessed"))
    body = {"ground": "other_authority", "right_route": "市场监管局"}
    wait_for("the refusal", lambda: supervisor.do(refused, "refuse", body).status_code == 200)
    assert supervisor.has(refused, "SupervisionOrdered")
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    assert 0 < analytics.get(path).json()["supervised_rate"] <= 1


def test_erasure_takes_the_hashes_by_which_a_complainant_is_known_again(intake, supervisor, handler, analytics, database):
    body = submission(institution="demo-clinic", complainant={"phone": "13700008888"})
    case_id = go_the_whole_way(intake, supervisor, handler, body, bound_reviews)
    kept = "SELECT 1 FROM analytics.contact_hashes WHERE case_id = %s"
    wait_for("the hash", lambda: database.execute(kept, (case_id,)))
    administrator = Staff(ENV["REDRESS_LEDGER_URL"], mint("region-administrator"))
    await_reviews_over(case_id, supervisor)
    assert administrator.do(case_id, "erase", {"reason": "保存期满"}).status_code == 200
    wait_for("no hash left", lambda: not database.execute(kept, (case_id,)))
    wait_for("figures that agree", lambda: agrees(analytics, database, "/v1/indicators?from=1990-01-01&to=2030-12-31"))
    wait_for("sums that agree", lambda: sums_agree(database))


def test_bad_periods_name_their_field(analytics):
    assert analytics.get("/v1/indicators?to=2026-01-01").json()["field"] == "from"
    assert analytics.get("/v1/indicators?from=2026-13-01&to=2026-01-01").json()["field"] == "from"
    assert analytics.get("/v1/indicators?from=2026-02-01&to=2026-01-01").json()["field"] == "to"
    bad = analytics.get("/v1/indicators?from=2026-01-01&to=2026-01-02&institution=no-such")
    assert bad.status_code == 422 and bad.json()["field"] == "institution"


def test_a_rebuild_counts_what_happened_before_a_version_that_counts_more(intake, supervisor, analytics, database):
    path = "/v1/indicators?from=1990-01-01&to=2030-12-31"
    ids = [intake.post("/v1/submissions", submission(institution="demo-clinic")).json()["case_id"] for _ in range(2)]
    wait_for("the cases", lambda: all(supervisor.has(case_id, "CaseAssessed") for case_id in ids))
    assert supervisor.do(ids[0], "merge", {"with": ids[1], "reason": "同一事项"}).status_code == 200
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    merged = analytics.get(path).json()["merged"]
    assert merged >= 1
    # As a migration leaves it that adds the columns.
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        # In the service's own order, and alone: facts of other cases may come meanwhile, and two who wait for each other's rows fail.
        connection.execute("LOCK TABLE analytics.measures, analytics.daily IN EXCLUSIVE MODE")
        connection.execute("UPDATE analytics.measures SET others = 0, merged = false, earlier = 0")
        connection.execute("UPDATE analytics.daily SET merged = 0, repeated = 0")
    assert analytics.get(path).json()["merged"] == 0
    code, _, error = control("analytics", "rebuild")
    assert code == 1 and "analytics runs" in error, "what counts may not be emptied"
    assert analytics.get(path).json()["received"] > 0
    supervise("stop", "analytics")
    try:
        def forgotten():
            code, found, error = control("analytics", "rebuild")
            assert code == 0 or "analytics runs" in error, error  # Kafka notices a little later that it left
            return code == 0 and found
        assert wait_for("Kafka to have noticed", forgotten)["emptied"]
    finally:
        supervise("start", "analytics")
    wait_for("all facts counted again", lambda: analytics_is_up(analytics, path) and agrees(analytics, database, path))
    wait_for("sums that agree", lambda: sums_agree(database))
    assert analytics.get(path).json()["merged"] == merged


def test_rules7_1_a_rated_case_that_is_reopened_stays_covered(intake, supervisor, handler, analytics, database):
    path = "/v1/indicators?from=1990-01-01&to=2030-12-31"
    case_id = go_the_whole_way(intake, supervisor, handler, submission(institution="demo-clinic"))
    assert supervisor.do(case_id, "reopen", {"ground": "new_facts", "reason": "出现新的情况"}).status_code == 200
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    assert 0 < analytics.get(path).json()["follow_up_coverage"] <= 1


def counts_of(analytics):
    """What is told of ratings and answers of all time."""
    told = analytics.get("/v1/indicators?from=1990-01-01&to=2030-12-31").json()
    shares = [told[name] or 0 for name in ("satisfaction_rate", "resolution_rate", "follow_up_coverage")]
    whole = [told[name] for name in ("rated", "answered", "closures")]
    return [*whole, *(round(share * count) for share, count in zip(shares, whole))]


def test_rules8_1_what_staff_heard_is_an_answer_and_no_rating(intake, supervisor, handler, analytics, database):
    path = "/v1/indicators?from=1990-01-01&to=2030-12-31"
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    before = counts_of(analytics)
    for reached in (False, False, True):
        case_id = submit(intake, supervisor, submission(institution="demo-clinic"))["case_id"]
        handle(case_id, supervisor, handler)
        heard = {"reached": True, "solved": True, "note": "已电话回访"} if reached else {"reached": False, "note": "无人接听"}
        for _ in range(1 if reached else 3):
            wait_for("a follow-up", lambda c=case_id, h=heard: supervisor.do(c, "follow-up", h).status_code == 200)
        close(case_id, handler, supervisor)
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    # rated, answered, closures; satisfied, solved, covered
    assert [now - old for now, old in zip(counts_of(analytics), before)] == [0, 1, 3, 0, 1, 1]


def test_rules8_2_each_round_of_a_case_counts_its_rating(intake, supervisor, handler, analytics, database):
    colleague = Staff(ENV["REDRESS_LEDGER_URL"], mint("demo-colleague"))
    path = "/v1/indicators?from=1990-01-01&to=2030-12-31"
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    before = counts_of(analytics)
    receipt = submit(intake, supervisor, submission(institution="demo-clinic"))
    handle(receipt["case_id"], supervisor, handler)
    rate(intake, supervisor, receipt, 1, False)
    handle(receipt["case_id"], supervisor, colleague)
    rate(intake, supervisor, receipt, 5, True)
    close(receipt["case_id"], colleague, supervisor)
    wait_for("figures that agree", lambda: agrees(analytics, database, path))
    assert [now - old for now, old in zip(counts_of(analytics), before)] == [2, 2, 1, 1, 1, 1]


BEFORE_ROUNDS = """
CREATE SCHEMA before_rounds;
SET search_path = before_rounds;
CREATE TABLE measures (name text, rating smallint, solved boolean, first_closed_at timestamptz, closed_at timestamptz);
CREATE TABLE daily (rated bigint, satisfied bigint, solved bigint, covered bigint, first_closed bigint);
INSERT INTO measures VALUES ('open', 0, false, NULL, NULL), ('rated', 4, true, NULL, NULL), ('closed', 0, false, now(), now()),
    ('both', 2, false, now(), now()), ('reopened', 5, true, now(), NULL), ('unrated', 0, false, now(), NULL);
INSERT INTO daily VALUES (3, 2, 2, 2, 4);
"""


def test_rules8_1_the_migration_keeps_what_is_known(analytics):
    counted = ("count(*) FILTER (WHERE answer <> 0)", "count(*) FILTER (WHERE answer = 4)",
               "count(*) FILTER (WHERE answer <> 0 AND closed_at IS NOT NULL)")
    migration = pathlib.Path(__file__).parents[2] / "services/analytics/migrations/0008_rounds.sql"
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        connection.execute(BEFORE_ROUNDS)
        connection.execute(migration.read_text(encoding="utf-8"))
        sums = connection.execute("SELECT rated, satisfied, answered, solved, closures, covered FROM daily").fetchone()
        assert sums == (3, 2, 3, 2, 4, 2)
        assert sums == connection.execute(
            f"SELECT sum(ratings), sum(satisfied), sum(answered) + {counted[0]}, sum(solved) + {counted[1]}, sum(closures), "
            f"sum(covered) + {counted[2]} FROM measures").fetchone(), "cases must go on adding up to the sums"
        connection.rollback()


BEFORE_SUMS = """
CREATE SCHEMA before_sums;
SET search_path = before_sums;
CREATE TABLE measures AS SELECT * FROM analytics.measures;
-- One reply a case was known: the run's, and a late one where a run of before was late.
UPDATE measures SET replied_at = CASE WHEN was_late AND run_replied_at IS NOT NULL THEN resolution_due_at + interval '1 day'
                                      ELSE run_replied_at END;
CREATE TABLE contact_hashes AS SELECT * FROM analytics.contact_hashes;
CREATE TABLE response_seconds (LIKE analytics.response_seconds);
ALTER TABLE response_seconds ADD PRIMARY KEY (day, tenant, category, seconds);
INSERT INTO response_seconds SELECT * FROM analytics.response_seconds;
CREATE INDEX measures_day ON measures (day);
CREATE INDEX measures_waiting ON measures (day);
CREATE POLICY contact_hashes_scope ON contact_hashes USING (true);
"""


def test_the_migration_counts_what_is_there_as_the_service_does(database, analytics):
    wait_for("sums that agree", lambda: agrees(analytics, database, "/v1/indicators?from=1990-01-01&to=2030-12-31")
             and sums_agree(database))
    migration = pathlib.Path(__file__).parents[2] / "services/analytics/migrations/0006_sums.sql"
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # all of one moment: facts come meanwhile
        connection.execute(BEFORE_SUMS)
        connection.execute(migration.read_text(encoding="utf-8"))
        for table, counted in [("due_days", "unresponded + owed <> 0"), ("response_classes", "cases <> 0"),
                               ("response_months", "cases <> 0"), ("repeat_days", "cases <> 0")]:
            rows = [set(connection.execute(f"SELECT t::text FROM {schema}.{table} AS t WHERE {counted}").fetchall())
                    for schema in ("analytics", "before_sums")]
            assert rows[0] == rows[1] and rows[0], table
        connection.rollback()


def test_a_fact_that_comes_again_alone_stops_nothing(intake, analytics):
    """A relay that died between the topic and its note publishes again, maybe when nothing else does."""
    def received():
        return analytics.get("/v1/indicators?from=1990-01-01&to=2030-12-31").json()["received"]
    case_id = intake.post("/v1/submissions", submission()).json()["case_id"]
    before = wait_for("the count", received)
    key, value, headers = wait_for("the fact", lambda: next(
        (fact for fact in read_topic("redress.facts")
         if fact[0].decode() == case_id and fact[2]["ce_type"].endswith("CaseRegistered")), None))
    time.sleep(2)
    publish("redress.facts", key, value, [(name, text.encode()) for name, text in headers.items()])
    time.sleep(2)  # that it is alone in its batch
    for _ in range(2):
        assert intake.post("/v1/submissions", submission()).status_code == 202
    wait_for("what came afterwards", lambda: received() >= before + 2)


def sequence_at_rest(database, case_id):
    """The last counted fact of a case, once it is the ledger's last, no notice waits and none followed for two seconds; else None."""
    def read():
        return database.execute("SELECT sequence FROM analytics.measures WHERE case_id = %s AND sequence = "
                                "(SELECT max(seq) FROM ledger.case_events WHERE case_id = %s) AND NOT EXISTS (SELECT 1 FROM "
                                "notification.deliveries WHERE case_id = %s AND (state = 'pending' OR NOT reported))", (case_id,) * 3)
    before = read()
    time.sleep(2)
    return before[0][0] if before and before == read() else None


def consumer_waits(database):
    """Whether analytics waits for a row of somebody else."""
    return database.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'redress-analytics consumer' "
                            "AND wait_event_type = 'Lock'")[0][0]


def test_a_case_that_another_process_counts_meanwhile_counts_once(intake, supervisor, database):
    """One of before a rebalance: it ends its batch after this one has looked for the case, and before this one writes."""
    case_id = submit(intake, supervisor, submission())["case_id"]
    last = wait_for("rest", lambda: sequence_at_rest(database, case_id))
    facts = [fact for fact in read_topic("redress.facts") if fact[0].decode() == case_id]
    totals = "SELECT sum(received)::bigint FROM analytics.daily"
    before = database.execute(totals)[0][0]
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as other:
        other.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM analytics.measures WHERE case_id = %s", (case_id,))
        other.execute("DELETE FROM analytics.measures WHERE case_id = %s", (case_id,))
        other.commit()
        other.execute("INSERT INTO analytics.measures SELECT * FROM kept")
        for key, value, headers in facts:
            publish("redress.facts", key, value, [(name, text.encode()) for name, text in headers.items()])
        wait_for("the other's row", lambda: consumer_waits(database))
        other.commit()
    later = submit(intake, supervisor, submission())["case_id"]
    wait_for("rest", lambda: sequence_at_rest(database, later))
    assert database.execute("SELECT sequence FROM analytics.measures WHERE case_id = %s", (case_id,)) == [(last,)]
    assert database.execute(totals)[0][0] == before + 1, "the later one alone"


def analytics_is_up(analytics, path):
    """Whether it answers."""
    try:
        return analytics.get(path).status_code == 200
    except requests.exceptions.ConnectionError:
        return False
