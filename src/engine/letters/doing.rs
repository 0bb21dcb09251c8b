//! What a mail says of a step to whoever is to do it: what it takes, and why it is theirs.

use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::doers;

use super::Scene;

impl Scene<'_> {
    /// What the form of a step says on top: how long it takes, and who sees the answers. Nothing
    /// where there is no form.
    pub(super) fn about(&self, step: &Address) -> String {
        let form = self.reading.workflow.form_at(step);
        let said = form.and_then(|form| form.schema.get("description")?.as_str());
        let words = said.unwrap_or_default().split_whitespace();
        words.collect::<Vec<_>>().join(" ")
    }

    /// Why a step is somebody's, to go after "because".
    pub(super) fn whose(&self, step: &Address, to: PersonId) -> String {
        let doers = doers::doers(
            &self.reading.workflow,
            &self.reading.run,
            &self.everybody.directory,
            step,
            self.today,
        );
        let mut theirs = doers.iter().filter(|doer| doer.person == to);
        let own = theirs.clone().any(|doer| doer.covers.is_none());
        match theirs.find_map(|doer| doer.covers).filter(|_| !own) {
            Some(person) => format!(
                "you cover for {}, whose step of the project this is",
                self.everybody.name(person)
            ),
            None => "this step of the project is yours".to_owned(),
        }
    }
}
