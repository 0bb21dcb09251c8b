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
    state TEXT NOT NULL,
    next_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    why TEXT,
    lease_token BLOB,
    lease_until TEXT,
    PRIMARY KEY (alliance, id),
    UNIQUE (person, day, number, alliance)
) STRICT;
CREATE INDEX outgoing_due ON outgoing (next_at) WHERE state = 'pending';

-- The mail that took a letter along; and the rule that held it back before.
ALTER TABLE mail ADD COLUMN carrier BLOB;
ALTER TABLE mail ADD COLUMN held TEXT;
UPDATE mail SET carrier = id WHERE state = 'written';
