//! The rules that look at one file.
//!
//! Each returns what it found, with a message that says what to do instead.

use super::Finding;
use super::source::{Source, places};

pub type Rule = fn(&Source) -> Vec<Finding>;

pub const RULES: &[Rule] = &[
    opens_with_what_it_is,
    is_short,
    functions_are_short,
    imports_flow_one_way,
    outside_crates_have_one_home,
    nothing_is_left_undone,
    no_test_is_skipped,
    name_says_something,
    sql_is_given_time_and_chance,
];

const FILE_LINES: usize = 450;
const FUNCTION_LINES: usize = 70;

fn opens_with_what_it_is(file: &Source) -> Vec<Finding> {
    let message =
        "say in `//!` lines on top what this file is, why it is so and what is absent on purpose";
    let missing = file.is_rust() && !file.text.starts_with("//! ");
    missing
        .then(|| file.finding(0, message.to_owned()))
        .into_iter()
        .collect()
}

fn is_short(file: &Source) -> Vec<Finding> {
    let lines = file.code[..file.tests_at()].lines().count();
    let counts = file.is_rust() && !file.path.starts_with("tests/");
    (counts && lines > FILE_LINES)
        .then(|| {
            let message = format!(
                "{lines} lines without the tests, {FILE_LINES} are the limit: which of its concepts \
                 is a file of its own?"
            );
            file.finding(0, message)
        })
        .into_iter()
        .collect()
}

fn functions_are_short(file: &Source) -> Vec<Finding> {
    let functions = places(&file.code, "fn").filter_map(|at| {
        let (name, body) = function(&file.code[at..])?;
        let lines = body.lines().filter(|line| !line.trim().is_empty()).count();
        (lines > FUNCTION_LINES).then(|| {
            let message = format!(
                "`{name}` has {lines} lines, {FUNCTION_LINES} are the limit: name a part of it and \
                 take it out"
            );
            file.finding(at, message)
        })
    });
    functions.collect()
}

/// Name and body of the function whose `fn` stands first; nothing for a type or a declaration.
fn function(code: &str) -> Option<(&str, &str)> {
    let signature = code.strip_prefix("fn ")?;
    let name = signature
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    let mut depth = 0_i32;
    let mut start = None;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => {
                if byte == b'{' && depth == 0 && start.is_none() {
                    start = Some(at);
                }
                depth += 1;
            }
            b'}' | b')' | b']' => depth -= 1,
            b';' if depth == 0 => return None,
            _ => {}
        }
        if let (0, b'}', Some(start)) = (depth, byte, start) {
            return Some((name, &code[start..=at]));
        }
    }
    None
}

/// The folders that each hide one outside thing.
const OUTSIDE: [&str; 4] = ["store", "bus", "mail", "web"];

fn imports_flow_one_way(file: &Source) -> Vec<Finding> {
    let Some(own) = file.concept() else {
        return Vec::new();
    };
    let refused = imports(file).into_iter().filter_map(|(at, name)| {
        let why = reason_against(own, name)?;
        Some(file.finding(at, format!("`{own}` imports `{name}`: {why}")))
    });
    refused.collect()
}

fn reason_against(own: &str, name: &str) -> Option<&'static str> {
    if name == own || own == "lib" {
        return None;
    }
    match (own, name) {
        ("core", _) => Some("`core` is pure and imports nothing else of ours; pass it in as data"),
        (_, "cli") if own != "main" => Some("the command line is an edge that nothing else knows"),
        ("engine" | "cli" | "main", _) => None,
        _ if OUTSIDE.contains(&name) => Some(
            "only `engine` and `cli` know `store`, `bus`, `mail` and `web`; let one of them bring both together",
        ),
        _ => None,
    }
}

/// What a file takes from the crate: the name right after `crate::`, after as many `super::` as lead
/// there, or each name in braces.
fn imports(file: &Source) -> Vec<(usize, &str)> {
    let inner = file.path.trim_end_matches("/mod.rs").matches('/').count();
    let way_up = "super::".repeat(inner);
    let mut found = Vec::new();
    for root in ["crate::", &way_up] {
        let starts = places(&file.code, root).filter(|at| !file.code[..*at].ends_with("::"));
        for after in starts.map(|at| at + root.len()) {
            found.extend(
                names(&file.code[after..])
                    .into_iter()
                    .map(|(at, name)| (after + at, name)),
            );
        }
    }
    found
}

/// The first name, or the first name of each part of a list in braces.
fn names(code: &str) -> Vec<(usize, &str)> {
    let name_at = |at: usize| {
        let start = at + (code[at..].len() - code[at..].trim_start().len());
        let length = code[start..].find(|c: char| !c.is_alphanumeric() && c != '_');
        (
            start,
            &code[start..start + length.unwrap_or(code.len() - start)],
        )
    };
    if !code.starts_with('{') {
        return vec![name_at(0)];
    }
    let mut found = vec![name_at(1)];
    let mut depth = 0;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => break,
            b'}' => depth -= 1,
            b',' if depth == 1 => found.push(name_at(at + 1)),
            _ => {}
        }
    }
    found.retain(|(_, name)| !name.is_empty());
    found
}

const HOMES: [(&str, &str); 5] = [
    ("sqlx", "store"),
    ("lapin", "bus"),
    ("lettre", "mail"),
    ("axum", "web"),
    ("clap", "cli"),
];

fn outside_crates_have_one_home(file: &Source) -> Vec<Finding> {
    let Some(own) = file.concept() else {
        return Vec::new();
    };
    let strangers = HOMES.iter().filter(|(_, home)| *home != own);
    let found = strangers.flat_map(|(name, home)| {
        let named = places(&file.code, name).filter(|at| {
            file.code[at + name.len()..].starts_with("::") || file.code[..*at].ends_with("use ")
        });
        named.map(move |at| {
            let message = format!(
                "`{name}` is named only in `src/{home}/`, which hides it from the rest; add there what \
                 is needed here"
            );
            file.finding(at, message)
        })
    });
    found.collect()
}

fn nothing_is_left_undone(file: &Source) -> Vec<Finding> {
    let marks = ["todo!", "unimplemented!", "dbg!"].into_iter();
    let found = marks.flat_map(|mark| {
        places(&file.code, mark).map(move |at| {
            file.finding(
                at,
                format!("`{mark}` is for the desk: finish it or take it out"),
            )
        })
    });
    found.collect()
}

fn no_test_is_skipped(file: &Source) -> Vec<Finding> {
    let skipped = places(&file.code, "#[ignore").map(|at| {
        file.finding(
            at,
            "no test is skipped: mend it, or take it out and say so".to_owned(),
        )
    });
    let panicking = places(&file.code, "#[should_panic").map(|at| {
        let message = "any panic would pass: test for the error that is returned".to_owned();
        file.finding(at, message)
    });
    skipped.chain(panicking).collect()
}

const EMPTY_NAMES: [&str; 9] = [
    "util", "utils", "helper", "helpers", "common", "types", "manager", "service", "services",
];

fn name_says_something(file: &Source) -> Vec<Finding> {
    let parts = file
        .path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part));
    let empty = parts.filter(|part| EMPTY_NAMES.contains(part));
    empty
        .map(|part| {
            let message = format!(
                "`{part}` says nothing of what is in it: a file is a noun of the field or a verb of the \
                 loop"
            );
            file.finding(0, message)
        })
        .collect()
}

const OWN_TIME_AND_CHANCE: [&str; 9] = [
    "now()",
    "now ()",
    "random(",
    "randomblob(",
    "gen_random_uuid",
    "current_timestamp",
    "current_date",
    "current_time",
    "'now'",
];

fn sql_is_given_time_and_chance(file: &Source) -> Vec<Finding> {
    if file.concept() != Some("store") && !file.path.starts_with("migrations/") {
        return Vec::new();
    }
    let sql = file.literals.to_ascii_lowercase();
    let found = OWN_TIME_AND_CHANCE.iter().flat_map(|word| {
        places(&sql, word).map(move |at| {
            let message = format!(
                "SQL says `{word}`: bind the time and ids from the entry instead, so that a replay \
                 gives the same rows"
            );
            file.finding(at, message)
        })
    });
    found.collect()
}
