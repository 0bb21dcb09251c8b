//! Term dates from a plain page of YAML: lists of periods by their kind.
//!
//! Read by the same tree as a workflow, so that every problem has its line and column. Keys that
//! are not known are refused: a list under a name with a slip would be missing in silence.

use super::kinds::title;
use super::{TermsFile, Told};
use crate::core::calendar::bank_holidays::Division;
use crate::core::calendar::day::{Period, PeriodKind};
use crate::core::definition::diagnostic::{Diagnostic, Findings as YamlFindings};
use crate::core::definition::near::{did_you_mean, one_of};
use crate::core::definition::source::{Sources, Span};
use crate::core::definition::yaml::{Entry, Shape, Tree, Word, parse};
use crate::core::time::Date;
use crate::import::cell;
use crate::import::day::{Order, day};
use crate::import::problem::{Fault, Place};
use crate::import::report::Unit;

const LISTS: [(&str, PeriodKind); 4] = [
    ("terms", PeriodKind::Term),
    ("holidays", PeriodKind::Holiday),
    ("inset", PeriodKind::Inset),
    ("bank_holidays", PeriodKind::BankHoliday),
];
const TOP: [&str; 5] = ["terms", "holidays", "inset", "bank_holidays", "division"];
const PERIOD: [&str; 4] = ["label", "from", "to", "on"];
const DIVISIONS: [(&str, Division); 3] = [
    ("england-and-wales", Division::EnglandAndWales),
    ("scotland", Division::Scotland),
    ("northern-ireland", Division::NorthernIreland),
];

pub fn read(name: &str, text: &str, file: &mut TermsFile) {
    file.unit = Unit::Entry;
    let mut sources = Sources::default();
    let mut findings = YamlFindings::default();
    let number = sources.add(name, text);
    let tree = parse(&sources, number, &mut findings);
    if findings.has_errors() {
        for diagnostic in findings.into_diagnostics(&sources) {
            let (place, fault) = told(diagnostic);
            file.findings.place(place, None, fault);
        }
        return;
    }
    let Some(tree) = tree else {
        return;
    };
    let mut reader = Reader {
        name,
        sources: &sources,
        file,
    };
    reader.read(&tree);
}

fn told(diagnostic: Diagnostic) -> (Place, Fault) {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let place = Place {
        row: None,
        line: Some(count(diagnostic.line)),
        letter: Some(count(diagnostic.column)),
    };
    let rule = format!("This is not right: {}.", diagnostic.message);
    let way_out = diagnostic.hint.unwrap_or_default();
    (place, Fault::new(rule, way_out))
}

struct Reader<'r> {
    name: &'r str,
    sources: &'r Sources,
    file: &'r mut TermsFile,
}

impl Reader<'_> {
    fn read(&mut self, tree: &Tree) {
        if !matches!(tree.shape, Shape::Map(_)) {
            let rule = format!("Lists of days stand here, not {}.", tree.noun());
            let way_out = format!("Write them below {}.", one_of(TOP));
            return self.problem(tree.span, &rule, &way_out);
        }
        for entry in tree.entries() {
            let list = LISTS.iter().find(|(key, _)| *key == entry.key.text);
            match list {
                Some((_, kind)) => self.read_list(*kind, entry),
                None if entry.key.text == "division" => self.read_division(&entry.value),
                None => self.unknown(&entry.key, &TOP),
            }
        }
    }

    fn read_list(&mut self, kind: PeriodKind, entry: &Entry) {
        if entry.value.is_null() {
            return;
        }
        let Shape::List(items) = &entry.value.shape else {
            let (key, noun) = (&entry.key.text, entry.value.noun());
            let rule = format!("`{key}` is a list, not {noun}.");
            let way_out =
                "Write each as `- {label: Autumn term, from: 2026-09-01, to: 2026-12-18}`.";
            return self.problem(entry.value.span, &rule, way_out);
        };
        for item in items {
            self.file.read += 1;
            let period = self.read_period(kind, item);
            self.file.told.extend(period);
        }
    }

    fn read_period(&mut self, kind: PeriodKind, item: &Tree) -> Option<Told> {
        let before = self.file.findings.count();
        if !matches!(item.shape, Shape::Map(_)) {
            let rule = format!("A label and its days stand here, not {}.", item.noun());
            let way_out = "Write `{label: …, from: …, to: …}` or `{label: …, on: …}`.";
            self.problem(item.span, &rule, way_out);
            return None;
        }
        for entry in item.entries() {
            if !PERIOD.contains(&entry.key.text.as_str()) {
                self.unknown(&entry.key, &PERIOD);
            }
        }
        let label = item.find("label").and_then(|label| self.read_label(label));
        let (from, to) = self.read_days(item)?;
        let good = self.file.findings.count() == before;
        good.then(|| Told {
            place: self.place(item.span),
            school: None,
            period: Period {
                from,
                to,
                kind,
                label: label.unwrap_or_else(|| title(kind).to_owned()),
                source: self.name.to_owned(),
            },
        })
    }

    fn read_label(&mut self, label: &Tree) -> Option<String> {
        let word = self.text(label)?;
        match cell::line(&word.text, 200) {
            Ok(line) => line,
            Err(fault) => {
                self.fault(word.span, &word.text, fault);
                None
            }
        }
    }

    fn read_days(&mut self, item: &Tree) -> Option<(Date, Date)> {
        match (item.find("on"), item.find("from"), item.find("to")) {
            (Some(on), None, None) => {
                let on = self.read_day(on)?;
                Some((on, on))
            }
            (None, Some(from), Some(to)) => {
                let (from, to) = (self.read_day(from), self.read_day(to));
                from.zip(to)
            }
            _ => {
                let rule = "A period has `from` and `to`, or for a single day `on`.";
                self.problem(item.span, rule, "Write these and no others.");
                None
            }
        }
    }

    fn read_day(&mut self, tree: &Tree) -> Option<Date> {
        let word = self.text(tree)?;
        match day(&word.text, Order::OneMeaning) {
            Ok(Some(date)) => Some(date),
            Ok(None) => {
                self.problem(word.span, "A date stands here.", "Write it as 2026-09-01.");
                None
            }
            Err(fault) => {
                self.fault(word.span, &word.text, fault);
                None
            }
        }
    }

    fn read_division(&mut self, tree: &Tree) {
        let Some(word) = self.text(tree) else {
            return;
        };
        let found = DIVISIONS.iter().find(|(name, _)| *name == word.text);
        let Some((_, division)) = found else {
            let names = DIVISIONS.map(|(name, _)| name);
            let rule = format!("A division is {}.", one_of(names));
            let way_out = did_you_mean(&word.text, names).unwrap_or_default();
            return self.fault(word.span, &word.text, Fault::new(rule, way_out));
        };
        self.file.division = Some(*division);
    }

    fn text(&mut self, tree: &Tree) -> Option<Word> {
        let word = tree.word().filter(|word| !word.is_null());
        if word.is_none() {
            let rule = format!("Text stands here, not {}.", tree.noun());
            self.problem(tree.span, &rule, "Write it behind the colon.");
        }
        word.cloned()
    }

    fn unknown(&mut self, key: &Word, names: &[&'static str]) {
        let names = names.iter().copied();
        let known = format!("Known are {}.", one_of(names.clone()));
        let way_out = match did_you_mean(&key.text, names) {
            Some(meant) => format!("{meant} {known}"),
            None => known,
        };
        self.fault(
            key.span,
            &key.text,
            Fault::new("This word is not known here.", way_out),
        );
    }

    fn problem(&mut self, span: Span, rule: &str, way_out: &str) {
        let place = self.place(span);
        let fault = Fault::new(rule, way_out);
        self.file.findings.place(place, None, fault);
    }

    fn fault(&mut self, span: Span, found: &str, fault: Fault) {
        let place = self.place(span);
        self.file.findings.place(place, Some(found), fault);
    }

    fn place(&self, span: Span) -> Place {
        let position = self.sources.position(span);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Place {
            row: None,
            line: Some(count(position.line)),
            letter: Some(count(position.column)),
        }
    }
}
