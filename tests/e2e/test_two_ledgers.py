"""Several ledgers: each publishes the facts of the cases whose proposals it reads."""

import psycopg
import pytest
from conftest import ENV, submission, supervise, wait_for
from test_reload import environment_of, second
from timers import second_port

RELAY_LOCKS = 0x72656C79
SHARDS = {0, 1, 2, 3}


def shards_held():
    """The shards of each relay's session that has any."""
    held = {}
    with psycopg.connect(ENV["REDRESS_POSTGRES_ADMIN_URL"]) as connection:
        for session, shard in connection.execute("SELECT pid, objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s",
                                                 (RELAY_LOCKS,)):
            held.setdefault(session, set()).add(shard)
    return sorted(held.values(), key=sorted)


def is_halved():
    """Whether two relays have two each."""
    return [len(half) for half in shards_held()] == [2, 2]


@pytest.fixture(name="another")
def another_ledger(tmp_path):
    """Beside the stack's own."""
    wait_for("one relay to have all shards", lambda: shards_held() == [SHARDS])
    region = environment_of("ledger")["REDRESS_REGION_DIRECTORY"]
    with second("ledger", region, tmp_path / "ledger.log", second_port()) as process:
        yield process


def test_shards_follow_the_partitions_and_come_back(another, intake, supervisor):
    wait_for("each relay to have half of the shards", is_halved)
    for _ in range(12):
        case_id = intake.post("/v1/submissions", submission()).json()["case_id"]
        wait_for("its assessment", lambda case_id=case_id: supervisor.has(case_id, "CaseAssessed"))
    another.kill()
    another.wait()
    wait_for("the one left to have all shards", lambda: shards_held() == [SHARDS])


def test_who_restarts_takes_its_half_again(another):
    wait_for("each relay to have half of the shards", is_halved)
    supervise("restart", "ledger")
    wait_for("each relay to have half of the shards again", is_halved)
    assert another.poll() is None
