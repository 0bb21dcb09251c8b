//! What one owner says of its days: a school of its own, a trust or local authority as a template
//! for its schools, the alliance for all others.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bank_holidays::Division;
use super::day::{Period, PeriodKind};
use crate::core::directory::School;
use crate::core::names::Urn;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub owner: Owner,
    /// Whose bank holidays; without it those of the template, else England and Wales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<Division>,
    /// In order of their days.
    pub periods: Vec<Period>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Owner {
    Alliance,
    LocalAuthority { name: String },
    Trust { name: String },
    School { urn: Urn },
}

impl Owner {
    /// Those whose pages hold for a school, the nearest first.
    pub fn chain(school: &School) -> Vec<Self> {
        let trust = school.trust.clone().map(|name| Self::Trust { name });
        let authority = school.local_authority.clone();
        let authority = authority.map(|name| Self::LocalAuthority { name });
        let own = Self::School {
            urn: school.urn.clone(),
        };
        let templates = [trust, authority].into_iter().flatten();
        [own]
            .into_iter()
            .chain(templates)
            .chain([Self::Alliance])
            .collect()
    }

    /// The short key under which a page is kept, and by which it is named at the command line.
    pub fn key(&self) -> String {
        match self {
            Self::Alliance => "alliance".to_owned(),
            Self::LocalAuthority { name } => format!("local-authority:{name}"),
            Self::Trust { name } => format!("trust:{name}"),
            Self::School { urn } => format!("school:{urn}"),
        }
    }
}

/// As people read it.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alliance => f.write_str("the alliance"),
            Self::LocalAuthority { name } => write!(f, "{name} (local authority)"),
            Self::Trust { name } => write!(f, "{name} (trust)"),
            Self::School { urn } => write!(f, "school {urn}"),
        }
    }
}

impl Page {
    pub fn has_terms(&self) -> bool {
        self.periods
            .iter()
            .any(|period| period.kind == PeriodKind::Term)
    }
}
