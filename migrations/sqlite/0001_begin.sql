-- All tables of the first release. The twin in ../postgres has the same tables, columns and keys.
-- Every row carries its alliance. Times come from the program, never from the database: text in
-- RFC 3339, UTC, six digits, so that text order is time order. Ids come from the program too.
-- At most the primary key begins with the alliance: a planner that knows nothing of a table yet
-- would else take any index that does, and read all rows of the alliance for one key.

CREATE TABLE alliance (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

-- Directory ---------------------------------------------------------------------------------

-- `facts` is what the register says beside: a JSON object that no decision reads.
CREATE TABLE school (
    alliance TEXT NOT NULL REFERENCES alliance (id),
    urn TEXT NOT NULL,
    name TEXT NOT NULL,
    phase TEXT,
    trust TEXT,
    local_authority TEXT,
    facts TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (alliance, urn)
) STRICT;

-- An erased person keeps the row and the id, without name, address, job title and phone.
CREATE TABLE person (
    alliance TEXT NOT NULL REFERENCES alliance (id),
    id BLOB NOT NULL,
    name TEXT,
    email TEXT,
    job_title TEXT,
    phone TEXT,
    main_school TEXT,
    erased INTEGER NOT NULL,
    PRIMARY KEY (alliance, id),
    UNIQUE (alliance, email),
    FOREIGN KEY (alliance, main_school) REFERENCES school (alliance, urn)
) STRICT;

-- `school` is '' for a post at the alliance; `from_day` is 0001-01-01 where it always was held.
CREATE TABLE post (
    alliance TEXT NOT NULL,
    person BLOB NOT NULL,
    role TEXT NOT NULL,
    school TEXT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT,
    covers BLOB,
    PRIMARY KEY (alliance, person, role, school, from_day),
    FOREIGN KEY (alliance, person) REFERENCES person (alliance, id),
    FOREIGN KEY (alliance, covers) REFERENCES person (alliance, id)
) STRICT;
CREATE INDEX post_at_school ON post (school, role, alliance);

-- Definitions -------------------------------------------------------------------------------

CREATE TABLE workflow (
    alliance TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    bundle TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (alliance, name, version)
) STRICT;

CREATE TABLE reference_counter (
    alliance TEXT NOT NULL,
    prefix TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (alliance, prefix, year)
) STRICT;

-- Runs and their log ------------------------------------------------------------------------

-- A snapshot: everything in it can be made anew from the entries.
CREATE TABLE run (
    alliance TEXT NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('project', 'cycle')),
    reference TEXT NOT NULL,
    workflow TEXT NOT NULL,
    workflow_version INTEGER NOT NULL,
    workflow_hash TEXT NOT NULL,
    title TEXT NOT NULL,
    host_school TEXT,
    status TEXT NOT NULL,
    stage TEXT,
    started_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    head TEXT NOT NULL,
    fold INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (alliance, id),
    UNIQUE (reference, alliance)
) STRICT;

-- The truth. Insert only; `body` is stored exactly as it was hashed.
CREATE TABLE entry (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    source TEXT NOT NULL,
    command_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (alliance, run, seq),
    UNIQUE (source, command_id, alliance)
) STRICT;

-- Texts that can be erased; the entry holds the commitment.
CREATE TABLE payload (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    commitment TEXT NOT NULL,
    salt TEXT NOT NULL,
    value TEXT NOT NULL,
    seq INTEGER NOT NULL,
    written_by BLOB,
    PRIMARY KEY (alliance, run, commitment)
) STRICT;
CREATE INDEX payload_of_person ON payload (written_by, alliance) WHERE written_by IS NOT NULL;

CREATE TABLE draft (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    address TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    body TEXT NOT NULL,
    written_by BLOB,
    at TEXT NOT NULL,
    PRIMARY KEY (alliance, run, address, attempt)
) STRICT;

-- Messages in and out -----------------------------------------------------------------------

-- One row per message that has an id, kept for good: the id is applied once.
-- `raw` only while it may have to be read again; `run_version` is 0 where nothing was applied.
CREATE TABLE inbox (
    alliance TEXT NOT NULL,
    source TEXT NOT NULL,
    command_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    run BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('applied', 'rejected', 'parked', 'quarantined')),
    code TEXT,
    reason TEXT,
    outcome TEXT,
    run_version INTEGER NOT NULL,
    raw TEXT,
    received_at TEXT NOT NULL,
    next_at TEXT,
    expires_at TEXT,
    attempts INTEGER NOT NULL,
    waiting_for TEXT,
    PRIMARY KEY (source, command_id, alliance)
) STRICT;
CREATE INDEX inbox_parked ON inbox (run, alliance) WHERE state = 'parked';
CREATE INDEX inbox_due ON inbox (next_at) WHERE state = 'parked';
CREATE INDEX inbox_quarantined ON inbox (received_at, alliance) WHERE state = 'quarantined';

-- Messages without a usable id, by the SHA-256 of their bytes. `alliance` is '' where it is not
-- known whose they are.
CREATE TABLE quarantine (
    alliance TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    raw BLOB,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    seen INTEGER NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    broker_user TEXT NOT NULL,
    PRIMARY KEY (alliance, sha256)
) STRICT;

-- A row is deleted when it is done: everything here is still to be sent.
CREATE TABLE outbox (
    alliance TEXT NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'mail')),
    run BLOB,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL,
    next_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    why TEXT,
    lease_token BLOB,
    lease_until TEXT,
    PRIMARY KEY (id, alliance)
) STRICT;
CREATE INDEX outbox_due ON outbox (kind, next_at);

-- What was written to people: ids only, the text lies in the `.eml` file.
CREATE TABLE mail (
    alliance TEXT NOT NULL,
    id BLOB NOT NULL,
    run BLOB,
    person BLOB NOT NULL,
    kind TEXT NOT NULL,
    letter TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('written', 'not_sent')),
    why TEXT,
    at TEXT NOT NULL,
    PRIMARY KEY (alliance, id)
) STRICT;
CREATE INDEX mail_newest ON mail (at, alliance);
CREATE INDEX mail_of_run ON mail (run, alliance);

-- Projections of the state ------------------------------------------------------------------

-- `assigned` is who has it; else `people` (a JSON list of ids, for a role of the run), else
-- whoever holds `post` at `school`.
CREATE TABLE task (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    address TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    title TEXT NOT NULL,
    stage TEXT,
    role TEXT NOT NULL,
    post TEXT,
    school TEXT,
    assigned BLOB,
    people TEXT NOT NULL,
    status TEXT NOT NULL,
    due TEXT,
    ready_at TEXT,
    PRIMARY KEY (alliance, run, address)
) STRICT;
CREATE INDEX task_due ON task (due, alliance);

CREATE TABLE timer (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    key TEXT NOT NULL,
    due_at TEXT NOT NULL,
    body TEXT NOT NULL,
    lease_token BLOB,
    lease_until TEXT,
    PRIMARY KEY (alliance, run, key)
) STRICT;
CREATE INDEX timer_due ON timer (due_at);
