//! The commands that documents show and sentences name: each exists with its flags, and those for an
//! own workflow run.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use super::{document, fenced, files_below, printed, program, root, sections};

/// The documents that show commands to type.
const DOCUMENTS: [&str; 5] = [
    "README.md",
    "CHANGELOG.md",
    "workflows/README.md",
    "docs/import.md",
    "docs/mail.md",
];

/// Every command of a document: lines of blocks, and code inside sentences.
fn commands(text: &str) -> BTreeSet<String> {
    let whole = text.replace("\\\n", " ");
    let lines = whole.lines().map(str::trim);
    let inline = whole.split('`').skip(1).step_by(2);
    let all = lines.chain(inline).filter_map(|command| {
        let typed = command
            .strip_prefix("alongside ")
            .or_else(|| command.strip_prefix("cargo run --release -- "));
        // A sentence may begin with the name as well.
        typed.filter(|typed| typed.starts_with(|c: char| c.is_ascii_lowercase() || c == '-'))
    });
    all.map(|typed| typed.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Every command that sentences of the program name, between marks of code.
fn named_in_sentences() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files_below(&root().join("src")) {
        if path.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let whole = text.replace("\\\n", " ");
        for rest in whole.split("`alongside ").skip(1) {
            let typed = rest.split('`').next().unwrap_or_default();
            let words = typed.split_whitespace();
            let words = words.filter(|word| !word.starts_with("//"));
            found.insert(words.collect::<Vec<_>>().join(" "));
        }
    }
    found.retain(|typed| typed.starts_with(|c: char| c.is_ascii_lowercase() || c == '-'));
    found
}

/// What the help of a command lists under a heading: subcommands or flags.
struct Help(String);

impl Help {
    fn of(command: &[&str]) -> Self {
        let asked = program(Path::new("."))
            .args(command)
            .arg("--help")
            .output()
            .unwrap();
        assert!(asked.status.success(), "{command:?}\n{}", printed(&asked));
        Self(printed(&asked))
    }

    fn commands(&self) -> BTreeSet<&str> {
        let listed = self.0.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = listed.lines().take_while(|line| line.starts_with("  "));
        let names = lines.filter(|line| !line.starts_with("   "));
        let both = names.flat_map(|line| {
            let name = line.split_whitespace().next();
            let alias = line.split("[alias: ").nth(1);
            name.into_iter()
                .chain(alias.and_then(|rest| rest.split(']').next()))
        });
        both.collect()
    }

    fn takes(&self, flag: &str) -> bool {
        let words = self.0.split([' ', ',', '\n', '[', ']']);
        words.into_iter().any(|word| word == flag)
    }
}

/// Follows the words of a command through the help; what does not exist is said.
fn wrong_with(typed: &str) -> Option<String> {
    let words: Vec<&str> = typed.split(' ').collect();
    // Before the command stand only flags that take a value: --home DIR, --workflows DIR.
    let mut begins = 0;
    while words.get(begins).is_some_and(|word| word.starts_with("--")) {
        begins += 2;
    }
    let mut path: Vec<&str> = Vec::new();
    let mut help = Help::of(&path);
    for word in words.get(begins..)? {
        let known = help.commands();
        if known.is_empty() || word.starts_with('-') || *word == "…" {
            break;
        }
        if !known.contains(word) {
            return Some(format!("there is no command `{} {word}`", path.join(" ")));
        }
        path.push(word);
        help = Help::of(&path);
    }
    let flags = words.iter().filter(|word| word.starts_with("--"));
    let mut unknown = flags.filter(|flag| !help.takes(flag));
    unknown
        .next()
        .map(|flag| format!("`{}` takes no {flag}", path.join(" ")))
}

#[test]
fn every_command_in_the_documents_exists_with_its_flags() {
    let mut seen = 0;
    for name in DOCUMENTS {
        for typed in commands(&document(name)) {
            assert_eq!(wrong_with(&typed), None, "{name}: alongside {typed}");
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[test]
fn every_command_that_a_sentence_names_exists_with_its_flags() {
    let named = named_in_sentences();
    assert!(named.len() >= 15, "{named:?}");
    for typed in named {
        assert_eq!(wrong_with(&typed), None, "in src: alongside {typed}");
    }
}

#[test]
fn a_command_that_does_not_exist_would_be_found() {
    let found = |text: &str| {
        let found = commands(text);
        assert_eq!(found.len(), 1, "{found:?}");
        wrong_with(found.first().unwrap())
    };
    assert!(found("    alongside projects list\n").is_some());
    assert!(found("Then `alongside project strat x` goes on.").is_some());
    assert!(found("    alongside --home DIR tasks --overdo\n").is_some());
    assert_eq!(
        found("    alongside --home DIR tasks \\\n  --overdue\n"),
        None
    );
}

/// A home with the school and the coordinator that the commands speak of.
fn home(urn: &str) -> TempDir {
    let home = TempDir::new().unwrap();
    let schools = format!(
        "URN,EstablishmentName,PhaseOfEducation (name)\n{urn},Alder Vale Primary School,Primary\n"
    );
    let people = format!(
        "name,email,school,role\n\
         Judith Marlow,judith@alliance.example,,coordinator\n\
         Sunita Patel,sunita@alder-vale.example,{urn},cpd_lead\n"
    );
    std::fs::write(home.path().join("schools.csv"), schools).unwrap();
    std::fs::write(home.path().join("people.csv"), people).unwrap();
    for command in [
        "alliance add northshire Northshire",
        "import schools schools.csv --all",
        "import people people.csv",
    ] {
        let done = program(home.path())
            .args(command.split(' '))
            .output()
            .unwrap();
        assert!(done.status.success(), "{command}\n{}", printed(&done));
    }
    home
}

#[test]
fn the_own_workflow_of_the_readme_is_checked_drawn_and_started_as_it_says() {
    let text = document("README.md");
    let mut all = sections(&text);
    let (_, section) = all
        .find(|(heading, _)| *heading == "Your own workflow")
        .unwrap();
    let (_, page) = fenced(section).pop().unwrap();
    let after = section.split("```").nth(2).unwrap();
    let folder = after
        .split('`')
        .nth(1)
        .and_then(|path| path.strip_suffix("/project.yaml"))
        .unwrap();
    let typed: Vec<&str> = after
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    assert_eq!(typed.len(), 3, "{typed:?}");

    let home = home("100492");
    std::fs::create_dir_all(home.path().join(folder)).unwrap();
    std::fs::write(home.path().join(folder).join("project.yaml"), page).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_alongside")).parent().unwrap();
    let mut shell = std::process::Command::new("/bin/sh");
    let done = shell
        .arg("-ec")
        .arg(typed.join("\n"))
        .env_clear()
        .env("PATH", programs)
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = printed(&done);
    assert!(done.status.success(), "{said}");
    assert!(said.contains("0 errors and 0 warnings in 1 file"), "{said}");
    assert!(
        said.contains("identify_need: Identify an area of need"),
        "{said}"
    );
    assert!(said.contains("started “A trial”"), "{said}");
}
