-- Operators' labels and redress that was granted, for every server on this database: one row a number (and trunk), the
-- last that was decided. change counts all changes in the order they were committed, as subscriber.change does.
CREATE TABLE ruling (
    number_key BLOB NOT NULL,
    trunk BIGINT NOT NULL,                -- 0: the number as its owner uses it
    change BIGINT NOT NULL,
    number_box BLOB NOT NULL,
    trunk_name BLOB NOT NULL,
    is_foreign BIGINT NOT NULL,           -- 1: of the number as that trunk uses it only
    verdict BIGINT NOT NULL,              -- 0 withdrawn, 1 unwanted, 2 wanted
    category BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    decided BIGINT NOT NULL,
    until BIGINT NOT NULL,
    token BLOB NOT NULL,
    who_box BLOB,
    why_box BLOB,
    PRIMARY KEY (number_key, trunk)
);
CREATE UNIQUE INDEX ruling_change ON ruling (change);
CREATE INDEX ruling_until ON ruling (until);
