"""What one client asked and what it was told, written before and after each request, so that a kill of the harness
loses nothing that a service had acknowledged."""

import json
import os
import time


class Journal:
    """One append-only file of one client; not shared between threads."""

    def __init__(self, run, client):
        directory = run / "journal"
        directory.mkdir(parents=True, exist_ok=True)
        self.client = client
        self.number = 0
        self.file = os.open(directory / f"{client}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, line):
        """One line at once."""
        os.write(self.file, (json.dumps(line, ensure_ascii=False) + "\n").encode())

    def before(self, kind, key, request, case_id=None, repeat=False, expect=None):
        """A request is about to be made; returns its number."""
        self.number += 1
        line = {"at": time.time(), "phase": "before", "n": self.number, "kind": kind, "key": key, "case_id": case_id,
                "request": request, "repeat": repeat}
        if expect:
            line["expect"] = expect
        self.write(line)
        return self.number

    def after(self, number, outcome, status=None, answer=None, **more):
        """How it ended as the client saw it: acknowledged, refused or unknown."""
        self.write({"at": time.time(), "phase": "after", "n": number, "outcome": outcome, "status": status,
                    "answer": answer, **more})

    def close(self):
        """No more requests."""
        os.close(self.file)


def outcome_of(status):
    """What an HTTP status says about the request's fate. Whoever may come again with the same key does not know yet:
    409 in flight, 429, 5xx."""
    if 200 <= status < 300:
        return "acknowledged"
    if status in (429,) or status >= 500:
        return "unknown"
    return "refused"
