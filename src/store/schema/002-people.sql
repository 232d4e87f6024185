-- People who are called: settings, calls they were told about, reports; and callers who ask for redress.
-- Numbers: number_key is keyed, number_box sealed (store/secret.h); all texts people wrote are sealed too.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    n BIGINT NOT NULL
);
-- change counts all changes of all subscribers in the order they were committed: its counter's row is locked by who
-- changes something. state: 0 off, 1 on, 2 erased (goes after a while, so that others see it before).
CREATE TABLE subscriber (
    number_key BLOB PRIMARY KEY,
    number_box BLOB NOT NULL,
    state BIGINT NOT NULL,
    version BIGINT NOT NULL,
    change BIGINT NOT NULL,
    settings_box BLOB,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX subscriber_change ON subscriber (change);
-- Calls that were labelled, screened or blocked, and all calls to those who are on. party_box: number and display name.
CREATE TABLE call_seen (
    token BLOB PRIMARY KEY,
    callee_key BLOB NOT NULL,
    caller_key BLOB,
    party_box BLOB,
    time BIGINT NOT NULL,
    action BIGINT NOT NULL,
    category BIGINT NOT NULL,
    region BIGINT NOT NULL,
    operator BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL,
    rules BIGINT NOT NULL,
    campaign BIGINT NOT NULL,
    reasons BLOB NOT NULL,
    journal BLOB NOT NULL,
    worker BIGINT NOT NULL,
    segment BIGINT NOT NULL,
    place BIGINT NOT NULL,
    chosen BIGINT NOT NULL
);
CREATE INDEX call_seen_callee ON call_seen (callee_key, time);
CREATE INDEX call_seen_caller ON call_seen (caller_key, time);
CREATE INDEX call_seen_time ON call_seen (time);
-- How far each journal is read, by stream.
CREATE TABLE followed (
    journal BLOB NOT NULL,
    worker BIGINT NOT NULL,
    segment BIGINT NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (journal, worker)
);
-- verdict: 0 unwanted, 1 wanted. way: how it was said. state: 0 new, 1 joined, 2 case, 3 closed.
CREATE TABLE report (
    id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    year BIGINT NOT NULL,
    reporter_key BLOB NOT NULL,
    caller_key BLOB,
    token BLOB NOT NULL,
    time BIGINT NOT NULL,
    way BIGINT NOT NULL,
    state BIGINT NOT NULL,
    verdict BIGINT NOT NULL,
    category BIGINT NOT NULL,
    campaign BIGINT NOT NULL,
    words_box BLOB,
    proof TEXT,
    UNIQUE (year, number),
    UNIQUE (reporter_key, token)
);
CREATE INDEX report_reporter ON report (reporter_key, time);
CREATE INDEX report_caller ON report (caller_key, time);
CREATE INDEX report_time ON report (time);
CREATE INDEX report_token ON report (token);
CREATE TABLE report_event (
    report BIGINT NOT NULL,
    time BIGINT NOT NULL,
    state BIGINT NOT NULL,
    what BIGINT NOT NULL
);
CREATE INDEX report_event_report ON report_event (report, time);
-- state: 1 waiting, 2 granted, 3 refused.
CREATE TABLE redress (
    token BLOB PRIMARY KEY,
    id BIGINT NOT NULL,
    caller_key BLOB,
    state BIGINT NOT NULL,
    proved BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    due BIGINT NOT NULL,
    asked_box BLOB,
    decided BIGINT,
    decided_by BIGINT,
    decision_box BLOB
);
CREATE INDEX redress_state ON redress (state, asked);
CREATE INDEX redress_caller ON redress (caller_key);
CREATE TABLE redress_code (
    token BLOB PRIMARY KEY,
    code BLOB NOT NULL,
    until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    count BIGINT NOT NULL,
    proved BIGINT NOT NULL
);
-- Text messages taken in, so that none counts twice.
CREATE TABLE text_seen (
    id TEXT PRIMARY KEY,
    time BIGINT NOT NULL
);
