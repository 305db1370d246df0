#!/usr/bin/python3
"""A web-hook receiver for the local stack: appends each call to a file as one JSON line."""

import http.server
import json
import sys

LIMIT = 1024 * 1024


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 204 once the call is on disk."""

    def do_POST(self) -> None:  # noqa: N802, the base class names it
        size = min(int(self.headers.get("Content-Length", "0")), LIMIT)
        body = self.rfile.read(size).decode("utf-8", "replace")
        line = {"path": self.path, "headers": dict(self.headers), "body": body}
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
        """Calls are in the file; nothing on standard error."""


def main() -> None:
    """Usage: hook_sink.py PORT FILE"""
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


main()
