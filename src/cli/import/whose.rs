//! Whose calendar is meant, as it is said at the command line.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::bail;

use crate::core::calendar::page::Owner;
use crate::core::definition::near::did_you_mean;
use crate::core::directory::School;

/// `school:900001`, `trust:Rowan Learning Trust`, `local-authority:Northshire` or `alliance`,
/// before it is known whether there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    School(String),
    Trust(String),
    LocalAuthority(String),
    Alliance,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        let name = name.trim().to_owned();
        match (kind.trim(), name.is_empty()) {
            ("school", false) => Ok(Self::School(name)),
            ("trust", false) => Ok(Self::Trust(name)),
            ("local-authority", false) => Ok(Self::LocalAuthority(name)),
            ("alliance", true) => Ok(Self::Alliance),
            _ => Err(
                "write school:URN, trust:NAME, local-authority:NAME or alliance, like \
                 --for school:900001"
                    .to_owned(),
            ),
        }
    }
}

/// The owner of that name among the schools of the alliance. Case in names does not matter.
pub fn find_owner(named: &Named, schools: &[School]) -> anyhow::Result<Owner> {
    match named {
        Named::Alliance => Ok(Owner::Alliance),
        Named::School(text) => {
            let found = schools.iter().find(|school| {
                school.urn.0 == *text || school.name.to_lowercase() == text.to_lowercase()
            });
            let Some(school) = found else {
                let urns = schools.iter().map(|school| school.urn.0.as_str());
                let names = schools.iter().map(|school| school.name.as_str());
                let near = did_you_mean(text, urns.chain(names));
                bail!(
                    "no school of this alliance has the URN `{text}`. {}",
                    near.unwrap_or_else(|| "Import it first: alongside import schools".to_owned())
                );
            };
            let urn = school.urn.clone();
            Ok(Owner::School { urn })
        }
        Named::Trust(text) => {
            let trusts = schools.iter().filter_map(|school| school.trust.as_deref());
            let name = among(text, "trust", trusts)?;
            Ok(Owner::Trust { name })
        }
        Named::LocalAuthority(text) => {
            let all = schools.iter();
            let authorities = all.filter_map(|school| school.local_authority.as_deref());
            let name = among(text, "local authority", authorities)?;
            Ok(Owner::LocalAuthority { name })
        }
    }
}

fn among<'s>(
    text: &str,
    what: &str,
    names: impl Iterator<Item = &'s str>,
) -> anyhow::Result<String> {
    let names: BTreeSet<&str> = names.collect();
    let wanted = text.to_lowercase();
    if let Some(name) = names.iter().find(|name| name.to_lowercase() == wanted) {
        return Ok((*name).to_owned());
    }
    let near = did_you_mean(text, names.iter().copied()).unwrap_or_else(|| {
        if names.is_empty() {
            return format!("No school here has a {what}.");
        }
        let first: Vec<&str> = names.iter().copied().take(12).collect();
        format!("There is: {}.", first.join(", "))
    });
    bail!("no school of this alliance belongs to the {what} `{text}`. {near}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::names::Urn;

    fn schools() -> Vec<School> {
        let school = |urn: &str, name: &str, trust: Option<&str>| School {
            urn: Urn(urn.to_owned()),
            name: name.to_owned(),
            phase: None,
            trust: trust.map(str::to_owned),
            local_authority: Some("Northshire".to_owned()),
        };
        vec![
            school("900001", "Alder Vale", Some("Rowan Learning Trust")),
            school("900002", "Beckside", None),
        ]
    }

    #[test]
    fn an_owner_is_one_that_a_school_of_the_alliance_has_and_near_names_are_told() {
        let table = [
            ("alliance", "alliance"),
            ("school:900002", "school:900002"),
            ("school: 900001 ", "school:900001"),
            ("trust:rowan learning trust", "trust:Rowan Learning Trust"),
            ("local-authority:Northshire", "local-authority:Northshire"),
            ("school:900003", "Did you mean `900001`?"),
            (
                "trust:Rowan Lerning Trust",
                "Did you mean `Rowan Learning Trust`?",
            ),
            ("local-authority:Portsmouth", "There is: Northshire."),
            ("school:", "write school:URN"),
            ("alliance:northshire", "write school:URN"),
            ("la:Northshire", "write school:URN"),
            ("", "write school:URN"),
        ];
        for (text, expected) in table {
            let found = match text.parse::<Named>() {
                Err(wrong) => wrong,
                Ok(named) => match find_owner(&named, &schools()) {
                    Ok(owner) => owner.key(),
                    Err(error) => error.to_string(),
                },
            };
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}
