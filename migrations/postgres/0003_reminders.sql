-- Reminders go by the ladder of the step: a task may ask for the step or for a call about it.

ALTER TABLE task ADD COLUMN asks TEXT COLLATE "C" NOT NULL DEFAULT 'do'
    CHECK (asks IN ('do', 'ring', 'resume'));
ALTER TABLE task DROP CONSTRAINT task_pkey;
ALTER TABLE task ADD PRIMARY KEY (alliance, run, address, asks);

-- The plain reminder of the due day is no more: every project plans its moments anew.
DELETE FROM timer WHERE key LIKE 'due/%';
DELETE FROM outbox WHERE kind = 'mail' AND body LIKE '%"letter":"due"%';
INSERT INTO replan (alliance, run, revision, because)
    SELECT r.alliance, r.id, 0, 'Reminders go by the ladder now.' FROM run r
    WHERE r.status = 'in_progress' AND NOT EXISTS
        (SELECT 1 FROM replan p WHERE p.alliance = r.alliance AND p.run = r.id);
