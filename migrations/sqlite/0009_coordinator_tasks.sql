-- The coordinator has a task where a step cannot progress, and where too few people are in a role.

CREATE TABLE task_before AS SELECT * FROM task;
DROP TABLE task;
CREATE TABLE task (
    alliance TEXT NOT NULL,
    run BLOB NOT NULL,
    address TEXT NOT NULL,
    asks TEXT NOT NULL CHECK (asks IN ('do', 'ring', 'resume', 'unblock', 'appoint')),
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
INSERT INTO task SELECT alliance, run, address, asks, attempt, title, stage, role, post, school,
    assigned, people, status, due, ready_at FROM task_before;
DROP TABLE task_before;
CREATE INDEX task_due ON task (due, alliance);

-- What is blocked already; the rest comes with the next step of each project.
INSERT INTO task SELECT alliance, run, address, 'unblock', attempt, 'See what holds up: ' || title,
    stage, 'coordinator', 'coordinator', NULL, NULL, '[]', status, NULL, ready_at
    FROM task WHERE asks = 'do' AND status = 'cannot_progress';
