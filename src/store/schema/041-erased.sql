-- Who had the calls erased, and when: the journal's followers pass by that person's calls of before.
CREATE TABLE erased (
    number_key BLOB PRIMARY KEY,
    time BIGINT NOT NULL
);
CREATE INDEX erased_time ON erased (time);
