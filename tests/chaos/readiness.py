"""Watches /readyz of every instance, and whether the servers behind them answer, from outside, all the time."""

import os
import socket
import threading
import time

import psycopg
import redis
import requests
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

POLL_S = 0.25
ANSWER_S = 1.5  # later than that is as good as never


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
                ready = session.get(self.url, timeout=ANSWER_S).status_code == 200
            except requests.RequestException:
                ready = False
                session = requests.Session()
            self.ready, self.asked_at = ready, asked


class Servers:
    """One question to each server, past all proxies."""

    def __init__(self, base):
        self.base = base
        self.admin = AdminClient({"bootstrap.servers": os.environ["REDRESS_KAFKA_BROKERS"], "log_level": 0,
                                  "reconnect.backoff.max.ms": 250})
        self.questions = [self.ask_kafka, self.ask_postgres, self.ask_redis, self.ask_smtp]

    def ask_kafka(self):
        """Every partition has a leader."""
        try:
            topics = self.admin.list_topics(timeout=ANSWER_S).topics.values()
        except KafkaException:
            return False
        return all(partition.leader >= 0 for topic in topics for partition in topic.partitions.values())

    def ask_postgres(self):
        """It takes a connection and answers."""
        try:
            with psycopg.connect(os.environ["REDRESS_POSTGRES_ADMIN_URL"], connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def ask_redis(self):
        """It has read its data."""
        try:
            with redis.Redis(port=self.base + 379, socket_timeout=ANSWER_S) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def ask_smtp(self):
        """It greets."""
        try:
            with socket.create_connection(("127.0.0.1", self.base + 25), timeout=ANSWER_S) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False


class ServerWatch(threading.Thread):
    """One server: since when it answers."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask = ask
        self.back_at = 0.0  # infinite while it is away
        self.stopped = threading.Event()

    def run(self):
        away = False
        while not self.stopped.wait(POLL_S):
            asked = time.time()
            answered = self.ask()
            now = time.time()
            if not answered:
                self.back_at = float("inf")
            elif away or now - asked > ANSWER_S:
                self.back_at = now
            away = not answered


class Readiness:
    """All instances together."""

    def __init__(self, stack, instances):
        self.watches = {name: Watch(f"http://127.0.0.1:{stack.admin_port(name)}/readyz") for name in instances}
        self.servers = [ServerWatch(ask) for ask in Servers(stack.base).questions]
        for watch in [*self.watches.values(), *self.servers]:
            watch.start()

    def servers_after(self, moment):
        """Seconds from the moment until the last of the servers answered again: nothing can be ready before."""
        back = max(min(watch.back_at, time.time()) for watch in self.servers)
        return round(max(0.0, back - moment), 2)

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
        for watch in [*self.watches.values(), *self.servers]:
            watch.stopped.set()
