-- What an alliance sets itself: who covers for whom, how long texts are kept, its own mails.

-- What was arranged, by whom and why; the posts that make it so are in `post`.
CREATE TABLE cover (
    alliance TEXT COLLATE "C" NOT NULL,
    person UUID NOT NULL,
    by_person UUID NOT NULL,
    from_day DATE NOT NULL,
    until_day DATE NOT NULL,
    reason TEXT,
    arranged_by UUID NOT NULL,
    arranged_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (alliance, person, by_person, from_day),
    FOREIGN KEY (alliance, person) REFERENCES person (alliance, id),
    FOREIGN KEY (alliance, by_person) REFERENCES person (alliance, id),
    FOREIGN KEY (alliance, arranged_by) REFERENCES person (alliance, id)
);

-- So many school years after that of its end the texts of a project go; none: they are kept for good.
ALTER TABLE alliance ADD COLUMN text_years BIGINT DEFAULT 3;

-- Texts of mails that an alliance has written itself: 'ready', or 'WORKFLOW/NAME'.
CREATE TABLE mail_text (
    alliance TEXT COLLATE "C" NOT NULL REFERENCES alliance (id),
    name TEXT COLLATE "C" NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT,
    PRIMARY KEY (alliance, name)
);
