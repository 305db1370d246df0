"""A short overload: no figure is judged here, but what is promised whatever the machine."""

import http.server
import threading
from types import SimpleNamespace

import pytest
from overload import Commands, Submissions, judge, load, overload, wait_until_quiet


@pytest.mark.parametrize("make", [Submissions, Commands])
def test_overload_sheds_and_loses_nothing(make):
    with make() as kind:
        run = overload(kind, 5, 2)
    found = run["found"]
    assert found["accepted"] > 0
    assert found["failed"] == found["shed"], found
    assert found["shed_without_retry"] == 0, found
    assert found["refused"] == found["broken"] == 0, found
    assert run["kept"] >= found["accepted"], run
    assert run["back"] < float("inf")
    wait_until_quiet()


class Refusing(http.server.BaseHTTPRequestHandler):
    """Refuses every request, each with the next of these answers."""

    protocol_version = "HTTP/1.1"
    answers = iter(())

    def do_POST(self):
        """503, with Retry-After or without."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status, name, value = next(self.answers)
        self.send_response(status)
        if value is not None:
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        """Nothing."""


GOOD = [(503, "Retry-After", "1"), (503, "retry-after", "60"), (500, "Retry-After", None), (202, "Retry-After", None)]
BAD = [(503, "Retry-After", value) for value in (None, "", "0", "-1", "61", "1.5", "soon", "1 s", "99999999999999999999",
                                                 "Mon, 30 Nov 2026 12:00:00 GMT")] + [(503, "X-Retry-After", "1")]


@pytest.mark.parametrize("answers, bad", [(GOOD, 0), (BAD, len(BAD)), (GOOD + BAD, len(BAD))])
def test_the_generator_counts_each_503_that_does_not_say_when_to_try_again(answers, bad):
    Refusing.answers = iter(answers)
    with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = load(f"http://127.0.0.1:{server.server_port}", 1, count=len(answers))
        server.shutdown()
    assert found["shed"] == sum(status == 503 for status, *_ in answers)
    assert found["shed_without_retry"] == bad


@pytest.mark.parametrize("bad, met", [(0, True), (1, False)])
def test_a_503_that_does_not_say_when_to_try_again_misses_the_limit(bad, met):
    found = {"accepted": 1, "shed": 1, "failed": 1, "refused": 0, "broken": 0, "shed_without_retry": bad,
             "latency": {"p99_ms": 1}, "refusal_latency": {"p99_ms": 1}}
    rows = judge({"found": found, "memory": SimpleNamespace(peak=1), "kept": 1, "back": 0})
    assert all(row[3] for row in rows) == met
