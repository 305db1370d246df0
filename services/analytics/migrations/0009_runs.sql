-- A rework or a reopening begins the resolution's clock anew: that run needs a reply of its own, and one of before that was
-- late stays so. Of cases that were taken up again before, `redressctl analytics rebuild` counts it.

ALTER TABLE measures ADD COLUMN run_replied_at timestamptz, -- the reply of the run that resolution_due_at ends
    ADD COLUMN was_late boolean NOT NULL DEFAULT false;     -- a run of before was replied to after its due time
UPDATE measures SET run_replied_at = replied_at WHERE replied_at IS NOT NULL;
