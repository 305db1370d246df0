-- The floor's tables: the ledger's own, with their indexes and settings, in a schema apart.
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;
CREATE TABLE floor.cases (LIKE ledger.cases INCLUDING ALL);
CREATE TABLE floor.case_events (LIKE ledger.case_events INCLUDING ALL);
CREATE TABLE floor.outbox (LIKE ledger.outbox INCLUDING ALL);
CREATE TABLE floor.vault (LIKE ledger.vault INCLUDING ALL);
CREATE TABLE floor.kafka_offset (LIKE ledger.kafka_offset INCLUDING ALL);
