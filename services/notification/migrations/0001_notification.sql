-- Who is told what. Runs as redress_notification in schema notification.

-- What a message says about a case, from its facts. No personal data.
CREATE TABLE cases (
    case_id       uuid PRIMARY KEY,
    tenant        text NOT NULL,
    tracking_code text NOT NULL,
    language      text NOT NULL,
    received_at   timestamptz NOT NULL,
    promised_at   timestamptz,
    contactable   boolean NOT NULL
);

-- The complainant's contact, sealed to this service alone; a tombstone on the topic deletes it.
CREATE TABLE contacts (
    case_id uuid PRIMARY KEY,
    sealed  bytea NOT NULL
);

-- One row for each recipient, channel and occurrence.
CREATE TABLE deliveries (
    delivery_id       uuid PRIMARY KEY,
    case_id           uuid NOT NULL,
    tenant            text NOT NULL,
    occasion_sequence bigint NOT NULL,
    channel           text NOT NULL,
    recipient         text NOT NULL,
    template          text NOT NULL,
    fact_type         text NOT NULL,
    parameters        text NOT NULL, -- JSON: what the fact says; no personal data
    occurred_at       timestamptz NOT NULL,
    state             text NOT NULL DEFAULT 'pending'
                      CHECK (state IN ('pending', 'sent', 'failed')),
    urgent            boolean NOT NULL,
    attempts          integer NOT NULL DEFAULT 0,
    next_attempt_at   timestamptz NOT NULL,
    failure           text NOT NULL DEFAULT '',
    reported          boolean NOT NULL DEFAULT false,
    UNIQUE (case_id, occasion_sequence, channel, recipient)
);
CREATE INDEX deliveries_due ON deliveries (urgent DESC, next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_unreported ON deliveries (delivery_id) WHERE state <> 'pending' AND NOT reported;
