//! All settings: what each is called as a flag, as a variable and in the file.
//!
//! To add one: a row here, in [`ALL`] too, and a line in `Config::load` that understands its text.

/// One setting. A secret one has a second variable and key that name a file with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub flag: &'static str,
    pub variable: &'static str,
    /// The table of the file; empty for the top.
    pub table: &'static str,
    /// Empty for what decides which file is read.
    pub key: &'static str,
    pub secret: bool,
    /// A secret that does not stand in `alongside.toml` itself, which is shown and copied around.
    pub only_in_its_own_file: bool,
}

const PLAIN: Setting = Setting {
    flag: "",
    variable: "",
    table: "",
    key: "",
    secret: false,
    only_in_its_own_file: false,
};

pub const HOME: Setting = Setting {
    flag: "--home",
    variable: "ALONGSIDE_HOME",
    ..PLAIN
};
pub const CONFIG: Setting = Setting {
    flag: "--config",
    variable: "ALONGSIDE_CONFIG",
    ..PLAIN
};
pub const WORKFLOWS: Setting = Setting {
    flag: "--workflows",
    variable: "ALONGSIDE_WORKFLOWS",
    key: "workflows",
    ..PLAIN
};
pub const DATABASE: Setting = Setting {
    flag: "--database-url",
    variable: "ALONGSIDE_DATABASE_URL",
    table: "database",
    key: "url",
    secret: true,
    ..PLAIN
};
pub const BROKER: Setting = Setting {
    flag: "--amqp-url",
    variable: "ALONGSIDE_AMQP_URL",
    table: "broker",
    key: "url",
    secret: true,
    ..PLAIN
};
pub const PLAINTEXT: Setting = Setting {
    variable: "ALONGSIDE_ALLOW_PLAINTEXT",
    table: "broker",
    key: "allow_plaintext",
    ..PLAIN
};
pub const LISTEN: Setting = Setting {
    flag: "--listen",
    variable: "ALONGSIDE_LISTEN",
    table: "http",
    key: "listen",
    ..PLAIN
};
pub const MAIL_FOLDER: Setting = Setting {
    variable: "ALONGSIDE_MAIL_FOLDER",
    table: "mail",
    key: "folder",
    ..PLAIN
};
pub const MAIL_FROM: Setting = Setting {
    variable: "ALONGSIDE_MAIL_FROM",
    table: "mail",
    key: "from",
    ..PLAIN
};
pub const MAIL_ANSWER_TO: Setting = Setting {
    variable: "ALONGSIDE_MAIL_ANSWER_TO",
    table: "mail",
    key: "answer_to",
    ..PLAIN
};
pub const MAIL_LINK: Setting = Setting {
    variable: "ALONGSIDE_MAIL_LINK",
    table: "mail",
    key: "link",
    ..PLAIN
};
pub const MAIL_PER_MINUTE: Setting = Setting {
    variable: "ALONGSIDE_MAIL_PER_MINUTE",
    table: "mail",
    key: "per_minute",
    ..PLAIN
};
pub const MAIL_ONLY_TO: Setting = Setting {
    variable: "ALONGSIDE_MAIL_ONLY_TO",
    table: "mail",
    key: "only_to",
    ..PLAIN
};
pub const SMTP_URL: Setting = Setting {
    variable: "ALONGSIDE_SMTP_URL",
    table: "mail",
    key: "smtp_url",
    ..PLAIN
};
pub const SMTP_PASSWORD: Setting = Setting {
    variable: "ALONGSIDE_SMTP_PASSWORD",
    table: "mail",
    key: "smtp_password",
    secret: true,
    only_in_its_own_file: true,
    ..PLAIN
};
pub const SMTP_AUTHORITY: Setting = Setting {
    variable: "ALONGSIDE_SMTP_AUTHORITY",
    table: "mail",
    key: "smtp_authority",
    ..PLAIN
};
pub const SMTP_PLAINTEXT: Setting = Setting {
    variable: "ALONGSIDE_SMTP_ALLOW_PLAINTEXT",
    table: "mail",
    key: "smtp_allow_plaintext",
    ..PLAIN
};
pub const LOG_FORMAT: Setting = Setting {
    flag: "--log-format",
    variable: "ALONGSIDE_LOG_FORMAT",
    table: "log",
    key: "format",
    ..PLAIN
};
pub const LOG_FILTER: Setting = Setting {
    variable: "ALONGSIDE_LOG",
    table: "log",
    key: "filter",
    ..PLAIN
};

pub const ALL: [Setting; 19] = [
    HOME,
    CONFIG,
    WORKFLOWS,
    DATABASE,
    BROKER,
    PLAINTEXT,
    LISTEN,
    MAIL_FOLDER,
    MAIL_FROM,
    MAIL_ANSWER_TO,
    MAIL_LINK,
    MAIL_PER_MINUTE,
    MAIL_ONLY_TO,
    SMTP_URL,
    SMTP_PASSWORD,
    SMTP_AUTHORITY,
    SMTP_PLAINTEXT,
    LOG_FORMAT,
    LOG_FILTER,
];

impl Setting {
    /// The variable that names a file with the secret.
    pub fn file_variable(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.variable))
    }

    /// The key whose text is the setting itself.
    pub fn plain_key(&self) -> Option<&'static str> {
        let none = self.key.is_empty() || self.only_in_its_own_file;
        (!none).then_some(self.key)
    }

    /// The key that names a file with the secret.
    pub fn file_key(&self) -> Option<String> {
        self.secret.then(|| format!("{}_file", self.key))
    }
}

/// All variables that mean something to us.
pub fn variables() -> impl Iterator<Item = String> {
    ALL.iter().flat_map(|setting| {
        std::iter::once(setting.variable.to_owned()).chain(setting.file_variable())
    })
}

/// The tables of the file, without the top and `[[source]]`.
pub fn tables() -> impl Iterator<Item = &'static str> {
    let mut tables: Vec<_> = ALL
        .iter()
        .map(|setting| setting.table)
        .filter(|table| !table.is_empty())
        .collect();
    tables.dedup();
    tables.into_iter()
}

/// The keys that a table of the file may have.
pub fn keys(table: &str) -> Vec<String> {
    let own = ALL
        .iter()
        .filter(|setting| setting.table == table && !setting.key.is_empty());
    own.flat_map(|setting| {
        setting
            .plain_key()
            .map(str::to_owned)
            .into_iter()
            .chain(setting.file_key())
    })
    .collect()
}
