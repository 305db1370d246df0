-- Sums that the indicators of a long period are read from, so that they need not visit every case.

-- The last days' and the present moment's share of what is due is read from the cases themselves.
DROP INDEX measures_day;
DROP INDEX measures_waiting;
CREATE INDEX measures_resolution_due ON measures (resolution_due_at);
CREATE INDEX measures_first_due ON measures (first_due_at) WHERE first_response_at IS NULL;

-- Cases by day of receipt and by the day (in UTC, whatever the zone) on which something is due.
CREATE TABLE due_days (
    tenant      text NOT NULL,
    day         date NOT NULL,
    due_day     date NOT NULL,
    unresponded bigint NOT NULL, -- first response due then, and none yet
    owed        bigint NOT NULL, -- resolution due then
    on_time     bigint NOT NULL, -- of these replied in time
    overdue     bigint NOT NULL, -- of these neither replied nor closed
    PRIMARY KEY (day, tenant, due_day)
);

-- Classes of times to the first response, by day and by month: to the second below 64, then 64 an octave.
CREATE FUNCTION response_class(seconds bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN seconds < 64 THEN seconds
                ELSE 64 * (length(ltrim(seconds::bit(63)::text, '0')) - 7)
                     + (seconds >> (length(ltrim(seconds::bit(63)::text, '0')) - 7)) END::integer
$$;
CREATE FUNCTION response_class_begin(class integer) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN class < 128 THEN class ELSE (64 + class % 64)::bigint << (class / 64 - 1) END
$$;
CREATE TABLE response_classes (
    tenant text NOT NULL,
    day    date NOT NULL,
    class  integer NOT NULL,
    cases  bigint NOT NULL,
    PRIMARY KEY (day, tenant, class)
);
CREATE TABLE response_months (
    tenant text NOT NULL,
    month  date NOT NULL, -- its first day
    class  integer NOT NULL,
    cases  bigint NOT NULL,
    PRIMARY KEY (month, tenant, class)
);
-- One class of a day lies together.
ALTER TABLE response_seconds DROP CONSTRAINT response_seconds_pkey;
ALTER TABLE response_seconds ADD PRIMARY KEY (day, tenant, seconds, category);

-- Which accepted case repeats which; NULL: none any more. Only who holds the lock of repeats writes here.
CREATE TABLE repeats (
    case_id uuid PRIMARY KEY,
    earlier uuid
);
CREATE INDEX repeats_earlier ON repeats (earlier);
CREATE TABLE repeat_days (
    tenant text NOT NULL,
    day    date NOT NULL,
    cases  bigint NOT NULL,
    PRIMARY KEY (day, tenant)
);

-- What was counted before.
INSERT INTO due_days (tenant, day, due_day, unresponded, owed, on_time, overdue)
    SELECT tenant, day, due_day, sum(unresponded), sum(owed), sum(on_time), sum(overdue)
    FROM (SELECT tenant, day, (first_due_at AT TIME ZONE 'UTC')::date AS due_day, 1 AS unresponded, 0 AS owed, 0 AS on_time,
                 0 AS overdue
          FROM measures WHERE ended = 0 AND NOT merged AND first_due_at IS NOT NULL AND first_response_at IS NULL
          UNION ALL
          SELECT tenant, day, (resolution_due_at AT TIME ZONE 'UTC')::date, 0, 1,
                 coalesce(replied_at <= resolution_due_at, false)::int, (replied_at IS NULL AND closed_at IS NULL)::int
          FROM measures WHERE ended = 0 AND NOT merged AND resolution_due_at IS NOT NULL) AS m
    GROUP BY tenant, day, due_day;
INSERT INTO response_classes (tenant, day, class, cases)
    SELECT tenant, day, response_class(seconds), sum(cases) FROM response_seconds GROUP BY 1, 2, 3;
INSERT INTO response_months (tenant, month, class, cases)
    SELECT tenant, date_trunc('month', day)::date, class, sum(cases) FROM response_classes GROUP BY 1, 2, 3;
INSERT INTO repeats (case_id, earlier)
    SELECT DISTINCT ON (m.case_id) m.case_id, e.case_id
    FROM measures m JOIN contact_hashes h ON h.case_id = m.case_id
    JOIN contact_hashes g ON g.hash = h.hash AND g.case_id <> h.case_id
    JOIN measures e ON e.case_id = g.case_id AND e.tenant = m.tenant AND e.unit = m.unit AND e.category = m.category
        AND e.closed_at <= m.received_at AND e.closed_at > m.received_at - interval '90 days'
    WHERE m.accepted_at IS NOT NULL ORDER BY m.case_id;
INSERT INTO repeat_days (tenant, day, cases)
    SELECT tenant, day, count(*) FROM repeats JOIN measures USING (case_id) GROUP BY tenant, day;

ALTER TABLE due_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_classes ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_months ENABLE ROW LEVEL SECURITY;
ALTER TABLE repeat_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY due_days_scope ON due_days FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
CREATE POLICY response_classes_scope ON response_classes FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
CREATE POLICY response_months_scope ON response_months FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
CREATE POLICY repeat_days_scope ON repeat_days FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
GRANT SELECT ON due_days, response_classes, response_months, repeat_days TO redress_analytics_api;
-- Nobody who reads indicators needs to know who came again.
REVOKE SELECT ON contact_hashes FROM redress_analytics_api;
DROP POLICY contact_hashes_scope ON contact_hashes;
