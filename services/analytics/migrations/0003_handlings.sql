-- The first and the true closure apart; ends without a closure; what happened while a unit had a case.

ALTER TABLE measures ADD COLUMN first_closed_at timestamptz, ADD COLUMN ended smallint NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN not_accepted bigint NOT NULL DEFAULT 0,
    ADD COLUMN given_up bigint NOT NULL DEFAULT 0, ADD COLUMN first_closed bigint NOT NULL DEFAULT 0;

-- Counted by fact: kind is dispatched, returned, reworked, reopened or supervised; day is the case's.
CREATE TABLE handlings (
    tenant   text NOT NULL,
    unit     text NOT NULL,
    category text NOT NULL,
    day      date NOT NULL,
    kind     text NOT NULL,
    facts    bigint NOT NULL,
    PRIMARY KEY (day, tenant, unit, category, kind)
);
ALTER TABLE handlings ENABLE ROW LEVEL SECURITY;
CREATE POLICY handlings_scope ON handlings FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
GRANT SELECT ON handlings TO redress_analytics_api;

-- What was counted before: a closure was the first one. Handlings begin now.
UPDATE measures SET first_closed_at = closed_at;
UPDATE daily SET first_closed = closed;
