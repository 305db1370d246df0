"""What the demo speaks with: the stack's settings, staff sessions, commands."""

import os
import pathlib
import subprocess
import sys
import time
import uuid

import requests

ROOT = pathlib.Path(__file__).resolve().parents[1]
STACK = pathlib.Path(os.environ.get("REDRESS_STACK_DIR", ROOT / "build" / "local"))
PATIENCE_S = 60


def say(text):
    """Progress goes to standard error."""
    print(f"== {text}", file=sys.stderr)


def read_environment():
    """The stack's own settings."""
    text = subprocess.run(["bash", "-c", f"source '{STACK}/env' && env"], capture_output=True, text=True, check=True)
    for line in text.stdout.splitlines():
        if line.startswith("REDRESS_"):
            name, value = line.split("=", 1)
            os.environ[name] = value


def token(subject):
    """A staff user's session."""
    done = subprocess.run([ROOT / "build/bin/redressctl", "token", "--subject", subject],
                          capture_output=True, text=True, check=True)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {done.stdout.strip()}"
    return session


def wait_for(what, condition):
    """Polls a condition; gives up by name."""
    say(f"waiting for {what}")
    end = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        if time.monotonic() > end:
            sys.exit(f"demo: {what} did not come within {PATIENCE_S} s; see {STACK}/log")
        time.sleep(0.1)
    return value


def command(session, case_id, action, body=None):
    """One staff command on the newest version."""
    base = f"{os.environ['REDRESS_LEDGER_URL']}/v1/cases/{case_id}"
    etag = session.get(base, timeout=10).headers["ETag"]
    answer = session.post(f"{base}/{action}", json=body or {}, timeout=10,
                          headers={"If-Match": etag, "Idempotency-Key": str(uuid.uuid4())})
    if answer.status_code == 412:  # somebody was faster: look again
        return command(session, case_id, action, body)
    answer.raise_for_status()
    return answer.json()
