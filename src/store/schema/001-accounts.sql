-- Who may sign in and what they did. Times are microseconds since 1970, flags 0 or 1; ids are made by the program.
CREATE TABLE store_key (
    id BIGINT PRIMARY KEY,
    print BLOB NOT NULL
);
CREATE TABLE account (
    id BIGINT PRIMARY KEY,
    login TEXT UNIQUE,                    -- lower case; NULL: signs in by number
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,               -- Argon2id, in libsodium's form; empty: none yet
    totp_box BLOB,                        -- sealed secret
    totp_on BIGINT NOT NULL,
    totp_step BIGINT NOT NULL,            -- the last one taken, so that none is taken twice
    number_key BLOB UNIQUE,
    number_box BLOB,
    networks TEXT NOT NULL,               -- networks it may sign in from, empty: all
    language TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    failures BIGINT NOT NULL,             -- wrong passwords in a row
    locked_until BIGINT NOT NULL,
    created BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
);
CREATE TABLE session (
    hash BLOB PRIMARY KEY,                -- keyed hash of the cookie: the table lets nobody in
    account BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires);
CREATE TABLE link (
    hash BLOB PRIMARY KEY,
    account BIGINT NOT NULL,              -- 0: makes the first admin
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE TABLE code (
    number_key BLOB NOT NULL,
    purpose TEXT NOT NULL,
    hash BLOB NOT NULL,
    tries BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (number_key, purpose)
);
CREATE TABLE api_key (
    id BIGINT PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,                 -- words with blanks between
    account BIGINT NOT NULL,              -- who made it
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL
);
CREATE TABLE audit (
    id BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    account BIGINT NOT NULL,              -- who did it; 0: the machine's token or an API key
    who TEXT NOT NULL,                    -- by name, since accounts may be removed
    role TEXT NOT NULL,
    act TEXT NOT NULL,                    -- "calls.look"
    object TEXT NOT NULL,                 -- what it was done to
    detail TEXT NOT NULL,
    number_key BLOB,                      -- whose calls or settings; NULL: nobody's
    number_box BLOB
);
CREATE INDEX audit_time ON audit (time);
CREATE INDEX audit_number ON audit (number_key, time);
CREATE INDEX audit_account ON audit (account, time);
