//! Puts the shipped definitions into the program, and builds anew when a migration is added.
//!
//! `migrate!` reads its folders while compiling and the compiler does not see new files by itself.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=workflows");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let text = shipped(&root.join("workflows"));
    fs::write(out.join("shipped.rs"), text).expect("the build folder can be written");
}

/// The source text of the constants `SHIPPED` and `SHIPPED_MAILS`.
fn shipped(workflows: &Path) -> String {
    let mut text = String::from("const SHIPPED: &[ShippedBundle] = &[\n");
    for folder in sorted(workflows).into_iter().filter(|path| path.is_dir()) {
        for page in ["project.yaml", "cycle.yaml"].map(|name| folder.join(name)) {
            if page.is_file() {
                let path = page.strip_prefix(workflows).expect("it lies there");
                let beside = ["forms", "mails", "invites"]
                    .into_iter()
                    .flat_map(|kind| sorted(&folder.join(kind)))
                    .map(|file| include(&folder, &file))
                    .collect::<String>();
                let named = quoted(&Path::new("workflows").join(path));
                let text_of = quoted(&page);
                let name = name_in(&page);
                writeln!(
                    text,
                    "ShippedBundle {{ name: {name:?}, path: {named}, \
                     text: include_str!({text_of}), files: &[{beside}] }},"
                )
                .expect("writing to a text");
            }
        }
    }
    text.push_str("];\n");
    let mails = sorted(&workflows.join("mails"));
    let mails: String = mails
        .iter()
        .map(|file| include(&workflows.join("mails"), file))
        .collect();
    writeln!(text, "/// The mails that every definition can use.\npub const SHIPPED_MAILS: &[(&str, &str)] = &[{mails}];")
        .expect("writing to a text");
    text
}

/// What a page says at `workflow`.
fn name_in(page: &Path) -> String {
    let text = fs::read_to_string(page).expect("a shipped page can be read");
    let named = text.lines().find_map(|line| line.strip_prefix("workflow:"));
    named.expect("a page names its workflow").trim().to_owned()
}

fn include(folder: &Path, file: &Path) -> String {
    let name = quoted(file.strip_prefix(folder).expect("it lies there"));
    format!("({name}, include_str!({})),", quoted(file))
}

/// A path as a Rust text.
fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
