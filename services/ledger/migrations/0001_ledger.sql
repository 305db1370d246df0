-- The authoritative record. Runs as redress_ledger in schema ledger.

-- What is known of a case now: the fold of its facts (state), and the columns that lists filter by.
CREATE TABLE cases (
    case_id        uuid PRIMARY KEY,
    tenant         text NOT NULL,
    tracking_code  text NOT NULL UNIQUE,
    status         text NOT NULL,
    category       text NOT NULL,
    urgency        smallint NOT NULL,
    crisis         smallint NOT NULL,
    unit           text NOT NULL,
    open_alarm     boolean NOT NULL,
    breached       boolean NOT NULL,
    due_at         timestamptz,
    received_at    timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    content_sha256 bytea NOT NULL,
    sequence       bigint NOT NULL,
    hash           bytea NOT NULL,
    state          bytea NOT NULL
) WITH (fillfactor = 50); -- room for the next versions of a row beside it, without touching indexes
CREATE INDEX cases_received ON cases (received_at DESC, case_id DESC);
CREATE INDEX cases_tenant_received ON cases (tenant, received_at DESC, case_id DESC);
CREATE INDEX cases_tenant_status ON cases (tenant, status, received_at DESC, case_id DESC);
CREATE INDEX cases_status ON cases (status, received_at DESC, case_id DESC);
CREATE INDEX cases_urgency ON cases (urgency, received_at DESC, case_id DESC);
CREATE INDEX cases_unit ON cases (unit, received_at DESC, case_id DESC) WHERE unit <> '';
CREATE INDEX cases_alarm ON cases (received_at DESC, case_id DESC) WHERE open_alarm;

-- Append-only, one chain of hashes a case: services/common/chain.h.
CREATE TABLE case_events (
    case_id    uuid NOT NULL,
    seq        bigint NOT NULL,
    tenant     text NOT NULL,
    type       text NOT NULL,
    payload    bytea NOT NULL,
    cause_id   uuid NOT NULL,
    actor      text NOT NULL,
    decided_at timestamptz NOT NULL,
    prev_hash  bytea NOT NULL,
    hash       bytea NOT NULL,
    PRIMARY KEY (case_id, seq)
);
-- A proposal or command applies once: its cause is looked up before it is decided.
CREATE INDEX case_events_cause ON case_events (case_id, cause_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'case_events is append-only';
END $$;
CREATE TRIGGER case_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Facts that Kafka does not have yet, in their order: one row a transaction and shard. Rows are
-- numbered under the row locks of their cases, so for each case their order is commit order; the
-- relay deletes what was delivered.
CREATE TABLE outbox (
    entry_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard        smallint NOT NULL,
    case_ids     uuid[] NOT NULL,
    seqs         bigint[] NOT NULL,
    traceparents text[] NOT NULL -- W3C trace context of each cause; may be empty
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Clocks that run: what sla-timer rebuilds its index from.
CREATE TABLE clocks (
    case_id uuid NOT NULL,
    name    text NOT NULL,
    tenant  text NOT NULL,
    version integer NOT NULL,
    warn_at timestamptz,
    due_at  timestamptz NOT NULL,
    warned  boolean NOT NULL,
    paused  boolean NOT NULL DEFAULT false, -- due_at is then the end of the pause
    PRIMARY KEY (case_id, name)
);
CREATE INDEX clocks_due ON clocks (due_at);
CREATE INDEX clocks_warn ON clocks (warn_at) WHERE NOT warned;

-- Personal data, sealed, apart from the chain: erasing a row keeps every proof.
CREATE TABLE vault (
    case_id        uuid PRIMARY KEY,
    tenant         text NOT NULL,
    sealed_key     bytea NOT NULL,
    nonce          bytea NOT NULL,
    ciphertext     bytea NOT NULL,
    sealed_contact bytea
);

-- Where each partition goes on; the epoch fences a consumer that lost the partition.
CREATE TABLE kafka_offset (
    consumer_group text NOT NULL,
    topic          text NOT NULL,
    partition      integer NOT NULL,
    next_offset    bigint NOT NULL,
    epoch          bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic, partition)
);

-- Staff queries run as redress_ledger_api and see only the institutions in their scope.
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE clocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault ENABLE ROW LEVEL SECURITY;
CREATE POLICY cases_scope ON cases FOR SELECT TO redress_ledger_api
    USING (tenant = ANY (string_to_array(current_setting('redress.tenants', true), ',')));
CREATE POLICY case_events_scope ON case_events FOR SELECT TO redress_ledger_api
    USING (tenant = ANY (string_to_array(current_setting('redress.tenants', true), ',')));
CREATE POLICY clocks_scope ON clocks FOR SELECT TO redress_ledger_api
    USING (tenant = ANY (string_to_array(current_setting('redress.tenants', true), ',')));
CREATE POLICY vault_scope ON vault FOR SELECT TO redress_ledger_api
    USING (tenant = ANY (string_to_array(current_setting('redress.tenants', true), ',')));
GRANT USAGE ON SCHEMA ledger TO redress_ledger_api;
GRANT SELECT ON cases, case_events, clocks, vault TO redress_ledger_api;
