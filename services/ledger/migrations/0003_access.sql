-- Who may see what beyond the scope of their token, and who may not within it.

-- For whom a case does not exist: the fold of its facts, as row-level security asks for it.
CREATE TABLE conflicts (
    subject text NOT NULL,
    case_id uuid NOT NULL,
    PRIMARY KEY (subject, case_id)
);

-- Roles for a time: on a case (each is a fact of it) or on a unit's cases (its own record).
CREATE TABLE grants (
    grant_id   uuid PRIMARY KEY,
    subject    text NOT NULL,
    roles      text NOT NULL,
    case_id    uuid,
    unit       text,
    until      timestamptz NOT NULL,
    reason     text NOT NULL,
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL
);
ALTER TABLE grants ADD CHECK ((case_id IS NULL) <> (unit IS NULL));
CREATE INDEX grants_subject ON grants (subject, until);

CREATE FUNCTION refuse_grant_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'grants are append-only: they end by themselves';
END $$;
CREATE TRIGGER grants_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_grant_change();

ALTER TABLE conflicts ENABLE ROW LEVEL SECURITY;
ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
CREATE POLICY conflicts_own ON conflicts FOR SELECT TO redress_ledger_api
    USING (subject = current_setting('redress.subject', true));
CREATE POLICY grants_own ON grants FOR SELECT TO redress_ledger_api
    USING (subject = current_setting('redress.subject', true) AND until > now());
GRANT SELECT ON conflicts, grants TO redress_ledger_api;

-- redress.views names what the user's roles may read, from the permission table; what is in
-- brackets is computed once a query.
ALTER POLICY cases_scope ON cases USING (
    (tenant = ANY (string_to_array(current_setting('redress.tenants', true), ','))
     OR case_id = ANY (ARRAY(SELECT g.case_id FROM grants g WHERE g.case_id IS NOT NULL))
     OR unit = ANY (ARRAY(SELECT g.unit FROM grants g WHERE g.unit IS NOT NULL)))
    AND string_to_array(current_setting('redress.views', true), ',') && '{list,show}'
    AND case_id <> ALL (ARRAY(SELECT c.case_id FROM conflicts c))
    AND (current_setting('redress.closed_only', true) IS DISTINCT FROM 'on'
         OR status IN ('closed', 'final', 'archived')));

-- What belongs to a case is seen with it: the scope of the token alone, or where the case is seen.
ALTER POLICY case_events_scope ON case_events USING (
    ((tenant = ANY (string_to_array(current_setting('redress.tenants', true), ','))
      AND current_setting('redress.closed_only', true) IS DISTINCT FROM 'on')
     OR EXISTS (SELECT 1 FROM cases c WHERE c.case_id = case_events.case_id))
    AND string_to_array(current_setting('redress.views', true), ',') && '{show,timeline}'
    AND case_id <> ALL (ARRAY(SELECT c.case_id FROM conflicts c)));
ALTER POLICY clocks_scope ON clocks USING (
    ((tenant = ANY (string_to_array(current_setting('redress.tenants', true), ','))
      AND current_setting('redress.closed_only', true) IS DISTINCT FROM 'on')
     OR EXISTS (SELECT 1 FROM cases c WHERE c.case_id = clocks.case_id))
    AND string_to_array(current_setting('redress.views', true), ',') && '{show}'
    AND case_id <> ALL (ARRAY(SELECT c.case_id FROM conflicts c)));
ALTER POLICY vault_scope ON vault USING (
    ((tenant = ANY (string_to_array(current_setting('redress.tenants', true), ','))
      AND current_setting('redress.closed_only', true) IS DISTINCT FROM 'on')
     OR EXISTS (SELECT 1 FROM cases c WHERE c.case_id = vault.case_id))
    AND string_to_array(current_setting('redress.views', true), ',') && '{reveal}'
    AND case_id <> ALL (ARRAY(SELECT c.case_id FROM conflicts c)));
