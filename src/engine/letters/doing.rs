//! What a mail says of a step to whoever is to do it: what it takes, and why it is theirs.

use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::doers;

use super::Scene;

impl Scene<'_> {
    /// What the form of a step says on top: how long it takes, and who sees the answers. A decision
    /// has no form.
    pub(super) fn about(&self, step: &Address) -> String {
        let workflow = &self.reading.workflow;
        let Some(node) = workflow.find_node(&step.path()) else {
            return String::new();
        };
        let Some(task) = workflow.node(node).task() else {
            return String::new();
        };
        let form = task.form.as_ref().and_then(|name| workflow.forms.get(name));
        let said = form.and_then(|form| form.schema.get("description")?.as_str());
        match said {
            Some(said) => said.split_whitespace().collect::<Vec<_>>().join(" "),
            None if form.is_none() && !task.outcomes.is_empty() => {
                "This is a decision and no form. Those who take part in the project see it."
                    .to_owned()
            }
            None => "Those who take part in the project see what you answer.".to_owned(),
        }
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
