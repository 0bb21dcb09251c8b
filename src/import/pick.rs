//! Which schools of the register are wanted: by URN, by trust, by local authority, or all.
//!
//! The register holds fifty thousand schools and an alliance a few dozen, so saying nothing is no
//! way to ask for all. Closed schools are left out unless asked for; one asked for by its URN is a
//! problem that says where its successor is found. Whatever is asked for and not found is a problem.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Fault, Findings};

/// What was asked for. Several together mean any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    pub urns: Vec<String>,
    /// Names or codes (group UIDs) of trusts.
    pub trusts: Vec<String>,
    /// Names or codes of local authorities.
    pub local_authorities: Vec<String>,
    pub all: bool,
    pub closed_too: bool,
}

impl Pick {
    /// Every open school of the file.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        let lists = [&self.urns, &self.trusts, &self.local_authorities];
        !self.all && lists.iter().all(|list| list.is_empty())
    }
}

/// The cells of a row by which it is picked.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub urn: &'a str,
    pub trust: Group<'a>,
    pub local_authority: Group<'a>,
    pub status: Status,
}

#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    pub code: &'a str,
    pub name: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Open,
    Closed,
    ProposedToOpen,
}

/// What to do with a row.
#[derive(Debug, PartialEq, Eq)]
pub enum Picked {
    Yes,
    No,
    /// Asked for by its URN, and not open.
    Refused(Fault),
}

/// Follows one file through, and says at its end what was not found.
#[derive(Debug)]
pub struct Picker {
    urns: BTreeSet<String>,
    trusts: Wanted,
    local_authorities: Wanted,
    all: bool,
    closed_too: bool,
    seen_urns: BTreeSet<String>,
}

impl Picker {
    pub fn new(pick: &Pick, findings: &mut Findings) -> Option<Self> {
        if pick.is_empty() {
            findings.row(
                None,
                Fault::new(
                    "It was not said which schools to import.",
                    "Name them by URN, by trust or by local authority, or ask for all.",
                ),
            );
            return None;
        }
        Some(Self {
            urns: pick.urns.iter().map(|urn| urn.trim().to_owned()).collect(),
            trusts: Wanted::new("trust", &pick.trusts),
            local_authorities: Wanted::new("local authority", &pick.local_authorities),
            all: pick.all,
            closed_too: pick.closed_too,
            seen_urns: BTreeSet::new(),
        })
    }

    pub fn pick(&mut self, row: Candidate<'_>) -> Picked {
        let urn = row.urn.trim();
        let by_urn = self.urns.contains(urn);
        let by_trust = self.trusts.matches(row.trust);
        let by_authority = self.local_authorities.matches(row.local_authority);
        if by_urn {
            self.seen_urns.insert(urn.to_owned());
        }
        if !(by_urn || by_trust || by_authority || self.all) {
            return Picked::No;
        }
        if row.status == Status::Open || self.closed_too {
            return Picked::Yes;
        }
        if by_urn {
            return Picked::Refused(not_open(row.status));
        }
        Picked::No
    }

    /// What was asked for and does not stand in the file.
    pub fn finish(self, findings: &mut Findings) {
        for urn in self.urns.difference(&self.seen_urns) {
            let urn = super::problem::printable(urn);
            let rule = format!("No school in the file has the URN \"{urn}\".");
            let way_out = "Check the number, or download a newer file.";
            findings.row(None, Fault::new(rule, way_out));
        }
        self.trusts.finish(findings);
        self.local_authorities.finish(findings);
    }
}

fn not_open(status: Status) -> Fault {
    match status {
        Status::ProposedToOpen => Fault::new(
            "This school is proposed to open and is not open yet.",
            "Import it once it is open, or ask for closed schools too.",
        ),
        Status::Open | Status::Closed => Fault::new(
            "This school is closed.",
            "A school that becomes an academy gets a new URN: look under \"Links\" on its page in \
             \"Get information about schools\" and use the successor's. Or ask for closed schools \
             too.",
        ),
    }
}

/// Trusts, or local authorities, by name or code.
#[derive(Debug)]
struct Wanted {
    what: &'static str,
    /// Folded, with what was written.
    asked: BTreeMap<String, String>,
    /// The codes under which each wanted name stands in the file.
    found: BTreeMap<String, BTreeSet<String>>,
    /// All names of the file, for "did you mean".
    names: BTreeSet<String>,
}

impl Wanted {
    fn new(what: &'static str, wanted: &[String]) -> Self {
        let folded = wanted.iter().map(|name| (fold(name), name.clone()));
        Self {
            what,
            asked: folded.collect(),
            found: BTreeMap::new(),
            names: BTreeSet::new(),
        }
    }

    fn matches(&mut self, group: Group<'_>) -> bool {
        if self.asked.is_empty() {
            return false;
        }
        let (code, name) = (fold(group.code), fold(group.name));
        let key = [&code, &name]
            .into_iter()
            .find(|key| self.asked.contains_key(*key));
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            self.found
                .entry(key.clone())
                .or_default()
                .insert(code.clone());
            return true;
        }
        if !name.is_empty() && !self.names.contains(group.name) {
            self.names.insert(group.name.to_owned());
        }
        false
    }

    fn finish(self, findings: &mut Findings) {
        for (folded, written) in &self.asked {
            let written = super::problem::printable(written);
            match self.found.get(folded).map(BTreeSet::len) {
                Some(1) => {}
                Some(_) => {
                    let rule = format!(
                        "Several of the file have the {} name \"{written}\", under different codes.",
                        self.what
                    );
                    findings.row(None, Fault::new(rule, "Ask for it by its code."));
                }
                None => {
                    let rule =
                        format!("No school in the file has the {} \"{written}\".", self.what);
                    findings.row(None, Fault::new(rule, self.way_out(folded)));
                }
            }
        }
    }

    fn way_out(&self, wanted: &str) -> String {
        let likeness = |name: &&String| strsim::jaro_winkler(&fold(name), wanted);
        let near = self.names.iter().filter(|name| likeness(name) > 0.85);
        match near.max_by(|a, b| likeness(a).total_cmp(&likeness(b))) {
            Some(name) => format!("Did you mean \"{}\"?", super::problem::printable(name)),
            None => "Write its name as the register does, or its code.".to_owned(),
        }
    }
}

/// Names are compared without case and spacing; codes without leading zeros.
fn fold(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let folded = words.join(" ").to_lowercase();
    let code = folded.bytes().all(|byte| byte.is_ascii_digit());
    if code {
        return folded.trim_start_matches('0').to_owned();
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Candidate<'static> = Candidate {
        urn: "900001",
        trust: Group {
            code: "16001",
            name: "Rowan Learning Trust",
        },
        local_authority: Group {
            code: "071",
            name: "Northshire",
        },
        status: Status::Open,
    };

    fn asked(pick: &Pick, rows: &[Candidate<'_>]) -> (Vec<Picked>, Vec<String>) {
        let mut findings = Findings::default();
        let mut picked = Vec::new();
        if let Some(mut picker) = Picker::new(pick, &mut findings) {
            picked = rows.iter().map(|row| picker.pick(*row)).collect();
            picker.finish(&mut findings);
        }
        let problems = findings.problems.iter().map(ToString::to_string).collect();
        (picked, problems)
    }

    fn of(urns: &[&str], trusts: &[&str], authorities: &[&str]) -> Pick {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Pick {
            urns: owned(urns),
            trusts: owned(trusts),
            local_authorities: owned(authorities),
            ..Pick::default()
        }
    }

    #[test]
    fn a_school_is_picked_by_urn_by_trust_or_by_authority_name_or_code() {
        for pick in [
            of(&["900001"], &[], &[]),
            of(&[], &["rowan  learning TRUST"], &[]),
            of(&[], &["16001"], &[]),
            of(&[], &[], &["northshire"]),
            of(&[], &[], &["71"]),
            Pick::all(),
        ] {
            assert_eq!(
                asked(&pick, &[OPEN]),
                (vec![Picked::Yes], vec![]),
                "{pick:?}"
            );
        }
    }

    #[test]
    fn saying_nothing_is_no_way_to_ask_for_all() {
        let (picked, problems) = asked(&Pick::default(), &[OPEN]);
        assert!(picked.is_empty() && problems[0].contains("not said which schools"));
    }

    #[test]
    fn a_closed_school_is_passed_over_and_by_its_urn_refused_with_the_rule_of_successors() {
        let closed = Candidate {
            status: Status::Closed,
            ..OPEN
        };
        assert_eq!(asked(&of(&[], &["16001"], &[]), &[closed]).0, [Picked::No]);
        let (picked, _) = asked(&of(&["900001"], &[], &[]), &[closed]);
        let Picked::Refused(fault) = &picked[0] else {
            panic!("{picked:?}")
        };
        assert!(fault.way_out.contains("new URN"), "{fault:?}");
        let all = Pick {
            closed_too: true,
            ..Pick::all()
        };
        assert_eq!(asked(&all, &[closed]).0, [Picked::Yes]);
    }

    #[test]
    fn what_is_not_found_is_a_problem_with_what_may_be_meant() {
        let (_, problems) = asked(
            &of(&["900009"], &["Rowan Learning Trsut"], &["Eastshire"]),
            &[OPEN],
        );
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(
            problems[1].contains("Did you mean \"Rowan Learning Trust\"?"),
            "{problems:?}"
        );
        assert!(problems[0].contains("900009"));
    }

    #[test]
    fn one_name_of_two_trusts_must_be_asked_for_by_code() {
        let other = Candidate {
            trust: Group {
                code: "16002",
                ..OPEN.trust
            },
            ..OPEN
        };
        let (_, problems) = asked(&of(&[], &["Rowan Learning Trust"], &[]), &[OPEN, other]);
        assert!(problems[0].contains("different codes"), "{problems:?}");
    }
}
