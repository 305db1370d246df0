-- What complainants write after the submission, as they wrote it. It goes with the case's row of the
-- vault: erasing that erases these.
CREATE TABLE vault_messages (
    case_id    uuid NOT NULL REFERENCES vault ON DELETE CASCADE,
    seq        bigint NOT NULL, -- of its MessageReceived
    sealed_key bytea NOT NULL,
    nonce      bytea NOT NULL,
    ciphertext bytea NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- Seen by whoever sees the case's row of the vault.
ALTER TABLE vault_messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY vault_messages_scope ON vault_messages FOR SELECT TO redress_ledger_api
    USING (EXISTS (SELECT 1 FROM vault v WHERE v.case_id = vault_messages.case_id));
GRANT SELECT ON vault_messages TO redress_ledger_api;
