-- Cases of one matter, of which one stands for the others, and complainants who come again. They begin now.
ALTER TABLE measures ADD COLUMN others smallint NOT NULL DEFAULT 0, ADD COLUMN merged boolean NOT NULL DEFAULT false,
    ADD COLUMN earlier integer NOT NULL DEFAULT 0;
ALTER TABLE daily ADD COLUMN merged bigint NOT NULL DEFAULT 0, ADD COLUMN repeated bigint NOT NULL DEFAULT 0;
