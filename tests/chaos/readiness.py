"""Watches /readyz of every instance, from outside, all the time."""

import threading
import time

import requests

POLL_S = 0.25


class Watch(threading.Thread):
    """One instance."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url = url
        self.ready = False
        self.asked_at = 0.0  # when the question was asked that this is the answer to
        self.stopped = threading.Event()

    def run(self):
        session = requests.Session()
        while not self.stopped.wait(POLL_S):
            asked = time.time()
            try:
                ready = session.get(self.url, timeout=1.5).status_code == 200
            except requests.RequestException:
                ready = False
                session = requests.Session()
            self.ready, self.asked_at = ready, asked


class Readiness:
    """All instances together."""

    def __init__(self, stack, instances):
        self.watches = {name: Watch(f"http://127.0.0.1:{stack.admin_port(name)}/readyz") for name in instances}
        for watch in self.watches.values():
            watch.start()

    def all_ready_since(self, moment):
        """Whether each instance said that it is ready, asked after this moment."""
        return all(watch.ready and watch.asked_at > moment for watch in self.watches.values())

    def missing(self, moment):
        """Who has not said so."""
        return [name for name, watch in self.watches.items() if not watch.ready or watch.asked_at <= moment]

    def wait(self, moment, seconds):
        """Seconds from the moment until all were ready; None where that took too long."""
        end = time.time() + seconds
        while not self.all_ready_since(moment):
            if time.time() > end:
                return None
            time.sleep(0.05)
        return round(time.time() - moment, 2)

    def stop(self):
        """No more questions."""
        for watch in self.watches.values():
            watch.stopped.set()
