-- What each fact and each new case keeps up is what it costs, so indexes hold no more than is asked.

-- Where a fact stands and what caused it, in one index instead of two: whether a cause was applied
-- is asked of one case's facts, which are few.
ALTER TABLE case_events DROP CONSTRAINT case_events_pkey;
ALTER TABLE case_events ADD PRIMARY KEY (case_id, seq) INCLUDE (cause_id);
DROP INDEX case_events_cause;

-- A case comes without category and urgency; lists ask for those that have one.
DROP INDEX cases_category;
DROP INDEX cases_urgency;
CREATE INDEX cases_category ON cases (category, received_at DESC, case_id DESC) WHERE category <> '';
CREATE INDEX cases_urgency ON cases (urgency, received_at DESC, case_id DESC) WHERE urgency <> 0;
