//! What the register says of one school, as far as it is worth keeping.
//!
//! The values are text in one spelling (dates as year-month-day, codes with their zeros, phases by
//! our words), keyed by field, so that comparing, storing and showing need no code per field. The
//! head's name is not here: heads come with the people. Nor are Ofsted grades, which are no single
//! value any more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::directory::School;
use crate::core::names::Urn;

/// One fact about a school. The serde name is what is stored: never rename one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchoolField {
    LocalAuthorityCode,
    LocalAuthority,
    EstablishmentNumber,
    Type,
    TypeGroup,
    Status,
    OpenDate,
    CloseDate,
    Phase,
    LowAge,
    HighAge,
    SixthForm,
    Pupils,
    FreeSchoolMealsPercent,
    TrustCode,
    Trust,
    FederationCode,
    Federation,
    Ukprn,
    Street,
    Locality,
    Address3,
    Town,
    County,
    Postcode,
    Website,
    Telephone,
    Region,
    District,
    RuralUrban,
    Easting,
    Northing,
}

impl SchoolField {
    /// The words for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::LocalAuthorityCode => "local authority code",
            Self::LocalAuthority => "local authority",
            Self::EstablishmentNumber => "establishment number",
            Self::Type => "type",
            Self::TypeGroup => "type group",
            Self::Status => "status",
            Self::OpenDate => "opened",
            Self::CloseDate => "closed",
            Self::Phase => "phase",
            Self::LowAge => "lowest age",
            Self::HighAge => "highest age",
            Self::SixthForm => "sixth form",
            Self::Pupils => "pupils",
            Self::FreeSchoolMealsPercent => "free school meals (%)",
            Self::TrustCode => "trust code",
            Self::Trust => "trust",
            Self::FederationCode => "federation code",
            Self::Federation => "federation",
            Self::Ukprn => "UKPRN",
            Self::Street => "street",
            Self::Locality => "locality",
            Self::Address3 => "third line of the address",
            Self::Town => "town",
            Self::County => "county",
            Self::Postcode => "postcode",
            Self::Website => "website",
            Self::Telephone => "telephone",
            Self::Region => "region",
            Self::District => "district",
            Self::RuralUrban => "rural or urban",
            Self::Easting => "easting",
            Self::Northing => "northing",
        }
    }
}

/// A school of the alliance as the register describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchoolRecord {
    pub urn: Urn,
    pub name: String,
    /// What is not known is not there.
    pub facts: BTreeMap<SchoolField, String>,
}

impl SchoolRecord {
    pub fn fact(&self, field: SchoolField) -> Option<&str> {
        self.facts.get(&field).map(String::as_str)
    }

    /// A fact that is a whole number: pupils, ages, easting and northing in metres.
    pub fn number(&self, field: SchoolField) -> Option<u64> {
        self.fact(field)?.parse().ok()
    }

    /// Local authority and establishment number in one, as results are published by it.
    pub fn laestab(&self) -> Option<String> {
        let authority = self.fact(SchoolField::LocalAuthorityCode)?;
        let number = self.fact(SchoolField::EstablishmentNumber)?;
        Some(format!("{authority}{number}"))
    }

    /// As much as a decision must know.
    pub fn school(&self) -> School {
        let fact = |field| self.facts.get(&field).cloned();
        School {
            urn: self.urn.clone(),
            name: self.name.clone(),
            phase: fact(SchoolField::Phase),
            trust: fact(SchoolField::Trust),
            local_authority: fact(SchoolField::LocalAuthority),
        }
    }
}

/// The register's phase, by name or by code, to our word for it. "All through" (2018) and
/// "All-through" (2024) are one.
pub fn phase(text: &str) -> Option<&'static str> {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    let folded: String = letters.flat_map(char::to_lowercase).collect();
    Some(match folded.as_str() {
        "notapplicable" | "0" => NOT_APPLICABLE,
        "nursery" | "1" => "nursery",
        "primary" | "2" => "primary",
        "middledeemedprimary" | "3" => "middle_deemed_primary",
        "secondary" | "4" => "secondary",
        "middledeemedsecondary" | "5" => "middle_deemed_secondary",
        "16plus" | "sixteenplus" | "6" => "sixteen_plus",
        "allthrough" | "7" => "all_through",
        _ => return None,
    })
}

/// What the register says of independent and special schools.
pub const NOT_APPLICABLE: &str = "not_applicable";

/// The phase that the ages of the pupils amount to, where the register gives none.
pub fn phase_of_ages(low: u64, high: u64) -> &'static str {
    match (low, high) {
        (16.., _) => "sixteen_plus",
        (10.., _) => "secondary",
        (_, ..=5) => "nursery",
        (_, ..=13) => "primary",
        _ => "all_through",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::core::directory::PHASES;

    #[test]
    fn phases_of_all_releases_come_to_one_spelling() {
        for (found, ours) in [
            ("All through", "all_through"),
            ("All-through", "all_through"),
            ("ALL THROUGH ", "all_through"),
            ("7", "all_through"),
            ("16 plus", "sixteen_plus"),
            ("Middle deemed primary", "middle_deemed_primary"),
            ("Not applicable", "not_applicable"),
        ] {
            assert_eq!(phase(found), Some(ours), "{found}");
        }
        let all = (0..=7).map(|code: u8| phase(&code.to_string()).unwrap());
        let all: BTreeSet<_> = all.collect();
        assert_eq!(all, BTreeSet::from(PHASES));
        assert_eq!(phase("Tertiary"), None);
        assert_eq!(phase(""), None);
    }

    #[test]
    fn a_school_without_a_phase_gets_that_of_its_ages() {
        for (low, high, ours) in [
            (2, 5, "nursery"),
            (3, 11, "primary"),
            (7, 13, "primary"),
            (11, 16, "secondary"),
            (11, 18, "secondary"),
            (3, 18, "all_through"),
            (4, 16, "all_through"),
            (16, 19, "sixteen_plus"),
        ] {
            assert_eq!(phase_of_ages(low, high), ours, "{low} to {high}");
        }
    }

    #[test]
    fn a_decision_gets_name_phase_trust_and_authority_and_no_more() {
        let record = SchoolRecord {
            urn: Urn("900001".to_owned()),
            name: "Alder Vale Primary School".to_owned(),
            facts: BTreeMap::from([
                (SchoolField::Phase, "primary".to_owned()),
                (SchoolField::LocalAuthorityCode, "007".to_owned()),
                (SchoolField::EstablishmentNumber, "0042".to_owned()),
                (SchoolField::Pupils, "210".to_owned()),
            ]),
        };
        assert_eq!(record.school().phase.as_deref(), Some("primary"));
        assert_eq!(record.laestab().as_deref(), Some("0070042"));
        assert_eq!(record.number(SchoolField::Pupils), Some(210));
        let stored = serde_json::to_string(&record).unwrap();
        assert_eq!(
            serde_json::from_str::<SchoolRecord>(&stored).unwrap(),
            record
        );
    }
}
