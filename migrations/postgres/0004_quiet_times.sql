-- Mails leave in quiet times' gaps, at most one to a person on a day.

-- The rules of the alliance, as JSON; what is not said is as usual.
ALTER TABLE alliance ADD COLUMN quiet_times TEXT NOT NULL DEFAULT '{}';

-- To whom a letter goes (for mails), and the rule that held it back the last time.
ALTER TABLE outbox ADD COLUMN person UUID;
ALTER TABLE outbox ADD COLUMN held TEXT;
UPDATE outbox SET person = (body::json ->> 'to')::uuid WHERE kind = 'mail';
CREATE INDEX outbox_of_person ON outbox (person, alliance) WHERE person IS NOT NULL;

-- A mail that was made, whole, and where it stands. At most one a day to each person: the key says so.
CREATE TABLE outgoing (
    alliance TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    person UUID NOT NULL,
    day DATE NOT NULL,
    -- One of several on a day, where the alliance allows them; else 1.
    number BIGINT NOT NULL,
    bytes BYTEA,
    state TEXT COLLATE "C" NOT NULL,
    next_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL,
    why TEXT,
    lease_token UUID,
    lease_until TIMESTAMPTZ,
    PRIMARY KEY (alliance, id),
    UNIQUE (person, day, number, alliance)
);
CREATE INDEX outgoing_due ON outgoing (next_at) WHERE state = 'pending';

-- The mail that took a letter along; and the rule that held it back before.
ALTER TABLE mail ADD COLUMN carrier UUID;
ALTER TABLE mail ADD COLUMN held TEXT;
UPDATE mail SET carrier = id WHERE state = 'written';
