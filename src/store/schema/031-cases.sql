-- Complaints and cases of all servers on this database. What 020 kept of cases was never released: ids there were of one
-- site's key, here they are of the store's.
DROP TABLE complaint_case;
CREATE TABLE complaint_case (
    id BIGINT PRIMARY KEY,                -- keyed hash of kind and subject
    kind BIGINT NOT NULL,                 -- 0 campaign, 1 firm, 2 number
    number_key BLOB,
    number_box BLOB,
    campaign BIGINT NOT NULL,             -- as the server of journal numbers it
    journal BLOB,
    firm TEXT NOT NULL,
    reports BIGINT NOT NULL,              -- of people called
    complaints BIGINT NOT NULL,           -- taken in from elsewhere
    total BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    category BIGINT NOT NULL,             -- that most name
    network BIGINT NOT NULL,
    region BIGINT NOT NULL,
    state BIGINT NOT NULL,                -- 0 new, 1 open, 2 asked, 3 answered, 4 closed
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    updated BIGINT NOT NULL               -- when it was last decided on; 0: never
);
CREATE INDEX complaint_case_total ON complaint_case (total, id);
CREATE INDEX complaint_case_state ON complaint_case (state, total, id);
CREATE INDEX complaint_case_last ON complaint_case (last);
CREATE TABLE case_category (
    case_id BIGINT NOT NULL,
    category BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (case_id, category)
);
-- source: 0 a report of somebody called, 1 12321, 2 12345, 3 an operator, 4 other. theirs: their number for it.
CREATE TABLE complaint (
    id BIGINT PRIMARY KEY,
    case_id BIGINT NOT NULL,
    source BIGINT NOT NULL,
    theirs TEXT NOT NULL,
    time BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    caller_key BLOB NOT NULL,
    caller_box BLOB NOT NULL,
    callee_key BLOB,
    callee_box BLOB,
    category BIGINT NOT NULL,
    network BIGINT NOT NULL,
    region BIGINT NOT NULL,
    firm TEXT NOT NULL,
    token BLOB,
    words_box BLOB,
    routed TEXT NOT NULL,
    UNIQUE (source, theirs)
);
CREATE INDEX complaint_case_id ON complaint (case_id, taken, id);
CREATE INDEX complaint_caller ON complaint (caller_key, time);
CREATE INDEX complaint_callee ON complaint (callee_key);
CREATE INDEX complaint_taken ON complaint (taken, id);
-- To whom complaints go: the first that fits, in order of place. "*": any.
CREATE TABLE route (
    place BIGINT PRIMARY KEY,
    network TEXT NOT NULL,
    category TEXT NOT NULL,
    firm TEXT NOT NULL,
    dest TEXT NOT NULL,
    url TEXT NOT NULL
);
-- state: 0 named (no address), 1 waiting, 2 sent, 3 failed.
CREATE TABLE case_routed (
    case_id BIGINT NOT NULL,
    dest TEXT NOT NULL,
    time BIGINT NOT NULL,
    state BIGINT NOT NULL,
    PRIMARY KEY (case_id, dest)
);
-- What is still to be sent; whoever moves due on has it.
CREATE TABLE delivery (
    id BIGINT PRIMARY KEY,
    complaint BIGINT NOT NULL,
    case_id BIGINT NOT NULL,
    dest TEXT NOT NULL,
    url TEXT NOT NULL,
    made BIGINT NOT NULL,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL
);
CREATE INDEX delivery_due ON delivery (due);
