"""A complainant's sealed contact is as safe as the fact beside it."""

import contextlib
import uuid

from conftest import ENV, mails, submission, wait_for
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType


def set_topic(name, setting, value):
    """Changes one setting of a topic."""
    entry = ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": ENV["REDRESS_KAFKA_BROKERS"]})
    for result in admin.incremental_alter_configs([resource]).values():
        result.result(20)


@contextlib.contextmanager
def contacts_refused():
    """The broker refuses every contact, while facts pass."""
    set_topic("redress.contacts", "max.message.bytes", "1")
    try:
        yield
    finally:
        set_topic("redress.contacts", "max.message.bytes", "1048576")


def test_a_contact_that_kafka_refused_comes_later(intake, database):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    with contacts_refused():
        body = submission(complainant={"name": "周晓岚", "email": address})
        case_id = intake.post("/v1/submissions", body).json()["case_id"]
        waiting = "SELECT count(*) FROM notification.deliveries WHERE case_id = %s AND failure = 'no-contact'"
        wait_for("a notice that lacks its contact", lambda: database.execute(waiting, (case_id,)).fetchone()[0])
    wait_for("the mail", lambda: [to for to, _, _, _ in mails() if to == address])
