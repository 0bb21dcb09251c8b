//! Every key of the language: where it may stand, what its value looks like, what it says.
//!
//! One table feeds the check for unknown and misplaced keys and the JSON Schema for editors, so
//! that the two cannot differ. To add a key: a row here, a field in `authored`, a line in `read`.

/// A mapping of the page, by what it describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Top,
    Role,
    Rung,
    Repeat,
    Outcome,
    Task,
    Engine,
    Wait,
    Start,
    Group,
}

/// What the value of a key looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    Text,
    /// A name in `snake_case`, or of a file or an event.
    Name,
    /// One name or a list of them.
    Names,
    /// One of these words.
    Word(&'static [&'static str]),
    Number,
    Flag,
    /// Only `true` says something.
    True,
    Date,
    Condition,
    /// Names to titles.
    Titles,
    /// Names to mappings of this place.
    Many(Place),
    /// Names to names to rungs.
    Ladders,
    Steps,
    /// A number, or `min` and `max`.
    Passes,
    /// A number of people: `3` or `3 to 5`.
    People,
}

#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub at: &'static [Place],
    pub looks: Looks,
    pub doc: &'static str,
}

use Place::{Engine, Group, Outcome, Repeat, Role, Rung, Start, Task, Top, Wait};

const STEP: &[Place] = &[Task, Engine, Wait, Start, Group];
const SINGLE: &[Place] = &[Task, Engine, Wait, Start];

const fn key(name: &'static str, at: &'static [Place], looks: Looks, doc: &'static str) -> Key {
    Key {
        name,
        at,
        looks,
        doc,
    }
}

/// A name that stands at two places with different values has two rows. One line per row, so
/// that it reads as a table.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("workflow", &[Top], Looks::Name, "Name of this workflow, as projects and other files call it."),
    key("scope", &[Top], Looks::Word(&["project", "cycle"]), "One project, or a yearly round."),
    key("part_of", &[Top], Looks::Name, "The cycle whose dates this project uses and hears."),
    key("version", &[Top], Looks::Number, "A whole number, raised with every change."),
    key("title", &[Top], Looks::Text, "What people call this workflow."),
    key("dates", &[Top], Looks::Titles, "Dates asked at the start: name and title."),
    key("roles", &[Top], Looks::Many(Role), "Who takes part."),
    key("stages", &[Top], Looks::Titles, "The stages in order: name and title."),
    key("reminders", &[Top], Looks::Ladders, "Ladders; the first is everybody's."),
    key("steps", &[Top], Looks::Steps, "The steps in order."),
    key("title", &[Role], Looks::Text, "What people call this role."),
    key("at", &[Role], Looks::Text, "alliance, host_school, school, run, or school of ROLE."),
    key("post", &[Role], Looks::Name, "The post in the directory; else the role's own name."),
    key("many", &[Role], Looks::People, "How many people a role of the run has: 3 or 3 to 5."),
    key("not", &[Role], Looks::Name, "Whoever holds that role may not hold this one."),
    key("appointed", &[Role], Looks::Word(&["at start"]), "Named by the start command."),
    key("at", &[Rung], Looks::Date, "When: before or after due or a date, or on the day."),
    key("send", &[Rung], Looks::Word(&["digest", "mail"]), "In the daily digest, or a mail of its own."),
    key("to", &[Rung], Looks::Names, "Roles; else the doer."),
    key("copy", &[Rung], Looks::Name, "A post at the late person's own school."),
    key("task", &[Rung], Looks::Name, "The role that gets a task."),
    key("then", &[Rung], Looks::Name, "stop, skip, or an outcome of the step."),
    key("text", &[Rung], Looks::Name, "The mail text; else that of the rung's own name."),
    key("min", &[Repeat], Looks::Number, "At least so many passes."),
    key("max", &[Repeat], Looks::Number, "At most so many passes."),
    key("title", SINGLE, Looks::Text, "What there is to do."),
    key("title", &[Group], Looks::Text, "What one pass or instance is called."),
    key("stage", STEP, Looks::Name, "Its stage; else that of its group or of the step above."),
    key("needs", STEP, Looks::Names, "What must be settled first; else the step above."),
    key("when", STEP, Looks::Condition, "Only if: need.audience has governors."),
    key("opens", STEP, Looks::Date, "Not before this moment."),
    key("optional", STEP, Looks::Flag, "The doer may skip it."),
    key("about", STEP, Looks::Name, "Made again when another person is appointed to this role."),
    key("due", STEP, Looks::Date, "10 school days, on plan.date, 5 school days before plan.date."),
    key("reminders", STEP, Looks::Name, "Its ladder, or none."),
    key("mail", SINGLE, Looks::Name, "A mail sent whenever it completes."),
    key("tell", SINGLE, Looks::Name, "An event told whenever it completes."),
    key("form", &[Task, Wait, Group], Looks::Name, "The form of its answers: forms/NAME.yaml."),
    key("outcomes", &[Task, Group], Looks::Many(Outcome), "Of which exactly one is chosen."),
    key("role", &[Task, Engine, Wait], Looks::Name, "Who does it, or who is chased for it."),
    key("appoints", &[Task, Wait], Looks::Names, "Roles of the run that its answers fill."),
    key("invite", &[Task], Looks::Name, "A calendar invite: invites/NAME.txt."),
    key("tool", &[Task], Looks::Word(&["matching"]), "A screen of its own instead of a form."),
    key("wait", &[Wait], Looks::Name, "The event waited for."),
    key("start", &[Start], Looks::Name, "The workflow of which a run is started."),
    key("until", &[Start], Looks::Name, "The step of that run which settles this one."),
    key("steps", &[Group], Looks::Steps, "Its steps, one after the other."),
    key("together", &[Group], Looks::Steps, "Its steps, side by side."),
    key("repeat", &[Group], Looks::Passes, "It happens several times: {min: 1, max: 6}, or 3."),
    key("each", &[Task, Group], Looks::Name, "Once for every school, or every person of a role."),
    key("reopen", &[Outcome], Looks::Name, "This earlier step is done again."),
    key("repeat", &[Outcome], Looks::True, "The next pass opens."),
    key("end", &[Outcome], Looks::Name, "All that is open in this step or group is not required."),
    key("leave", &[Outcome], Looks::True, "This school or person leaves."),
    key("stop", &[Outcome], Looks::Text, "The run stops with these words."),
    key("reason", &[Outcome], Looks::Word(&["required"]), "Not without a reason."),
    key("mail", &[Outcome], Looks::Name, "A mail sent if this is chosen."),
    key("tell", &[Outcome], Looks::Name, "An event told if this is chosen."),
];

impl Place {
    /// "a step", "the top": where a key was found.
    pub fn say(self) -> &'static str {
        match self {
            Self::Top => "the top",
            Self::Role => "a role",
            Self::Rung => "a rung",
            Self::Repeat => "`repeat`",
            Self::Outcome => "an outcome",
            Self::Task => "a step that somebody does",
            Self::Engine => "a step of the engine",
            Self::Wait => "a step that waits",
            Self::Start => "a step that starts a run",
            Self::Group => "a group",
        }
    }

    fn is_step(self) -> bool {
        STEP.contains(&self)
    }
}

pub fn find(place: Place, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.name == name && key.at.contains(&place))
}

pub fn names_at(place: Place) -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter(move |key| key.at.contains(&place))
        .map(|key| key.name)
}

/// Where a key belongs that stands at the wrong place, in words; `None` if it is no key at all.
pub fn home_of(name: &str, found: Place) -> Option<String> {
    let mut homes: Vec<&str> = vec![];
    let single = SINGLE.iter().all(|place| find(*place, name).is_some());
    for place in KEYS
        .iter()
        .filter(|key| key.name == name)
        .flat_map(|key| key.at)
    {
        let home = match place {
            _ if !place.is_step() => place.say(),
            _ if !found.is_step() => "a step",
            _ if single => "a single step",
            _ => place.say(),
        };
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    (!homes.is_empty()).then(|| homes.join(" or to "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_row_per_place() {
        for (at, row) in KEYS.iter().enumerate() {
            for place in row.at {
                let first = KEYS
                    .iter()
                    .position(|key| key.name == row.name && key.at.contains(place));
                assert_eq!(first, Some(at), "{} at {place:?}", row.name);
            }
        }
    }

    #[test]
    fn a_misplaced_key_knows_its_home() {
        assert_eq!(home_of("due", Place::Top).unwrap(), "a step");
        assert_eq!(
            home_of("tool", Place::Group).unwrap(),
            "a step that somebody does"
        );
        assert_eq!(home_of("banana", Place::Top), None);
    }
}
