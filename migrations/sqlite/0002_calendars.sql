-- Term dates and bank holidays, and the projects whose open dates must be counted anew.

-- Raised with each change of a calendar, so that whoever holds one in memory sees that it is old.
ALTER TABLE alliance ADD COLUMN calendar_revision INTEGER NOT NULL DEFAULT 0;

-- One page per owner of term dates (`school:100001`, `trust:…`, `local-authority:…`, `alliance`)
-- and the last good list of bank holidays (`bank-holidays`).
CREATE TABLE calendar (
    alliance TEXT NOT NULL REFERENCES alliance (id),
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (alliance, key)
) STRICT;

-- Waits until the open dates of the run were counted by that revision.
CREATE TABLE replan (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    revision INTEGER NOT NULL,
    because TEXT NOT NULL,
    PRIMARY KEY (alliance, run)
) STRICT;
