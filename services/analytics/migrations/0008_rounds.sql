-- Each round of handling is rated once and answered once, by the complainant's rating or to staff's follow-up.
-- What is known of rounds before is one rating and one closure a case; `redressctl analytics rebuild` counts the others.

ALTER TABLE measures ADD COLUMN ratings integer NOT NULL DEFAULT 0, -- of every round
    ADD COLUMN satisfied integer NOT NULL DEFAULT 0,
    ADD COLUMN closures integer NOT NULL DEFAULT 0,
    ADD COLUMN answered integer NOT NULL DEFAULT 0, -- of the rounds that ended
    ADD COLUMN answers_solved integer NOT NULL DEFAULT 0,
    ADD COLUMN covered integer NOT NULL DEFAULT 0,
    ADD COLUMN answer integer NOT NULL DEFAULT 0; -- enum measure_answer, of the present round
ALTER TABLE daily ADD COLUMN answered bigint NOT NULL DEFAULT 0, ADD COLUMN closures bigint NOT NULL DEFAULT 0;

UPDATE measures SET closures = 1 WHERE first_closed_at IS NOT NULL;
UPDATE measures SET ratings = 1, satisfied = (rating >= 4)::integer WHERE rating <> 0;
-- Where a case was closed and taken up again, the rating is that of the round that ended.
UPDATE measures SET answered = 1, answers_solved = solved::integer, covered = 1
    WHERE rating <> 0 AND first_closed_at IS NOT NULL AND closed_at IS NULL;
UPDATE measures SET answer = CASE WHEN solved THEN 4 ELSE 3 END
    WHERE rating <> 0 AND (first_closed_at IS NULL OR closed_at IS NOT NULL);
UPDATE daily SET answered = rated, closures = first_closed;

ALTER TABLE measures DROP COLUMN rating, DROP COLUMN solved;
ALTER TABLE measures RENAME COLUMN answers_solved TO solved;
