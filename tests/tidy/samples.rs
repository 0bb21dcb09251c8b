//! Bad samples: each rule is seen to find what it is for, and to leave the good neighbour alone.

use super::inspect;
use super::source::{Source, extension};

/// The findings in one file that is else in order, as they are printed.
fn found(path: &str, text: &str) -> Vec<String> {
    let text = if extension(path) == "rs" {
        format!("//! A sample.\n{text}")
    } else {
        text.to_owned()
    };
    inspect(&[Source::new(path, &text)])
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[track_caller]
fn assert_found(path: &str, text: &str, start: &str, part: &str) {
    let found = found(path, text);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with(start) && found[0].contains(part),
        "{found:#?}"
    );
}

#[track_caller]
fn assert_good(path: &str, text: &str) {
    assert_eq!(found(path, text), Vec::<String>::new());
}

#[test]
fn a_file_without_its_header_is_found() {
    let findings = inspect(&[Source::new("src/core/x.rs", "pub mod y;\n")]);
    assert!(
        findings[0]
            .to_string()
            .starts_with("src/core/x.rs:1: say in `//!`"),
        "{findings:?}"
    );
}

#[test]
fn a_file_over_the_limit_is_found_and_its_tests_do_not_count() {
    let code = "const A: u8 = 1;\n".repeat(460);
    assert_found("src/core/x.rs", &code, "src/core/x.rs:1: 461 lines", "450");
    let tests = format!("#[cfg(test)]\nmod tests {{\n{code}}}\n");
    assert_good("src/core/x.rs", &tests);
    assert_good("tests/x.rs", &code);
}

#[test]
fn a_function_over_the_limit_is_found_and_comments_do_not_count() {
    let long = format!(
        "\nimpl A {{\n    fn long<const N: usize>(a: [u8; 3]) -> u8 {{\n{}    }}\n}}\n",
        "f();\n".repeat(69)
    );
    assert_found(
        "src/core/x.rs",
        &long,
        "src/core/x.rs:4: `long` has 71 lines",
        "70",
    );
    assert_good(
        "src/core/x.rs",
        &format!("fn fits() {{\n{}}}\n", "f();\n".repeat(68)),
    );
    assert_good(
        "src/core/x.rs",
        &format!("fn told() {{\n{}}}\n", "// why\n\n".repeat(90)),
    );
    assert_good(
        "src/core/x.rs",
        &format!("type F = fn(u8) -> u8;\n{}", "f!();\n".repeat(90)),
    );
}

#[test]
fn core_imports_nothing_else_of_ours() {
    assert_found(
        "src/core/run/x.rs",
        "use crate::clock::Clock;",
        "src/core/run/x.rs:2",
        "`clock`",
    );
    assert_found(
        "src/core/x.rs",
        "fn f() {\n    crate::store::load()\n}",
        "src/core/x.rs:3",
        "pure",
    );
    assert_good(
        "src/core/x.rs",
        "use crate::core::time::Instant; // not crate::store\nuse super::y;",
    );
}

#[test]
fn what_hides_outside_things_does_not_know_its_like() {
    assert_found(
        "src/bus/x.rs",
        "use crate::{core::time, store::Pool};",
        "src/bus/x.rs:2",
        "`store`",
    );
    assert_found(
        "src/web/mod.rs",
        "use super::store::Pool;",
        "src/web/mod.rs:2",
        "`store`",
    );
    assert_found(
        "src/mail/a/b.rs",
        "use super::super::super::bus;",
        "src/mail/a/b.rs:2",
        "`bus`",
    );
    assert_found(
        "src/import/x.rs",
        "use crate::store::Pool;",
        "src/import/x.rs:2",
        "`engine`",
    );
    assert_found(
        "src/telemetry.rs",
        "use crate::web::Page;",
        "src/telemetry.rs:2",
        "`web`",
    );
    assert_found(
        "src/engine/x.rs",
        "use crate::cli::Output;",
        "src/engine/x.rs:2",
        "edge",
    );
    assert_good(
        "src/engine/x.rs",
        "use crate::{\n    bus::Bus,\n    store::{Pool, bus},\n};",
    );
    assert_good("src/cli/x.rs", "use crate::{engine, import, web};");
    assert_good("src/bus/memory.rs", "use super::mail; // a module of bus");
}

#[test]
fn an_outside_crate_is_named_only_at_home() {
    assert_found(
        "src/engine/x.rs",
        "use sqlx::PgPool;",
        "src/engine/x.rs:2",
        "src/store/",
    );
    assert_found(
        "src/config.rs",
        "fn f(c: lapin::Channel) {}",
        "src/config.rs:2",
        "src/bus/",
    );
    assert_found(
        "src/cli/x.rs",
        "use lettre as mail;",
        "src/cli/x.rs:2",
        "src/mail/",
    );
    assert_found(
        "src/engine/x.rs",
        "axum::serve();",
        "src/engine/x.rs:2",
        "src/web/",
    );
    assert_found(
        "src/main.rs",
        "#[derive(clap::Parser)] struct A;",
        "src/main.rs:2",
        "src/cli/",
    );
    assert_good(
        "src/store/x.rs",
        "use sqlx::PgPool; // never lapin::Channel",
    );
    assert_good("tests/x.rs", "use sqlx::PgPool;");
}

#[test]
fn what_is_left_undone_is_found_in_code_only() {
    assert_found(
        "src/core/x.rs",
        "fn f() { todo!() }",
        "src/core/x.rs:2",
        "`todo!`",
    );
    assert_found(
        "src/core/x.rs",
        "fn f() { unimplemented!() }",
        "src/core/x.rs:2",
        "`unimplemented!`",
    );
    assert_found(
        "tests/x.rs",
        "\nfn f() { dbg!(1); }",
        "tests/x.rs:3",
        "`dbg!`",
    );
    assert_good(
        "src/core/x.rs",
        "// a todo!() in words\nconst A: &str = \"dbg!\";",
    );
}

#[test]
fn a_skipped_test_is_found() {
    assert_found(
        "tests/x.rs",
        "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
        "tests/x.rs:3",
        "skipped",
    );
    assert_found(
        "tests/x.rs",
        "#[should_panic]\nfn f() {}",
        "tests/x.rs:2",
        "any panic",
    );
}

#[test]
fn a_name_that_says_nothing_is_found_in_files_and_folders() {
    assert_found("src/core/util.rs", "", "src/core/util.rs:1", "`util`");
    assert_found(
        "tests/common/mod.rs",
        "",
        "tests/common/mod.rs:1",
        "`common`",
    );
    assert_good("src/core/utility_bill.rs", "");
}

#[test]
fn sql_that_asks_for_time_or_chance_is_found() {
    let query = "const Q: &str = \"update a\n  set at = NOW()\";";
    assert_found("src/store/x.rs", query, "src/store/x.rs:3", "`now()`");
    assert_found(
        "src/store/x.rs",
        "const Q: &str = r\"select random()\";",
        "src/store/x.rs:2",
        "random(",
    );
    assert_good("src/store/x.rs", "fn now() {} // now()\nfn f() { now(); }");
    let both = |text: &str| {
        let files = [
            "migrations/postgres/0001_a.sql",
            "migrations/sqlite/0001_a.sql",
        ];
        inspect(&files.map(|path| Source::new(path, text))).len()
    };
    assert_eq!(
        both("create table a (id uuid default gen_random_uuid());"),
        2
    );
    assert_eq!(
        both("create table a (at text default current_timestamp);"),
        2
    );
    assert_eq!(both("create table a (at text); -- never now()"), 0);
}

#[test]
fn a_migration_of_one_database_only_is_found() {
    assert_found(
        "migrations/sqlite/0002_more.sql",
        "",
        "migrations/sqlite/0002_more.sql:1",
        "postgres/0002_more.sql",
    );
}

#[test]
fn a_migration_number_is_used_once() {
    let paths = [
        "postgres/0001_a.sql",
        "postgres/0001_b.sql",
        "sqlite/0001_a.sql",
        "sqlite/0001_b.sql",
    ];
    let files = paths.map(|path| Source::new(&format!("migrations/{path}"), ""));
    let findings = inspect(&files);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(
        findings[0].to_string().contains("number 0001 is taken"),
        "{findings:?}"
    );
}
