//! Dates: phrases become rules, and their anchors steps, fields, or dates of the run or cycle.

use super::{Resolver, follow};
use crate::core::definition::dates::{Anchor, DateRule};
use crate::core::definition::form::FieldKind;
use crate::core::definition::near;
use crate::core::definition::phrase::date::{DatePhrase, parse_date};
use crate::core::definition::phrase::{Name, Unreadable};
use crate::core::definition::source::Span;
use crate::core::definition::workflow::{Kind, NodeId, Scope};
use crate::core::definition::yaml::Word;

impl Resolver<'_, '_> {
    pub(super) fn resolve_dates(&mut self) {
        for id in 0..self.draft.steps.len() {
            if let Some(word) = &self.draft.step(id).opens {
                self.draft.workflow.nodes[id].opens = self.date(id, word);
            }
            let is_group = self.draft.workflow.nodes[id].is_group();
            match self.draft.said(id, |step| step.due.as_ref()) {
                // A group's own `due` is for its tasks; read here so that it is checked once.
                Some((_, word)) if is_group => drop(self.date(id, word)),
                Some((from, word)) => self.draft.workflow.nodes[id].due = self.date(from, word),
                None => {}
            }
        }
    }

    fn date(&mut self, from: NodeId, word: &Word) -> Option<DateRule> {
        let phrase = match parse_date(&word.text) {
            Ok(phrase) => phrase,
            Err(unreadable) => {
                self.report_unreadable(14, word, unreadable);
                return None;
            }
        };
        Some(match phrase {
            DatePhrase::Budget(span) => DateRule::Budget(span),
            DatePhrase::Offset(span, side, name) => {
                DateRule::Offset(span, side, self.anchor(from, word, &name)?)
            }
            DatePhrase::On(name) => DateRule::On(self.anchor(from, word, &name)?),
            DatePhrase::Halfway(start, end) => {
                let start = self.anchor(from, word, &start);
                let end = self.anchor(from, word, &end);
                DateRule::Halfway(start?, end?)
            }
        })
    }

    pub(super) fn report_unreadable(&mut self, rule: u8, word: &Word, unreadable: Unreadable) {
        let Unreadable {
            range,
            message,
            hint,
        } = unreadable;
        self.findings
            .error_hint(rule, word.part(range.start, range.end), message, hint);
    }

    /// What a date counts from, seen from a step.
    pub(super) fn anchor(&mut self, from: NodeId, word: &Word, name: &Name) -> Option<Anchor> {
        let span = word.part(name.range.start, name.range.end);
        match name.text.split_once('.') {
            Some(("dates", date)) => self.own_date(date, span),
            Some(("cycle", date)) => self.cycle_date(date, span),
            _ => self.step_anchor(from, name, span),
        }
    }

    fn own_date(&mut self, date: &str, span: Span) -> Option<Anchor> {
        let dates = &self.draft.workflow.dates;
        if dates.contains_key(date) {
            return Some(Anchor::Date(date.to_owned()));
        }
        let hint = near::did_you_mean(date, dates.keys().map(String::as_str));
        let message = format!("`dates` at the top has no `{date}`");
        self.findings.error_hint(15, span, message, hint);
        None
    }

    fn cycle_date(&mut self, date: &str, span: Span) -> Option<Anchor> {
        let workflow = &self.draft.workflow;
        if workflow.scope == Scope::Cycle {
            let hint = Some(format!("Say `dates.{date}`."));
            self.findings
                .error_hint(15, span, "this is the cycle itself", hint);
            return None;
        }
        if workflow.part_of.is_none() {
            let hint = Some("Say which with `part_of` at the top.".to_owned());
            self.findings
                .error_hint(15, span, "this project is part of no cycle", hint);
            return None;
        }
        Some(Anchor::CycleDate(date.to_owned()))
    }

    fn step_anchor(&mut self, from: NodeId, name: &Name, span: Span) -> Option<Anchor> {
        let found = match follow(&self.draft.workflow, from, &name.text) {
            Ok(found) => found,
            Err(lost) => {
                let (message, hint) = lost.say(&self.draft.workflow);
                self.findings.error_hint(15, span, message, hint);
                return None;
            }
        };
        let Some(field) = found.field else {
            return Some(Anchor::Done(found.step));
        };
        self.check_date_field(from, found.step.node, &field, span);
        Some(Anchor::Answer(found.step, field))
    }

    /// Rules 16 and 20: the anchor is a date that must be filled in and cannot be erased.
    fn check_date_field(&mut self, from: NodeId, node: NodeId, field: &str, span: Span) {
        let draft = &self.draft;
        let at = &draft.workflow.nodes[node];
        let said = format!("{}.{field}", at.name);
        if at.form().is_none() {
            let message = match at.kind {
                Kind::Task(_) | Kind::Wait(_) => {
                    format!("`{}` has no form and so no `{field}`", at.name)
                }
                _ => format!("`{}` has no answers", at.name),
            };
            self.findings.error(16, span, message);
            return;
        }
        let Some(form) = draft.form_of(node) else {
            return;
        };
        let asks = &draft.workflow.nodes[from].name;
        match form.fields.get(field) {
            None => {
                let dates = form
                    .fields
                    .iter()
                    .filter(|(_, field)| field.kind == FieldKind::Date);
                let hint = near::did_you_mean(field, form.fields.keys().map(String::as_str))
                    .or_else(|| {
                        let dates: Vec<_> = dates.map(|(name, _)| name.as_str()).collect();
                        (!dates.is_empty()).then(|| format!("It has {}.", near::one_of(dates)))
                    });
                let message = format!("form {} has no field `{field}`", form.name);
                self.findings.error_hint(16, span, message, hint);
            }
            Some(_) if form.is_doubtful(field) => {}
            Some(found) if found.kind != FieldKind::Date => {
                let kind = found.kind.say();
                let message = format!("`{said}` of form {} is {kind}, not a date", form.name);
                self.findings.error(16, span, message);
            }
            Some(found) if found.erasable => {
                let message = format!("`{said}` may be erased: no date may hang on it");
                self.findings.error(20, span, message);
            }
            Some(found) if !found.required => {
                let message = format!("without `{said}` the date of `{asks}` never comes");
                let hint = Some(format!("Make `{field}` required in form {}.", form.name));
                self.findings.warn(16, span, message, hint);
            }
            Some(_) => {}
        }
    }
}

impl FieldKind {
    /// "text", "a choice": for messages.
    pub fn say(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Choice(_) => "a choice",
            Self::Choices(_) => "a list of choices",
            Self::Number => "a number",
            Self::YesNo => "yes or no",
            Self::Date => "a date",
            Self::Person => "a person",
            Self::People => "a list of people",
            Self::Table(_) => "a table",
        }
    }
}
