-- What the numbers are counted from. Runs as redress_analytics in schema analytics.

-- One row a case: the measures that its facts give (DOMAIN.md, section 8).
CREATE TABLE measures (
    case_id           uuid PRIMARY KEY,
    sequence          bigint NOT NULL, -- of the last fact that was counted
    tenant            text NOT NULL,
    category          text NOT NULL,
    day               date NOT NULL,   -- of received_at, in the region's zone
    unit              text NOT NULL,
    received_at       timestamptz NOT NULL,
    accepted_at       timestamptz,
    first_due_at      timestamptz,
    first_response_at timestamptz,
    resolution_due_at timestamptz,
    replied_at        timestamptz,
    closed_at         timestamptz,
    rating            smallint NOT NULL,
    solved            boolean NOT NULL
);
CREATE INDEX measures_day ON measures (day, tenant, category);
CREATE INDEX measures_waiting ON measures (day, tenant) WHERE first_response_at IS NULL OR replied_at IS NULL;

-- Keyed hashes of a case's contacts, to recognise who comes again.
CREATE TABLE contact_hashes (
    hash    bytea NOT NULL,
    case_id uuid NOT NULL,
    PRIMARY KEY (hash, case_id)
);

-- Counted by institution, category and day of receipt.
CREATE TABLE daily (
    tenant            text NOT NULL,
    category          text NOT NULL,
    day               date NOT NULL,
    received          bigint NOT NULL DEFAULT 0,
    accepted          bigint NOT NULL DEFAULT 0,
    closed            bigint NOT NULL DEFAULT 0,
    responded         bigint NOT NULL DEFAULT 0,
    responded_on_time bigint NOT NULL DEFAULT 0,
    replied           bigint NOT NULL DEFAULT 0,
    replied_on_time   bigint NOT NULL DEFAULT 0,
    rated             bigint NOT NULL DEFAULT 0,
    satisfied         bigint NOT NULL DEFAULT 0,
    solved            bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, tenant, category)
);

-- How often each time to first response occurred, for exact medians and percentiles.
CREATE TABLE response_seconds (
    tenant   text NOT NULL,
    category text NOT NULL,
    day      date NOT NULL,
    seconds  bigint NOT NULL,
    cases    bigint NOT NULL,
    PRIMARY KEY (day, tenant, category, seconds)
);
