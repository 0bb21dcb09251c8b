-- The coordinator has a task where a step cannot progress, and where too few people are in a role.

ALTER TABLE task DROP CONSTRAINT task_asks_check;
ALTER TABLE task ADD CONSTRAINT task_asks_check
    CHECK (asks IN ('do', 'ring', 'resume', 'unblock', 'appoint'));

-- What is blocked already; the rest comes with the next step of each project.
INSERT INTO task (alliance, run, address, asks, attempt, title, stage, role, post, school, assigned,
        people, status, due, ready_at)
    SELECT alliance, run, address, 'unblock', attempt, 'See what holds up: ' || title, stage,
        'coordinator', 'coordinator', NULL, NULL::uuid, '[]', status, NULL, ready_at
    FROM task WHERE asks = 'do' AND status = 'cannot_progress';
