-- All tables of the first release. The twin in ../sqlite has the same tables, columns and keys.
-- Every row carries its alliance. Times and ids come from the program, never from the database.
-- Text that is a key or sorted has COLLATE "C", so that the order is the same as in SQLite.
-- At most the primary key begins with the alliance: a planner that knows nothing of a table yet
-- would else take any index that does, and read all rows of the alliance for one key.

CREATE TABLE alliance (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Directory ---------------------------------------------------------------------------------

-- `facts` is what the register says beside: a JSON object that no decision reads.
CREATE TABLE school (
    alliance TEXT COLLATE "C" NOT NULL REFERENCES alliance (id),
    urn TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    phase TEXT,
    trust TEXT,
    local_authority TEXT,
    facts TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (alliance, urn)
);

-- An erased person keeps the row and the id, without name, address, job title and phone.
CREATE TABLE person (
    alliance TEXT COLLATE "C" NOT NULL REFERENCES alliance (id),
    id UUID NOT NULL,
    name TEXT COLLATE "C",
    email TEXT,
    job_title TEXT,
    phone TEXT,
    main_school TEXT COLLATE "C",
    erased BOOLEAN NOT NULL,
    PRIMARY KEY (alliance, id),
    UNIQUE (alliance, email),
    FOREIGN KEY (alliance, main_school) REFERENCES school (alliance, urn)
);

-- `school` is '' for a post at the alliance; `from_day` is 0001-01-01 where it always was held.
CREATE TABLE post (
    alliance TEXT COLLATE "C" NOT NULL,
    person UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    school TEXT COLLATE "C" NOT NULL,
    from_day DATE NOT NULL,
    until_day DATE,
    covers UUID,
    PRIMARY KEY (alliance, person, role, school, from_day),
    FOREIGN KEY (alliance, person) REFERENCES person (alliance, id),
    FOREIGN KEY (alliance, covers) REFERENCES person (alliance, id)
);
CREATE INDEX post_at_school ON post (school, role, alliance);

-- Definitions -------------------------------------------------------------------------------

CREATE TABLE workflow (
    alliance TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    bundle TEXT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (alliance, name, version)
);

CREATE TABLE reference_counter (
    alliance TEXT COLLATE "C" NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (alliance, prefix, year)
);

-- Runs and their log ------------------------------------------------------------------------

-- A snapshot: everything in it can be made anew from the entries.
CREATE TABLE run (
    alliance TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('project', 'cycle')),
    reference TEXT COLLATE "C" NOT NULL,
    workflow TEXT COLLATE "C" NOT NULL,
    workflow_version BIGINT NOT NULL,
    workflow_hash TEXT NOT NULL,
    title TEXT NOT NULL,
    host_school TEXT,
    status TEXT NOT NULL,
    stage TEXT,
    started_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    head TEXT NOT NULL,
    fold BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (alliance, id),
    UNIQUE (reference, alliance)
);

-- The truth. Insert only; `body` is stored exactly as it was hashed.
CREATE TABLE entry (
    alliance TEXT COLLATE "C" NOT NULL,
    run UUID NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    command_id TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (alliance, run, seq),
    UNIQUE (source, command_id, alliance)
);

-- Texts that can be erased; the entry holds the commitment.
CREATE TABLE payload (
    alliance TEXT COLLATE "C" NOT NULL,
    run UUID NOT NULL,
    commitment TEXT COLLATE "C" NOT NULL,
    salt TEXT NOT NULL,
    value TEXT NOT NULL,
    seq BIGINT NOT NULL,
    written_by UUID,
    PRIMARY KEY (alliance, run, commitment)
);
CREATE INDEX payload_of_person ON payload (written_by, alliance) WHERE written_by IS NOT NULL;

CREATE TABLE draft (
    alliance TEXT COLLATE "C" NOT NULL,
    run UUID NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    body TEXT NOT NULL,
    written_by UUID,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (alliance, run, address, attempt)
);

-- Messages in and out -----------------------------------------------------------------------

-- One row per message that has an id, kept for good: the id is applied once.
-- `raw` only while it may have to be read again; `run_version` is 0 where nothing was applied.
CREATE TABLE inbox (
    alliance TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    command_id TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT NOT NULL,
    run UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('applied', 'rejected', 'parked', 'quarantined')),
    code TEXT,
    reason TEXT,
    outcome TEXT,
    run_version BIGINT NOT NULL,
    raw TEXT,
    received_at TIMESTAMPTZ NOT NULL,
    next_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    attempts BIGINT NOT NULL,
    waiting_for TEXT,
    PRIMARY KEY (source, command_id, alliance)
);
CREATE INDEX inbox_parked ON inbox (run, alliance) WHERE state = 'parked';
CREATE INDEX inbox_due ON inbox (next_at) WHERE state = 'parked';
CREATE INDEX inbox_quarantined ON inbox (received_at, alliance) WHERE state = 'quarantined';

-- Messages without a usable id, by the SHA-256 of their bytes. `alliance` is '' where it is not
-- known whose they are.
CREATE TABLE quarantine (
    alliance TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    raw BYTEA,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    seen BIGINT NOT NULL,
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    routing_key TEXT NOT NULL,
    broker_user TEXT NOT NULL,
    PRIMARY KEY (alliance, sha256)
);

-- A row is deleted when it is done: everything here is still to be sent.
CREATE TABLE outbox (
    alliance TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'mail')),
    run UUID,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL,
    next_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL,
    why TEXT,
    lease_token UUID,
    lease_until TIMESTAMPTZ,
    PRIMARY KEY (id, alliance)
);
CREATE INDEX outbox_due ON outbox (kind, next_at);

-- What was written to people: ids only, the text lies in the `.eml` file.
CREATE TABLE mail (
    alliance TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    run UUID,
    person UUID NOT NULL,
    kind TEXT NOT NULL,
    letter TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('written', 'not_sent')),
    why TEXT,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (alliance, id)
);
CREATE INDEX mail_newest ON mail (at, alliance);
CREATE INDEX mail_of_run ON mail (run, alliance);

-- Projections of the state ------------------------------------------------------------------

-- `assigned` is who has it; else `people` (a JSON list of ids, for a role of the run), else
-- whoever holds `post` at `school`.
CREATE TABLE task (
    alliance TEXT COLLATE "C" NOT NULL,
    run UUID NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    title TEXT NOT NULL,
    stage TEXT,
    role TEXT COLLATE "C" NOT NULL,
    post TEXT,
    school TEXT COLLATE "C",
    assigned UUID,
    people TEXT NOT NULL,
    status TEXT NOT NULL,
    due DATE,
    ready_at TIMESTAMPTZ,
    PRIMARY KEY (alliance, run, address)
);
CREATE INDEX task_due ON task (due, alliance);

CREATE TABLE timer (
    alliance TEXT COLLATE "C" NOT NULL,
    run UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    body TEXT NOT NULL,
    lease_token UUID,
    lease_until TIMESTAMPTZ,
    PRIMARY KEY (alliance, run, key)
);
CREATE INDEX timer_due ON timer (due_at);
