-- What is done by the calendar: the summary, the calendar check, retention.

-- When each comes next. `setting` is `off` or five fields of cron; none means the usual times.
-- A process plans the rows of an alliance that has none yet.
CREATE TABLE schedule (
    alliance TEXT COLLATE "C" NOT NULL REFERENCES alliance (id),
    name TEXT COLLATE "C" NOT NULL,
    setting TEXT,
    next_at TIMESTAMPTZ,
    lease_token UUID,
    lease_until TIMESTAMPTZ,
    PRIMARY KEY (alliance, name)
);
CREATE INDEX schedule_due ON schedule (next_at);

-- What has happened already: each planned time once, whoever comes to it.
CREATE TABLE occurrence (
    alliance TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    planned_at TIMESTAMPTZ NOT NULL,
    done_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (alliance, name, planned_at)
);

-- Schools of whose term dates' end the coordinators were told.
CREATE TABLE calendar_warning (
    alliance TEXT COLLATE "C" NOT NULL,
    school TEXT COLLATE "C" NOT NULL,
    ends_on DATE NOT NULL,
    PRIMARY KEY (alliance, school, ends_on)
);

-- Mails at their end whose bytes are still there: few, and found without looking at all others.
CREATE INDEX outgoing_bytes ON outgoing (day, alliance) WHERE bytes IS NOT NULL AND NOT open;
