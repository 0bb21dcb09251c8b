//! The examples of workflows: every file in `workflows/README.md`, every answer in a form.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use alongside::core::definition::load;
use alongside::engine::library::read_bundle;
use tempfile::TempDir;

use super::{document, fenced, files_below, printed, program, root, sections};

const PAGES: [&str; 2] = ["project.yaml", "cycle.yaml"];

/// The files that a section shows, in a folder of their own, and the pages among them.
fn written_out(heading: &str, text: &str) -> (TempDir, Vec<&'static str>) {
    let folder = TempDir::new().unwrap();
    for (above, file) in fenced(text) {
        let name = above
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'));
        let name = name.unwrap_or_else(|| {
            panic!("a block of “{heading}” lacks a line with the name of its file: {above}\n{file}")
        });
        let path = folder.path().join(name);
        assert!(!path.exists(), "“{heading}” shows {name} twice");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file).unwrap();
    }
    let is_there = |page: &&str| folder.path().join(page).is_file();
    let pages = PAGES.into_iter().filter(is_there).collect();
    (folder, pages)
}

#[test]
fn every_numbered_section_about_the_language_shows_files_that_check_finds_nothing_wrong_with() {
    let text = document("workflows/README.md");
    let numbered = |heading: &str| heading.starts_with(|first: char| first.is_ascii_digit());
    let sections: Vec<(&str, &str)> = sections(&text)
        .filter(|(heading, _)| numbered(heading))
        .collect();
    assert!(sections.len() >= 13, "{}", sections.len());
    for (heading, text) in sections {
        let (folder, pages) = written_out(heading, text);
        assert!(!pages.is_empty(), "“{heading}” shows no whole workflow");
        let checked = program(folder.path())
            .arg("check")
            .args(&pages)
            .output()
            .unwrap();
        let said = printed(&checked);
        assert_eq!(checked.status.code(), Some(0), "{heading}\n{said}");
        assert!(
            said.starts_with("0 errors and 0 warnings in "),
            "{heading}\n{said}"
        );
    }
}

/// Every file that was written out counts, because `check` names what no step uses.
#[test]
fn a_fault_in_an_example_of_the_language_would_be_found() {
    let text = document("workflows/README.md");
    let (heading, section) = sections(&text).next().unwrap();
    for (right, wrong) in [
        ("form: need", "form: neede"),
        ("maxLength: 120", "maxLenght: 120"),
    ] {
        assert!(section.contains(right), "{heading} has no {right}");
        let (folder, pages) = written_out(heading, &section.replacen(right, wrong, 1));
        let checked = program(folder.path())
            .arg("check")
            .args(&pages)
            .output()
            .unwrap();
        assert_eq!(checked.status.code(), Some(1), "{wrong}");
        let said = printed(&checked);
        let (_, sum) = said.rsplit_once("\n\n").unwrap();
        assert!(sum.starts_with("1 error and 0 warnings in "), "{said}");
    }
}

#[test]
fn every_form_has_examples_and_each_fits_its_form() {
    let mut seen = BTreeSet::new();
    let files: Vec<PathBuf> = ["workflows", "tests/definitions"]
        .iter()
        .flat_map(|folder| files_below(&root().join(folder)))
        .collect();
    let named = |path: &&PathBuf| PAGES.iter().any(|page| path.ends_with(page));
    for page in files.iter().filter(named) {
        seen.extend(checked_forms(page));
    }
    let forms = files
        .iter()
        .filter(|path| path.parent().unwrap().ends_with("forms"));
    let forms: BTreeSet<PathBuf> = forms.cloned().collect();
    assert!(forms.len() > 20, "{forms:?}");
    assert_eq!(
        seen, forms,
        "a form of no workflow, or one that is not read"
    );
}

/// The forms of a workflow, after each of their examples was held against them.
fn checked_forms(page: &Path) -> Vec<PathBuf> {
    let bundle = read_bundle(page).unwrap();
    let workflow = load(&bundle).unwrap_or_else(|problems| panic!("{problems:?}"));
    let forms = workflow.forms.values().map(|form| {
        let path = page.with_file_name("forms").join(&form.name);
        let path = path.with_extension("yaml");
        let examples = form.schema["examples"].as_array();
        let examples = examples.unwrap_or_else(|| panic!("{} has no examples", path.display()));
        assert!(!examples.is_empty(), "{}", path.display());
        for example in examples {
            let answers = example.as_object().unwrap();
            assert_eq!(form.validate(answers), [], "{}", path.display());
        }
        path
    });
    forms.collect()
}
