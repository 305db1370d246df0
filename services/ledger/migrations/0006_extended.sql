-- Whether a clock of the case that is open was granted an extension: the flag EXTENDED, as
-- "breached" is OVERDUE. Of cases from before, from their next fact on.
ALTER TABLE cases ADD COLUMN extended boolean NOT NULL DEFAULT false;
