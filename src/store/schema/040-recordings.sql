-- Recordings people add to reports, sealed in parts (libsodium's secretstream, whose head is here): a part left out, moved
-- or cut off is found. kind: 1 wav, 2 ogg, 3 webm, 4 mpeg, 5 mp4. size: bytes of what is in it.
CREATE TABLE recording (
    report BIGINT PRIMARY KEY REFERENCES report (id) ON DELETE CASCADE,
    kind BIGINT NOT NULL,
    size BIGINT NOT NULL,
    added BIGINT NOT NULL,
    head BLOB NOT NULL
);
CREATE INDEX recording_added ON recording (added);
CREATE TABLE recording_part (
    recording BIGINT NOT NULL REFERENCES recording (report) ON DELETE CASCADE,
    part BIGINT NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (recording, part)
);
-- How many a person has added that day, those removed again too.
CREATE TABLE recording_day (
    reporter_key BLOB NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (reporter_key, day)
);
-- Whose report it is, for the line that a look by somebody else leaves.
ALTER TABLE report ADD COLUMN reporter_box BLOB;
