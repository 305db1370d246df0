-- What somebody of the staff got in the last hour, or will get: asked where more is to be told.
CREATE INDEX deliveries_recipient ON deliveries (recipient, next_attempt_at)
    WHERE channel = 'email' AND NOT urgent AND recipient <> 'complainant';
