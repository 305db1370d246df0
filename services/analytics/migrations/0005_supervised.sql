-- Whether a case was ever supervised, so that their share is one of cases. It begins now.
ALTER TABLE measures ADD COLUMN supervised boolean NOT NULL DEFAULT false;
ALTER TABLE daily ADD COLUMN supervised bigint NOT NULL DEFAULT 0;
-- An erasure looks for the hashes of its case.
CREATE INDEX contact_hashes_case ON contact_hashes (case_id);
