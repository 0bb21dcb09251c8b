-- Raised with each change of schools, people and posts, so that whoever holds them in memory sees that
-- they are old. A table of its own: batches hold the row of their alliance, and an import need not wait.
CREATE TABLE directory_revision (
    alliance TEXT NOT NULL PRIMARY KEY REFERENCES alliance (id),
    revision INTEGER NOT NULL
) STRICT;
