-- Term dates and bank holidays, and the projects whose open dates must be counted anew.

-- Raised with each change of a calendar, so that whoever holds one in memory sees that it is old.
ALTER TABLE alliance ADD COLUMN calendar_revision BIGINT NOT NULL DEFAULT 0;

-- One page per owner of term dates (`school:100001`, `trust:…`, `local-authority:…`, `alliance`)
-- and the last good list of bank holidays (`bank-holidays`).
CREATE TABLE calendar (
    alliance TEXT COLLATE "C" NOT NULL REFERENCES alliance (id),
    key TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (alliance, key)
);

-- Waits until the open dates of the run were counted by that revision.
CREATE TABLE replan (
    alliance TEXT COLLATE "C" NOT NULL,
    run UUID NOT NULL,
    revision BIGINT NOT NULL,
    because TEXT NOT NULL,
    PRIMARY KEY (alliance, run)
);
