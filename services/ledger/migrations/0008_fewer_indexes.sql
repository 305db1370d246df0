-- What each fact and each new case keeps up is what it costs, so indexes hold no more than is asked.
-- While the new ones are built, cases are read and nothing is written.

-- Where a fact stands and what caused it, in one index instead of two: whether a cause was applied
-- is asked of one case's facts, which are few.
CREATE UNIQUE INDEX case_events_key ON case_events (case_id, seq) INCLUDE (cause_id);

-- A case comes without category and urgency; lists ask for those that have one.
CREATE INDEX cases_by_category ON cases (category, received_at DESC, case_id DESC)
    WHERE category <> '';
CREATE INDEX cases_by_urgency ON cases (urgency, received_at DESC, case_id DESC)
    WHERE urgency <> 0;

DROP INDEX cases_category;
DROP INDEX cases_urgency;
DROP INDEX case_events_cause;
ALTER TABLE case_events DROP CONSTRAINT case_events_pkey;
ALTER TABLE case_events ADD CONSTRAINT case_events_pkey PRIMARY KEY USING INDEX case_events_key;
