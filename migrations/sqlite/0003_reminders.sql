-- Reminders go by the ladder of the step: a task may ask for the step or for a call about it.

CREATE TABLE task_before AS SELECT * FROM task;
DROP TABLE task;
CREATE TABLE task (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    address TEXT NOT NULL,
    asks TEXT NOT NULL CHECK (asks IN ('do', 'ring', 'resume')),
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
    PRIMARY KEY (alliance, run, address, asks)
) STRICT;
INSERT INTO task SELECT alliance, run, address, 'do', attempt, title, stage, role, post, school,
    assigned, people, status, due, ready_at FROM task_before;
DROP TABLE task_before;
CREATE INDEX task_due ON task (due, alliance);

-- The plain reminder of the due day is no more: every project plans its moments anew.
DELETE FROM timer WHERE key LIKE 'due/%';
DELETE FROM outbox WHERE kind = 'mail' AND body LIKE '%"letter":"due"%';
INSERT INTO replan (alliance, run, revision, because)
    SELECT r.alliance, r.id, 0, 'Reminders go by the ladder now.' FROM run r
    WHERE r.status = 'in_progress' AND NOT EXISTS
        (SELECT 1 FROM replan p WHERE p.alliance = r.alliance AND p.run = r.id);
