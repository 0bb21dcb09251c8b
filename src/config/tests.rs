//! The rules of the configuration, on files and environments as people write them.

use std::collections::BTreeMap;

use super::*;

/// A home folder with an `alongside.toml`, and the environment and flags to read it with.
pub struct Given {
    pub home: tempfile::TempDir,
    environment: Environment,
    flags: Flags,
}

pub fn given(file: &str) -> Given {
    let home = tempfile::TempDir::new().unwrap();
    if !file.is_empty() {
        std::fs::write(home.path().join("alongside.toml"), file).unwrap();
    }
    let flags = BTreeMap::from([("--home", home.path().display().to_string())]);
    Given {
        home,
        environment: Environment::new(),
        flags,
    }
}

impl Given {
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn flag(mut self, name: &'static str, value: &str) -> Self {
        self.flags.insert(name, value.to_owned());
        self
    }

    pub fn load(&self) -> Result<Config, Problems> {
        Config::load(&self.flags, &self.environment)
    }

    /// The problems as they are printed, without the path of the home folder.
    pub fn problems(&self) -> Vec<String> {
        let home = format!("{}/", self.home.path().display());
        let Problems(problems) = self.load().unwrap_err();
        problems
            .iter()
            .map(|problem| problem.to_string().replace(&home, ""))
            .collect()
    }
}

#[test]
fn without_a_word_everything_is_kept_at_home() {
    let given = given("");
    let config = given.load().unwrap();
    let home = given.home.path();
    assert_eq!(
        config.database.reveal(),
        format!("sqlite:{}/alongside.db", home.display())
    );
    assert_eq!(config.broker.reveal(), "memory:");
    assert_eq!(config.mail.folder, home.join("mail"));
    assert_eq!(
        (config.listen, config.workflows, config.sources),
        (None, None, vec![])
    );
    assert_eq!(
        config.log,
        Log {
            format: LogFormat::Human,
            filter: "info".to_owned()
        }
    );
}

const FULL: &str = r#"
workflows = "definitions"
[database]
url = "postgres://me:secret@db/alongside"
[broker]
url = "amqps://me:secret@mq/%2f"
[http]
listen = "localhost:9000"
[mail]
folder = "/var/mail/out"
from = "Alongside <office@northshire.example>"
answer_to = "office@northshire.example"
[log]
format = "json"
filter = "debug"
[[source]]
uri = "https://portal.northshire.example"
broker_user = "portal"
alliance = "northshire"
commands = ["project.start", "alongside.step.complete"]
roles = ["headteacher", "cpd_lead"]
"#;

#[test]
fn a_file_can_say_everything() {
    let given = given(FULL);
    let config = given.load().unwrap();
    assert_eq!(
        config.database.to_string(),
        "postgres://me:***@db/alongside"
    );
    assert_eq!(config.broker.scheme(), "amqps");
    assert_eq!(config.listen, Some("127.0.0.1:9000".parse().unwrap()));
    assert_eq!(
        config.workflows,
        Some(given.home.path().join("definitions"))
    );
    assert_eq!(config.mail.folder, Path::new("/var/mail/out"));
    assert_eq!(
        config.mail.answer_to.as_deref(),
        Some("office@northshire.example")
    );
    assert_eq!(
        config.log,
        Log {
            format: LogFormat::Json,
            filter: "debug".to_owned()
        }
    );
    let [source] = &config.sources[..] else {
        panic!("{:?}", config.sources)
    };
    assert_eq!(
        source.commands,
        ["alongside.project.start", "alongside.step.complete"]
    );
    assert_eq!(source.roles, ["headteacher", "cpd_lead"]);
    assert_eq!(source.broker_user.as_deref(), Some("portal"));
    let printed = format!("{config:?}");
    assert!(!printed.contains("secret"), "{printed}");
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let given = given("[http]\nlisten = \"127.0.0.1:1001\"\n[log]\nformat = \"json\"")
        .variable("ALONGSIDE_LISTEN", "127.0.0.1:1002")
        .variable("ALONGSIDE_LOG", "trace");
    let config = given.load().unwrap();
    assert_eq!(config.listen.unwrap().port(), 1002);
    assert_eq!(
        config.log,
        Log {
            format: LogFormat::Json,
            filter: "trace".to_owned()
        }
    );
    let given = given.flag("--listen", "127.0.0.1:1003");
    assert_eq!(given.load().unwrap().listen.unwrap().port(), 1003);
}

#[test]
fn every_unknown_key_is_refused_with_its_line_and_the_one_that_was_meant() {
    let given = given("workflow = \"x\"\n[databse]\nurl = 1\n[http]\n\nlisen = \"x\"\nzebra = 1\n");
    assert_eq!(
        given.problems(),
        [
            "alongside.toml:1: `workflow` is unknown; did you mean `workflows`?",
            "alongside.toml:2: `databse` is unknown; did you mean `database`?",
            "alongside.toml:6: `http.lisen` is unknown; did you mean `listen`?",
            "alongside.toml:7: `http.zebra` is unknown; it can be `listen`",
        ]
    );
}

#[test]
fn a_misspelt_variable_is_refused_and_a_strangers_is_left_alone() {
    let given = given("").variable("ALONGSIDE_SERVICE_PORT_HTTP", "80");
    given.load().unwrap();
    let given = given.variable("ALONGSIDE_DATABSE_URL", "postgres://db/a");
    let expected = "ALONGSIDE_DATABSE_URL: is unknown; did you mean `ALONGSIDE_DATABASE_URL`?";
    assert_eq!(given.problems(), [expected]);
}

#[test]
fn a_value_that_cannot_be_is_refused_where_it_stands() {
    let table = [
        (
            "[http]\nlisten = 8080",
            "alongside.toml:2: http.listen: `8080` is no address",
        ),
        (
            "[http]\nlisten = \"127.0.0.1:99999\"",
            "alongside.toml:2: http.listen: `127.0.0.1:99999` is no",
        ),
        (
            "[http]\nlisten = \"127.0.0.1:0\"",
            "alongside.toml:2: http.listen: port 0 would be",
        ),
        (
            "http = 1",
            "alongside.toml:1: `http` is a table: write `[http]`",
        ),
        (
            "[database]\nurl = \"mysql://me:secret@x\"",
            "alongside.toml:2: database.url: begins with neither",
        ),
        (
            "[database]\nurl = \"sqlite::memory:\"",
            "alongside.toml:2: database.url: names no file",
        ),
        (
            "[database]\nurl = \" \"",
            "alongside.toml:2: database.url: is empty",
        ),
        (
            "[broker]\nurl = \"redis:\"",
            "alongside.toml:2: broker.url: is neither `memory:`",
        ),
        (
            "[mail]\nfrom = \"office\"",
            "alongside.toml:2: mail.from: `office` is no mail address",
        ),
        (
            "[mail]\nfrom = \"a@b\\nBcc: c\"",
            "alongside.toml:2: mail.from: `a@b\\nBcc: c` is no mail",
        ),
        (
            "[log]\nformat = \"xml\"",
            "alongside.toml:2: log.format: `xml` is neither",
        ),
        (
            "source = 1",
            "alongside.toml:1: `source` is a list: write `[[source]]`",
        ),
    ];
    for (file, expected) in table {
        let problems = given(file).problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(expected), "{problems:?}");
        assert!(!problems[0].contains("secret"), "{problems:?}");
    }
}

#[test]
fn a_source_must_be_whole_and_can_send_only_what_there_is() {
    let file = "[[source]]\nuri = \"u\"\nbrokr_user = \"p\"\ncommands = [\"step.complet\", \"timer.fire\", 1]\nroles = \"*\"\n";
    assert_eq!(
        given(file).problems(),
        [
            "alongside.toml:3: `source.brokr_user` is unknown; did you mean `broker_user`?",
            "alongside.toml:1: this source lacks `alliance`",
            "alongside.toml:4: commands: is of kind integer, a text in quotes is wanted",
            "alongside.toml:5: `roles` is a list: write `roles = [\"…\"]`",
        ]
    );
    let whole = |uri: &str, command: &str| {
        format!(
            "[[source]]\nuri = \"{uri}\"\nalliance = \"a\"\nroles = [\"*\"]\ncommands = [\"{command}\"]\n"
        )
    };
    let wrong = given(&whole("u", "step.complet")).problems();
    let expected = "alongside.toml:5: no source can send `alongside.step.complet`; did you mean `alongside.step.complete`?";
    assert_eq!(wrong, [expected]);
    assert_eq!(given(&whole("u", "timer.fire")).problems().len(), 1);
    let twice = whole("u", "step.complete").repeat(2);
    assert_eq!(
        given(&twice).problems(),
        ["alongside.toml:6: the source `u` is there twice: keep one"]
    );
}

#[test]
fn a_secret_may_come_from_a_file_of_its_own() {
    let keep = |path: &std::path::Path| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
        std::fs::set_permissions(path, mode).unwrap();
    };
    let given = given("[database]\nurl_file = \"db.secret\"\n");
    assert!(given.problems()[0].contains("db.secret` cannot be read"));
    std::fs::write(
        given.home.path().join("db.secret"),
        "postgres://me:hush@db/a\n",
    )
    .unwrap();
    keep(&given.home.path().join("db.secret"));
    assert_eq!(
        given.load().unwrap().database.reveal(),
        "postgres://me:hush@db/a"
    );

    let other = given.home.path().join("other.secret");
    std::fs::write(&other, "postgres://other/a").unwrap();
    keep(&other);
    let given = given.variable("ALONGSIDE_DATABASE_URL_FILE", other.to_str().unwrap());
    assert_eq!(
        given.load().unwrap().database.reveal(),
        "postgres://other/a"
    );
    let given = given.variable("ALONGSIDE_DATABASE_URL", "postgres://third/a");
    let expected =
        "ALONGSIDE_DATABASE_URL: is given beside ALONGSIDE_DATABASE_URL_FILE: keep one of the two";
    assert_eq!(given.problems(), [expected]);
}

#[test]
fn paths_in_the_file_begin_where_it_stands_and_others_where_we_are() {
    let given = given("[database]\nurl = \"sqlite:data/a.db\"\n");
    let expected = format!("sqlite:{}/data/a.db", given.home.path().display());
    assert_eq!(given.load().unwrap().database.reveal(), expected);
    let given = given.variable("ALONGSIDE_DATABASE_URL", "sqlite://b.db");
    assert_eq!(given.load().unwrap().database.reveal(), "sqlite:b.db");
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let missing = given("").flag("--config", "/no/such/alongside.toml");
    assert!(missing.problems()[0].starts_with("/no/such/alongside.toml: cannot be read"));
    let broken = given("[http\nlisten = \"127.0.0.1:80\"\n[log]\nformat = yes\n").problems();
    assert!(broken.len() >= 2, "{broken:?}");
    assert!(
        broken
            .iter()
            .all(|problem| problem.starts_with("alongside.toml:")),
        "{broken:?}"
    );
}

#[test]
fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let secrets = [
        ("--database-url", "postgres://me:hush@db/a"),
        ("--database-url", "postgres://db/a?user=me&password=hush"),
        ("--amqp-url", "amqp://portal:hush@localhost/%2f"),
    ];
    for (flag, url) in secrets {
        let problems = given("").flag(flag, url).problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with(flag) && problems[0].contains("_FILE"),
            "{problems:?}"
        );
        assert!(!problems[0].contains("hush"), "{problems:?}");
    }
    for (flag, url) in [
        ("--database-url", "postgres://me@db/a"),
        ("--amqp-url", "amqp://guest:guest@localhost/%2f"),
    ] {
        given("").flag(flag, url).load().unwrap();
    }
}

#[test]
fn a_broker_elsewhere_is_spoken_to_in_cipher_unless_it_is_said_otherwise() {
    let far = "amqp://broker.example/%2f";
    let problems = given("").variable("ALONGSIDE_AMQP_URL", far).problems();
    assert!(problems[0].contains("amqps://"), "{problems:?}");
    for near in [
        "amqp://127.0.0.1/%2f",
        "amqp://[::1]:5672/%2f",
        "amqps://broker.example/%2f",
    ] {
        given("")
            .variable("ALONGSIDE_AMQP_URL", near)
            .load()
            .unwrap();
    }
    let said = given("[broker]\nallow_plaintext = true\n").variable("ALONGSIDE_AMQP_URL", far);
    said.load().unwrap();
    let unclear = given("[broker]\nallow_plaintext = \"perhaps\"\n").problems();
    assert!(
        unclear[0].contains("neither `true` nor `false`"),
        "{unclear:?}"
    );
}

#[test]
fn a_secret_that_everybody_can_read_is_refused() {
    let given = given("[database]\nurl_file = \"db.secret\"\n");
    let path = given.home.path().join("db.secret");
    std::fs::write(&path, "postgres://me:hush@db/a").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let problems = given.problems();
    assert!(
        problems[0].contains("can be read by everybody"),
        "{problems:?}"
    );
}
