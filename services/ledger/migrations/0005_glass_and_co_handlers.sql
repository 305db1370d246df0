-- Which grants are broken glasses, that open a case for reading and for what an emergency needs.
ALTER TABLE grants ADD COLUMN glass boolean NOT NULL DEFAULT false;
CREATE INDEX grants_case ON grants (case_id, until) WHERE case_id IS NOT NULL;

-- The units that handle a case beside the one that leads, separated by commas: a grant on one of
-- them reaches the case too. Of cases from before, from their next fact on.
ALTER TABLE cases ADD COLUMN co_units text NOT NULL DEFAULT '';
CREATE INDEX cases_co_units ON cases USING gin (string_to_array(co_units, ','))
    WHERE co_units <> '';

ALTER POLICY cases_scope ON cases USING (
    (tenant = ANY (string_to_array(current_setting('redress.tenants', true), ','))
     OR case_id = ANY (ARRAY(SELECT g.case_id FROM grants g WHERE g.case_id IS NOT NULL))
     OR unit = ANY (ARRAY(SELECT g.unit FROM grants g WHERE g.unit IS NOT NULL))
     OR (co_units <> '' AND string_to_array(co_units, ',')
                            && ARRAY(SELECT g.unit FROM grants g WHERE g.unit IS NOT NULL)))
    AND string_to_array(current_setting('redress.views', true), ',') && '{list,show}'
    AND case_id <> ALL (ARRAY(SELECT c.case_id FROM conflicts c))
    AND (current_setting('redress.closed_only', true) IS DISTINCT FROM 'on'
         OR status IN ('closed', 'final', 'archived')));
