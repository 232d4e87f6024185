-- What the authority made of complaints. A case is a number or a campaign that several people complained of; which ones
-- there are follows from the reports, so only what somebody decided is kept here.
CREATE TABLE complaint_case (
    id BIGINT PRIMARY KEY,                -- keyed hash of kind and subject
    kind TEXT NOT NULL,                   -- number, campaign, firm
    number_key BLOB,
    number_box BLOB,
    campaign BIGINT NOT NULL,
    firm TEXT NOT NULL,
    reports BIGINT NOT NULL,              -- when it was last decided on
    state TEXT NOT NULL,                  -- open, asked, answered, closed
    note TEXT NOT NULL,
    who TEXT NOT NULL,
    opened BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX complaint_case_updated ON complaint_case (updated);
