-- A mail that never left is taken apart, and its letters wait again where they stood: behind those of
-- earlier versions of the run, and with the number of mails that were made of them in vain.
ALTER TABLE outbox ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mail ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mail_of_person ON mail (person, alliance);
