-- What is done by the calendar: the summary, the calendar check, retention.

-- When each comes next. `setting` is `off` or five fields of cron; none means the usual times.
-- A process plans the rows of an alliance that has none yet.
CREATE TABLE schedule (
    alliance TEXT NOT NULL REFERENCES alliance (id),
    name TEXT NOT NULL,
    setting TEXT,
    next_at TEXT,
    lease_token BLOB,
    lease_until TEXT,
    PRIMARY KEY (alliance, name)
) STRICT;
CREATE INDEX schedule_due ON schedule (next_at);

-- What has happened already: each planned time once, whoever comes to it.
CREATE TABLE occurrence (
    alliance TEXT NOT NULL,
    name TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    done_at TEXT NOT NULL,
    PRIMARY KEY (alliance, name, planned_at)
) STRICT;

-- Schools of whose term dates' end the coordinators were told.
CREATE TABLE calendar_warning (
    alliance TEXT NOT NULL,
    school TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    PRIMARY KEY (alliance, school, ends_on)
) STRICT;

-- Mails at their end whose bytes are still there: few, and found without looking at all others.
CREATE INDEX outgoing_bytes ON outgoing (day, alliance) WHERE bytes IS NOT NULL AND NOT open;
