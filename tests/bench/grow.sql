-- :count copies of a real case with five facts, spread over a year, institutions, states and categories.
-- Their chains are the original's, so they don't verify: they are there to be in the way.
CREATE TEMP TABLE original AS
    SELECT * FROM ledger.cases WHERE sequence >= 5 AND tenant = 'bureau' ORDER BY received_at LIMIT 1;
CREATE TEMP TABLE grown AS
    SELECT gen_random_uuid() AS case_id,
           (ARRAY['bureau', 'first-hospital', 'donghu-district', 'demo-clinic', 'first-hospital'])[1 + n % 5] AS tenant,
           CASE WHEN n % 10 < 8 THEN 'closed'
                ELSE (ARRAY['received', 'triaged', 'accepted', 'dispatched', 'signed', 'replied'])[1 + n / 10 % 6] END AS status,
           (ARRAY['waiting', 'medical-quality', 'service-attitude', 'booking', 'other', 'care-quality'])[1 + n / 3 % 6] AS category,
           (ARRAY[3, 3, 4, 4, 2, 3, 4, 1])[1 + n / 7 % 8] AS urgency,
           CASE WHEN n % 3 = 0 THEN 'bureau.complaints' ELSE '' END AS unit,
           now() - random() * interval '364 days' AS received_at,
           n
    FROM generate_series(1, :count) AS n;
INSERT INTO ledger.cases
    SELECT g.case_id, g.tenant, upper(substr(md5(g.case_id::text), 1, 13)), g.status, g.category, g.urgency, 0, g.unit,
           g.n % 500 = 0, g.n % 40 = 0,
           CASE WHEN g.status <> 'closed' THEN now() + interval '20 days' END, g.received_at, g.received_at,
           o.content_sha256, 5, o.hash, overlay(o.state PLACING convert_to(g.case_id::text, 'UTF8') FROM 3 FOR 36)
    FROM grown g, original o;
INSERT INTO ledger.case_events
    SELECT g.case_id, e.seq, g.tenant, e.type, e.payload, gen_random_uuid(), e.actor, g.received_at, e.prev_hash, e.hash
    FROM grown g, original o JOIN ledger.case_events e USING (case_id) WHERE e.seq <= 5;
INSERT INTO ledger.vault
    SELECT g.case_id, g.tenant, v.sealed_key, v.nonce, v.ciphertext, v.sealed_contact
    FROM grown g, original o JOIN ledger.vault v USING (case_id);
INSERT INTO ledger.clocks
    SELECT case_id, 'resolution', tenant, 1, NULL, now() + interval '20 days', false FROM grown WHERE status <> 'closed';
INSERT INTO analytics.measures (case_id, sequence, tenant, category, day, unit, received_at, accepted_at, first_due_at,
                                first_response_at, resolution_due_at, replied_at, run_replied_at, closed_at)
    SELECT case_id, 5, tenant, category, received_at::date, unit, received_at, received_at + interval '1 hour',
           received_at + interval '5 days',
           CASE WHEN status <> 'received' THEN received_at + (1 + n % 5000) * interval '1 minute' END,
           received_at + interval '30 days', CASE WHEN status IN ('closed', 'replied') THEN received_at + interval '9 days' END,
           CASE WHEN status IN ('closed', 'replied') THEN received_at + interval '9 days' END,
           CASE WHEN status = 'closed' THEN received_at + interval '10 days' END
    FROM grown;
INSERT INTO analytics.daily AS d (tenant, category, day, received, accepted, closed, responded, responded_on_time, replied,
                                  replied_on_time)
    SELECT tenant, category, day, count(*), count(*), count(closed_at), count(first_response_at), count(first_response_at),
           count(replied_at), count(replied_at)
    FROM analytics.measures JOIN grown USING (case_id, tenant, category) GROUP BY tenant, category, day
    ON CONFLICT (day, tenant, category) DO UPDATE SET received = d.received + excluded.received,
        accepted = d.accepted + excluded.accepted, closed = d.closed + excluded.closed,
        responded = d.responded + excluded.responded, responded_on_time = d.responded_on_time + excluded.responded_on_time,
        replied = d.replied + excluded.replied, replied_on_time = d.replied_on_time + excluded.replied_on_time;
INSERT INTO analytics.response_seconds AS r (tenant, category, day, seconds, cases)
    SELECT tenant, category, day, 60 * (1 + n % 5000), count(*)
    FROM analytics.measures JOIN grown USING (case_id, tenant, category) WHERE first_response_at IS NOT NULL
    GROUP BY tenant, category, day, 60 * (1 + n % 5000)
    ON CONFLICT (day, tenant, category, seconds) DO UPDATE SET cases = r.cases + excluded.cases;
INSERT INTO analytics.response_classes AS r (tenant, day, class, cases)
    SELECT tenant, day, analytics.response_class(60 * (1 + n % 5000)), count(*)
    FROM analytics.measures JOIN grown USING (case_id, tenant) WHERE first_response_at IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT (day, tenant, class) DO UPDATE SET cases = r.cases + excluded.cases;
INSERT INTO analytics.response_months AS r (tenant, month, class, cases)
    SELECT tenant, date_trunc('month', day)::date, analytics.response_class(60 * (1 + n % 5000)), count(*)
    FROM analytics.measures JOIN grown USING (case_id, tenant) WHERE first_response_at IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT (month, tenant, class) DO UPDATE SET cases = r.cases + excluded.cases;
INSERT INTO analytics.due_days AS d (tenant, day, due_day, unresponded, owed, on_time, overdue)
    SELECT tenant, day, due_day, sum(unresponded), sum(owed), sum(on_time), sum(overdue)
    FROM (SELECT m.tenant, day, (first_due_at AT TIME ZONE 'UTC')::date AS due_day, (first_response_at IS NULL)::int AS unresponded,
                 0 AS owed, 0 AS on_time, 0 AS overdue
          FROM analytics.measures m JOIN grown USING (case_id)
          UNION ALL
          SELECT m.tenant, day, (resolution_due_at AT TIME ZONE 'UTC')::date, 0, 1, (replied_at IS NOT NULL)::int,
                 (replied_at IS NULL AND closed_at IS NULL)::int
          FROM analytics.measures m JOIN grown USING (case_id)) AS m
    GROUP BY tenant, day, due_day
    ON CONFLICT (day, tenant, due_day) DO UPDATE SET unresponded = d.unresponded + excluded.unresponded,
        owed = d.owed + excluded.owed, on_time = d.on_time + excluded.on_time, overdue = d.overdue + excluded.overdue;
-- A quarter of these come from a thousand complainants, the others from one each.
INSERT INTO analytics.contact_hashes (hash, case_id, tenant)
    SELECT sha256(convert_to(CASE WHEN n % 4 = 0 THEN salt || n % 1000 ELSE case_id::text END, 'UTF8')), case_id, tenant
    FROM grown, (SELECT min(case_id::text) AS salt FROM grown) AS s;
ANALYZE analytics.contact_hashes, analytics.measures, grown;
CREATE TEMP TABLE again AS
    SELECT DISTINCT ON (m.case_id) m.case_id, e.case_id AS earlier, m.tenant, m.day
    FROM grown g JOIN analytics.measures m USING (case_id) JOIN analytics.contact_hashes h USING (case_id)
    JOIN analytics.contact_hashes o ON o.hash = h.hash AND o.case_id <> h.case_id
    JOIN analytics.measures e ON e.case_id = o.case_id AND e.tenant = m.tenant AND e.unit = m.unit AND e.category = m.category
        AND e.closed_at <= m.received_at AND e.closed_at > m.received_at - interval '90 days'
    WHERE g.n % 4 = 0 AND m.accepted_at IS NOT NULL ORDER BY m.case_id;
INSERT INTO analytics.repeats SELECT case_id, earlier FROM again;
INSERT INTO analytics.repeat_days AS r (tenant, day, cases) SELECT tenant, day, count(*) FROM again GROUP BY tenant, day
    ON CONFLICT (day, tenant) DO UPDATE SET cases = r.cases + excluded.cases;
DROP TABLE grown, original, again;
