//! Conditions: paths become steps, fields, outcomes, school data or roles, and every word is
//! compared with the form, because a misspelt value would be false for ever.

use super::{Resolver, follow};
use crate::core::definition::condition::{Condition, Op, Path, Test, Value};
use crate::core::definition::form::{Choice, Field, FieldKind, Form};
use crate::core::definition::near;
use crate::core::definition::phrase::condition::{TestPhrase, parse};
use crate::core::definition::source::Span;
use crate::core::definition::workflow::{Kind, NodeId, Place, Scope, Workflow};
use crate::core::definition::yaml::Word;
use crate::core::directory::PHASES;
use crate::core::number;

/// What may be asked of a school.
pub const SCHOOL_FIELDS: &[&str] = &["phase"];

impl Resolver<'_, '_> {
    pub(super) fn resolve_conditions(&mut self) {
        for id in 0..self.draft.steps.len() {
            let Some(word) = &self.draft.step(id).when else {
                continue;
            };
            let phrase = match parse(&word.text) {
                Ok(phrase) => phrase,
                Err(unreadable) => {
                    self.report_unreadable(20, word, unreadable);
                    continue;
                }
            };
            let tests: Vec<_> = phrase
                .tests
                .into_iter()
                .filter_map(|test| self.test(id, word, test))
                .collect();
            let text = word.text.clone();
            self.draft.workflow.nodes[id].when = Some(Condition {
                any: phrase.any,
                tests,
                text,
            });
        }
    }

    fn test(&mut self, id: NodeId, word: &Word, test: TestPhrase) -> Option<Test> {
        let place = Places {
            path: word.part(test.path.range.start, test.path.range.end),
            op: word.part(test.op_range.start, test.op_range.end),
            value: word.part(test.value.start, test.value.end),
        };
        let path_text = test.path.text;
        let (path, op) = match path_text.split_once('.') {
            None => (self.role_path(id, &path_text, &test.op, place)?, test.op),
            Some((school @ ("host_school" | "school"), field)) => {
                self.school_path(school, field, test.op, place)?
            }
            Some(("cycle", field)) => (self.cycle_path(field, place)?, test.op),
            Some(_) => self.answer_path(id, &path_text, test.op, place)?,
        };
        Some(Test {
            path,
            path_text,
            op,
        })
    }

    fn role_path(&mut self, id: NodeId, name: &str, op: &Op, at: Places) -> Option<Path> {
        let workflow = &self.draft.workflow;
        let Some(role) = workflow.roles.get(name) else {
            let (message, hint) = if follow(workflow, id, name).is_ok() {
                (format!("`{name}` is a step: which field of it?"), None)
            } else {
                let hint = near::did_you_mean(name, workflow.roles.keys().map(String::as_str));
                (
                    format!("`{name}` is neither a role nor a field of a step"),
                    hint,
                )
            };
            self.findings.error_hint(6, at.path, message, hint);
            return None;
        };
        if !matches!(op, Op::Given | Op::NotGiven) {
            let message = format!("`{name}` is a role: only `is given` or `is not given` fits");
            self.findings.error(20, at.op, message);
            return None;
        }
        let named = role.at != Place::Run || role.at_start || appointed_before(workflow, id, name);
        if !named && self.draft.knows_needs(id) {
            let asks = &workflow.nodes[id].name;
            let message = format!("`{asks}` asks for {name}, who may not be appointed by then");
            self.findings.error(18, at.path, message);
        }
        Some(Path::Role(name.to_owned()))
    }

    fn school_path(&mut self, school: &str, field: &str, op: Op, at: Places) -> Option<(Path, Op)> {
        let scope = self.draft.workflow.scope;
        if (school == "school") != (scope == Scope::Cycle) {
            let message = match scope {
                Scope::Project => "a project has one school: `host_school`",
                Scope::Cycle => "a cycle has no host school: `school` inside `each: school`",
            };
            self.findings.error(13, at.path, message);
            return None;
        }
        if !SCHOOL_FIELDS.contains(&field) {
            let known = near::one_of(SCHOOL_FIELDS.iter().copied());
            let message = format!("of a school only {known} may be asked, not `{field}`");
            self.findings.error(19, at.path, message);
            return None;
        }
        let path = match scope {
            Scope::Project => Path::HostSchool(field.to_owned()),
            Scope::Cycle => Path::School(field.to_owned()),
        };
        Some((path, self.check_phase(op, at)))
    }

    /// The value is a phase that schools have.
    fn check_phase(&mut self, op: Op, at: Places) -> Op {
        let op = in_words(op);
        match &op {
            Op::Is(Value::Text(phase)) | Op::IsNot(Value::Text(phase)) => {
                if !PHASES.contains(&phase.as_str()) {
                    let message = format!("no school is of the phase `{phase}`");
                    let hint = near::did_you_mean(phase, PHASES)
                        .or_else(|| Some(format!("It is {}.", near::one_of(PHASES))));
                    self.findings.error_hint(19, at.value, message, hint);
                }
            }
            Op::Given | Op::NotGiven => {}
            _ => {
                let message = "a phase is one word: use `is` or `is not`";
                self.findings.error(20, at.op, message);
            }
        }
        op
    }

    fn cycle_path(&mut self, field: &str, at: Places) -> Option<Path> {
        let workflow = &self.draft.workflow;
        if workflow.scope == Scope::Project && workflow.part_of.is_none() {
            let hint = Some("Say which with `part_of` at the top.".to_owned());
            self.findings
                .error_hint(15, at.path, "this project is part of no cycle", hint);
            return None;
        }
        Some(Path::Cycle(field.to_owned()))
    }

    fn answer_path(&mut self, id: NodeId, text: &str, op: Op, at: Places) -> Option<(Path, Op)> {
        let workflow = &self.draft.workflow;
        let found = match follow(workflow, id, text) {
            Ok(found) => found,
            Err(lost) => {
                let (message, hint) = lost.say(workflow);
                self.findings.error_hint(7, at.path, message, hint);
                return None;
            }
        };
        let Some(field) = found.field else {
            let message = format!("`{text}` is a step: which field of it?");
            self.findings.error(20, at.path, message);
            return None;
        };
        let node = found.step.node;
        if self.draft.cannot_stand_on(id, node) {
            let asks = &workflow.nodes[id].name;
            let seen = &workflow.nodes[node].name;
            let message = format!("`{asks}` asks `{text}`, but `{seen}` may not be done by then");
            let hint = Some(format!("Let `{asks}` need `{seen}`."));
            self.findings.error_hint(18, at.path, message, hint);
        }
        if field == "outcome" {
            let op = self.check_outcome(node, op, at);
            return Some((Path::Outcome(found.step), op));
        }
        let op = self.check_field(node, &field, text, op, at)?;
        Some((Path::Answer(found.step, field), op))
    }

    /// The value is one of the step's outcomes.
    fn check_outcome(&mut self, node: NodeId, op: Op, at: Places) -> Op {
        let workflow = &self.draft.workflow;
        let name = &workflow.nodes[node].name;
        let Kind::Task(task) = &workflow.nodes[node].kind else {
            self.findings
                .error(19, at.path, format!("`{name}` has no outcomes"));
            return op;
        };
        let op = in_words(op);
        match &op {
            Op::Is(Value::Text(value)) | Op::IsNot(Value::Text(value)) => {
                if !task.outcomes.contains_key(value) {
                    let message = format!("`{name}` has no outcome `{value}`");
                    let names = task.outcomes.keys().map(String::as_str);
                    let hint = near::did_you_mean(value, names);
                    self.findings.error_hint(19, at.value, message, hint);
                }
            }
            Op::Given | Op::NotGiven => {}
            _ => {
                let message = "an outcome is one word: use `is` or `is not`";
                self.findings.error(20, at.op, message);
            }
        }
        op
    }

    fn check_field(
        &mut self,
        node: NodeId,
        name: &str,
        text: &str,
        op: Op,
        at: Places,
    ) -> Option<Op> {
        let draft = &self.draft;
        let step = &draft.workflow.nodes[node];
        if step.form().is_none() {
            let message = format!("`{}` has no form and so no `{name}`", step.name);
            self.findings.error(19, at.path, message);
            return None;
        }
        let Some(form) = draft.form_of(node).cloned() else {
            return Some(op);
        };
        let Some(field) = form.fields.get(name) else {
            let message = format!("form {} has no field `{name}`", form.name);
            let hint = near::did_you_mean(name, form.fields.keys().map(String::as_str));
            self.findings.error_hint(19, at.path, message, hint);
            return None;
        };
        if form.is_doubtful(name) {
            return Some(op);
        }
        if field.erasable {
            let what = match field.kind {
                FieldKind::Text | FieldKind::Table(_) => "is free text and may be erased",
                _ => "may be erased",
            };
            let message = format!("`{text}` {what}: no condition, date or outcome may read it");
            self.findings.error(20, at.path, message);
            return None;
        }
        self.check_value(&form, field, text, op, at)
    }

    /// Rules 19 and 20: the test fits the kind of field, the value is one it can have.
    fn check_value(
        &mut self,
        form: &Form,
        field: &Field,
        text: &str,
        op: Op,
        at: Places,
    ) -> Option<Op> {
        if matches!(op, Op::Given | Op::NotGiven) {
            return Some(op);
        }
        let lists = matches!(op, Op::Has(_) | Op::HasNo(_));
        let sizes = matches!(op, Op::AtLeast(_) | Op::AtMost(_));
        let op = match &field.kind {
            FieldKind::Choice(_) | FieldKind::Choices(_) => in_words(op),
            _ => op,
        };
        let value = op.value().cloned()?;
        let complaint = match (&field.kind, &value) {
            (FieldKind::Choices(_), _) if !lists => {
                Some((at.op, format!("`{text}` is a list: use `has` or `has no`")))
            }
            (kind, _) if lists && !matches!(kind, FieldKind::Choices(_)) => Some((
                at.op,
                format!("`has` is for lists; `{text}` is one value: use `is`"),
            )),
            (FieldKind::Choice(_) | FieldKind::YesNo, _) if sizes => {
                Some((at.op, format!("`{text}` is {}: use `is`", field.kind.say())))
            }
            (FieldKind::Choice(list) | FieldKind::Choices(list), Value::Text(value)) => {
                return self.check_choice(form, list, value, at).then_some(op);
            }
            (FieldKind::YesNo, Value::Bool(_)) => None,
            (FieldKind::Number, Value::Number(wanted)) if number::is_taken(&(*wanted).into()) => {
                None
            }
            (FieldKind::Number, value) if is_numeric(value) => Some((
                at.value,
                format!("`{text}` is compared with {}", number::RULE),
            )),
            (FieldKind::Date, Value::Text(date)) if is_date(date) => None,
            (FieldKind::Person | FieldKind::People, _) => Some((
                at.op,
                format!("`{text}` is {}: use `is given`", field.kind.say()),
            )),
            (kind, _) => Some((at.value, format!("`{text}` is {}", kind.say()))),
        };
        match complaint {
            None => Some(op),
            Some((span, message)) => {
                self.findings.error(20, span, message);
                None
            }
        }
    }

    fn check_choice(&mut self, form: &Form, list: &[Choice], value: &str, at: Places) -> bool {
        let values = || list.iter().map(|choice| choice.value.as_str());
        let known = values().any(|choice| choice == value);
        if !known {
            let hint = near::did_you_mean(value, values())
                .or_else(|| Some(format!("It offers {}.", near::one_of(values()))));
            let message = format!("form {} offers no `{value}`", form.name);
            self.findings.error_hint(19, at.value, message, hint);
        }
        known
    }
}

/// The three places of one test.
#[derive(Clone, Copy)]
struct Places {
    path: Span,
    op: Span,
    value: Span,
}

/// Whether it reads like a number, if not like one that an answer can have.
fn is_numeric(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Text(text) => text.parse::<f64>().is_ok(),
        Value::Bool(_) => false,
    }
}

/// Choices are words, also where they read `yes` or `3`.
fn in_words(op: Op) -> Op {
    let word = |value: Value| {
        Value::Text(match value {
            Value::Text(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
        })
    };
    match op {
        Op::Is(value) => Op::Is(word(value)),
        Op::IsNot(value) => Op::IsNot(word(value)),
        Op::Has(value) => Op::Has(word(value)),
        Op::HasNo(value) => Op::HasNo(word(value)),
        other => other,
    }
}

fn is_date(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// Whether something the node stands on appoints the role.
pub(crate) fn appointed_before(workflow: &Workflow, id: NodeId, role: &str) -> bool {
    workflow.stands_on[id].iter().any(|other| {
        workflow.nodes[*other]
            .appoints()
            .iter()
            .any(|name| name == role)
    })
}
