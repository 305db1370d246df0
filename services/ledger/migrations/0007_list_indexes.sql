-- Each filter of the case list gives its page in its order, however many cases there are.
CREATE INDEX cases_category ON cases (category, received_at DESC, case_id DESC);
CREATE INDEX cases_breached ON cases (received_at DESC, case_id DESC) WHERE breached;
CREATE INDEX cases_extended ON cases (received_at DESC, case_id DESC) WHERE extended;
