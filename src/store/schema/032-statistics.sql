-- What each server counted, by quarter (year * 4 + 0..3, its local time), network, category and province.
CREATE TABLE statistic (
    quarter BIGINT NOT NULL,
    server BLOB NOT NULL,                 -- its journal's id
    network BIGINT NOT NULL,
    category BIGINT NOT NULL,
    region BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    label BIGINT NOT NULL,
    screen BIGINT NOT NULL,
    block BIGINT NOT NULL,
    unwanted BIGINT NOT NULL,
    wanted BIGINT NOT NULL,
    PRIMARY KEY (quarter, server, network, category, region)
);
CREATE TABLE counting (
    server BLOB PRIMARY KEY,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL                 -- all that it counted by then is here
);
