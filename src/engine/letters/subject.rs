//! A letter with what it is about: a project, or the whole alliance.

use serde_json::Value;

use crate::core::names::PersonId;
use crate::core::run::effect::Letter;
use crate::core::time::Date;
use crate::mail::visit::Visit;

use super::alliance::AllianceScene;
use super::{Scene, Written};

pub enum Subject<'a> {
    Project(Scene<'a>),
    Alliance(AllianceScene<'a>),
}

impl Subject<'_> {
    /// Why a letter is not sent any more; nothing if it still holds.
    pub fn overtaken(&self, letter: &Letter, to: PersonId) -> Option<&'static str> {
        match self {
            Self::Project(scene) => scene.overtaken(letter, to),
            Self::Alliance(scene) => scene.overtaken(letter, to),
        }
    }

    /// Whether a letter is no mail of its own but a line in the digest, even if it is the only one.
    pub fn is_a_line(&self, letter: &Letter) -> bool {
        match self {
            Self::Project(scene) => scene.is_a_line(letter),
            Self::Alliance(_) => false,
        }
    }

    pub fn write(&self, letter: &Letter, to: PersonId) -> Result<Written, String> {
        match self {
            Self::Project(scene) => scene.write(letter, to),
            Self::Alliance(scene) => scene.write(letter, to),
        }
    }

    /// What a letter is in a digest.
    pub fn item(&self, letter: &Letter, to: PersonId) -> Result<(Value, Vec<Visit>), String> {
        match self {
            Self::Project(scene) => scene.item(letter, to),
            Self::Alliance(scene) => Ok((scene.item(letter, to)?, Vec::new())),
        }
    }

    pub fn reference(&self) -> String {
        match self {
            Self::Project(scene) => scene.reading.run.reference.clone(),
            Self::Alliance(_) => String::new(),
        }
    }

    /// When the step is due that a letter is about.
    pub fn due(&self, letter: &Letter) -> Option<Date> {
        match self {
            Self::Project(scene) => {
                let step = scene.reading.run.steps.get(letter.step()?)?;
                step.due.as_ref()?.date
            }
            Self::Alliance(_) => None,
        }
    }
}
