//! `mails texts`: mails in the alliance's own words, by files that anybody can edit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::desk::Desk;
use super::{Done, output};
use crate::core::definition::bundle::Bundle;
use crate::core::definition::near;
use crate::core::names::AllianceId;
use crate::engine::letters::own::{Complaint, Original, Part, originals};
use crate::engine::letters::texts::Template;
use crate::store::MailTextRow;

/// A mail that is longer is a mistake.
const LONGEST: u64 = 64 * 1024;

/// Show, write out or read in the texts of mails
///
/// Write them out, change what you like with any editor, and read the folder in again. What is as it
/// comes along stays so, and gets better with later versions; what you have changed is yours. A text
/// that is not in the folder stays as it is.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside mails texts\n  alongside mails texts --write-to our-mails\n  alongside mails texts --read-from our-mails --dry-run\n  alongside mails preview DLP-2026-001 identify_need"
)]
pub struct Texts {
    /// Write all texts into a new folder, as they hold now
    #[arg(long, value_name = "FOLDER", conflicts_with = "read_from")]
    write_to: Option<PathBuf>,
    /// With it: as they come along, without your changes
    #[arg(long, requires = "write_to")]
    as_shipped: bool,
    /// Read texts from a folder: NAME.txt with NAME.html beside it, WORKFLOW/NAME.txt
    #[arg(long, value_name = "FOLDER")]
    read_from: Option<PathBuf>,
}

impl Texts {
    pub async fn run(self, desk: &Desk, alliance: &AllianceId) -> anyhow::Result<Done> {
        let originals = originals(&desk.engine.library);
        let rows = desk.engine.store.of(alliance).mail_texts().await?;
        let own: BTreeMap<String, Template> = rows
            .into_iter()
            .map(|row| (row.name.clone(), row.into()))
            .collect();
        if let Some(folder) = &self.read_from {
            return read_in(desk, alliance, folder, &originals, &own).await;
        }
        if let Some(folder) = self.write_to.as_ref().filter(|_| desk.dry_run) {
            output::would_write(folder);
            return Ok(Done::Well);
        }
        if let Some(folder) = &self.write_to {
            let own = if self.as_shipped {
                &BTreeMap::new()
            } else {
                &own
            };
            let files = write_out(folder, &originals, own)?;
            println!(
                "{files} files are in {}. Change what you like, then: alongside mails texts --read-from {}",
                folder.display(),
                folder.display()
            );
            return Ok(Done::Well);
        }
        list(desk, &originals, &own)
    }
}

fn list(
    desk: &Desk,
    originals: &BTreeMap<String, Original>,
    own: &BTreeMap<String, Template>,
) -> anyhow::Result<Done> {
    if desk.json {
        let all = originals.iter().map(|(name, original)| {
            let template = own.get(name).unwrap_or(&original.template);
            json!({
                "name": name, "own": own.contains_key(name), "subject": template.subject,
                "text": template.text, "html": template.html,
            })
        });
        output::print_json(&all.collect::<Vec<_>>())?;
        return Ok(Done::Well);
    }
    for (name, original) in originals {
        let (whose, template) = match own.get(name) {
            Some(template) => ("own", template),
            None => ("as shipped", &original.template),
        };
        println!("{name:<48} {whose:<10}  {}", template.subject);
    }
    for name in own.keys().filter(|name| !originals.contains_key(*name)) {
        println!("{name:<48} own, of no mail that there is now");
    }
    Ok(Done::Well)
}

/// Says how many files were written.
fn write_out(
    folder: &Path,
    originals: &BTreeMap<String, Original>,
    own: &BTreeMap<String, Template>,
) -> anyhow::Result<usize> {
    let cannot = || format!("{} cannot be written", folder.display());
    if folder
        .read_dir()
        .is_ok_and(|mut there| there.next().is_some())
    {
        bail!(
            "{} holds something already: name a new folder",
            folder.display()
        );
    }
    let mut files = 0;
    for (name, original) in originals {
        let template = own.get(name).unwrap_or(&original.template);
        let path = folder.join(format!("{name}.txt"));
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(cannot)?;
        let text = format!("subject: {}\n\n{}", template.subject, template.text);
        std::fs::write(&path, text).with_context(cannot)?;
        files += 1;
        if let Some(html) = &template.html {
            std::fs::write(path.with_extension("html"), html).with_context(cannot)?;
            files += 1;
        }
    }
    Ok(files)
}

async fn read_in(
    desk: &Desk,
    alliance: &AllianceId,
    folder: &Path,
    originals: &BTreeMap<String, Original>,
    own: &BTreeMap<String, Template>,
) -> anyhow::Result<Done> {
    let (found, mut problems) = read_folder(folder)?;
    for (name, file) in &found {
        match originals.get(name) {
            Some(original) => {
                let complaints = original.check(&file.template).into_iter();
                problems.extend(complaints.map(|complaint| file.place(name, &complaint)));
            }
            None => problems.push(no_such_mail(name, originals)),
        }
    }
    if !problems.is_empty() {
        problems.sort();
        let text = problems.join("\n");
        output::complain(&format!(
            "{text}\nNothing was changed. Correct this and read the folder in again.\n"
        ));
        return Ok(Done::Refused);
    }
    let is_shipped = |name: &String, file: &File| {
        originals
            .get(name)
            .is_some_and(|it| plain(&it.template) == plain(&file.template))
    };
    let (mut put, mut removed) = (Vec::new(), Vec::new());
    for (name, file) in &found {
        if is_shipped(name, file) {
            removed.extend(own.contains_key(name).then(|| name.clone()));
        } else if own.get(name) != Some(&file.template) {
            put.push(row(name, &file.template));
        }
    }
    if !desk.dry_run {
        let scoped = desk.engine.store.of(alliance);
        scoped.change_mail_texts(&put, &removed).await?;
    }
    let names: Vec<&str> = put.iter().map(|row| row.name.as_str()).collect();
    if desk.json {
        output::print_json(&json!({
            "own": names, "as_shipped": removed, "read": found.len(), "dry_run": desk.dry_run,
        }))?;
        return Ok(Done::Well);
    }
    if desk.dry_run {
        println!("Nothing was changed yet. This would be:");
    }
    match (names.as_slice(), removed.as_slice()) {
        ([], []) => println!("{} texts are as they were.", found.len()),
        (names, removed) => {
            if !names.is_empty() {
                println!("In your own words now: {}.", names.join(", "));
            }
            if !removed.is_empty() {
                println!("As they come along again: {}.", removed.join(", "));
            }
        }
    }
    Ok(Done::Well)
}

fn row(name: &str, template: &Template) -> MailTextRow {
    MailTextRow {
        name: name.to_owned(),
        subject: template.subject.clone(),
        body: template.text.clone(),
        html: template.html.clone(),
    }
}

/// Line ends, and blank lines at the end, are no change.
fn plain(template: &Template) -> (String, String, Option<String>) {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    (
        plain(&template.subject),
        plain(&template.text),
        template.html.as_deref().map(plain),
    )
}

/// A text as it was read, with the line of the file in which it begins.
#[derive(Default)]
struct File {
    template: Template,
    subject_line: usize,
    text_line: usize,
}

impl File {
    fn place(&self, name: &str, complaint: &Complaint) -> String {
        let (kind, first) = match complaint.part {
            Part::Subject => ("txt", self.subject_line),
            Part::Text => ("txt", self.text_line),
            Part::Html => ("html", 1),
        };
        let line = first + complaint.line - 1;
        format!("{name}.{kind}:{line}: {}", complaint.text)
    }
}

fn no_such_mail(name: &str, originals: &BTreeMap<String, Original>) -> String {
    let hint = near::did_you_mean(name, originals.keys().map(String::as_str));
    let hint = hint.unwrap_or_else(|| "`alongside mails texts` lists those that there are.".into());
    format!("{name}.txt: there is no mail of this name. {hint}")
}

/// The texts of a folder and of the folders in it, and what cannot be read of them.
fn read_folder(folder: &Path) -> anyhow::Result<(BTreeMap<String, File>, Vec<String>)> {
    let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
    let mut html = BTreeMap::new();
    for (name, path) in files_in(folder)? {
        let Some((stem, kind @ ("txt" | "html"))) = name.rsplit_once('.') else {
            problems.push(format!("{name}: neither .txt nor .html."));
            continue;
        };
        match (read_text(&path), kind) {
            (Err(why), _) => problems.push(format!("{name}: {why}")),
            (Ok(text), "html") => drop(html.insert(stem.to_owned(), text)),
            (Ok(text), _) => match cut(&text) {
                Ok(file) => drop(found.insert(stem.to_owned(), file)),
                Err(why) => problems.push(format!("{name}:1: {why}")),
            },
        }
    }
    for (stem, text) in html {
        match found.get_mut(&stem) {
            Some(file) => file.template.html = Some(text),
            None => problems.push(format!(
                "{stem}.html: {stem}.txt has to stand beside it, for those who read plain text."
            )),
        }
    }
    if found.is_empty() && problems.is_empty() {
        bail!(
            "{} holds no texts. Write them out first: alongside mails texts --write-to FOLDER",
            folder.display()
        );
    }
    Ok((found, problems))
}

/// By name from the folder, with `/`; hidden files are nobody's texts.
fn files_in(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let mut folders = vec![(String::new(), folder.to_owned())];
    while let Some((above, folder)) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() && above.is_empty() {
                folders.push((format!("{name}/"), path));
            } else {
                files.push((format!("{above}{name}"), path));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read_text(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}.");
    if std::fs::metadata(path).map_err(cannot)?.len() > LONGEST {
        return Err(format!("longer than {} KB: no mail is.", LONGEST / 1024));
    }
    let text = Bundle::decode(&std::fs::read(path).map_err(cannot)?)?;
    Ok(text.replace("\r\n", "\n"))
}

/// `subject: …`, an empty line, the text.
fn cut(text: &str) -> Result<File, String> {
    let rule = "A text begins with `subject: …` and an empty line.";
    let (head, body) = text.split_once("\n\n").ok_or(rule)?;
    let mut subject = None;
    for (number, line) in head.lines().enumerate() {
        match line.split_once(':') {
            Some(("subject", words)) if subject.is_none() && !words.trim().is_empty() => {
                subject = Some((number + 1, words.trim().to_owned()));
            }
            Some(("to", _)) => {
                return Err("Who gets it is said by the workflow: take the line `to` out.".into());
            }
            _ => return Err(rule.to_owned()),
        }
    }
    let (subject_line, subject) = subject.ok_or(rule)?;
    Ok(File {
        template: Template {
            subject,
            text: body.to_owned(),
            html: None,
        },
        subject_line,
        text_line: head.lines().count() + 2,
    })
}
