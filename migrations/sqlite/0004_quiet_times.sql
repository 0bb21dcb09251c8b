-- Mails leave in quiet times' gaps, at most one to a person on a day.

-- The rules of the alliance, as JSON; what is not said is as usual.
ALTER TABLE alliance ADD COLUMN quiet_times TEXT NOT NULL DEFAULT '{}';

-- To whom a letter goes (for mails), and the rule that held it back the last time.
ALTER TABLE outbox ADD COLUMN person BLOB;
ALTER TABLE outbox ADD COLUMN held TEXT;
UPDATE outbox SET person = unhex(replace(json_extract(body, '$.to'), '-', '')) WHERE kind = 'mail';
CREATE INDEX outbox_of_person ON outbox (person, alliance) WHERE person IS NOT NULL;

-- A mail that was made, whole, and where it stands. At most one a day to each person: the key says so.
CREATE TABLE outgoing (
    alliance TEXT NOT NULL,
    id BLOB NOT NULL,
    person BLOB NOT NULL,
    day TEXT NOT NULL,
    -- One of several on a day, where the alliance allows them; else 1.
    number INTEGER NOT NULL,
    bytes BLOB,
    -- `pending`, `written` to a folder, or how it stands with the relay; `sending` is that in full, as
    -- JSON. Nothing is to be done any more where it is not `open`.
    state TEXT NOT NULL,
    sending TEXT NOT NULL,
    open INTEGER NOT NULL,
    next_at TEXT NOT NULL,
    lease_token BLOB,
    lease_until TEXT,
    PRIMARY KEY (alliance, id),
    UNIQUE (person, day, number, alliance)
) STRICT;
CREATE INDEX outgoing_due ON outgoing (next_at) WHERE open;

-- The mail that took a letter along; and the rule that held it back before.
ALTER TABLE mail ADD COLUMN carrier BLOB;
ALTER TABLE mail ADD COLUMN held TEXT;
UPDATE mail SET carrier = id WHERE state = 'written';

-- Addresses that took no mail: by a hash, so that another address of the same person is tried.
CREATE TABLE bad_address (
    alliance TEXT NOT NULL,
    person BLOB NOT NULL,
    digest TEXT NOT NULL,
    why TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (alliance, person)
) STRICT;

-- One row: the key that signs return paths, and why nothing is sent until an operator has looked.
CREATE TABLE post_office (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    return_key BLOB NOT NULL,
    held_since TEXT,
    held_why TEXT
) STRICT;
