//! Whole definitions of every kind: they load, mean what they say, and nothing makes `load` panic.

use proptest::prelude::*;

use super::fixtures::{cycle, deployment, enquiry, good, part, review};
use super::workflow::{Kind, NodeId, Several, Workflow};
use super::{Bundle, Diagnostic, check, load};

fn loaded(bundle: &Bundle) -> Workflow {
    match load(bundle) {
        Ok(workflow) => workflow,
        Err(problems) => panic!("{}", super::render_all(&problems, false)),
    }
}

fn names(workflow: &Workflow, ids: impl IntoIterator<Item = NodeId>) -> Vec<&str> {
    ids.into_iter()
        .map(|id| workflow.nodes[id].path.as_str())
        .collect()
}

fn stands_on(workflow: &Workflow, path: &str) -> Vec<String> {
    let id = workflow.find_node(path).unwrap();
    let on = workflow.stands_on[id].iter().copied();
    names(workflow, on).into_iter().map(str::to_owned).collect()
}

fn said(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| format!("{} {}:{} {}", d.rule, d.line, d.column, d.message))
        .collect()
}

#[test]
fn five_kinds_of_work_can_be_said() {
    for bundle in [deployment(), enquiry(), cycle(), part(), good()] {
        let mut found = check(&[bundle]);
        // What only several files show.
        found.retain(|it| !(34..=36).contains(&it.rule));
        assert_eq!(said(&found), Vec::<String>::new());
    }
    assert_eq!(
        said(&check(&[review()])),
        [
            // Nobody at a school can be rung then.
            "42 16:5 `ring`, the end of ladder `normal`, can fall in a holiday",
            "37 53:44 reopening `report` asks every reviewer again",
        ]
    );
}

#[test]
fn nodes_stand_in_text_order_parents_first() {
    let workflow = loaded(&review());
    let paths = names(&workflow, 0..workflow.nodes.len());
    assert_eq!(
        paths,
        [
            "timetable",
            "team",
            "team.declare",
            "team.weigh",
            "team.release",
            "briefing",
            "sheets",
            "report",
            "read",
            "qa"
        ]
    );
    assert_eq!(
        names(&workflow, workflow.nodes[1].children.clone()),
        paths[2..5]
    );
}

#[test]
fn a_step_for_each_person_is_a_task_that_happens_several_times() {
    let workflow = loaded(&review());
    let sheets = &workflow.nodes[workflow.find_node("sheets").unwrap()];
    assert!(matches!(sheets.kind, Kind::Task(_)));
    assert_eq!(
        sheets.several,
        Some(Several::EachPerson("reviewer".to_owned()))
    );
    assert_eq!(sheets.role(), None);
}

#[test]
fn a_bare_number_of_passes_is_exactly_that_many() {
    let workflow = loaded(&enquiry());
    let lessons = &workflow.nodes[workflow.find_node("cycles.lessons").unwrap()];
    assert_eq!(lessons.several, Some(Several::Repeat { min: 3, max: 3 }));
}

#[test]
fn a_step_stands_on_its_needs_on_theirs_and_on_the_doors_around_it() {
    let workflow = loaded(&deployment());
    // The first step of a group has no need of its own: only the doors around it hold it back.
    let bill = &workflow.nodes[workflow.find_node("money.host.bill").unwrap()];
    assert_eq!(bill.needs, Vec::<NodeId>::new());
    let on = stands_on(&workflow, "money.host.bill");
    for path in [
        "sign",
        "sign.by_host",
        "agreement",
        "release.declare",
        "choose",
        "ask",
    ] {
        assert!(on.contains(&path.to_owned()), "{path} of {on:?}");
    }
    assert!(!on.contains(&"money".to_owned()), "{on:?}");
    assert!(
        !on.contains(&"council".to_owned()),
        "a branch is not stood on: {on:?}"
    );
    assert_eq!(stands_on(&workflow, "ask"), Vec::<String>::new());
    // Side by side, neither stands on the other.
    assert!(!stands_on(&workflow, "sign.by_them").contains(&"sign.by_host".to_owned()));
}

#[test]
fn a_group_speaks_for_its_tasks() {
    let workflow = loaded(&good());
    let home = &workflow.nodes[workflow.find_node("accept.home").unwrap()];
    assert_eq!(home.about.as_deref(), Some("lead"));
    assert_eq!(home.reminders.as_deref(), Some("offer"));
    assert!(home.due.is_some());
    let outcomes = &home.task().unwrap().outcomes;
    assert_eq!(
        outcomes.keys().collect::<Vec<_>>(),
        ["accept", "refuse", "lapsed"]
    );
    assert_eq!(outcomes["refuse"].reopen, workflow.find_node("choose"));
    assert!(outcomes["lapsed"].by_rung && !outcomes["refuse"].by_rung);
    assert_eq!(
        home.stage.as_deref(),
        Some("need"),
        "the stage of the step above"
    );
}

#[test]
fn a_cycle_and_its_project_fit_together() {
    assert_eq!(said(&check(&[cycle(), part()])), Vec::<String>::new());
}

#[test]
fn several_files_show_what_one_cannot() {
    let spoilt = |old: &str, new: &str| {
        let change = |mut bundle: Bundle| {
            bundle.text = bundle.text.replacen(old, new, 1);
            bundle
        };
        said(&check(&[change(cycle()), change(part())]))
    };
    for (old, new, want) in [
        (
            "wait: catalogue.circulated",
            "wait: catalogue.circuled",
            "34 15:38 neither small-cycle nor the engine tells `catalogue.circuled`",
        ),
        (
            "until: certificate",
            "until: certficate",
            "35 26:109 small-part has no step `certficate`",
        ),
        (
            "start: small-part",
            "start: small-prat",
            "35 26:90 no workflow `small-prat` among these files",
        ),
        (
            "part_of: small-cycle",
            "part_of: small-cylce",
            "35 4:10 no workflow `small-cylce` among these files",
        ),
        (
            "before cycle.showcase",
            "before cycle.showcas",
            "15 17:91 the cycle has no date `showcas`",
        ),
        (
            "wait: catalogue.circulated",
            "wait: cycle.closed",
            "36 30:3 `close` waits for projects that wait for `cycle.closed`",
        ),
    ] {
        let said = spoilt(old, new);
        assert!(said.iter().any(|line| line == want), "{want}\n{said:#?}");
    }
}

#[test]
fn a_definition_may_be_only_so_large() {
    let page = |steps: &str| {
        let mut bundle = part();
        bundle.text.push_str(steps);
        load(&bundle)
            .unwrap_err()
            .iter()
            .map(|d| format!("{} {}", d.rule, d.message))
            .collect()
    };
    let steps: Vec<_> = (0..200)
        .map(|n| {
            format!(
                "  s{n}: {{role: cpd_lead}}
"
            )
        })
        .collect();
    let found: Vec<String> = page(&steps.concat());
    assert_eq!(found, ["38 more than 200 steps: split the workflow"]);
    let outcomes: Vec<_> = (0..61).map(|n| format!("o{n}: {{}}, ")).collect();
    let outcomes = outcomes.concat();
    let found: Vec<String> = page(&format!(
        "  s: {{role: cpd_lead, outcomes: {{{outcomes}}}}}\n"
    ));
    assert_eq!(found, ["38 more than 60 outcomes: split the workflow"]);
    let roles: Vec<_> = (0..101)
        .map(|n| format!("  r{n}: {{at: alliance}}\n"))
        .collect();
    let mut bundle = part();
    bundle.text = bundle
        .text
        .replacen("roles:\n", &format!("roles:\n{}", roles.concat()), 1);
    assert_eq!(load(&bundle).unwrap_err()[0].message, "more than 100 roles");
    let deep = "  a: {steps: {b: {steps: {c: {steps: {d: {steps: {e: {role: cpd_lead}}}}}}}}}\n";
    assert_eq!(page(deep), ["38 groups nest up to 3 deep"]);
    let mut bundle = part();
    bundle.text.push_str(&"#".repeat(1_000_001));
    assert_eq!(
        load(&bundle).unwrap_err()[0].message,
        "this file is over 1 MB"
    );
}

#[test]
fn a_role_of_a_school_acts_where_it_is_clear_which_school() {
    let mut bundle = cycle();
    bundle.text = bundle.text.replacen(
        "Open the round, role: office",
        "Open the round, role: head",
        1,
    );
    let said = said(&load(&bundle).unwrap_err());
    assert_eq!(said, ["24 16:39 the head of which school?"]);
}

#[test]
fn a_hostile_page_is_refused_in_good_time() {
    let keys: Vec<_> = (0..90_000).map(|n| format!("k{n}: 1\n")).collect();
    let twice = "a: 1\n".repeat(150_000);
    for text in [
        keys.concat(),
        twice,
        "[".repeat(900_000),
        "a: &x [*x]\n".repeat(80_000),
    ] {
        let bundle = Bundle { text, ..part() };
        let problems = load(&bundle).unwrap_err();
        assert!(problems.len() <= 500, "{}", problems.len());
    }
}

#[test]
fn windows_line_ends_a_byte_order_mark_and_json_forms_are_fine() {
    let mut bundle = good();
    bundle.text = format!("\u{feff}{}", bundle.text.replace('\n', "\r\n"));
    let need = bundle.files.remove("forms/need.yaml").unwrap();
    let form = loaded(&good()).forms["need"].schema.to_string();
    bundle
        .files
        .insert("forms/need.json".to_owned(), form.replace(':', ":\t"));
    bundle.files.insert(
        "mails/thanks.html".to_owned(),
        "<p>{{ recipient.name }}</p>".to_owned(),
    );
    let workflow = loaded(&bundle);
    assert_eq!(
        workflow.forms["need"].schema,
        loaded(&good()).forms["need"].schema
    );
    assert!(workflow.mails["thanks"].html.is_some());
    // Places are the same as without.
    bundle.text = bundle.text.replacen("has governors", "has govenors", 1);
    assert_eq!(
        said(&load(&bundle).unwrap_err()),
        ["19 71:29 form need offers no `govenors`"]
    );
    bundle.files.insert("forms/need.yaml".to_owned(), need);
    let twice = said(&load(&bundle).unwrap_err());
    assert!(
        twice
            .iter()
            .any(|line| line.contains("as YAML and as JSON")),
        "{twice:?}"
    );
}

#[test]
fn an_empty_page_and_a_page_of_nothing_are_refused() {
    for text in ["", "# only a comment\n", "~\n", "[]\n", "text\n", "{}\n"] {
        let bundle = Bundle {
            text: text.to_owned(),
            ..part()
        };
        assert!(load(&bundle).is_err(), "{text:?}");
    }
}

#[test]
fn the_same_files_give_the_same_hash_and_the_same_pictures() {
    let (one, two) = (loaded(&good()), loaded(&good()));
    assert_eq!(one.hash, two.hash);
    assert_eq!(one.hash, good().hash());
    assert_eq!(
        super::diagram::mermaid(&one, None),
        super::diagram::mermaid(&two, None)
    );
    let state = |path: &str| (path == "need").then(|| "complete".to_owned());
    let tree = super::diagram::tree(&one, Some(&state));
    assert!(
        tree.contains("  [complete] need: Say what you need (CPD lead; due 10 school days)"),
        "{tree}"
    );
    assert!(tree.contains("    → return: back to need\n"), "{tree}");
    let drawn = super::diagram::mermaid(&one, Some(&state));
    assert!(drawn.contains("n1 -. \"return\" .-> n0"), "{drawn}");
    assert!(drawn.contains("class n0 complete"), "{drawn}");
}

/// A page with some stretches cut out, doubled, or replaced by what means something in YAML.
fn mutated() -> impl Strategy<Value = Bundle> {
    let pieces = prop::sample::select(vec![
        "",
        ":",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\n",
        "\t",
        "&a ",
        "*a",
        "!!int ",
        "#",
        "'",
        "\"",
        "|",
        "é",
        "\u{0}",
        "? ",
        "---\n",
        "0",
        "steps:",
        "each: school",
        "repeat: 99999999999",
        "needs: [visits]",
        "%",
        ".first.",
        "{{",
    ]);
    let edit = (any::<prop::sample::Index>(), 0usize..40, pieces);
    let bundles = prop::sample::select(vec![good(), deployment(), enquiry(), review(), cycle()]);
    (
        bundles,
        prop::collection::vec(edit, 1..6),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(mut bundle, edits, which)| {
            let names: Vec<_> = bundle.files.keys().cloned().collect();
            // Every other time a file beside the page.
            let at = which.index(names.len() * 2);
            let text = match names.get(at) {
                Some(name) => bundle
                    .files
                    .get_mut(name)
                    .expect("the name comes from the map"),
                None => &mut bundle.text,
            };
            for (place, cut, piece) in edits {
                let chars: Vec<char> = text.chars().collect();
                let from = place.index(chars.len() + 1);
                let to = (from + cut).min(chars.len());
                *text = chars[..from]
                    .iter()
                    .chain(&piece.chars().collect::<Vec<_>>())
                    .collect::<String>()
                    + &chars[to..].iter().collect::<String>();
            }
            bundle
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_page_makes_it_panic_and_every_problem_has_a_place(bundle in mutated()) {
        match load(&bundle) {
            Ok(workflow) => {
                super::diagram::tree(&workflow, None);
                super::diagram::mermaid(&workflow, None);
                super::graph::graph(&workflow, None);
            }
            Err(problems) => {
                prop_assert!(problems.iter().any(Diagnostic::is_error));
                for problem in &problems {
                    prop_assert!(problem.line > 0 && problem.column > 0);
                    prop_assert!(!problem.render(false).is_empty());
                }
            }
        }
        check(&[bundle, part()]);
    }
}
