-- Of the cases that were ever closed those that have a rating: follow-up coverage is their share.
ALTER TABLE daily ADD COLUMN covered bigint NOT NULL DEFAULT 0;
-- What was counted before.
UPDATE daily AS o SET covered = m.covered
    FROM (SELECT day, tenant, category, count(*) AS covered FROM measures
          WHERE rating <> 0 AND first_closed_at IS NOT NULL GROUP BY day, tenant, category) AS m
    WHERE o.day = m.day AND o.tenant = m.tenant AND o.category = m.category;
