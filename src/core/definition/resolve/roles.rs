//! Roles: where they are, which post fills them, how many people they have.

use super::Resolver;
use crate::core::definition::authored::RolePage;
use crate::core::definition::near;
use crate::core::definition::workflow::{Many, Place, Role, Scope};

const PLACES: &[&str] = &["alliance", "host_school", "school", "run"];

impl Resolver<'_, '_> {
    pub(super) fn resolve_roles(&mut self) {
        let page = self.draft.page;
        for role in &page.roles {
            let at = self.place(role);
            self.check_run_keys(role, &at);
            let name = role.name.text.clone();
            let checked = Role {
                title: role
                    .title
                    .as_ref()
                    .map_or(name.clone(), |title| title.text.clone()),
                post: role
                    .post
                    .as_ref()
                    .map_or(name.clone(), |post| post.text.clone()),
                many: role.many.map_or(Many { min: 1, max: 1 }, |(many, _)| many),
                not: role.not.as_ref().map(|not| not.text.clone()),
                at_start: role.appointed.is_some(),
                at,
            };
            self.draft.workflow.roles.insert(name, checked);
        }
        for role in &page.roles {
            if let Some(not) = &role.not {
                self.expect_role(not);
            }
        }
    }

    fn place(&mut self, role: &RolePage) -> Place {
        // Without a place the role is taken to be the alliance's: that hides no other problem.
        let Some(at) = &role.at else {
            return Place::Alliance;
        };
        let scope = self.draft.workflow.scope;
        match at.text.as_str() {
            "alliance" => Place::Alliance,
            "run" => Place::Run,
            "host_school" => {
                if scope == Scope::Cycle {
                    let message = "a cycle has no host school: `at: school` inside `each: school`";
                    self.findings.error(13, at.span, message);
                }
                Place::HostSchool
            }
            "school" => {
                if scope == Scope::Project {
                    let message =
                        "`at: school` in a project: a project has one school, `host_school`";
                    self.findings.error(13, at.span, message);
                }
                Place::School
            }
            text => {
                if let Some(of) = text.strip_prefix("school of ").map(str::trim) {
                    self.check_school_of(of, role);
                    return Place::SchoolOf(of.to_owned());
                }
                let places = PLACES.iter().copied().chain(["school of ROLE"]);
                let message = format!("no place `{text}`: {} is meant", near::one_of(places));
                let hint = near::did_you_mean(text, PLACES.iter().copied());
                self.findings.error_hint(6, at.span, message, hint);
                Place::Alliance
            }
        }
    }

    fn check_school_of(&mut self, of: &str, role: &RolePage) {
        let Some(at) = &role.at else { return };
        let page = self.draft.page;
        let start = at.text.len() - of.len();
        let span = at.part(start, at.text.len());
        match page.roles.iter().find(|other| other.name.text == of) {
            None => {
                let names = page.roles.iter().map(|other| other.name.text.as_str());
                let hint = near::did_you_mean(of, names);
                self.findings
                    .error_hint(6, span, format!("no role `{of}`"), hint);
            }
            Some(other) if other.at.as_ref().is_none_or(|at| at.text != "run") => {
                let message =
                    format!("`school of {of}`: only a named person (`at: run`) has a school here");
                self.findings.error(6, span, message);
            }
            Some(_) => {}
        }
    }

    /// `many` and `appointed` say something only of named people.
    fn check_run_keys(&mut self, role: &RolePage, at: &Place) {
        if *at == Place::Run {
            return;
        }
        let keys = [
            ("many", role.many.map(|(_, span)| span)),
            ("appointed", role.appointed.as_ref().map(|word| word.span)),
        ];
        for (key, span) in keys {
            if let Some(span) = span {
                let message = format!(
                    "`{key}` belongs to a role `at: run`: the others come from the directory"
                );
                self.findings.error(2, span, message);
            }
        }
    }

    /// Whether a word names a role; else it is reported.
    pub(super) fn expect_role(&mut self, word: &crate::core::definition::yaml::Word) -> bool {
        let page = self.draft.page;
        let mut names = page.roles.iter().map(|role| role.name.text.as_str());
        if names.any(|name| name == word.text) {
            return true;
        }
        let names = page.roles.iter().map(|role| role.name.text.as_str());
        let hint = near::did_you_mean(&word.text, names);
        self.findings
            .error_hint(6, word.span, format!("no role `{}`", word.text), hint);
        false
    }
}
