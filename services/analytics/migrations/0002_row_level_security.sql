-- Staff reads run as redress_analytics_api and see only the institutions in their scope.

-- A hash belongs to its case's institution: the number of repeats is counted within one.
ALTER TABLE contact_hashes ADD COLUMN tenant text;
UPDATE contact_hashes h SET tenant = m.tenant FROM measures m WHERE m.case_id = h.case_id;
ALTER TABLE contact_hashes ALTER COLUMN tenant SET NOT NULL;

-- The setting is read once a statement (a sub-select), not once a row.
ALTER TABLE measures ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_hashes ENABLE ROW LEVEL SECURITY;
ALTER TABLE daily ENABLE ROW LEVEL SECURITY;
ALTER TABLE response_seconds ENABLE ROW LEVEL SECURITY;
CREATE POLICY measures_scope ON measures FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
CREATE POLICY contact_hashes_scope ON contact_hashes FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
CREATE POLICY daily_scope ON daily FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
CREATE POLICY response_seconds_scope ON response_seconds FOR SELECT TO redress_analytics_api
    USING (tenant = ANY ((SELECT string_to_array(current_setting('redress.tenants', true), ','))::text[]));
GRANT USAGE ON SCHEMA analytics TO redress_analytics_api;
GRANT SELECT ON measures, contact_hashes, daily, response_seconds TO redress_analytics_api;
