//! Whether an alliance's own text can stand in for one that comes along.
//!
//! It may use the placeholders of the text that it replaces, those that every mail about a project
//! has, and of a workflow's mail the roles; so it can be filled whenever the other can.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::definition::{MAIL_WORDS, ROLE_WORDS, Unreadable, near, placeholders};
use crate::engine::library::Library;

use super::texts::{Template, of_workflow, shipped_for_all};

/// Mails that are about no project: they have only the words of the text that comes along.
const OF_NO_PROJECT: [&str; 4] = ["calendars_end", "digest", "privacy", "summary"];
/// Without these a mail would not say what it is for.
const NEEDED: [&str; 4] = ["ends", "items", "notice", "sections"];

/// A text that can be replaced.
#[derive(Debug, Clone)]
pub struct Original {
    pub template: Template,
    words: BTreeSet<String>,
}

/// What is wrong with an own text: in which part, in which line of it, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    pub part: Part,
    /// From 1, within the part.
    pub line: usize,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Subject,
    Text,
    Html,
}

/// All texts that can be replaced, by name: those for all workflows and those of each.
pub fn originals(library: &Library) -> BTreeMap<String, Original> {
    let mut all = BTreeMap::new();
    for (name, template) in shipped_for_all() {
        let mut words = words_of(template);
        if !OF_NO_PROJECT.contains(&name.as_str()) {
            words.extend(words_of_projects());
        }
        all.insert(name.clone(), Original::of(template, words));
    }
    let workflows = library.names().filter_map(|name| library.newest(name));
    for edition in workflows.collect::<Vec<_>>() {
        let workflow = &edition.workflow;
        for (name, mail) in &workflow.mails {
            let template = Template::from(mail);
            let mut words = words_of(&template);
            words.extend(words_of_projects());
            for role in workflow.roles.keys() {
                words.extend(ROLE_WORDS.iter().map(|word| format!("{role}.{word}")));
            }
            words.extend(workflow.dates.keys().map(|date| format!("dates.{date}")));
            let name = of_workflow(&workflow.name, name);
            all.insert(name, Original::of(&template, words));
        }
    }
    all
}

fn words_of_projects() -> impl Iterator<Item = String> {
    MAIL_WORDS.iter().flat_map(|(word, fields)| {
        let whole = std::iter::once((*word).to_owned());
        whole.chain(fields.iter().map(move |field| format!("{word}.{field}")))
    })
}

impl Original {
    fn of(template: &Template, words: BTreeSet<String>) -> Self {
        Self {
            template: template.clone(),
            words,
        }
    }

    /// All that is wrong with an own text in place of this one.
    pub fn check(&self, own: &Template) -> Vec<Complaint> {
        let each = parts(own).map(|(part, text)| self.check_part(part, text));
        each.collect::<Vec<_>>().concat()
    }

    fn check_part(&self, part: Part, text: &str) -> Vec<Complaint> {
        let used = match placeholders(text) {
            Ok(used) => used,
            Err(Unreadable { line, why }) => {
                let text = format!("this cannot be read: {why}.");
                return vec![Complaint { part, line, text }];
            }
        };
        let unknown = used.iter().filter(|word| !self.knows(word));
        let mut complaints: Vec<_> = unknown.map(|word| self.unknown(part, text, word)).collect();
        let needed = NEEDED
            .iter()
            .filter(|word| part != Part::Subject && self.words.contains(**word));
        let missing = needed.filter(|word| !used.contains(**word));
        complaints.extend(missing.map(|word| Complaint {
            part,
            line: 1,
            text: format!("`{word}` is missing: without it this mail says nothing."),
        }));
        complaints
    }

    fn knows(&self, word: &str) -> bool {
        // `items` is used as a whole, and its parts in a loop.
        let whole = word.split('.').next().unwrap_or(word);
        self.words.contains(word) || (NEEDED.contains(&whole) && self.words.contains(whole))
    }

    fn unknown(&self, part: Part, text: &str, word: &str) -> Complaint {
        let known = self.words.iter().map(String::as_str);
        let hint = near::did_you_mean(word, known).unwrap_or_else(|| {
            let known: Vec<&str> = self.words.iter().map(String::as_str).collect();
            format!("There is {}.", known.join(", "))
        });
        let before = text.find(word).map_or("", |at| &text[..at]);
        Complaint {
            part,
            line: before.matches('\n').count() + 1,
            text: format!("`{{{{ {word} }}}}`: no such placeholder in this mail. {hint}"),
        }
    }
}

fn parts(template: &Template) -> impl Iterator<Item = (Part, &str)> {
    let html = template.html.as_deref().map(|html| (Part::Html, html));
    let text = [
        (Part::Subject, template.subject.as_str()),
        (Part::Text, template.text.as_str()),
    ];
    text.into_iter().chain(html)
}

fn words_of(template: &Template) -> BTreeSet<String> {
    let words = parts(template).filter_map(|(_, text)| placeholders(text).ok());
    words.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(subject: &str, text: &str) -> Template {
        Template {
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: None,
        }
    }

    #[test]
    fn every_text_that_comes_along_can_stand_in_for_itself() {
        let library = Library::open(None).unwrap();
        let all = originals(&library);
        assert!(
            all.contains_key("ready") && all.len() > 25,
            "{:?}",
            all.keys()
        );
        assert!(all.contains_key("leadership-through-partnership/introduction"));
        for (name, original) in &all {
            assert_eq!(original.check(&original.template), [], "{name}");
        }
    }

    #[test]
    fn what_could_not_be_filled_is_named_with_its_line_and_the_way_out() {
        let all = originals(&Library::open(None).unwrap());
        let said = |name: &str, own: Template| {
            let found = all[name].check(&own).into_iter();
            found.map(|it| (it.line, it.text)).collect::<Vec<_>>()
        };
        assert_eq!(
            said("ready", own("{{ project.title }}", "Hello {{ link }}")),
            []
        );
        let one = said("ready", own("A step", "Dear you,\n\n{{ step.titel }}"));
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].0, 3);
        assert!(one[0].1.contains("Did you mean `step.title`?"), "{one:?}");
        let broken = said("ready", own("A step", "One\n{% if step.due %}"));
        assert!(broken[0].1.starts_with("this cannot be read"), "{broken:?}");
        let of_another = said("ready", own("A step", "{{ items }}"));
        assert!(
            of_another[0].1.contains("no such placeholder"),
            "{of_another:?}"
        );
        let empty = said("digest", own("Things for you", "Look into the portal."));
        assert!(empty[0].1.contains("`items` is missing"), "{empty:?}");
        let workflow = "leadership-through-partnership/introduction";
        assert_eq!(said(workflow, own("Meet", "{{ project_lead.name }}")), []);
    }
}
