//! The whole directory of an alliance, looked up by person and by school.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::{Directory, Person, Post, School};
use crate::core::names::{PersonId, Urn};

/// Gives each decision the part that it must know.
#[derive(Debug, Default)]
pub struct Whole {
    people: BTreeMap<PersonId, Person>,
    schools: BTreeMap<Urn, School>,
    posts_of: BTreeMap<PersonId, Vec<Post>>,
    /// Those at the alliance have no school.
    posts_at: BTreeMap<Option<Urn>, Vec<Post>>,
}

impl Whole {
    pub fn new(directory: Directory) -> Self {
        let mut whole = Self {
            people: directory.people,
            schools: directory.schools,
            ..Self::default()
        };
        for post in directory.posts {
            let theirs = whole.posts_of.entry(post.person).or_default();
            theirs.push(post.clone());
            let there = whole.posts_at.entry(post.school.clone()).or_default();
            there.push(post);
        }
        whole
    }

    /// What a decision must know of these schools and people: posts at the alliance always; of each
    /// person the posts and the main school; of each school, asked for or met on the way, all its
    /// posts; and everybody who is named in any of these.
    pub fn part(&self, schools: &BTreeSet<Urn>, people: &BTreeSet<PersonId>) -> Directory {
        let theirs = people.iter().filter_map(|id| self.posts_of.get(id));
        let mut posts: BTreeSet<&Post> = self.posts_at(None).chain(theirs.flatten()).collect();
        let main = |id| self.people.get(id)?.main_school.as_ref();
        let mut places: BTreeSet<&Urn> = schools.iter().collect();
        places.extend(people.iter().filter_map(main));
        places.extend(posts.iter().filter_map(|post| post.school.as_ref()));
        posts.extend(places.iter().flat_map(|urn| self.posts_at(Some(urn))));
        let in_posts = posts
            .iter()
            .flat_map(|post| iter::once(&post.person).chain(&post.covers));
        let named: BTreeSet<&PersonId> = in_posts.chain(people).collect();
        Directory {
            schools: those(&self.schools, &places),
            people: those(&self.people, &named),
            posts: posts.into_iter().cloned().collect(),
        }
    }

    fn posts_at(&self, school: Option<&Urn>) -> impl Iterator<Item = &Post> {
        self.posts_at.get(&school.cloned()).into_iter().flatten()
    }
}

/// As many of these as there are.
fn those<K: Ord + Clone, V: Clone>(all: &BTreeMap<K, V>, wanted: &BTreeSet<&K>) -> BTreeMap<K, V> {
    let found = wanted.iter().filter_map(|key| all.get_key_value(*key));
    found.map(|(key, one)| (key.clone(), one.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Date;

    fn urn(number: u32) -> Urn {
        Urn((100_000 + number).to_string())
    }

    fn person_id(number: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(number))
    }

    fn school(number: u32) -> School {
        School {
            urn: urn(number),
            name: format!("School {number}"),
            phase: None,
            trust: None,
            local_authority: None,
        }
    }

    fn person(number: u128, main_school: Option<u32>) -> Person {
        Person {
            id: person_id(number),
            main_school: main_school.map(urn),
            erased: false,
        }
    }

    fn post(number: u128, role: &str, school: Option<u32>) -> Post {
        Post {
            person: person_id(number),
            role: role.to_owned(),
            school: school.map(urn),
            from: None,
            until: None,
            covers: None,
        }
    }

    /// Two schools; a lead and a head at the first, and who covers for that head; a head at the
    /// second, a coordinator.
    fn whole() -> Whole {
        let cover = Post {
            covers: Some(person_id(2)),
            ..post(4, "headteacher", Some(1))
        };
        let schools = [1, 2, 3].map(school);
        let people = [
            (1, Some(1)),
            (2, Some(1)),
            (3, Some(2)),
            (4, None),
            (5, None),
        ];
        let people = people.map(|(number, main)| person(number, main));
        Whole::new(Directory {
            schools: schools.map(|school| (school.urn.clone(), school)).into(),
            people: people.map(|person| (person.id, person)).into(),
            posts: vec![
                post(1, "cpd_lead", Some(1)),
                post(2, "headteacher", Some(1)),
                post(3, "headteacher", Some(2)),
                cover,
                post(5, "coordinator", None),
            ],
        })
    }

    #[test]
    fn a_decision_knows_the_schools_of_the_people_it_asks_for() {
        let part = whole().part(&BTreeSet::new(), &[person_id(1)].into());
        assert_eq!(part.schools.keys().collect::<Vec<_>>(), [&urn(1)]);
        assert_eq!(
            part.people.keys().copied().collect::<Vec<_>>(),
            [1, 2, 4, 5].map(person_id),
            "the head of another school is not asked for"
        );
        let (host, today) = (urn(1), Date::from_ymd_opt(2027, 3, 2).unwrap());
        let heads: Vec<_> = part.holders("headteacher", Some(&host), today).collect();
        assert_eq!(
            heads.iter().map(|post| post.person).collect::<Vec<_>>(),
            [2, 4].map(person_id)
        );
        assert_eq!(heads[1].covers, Some(person_id(2)));
        assert!(part.posts.is_sorted());
    }

    #[test]
    fn a_post_leads_to_a_school_where_no_main_school_is_named() {
        let part = whole().part(&[urn(2)].into(), &[person_id(4)].into());
        assert_eq!(part.schools.keys().collect::<Vec<_>>(), [&urn(1), &urn(2)]);
        assert_eq!((part.people.len(), part.posts.len()), (5, 5));
    }

    #[test]
    fn posts_at_the_alliance_are_always_known() {
        let part = whole().part(&BTreeSet::new(), &BTreeSet::new());
        assert!(part.is_coordinator(person_id(5), Date::from_ymd_opt(2027, 3, 2).unwrap()));
        assert!(part.schools.is_empty());
        assert_eq!((part.people.len(), part.posts.len()), (1, 1));
    }

    #[test]
    fn who_is_not_there_is_left_out() {
        let part = whole().part(&[urn(9)].into(), &[person_id(9)].into());
        let nobody = whole().part(&BTreeSet::new(), &BTreeSet::new());
        assert_eq!(part, nobody);
    }
}
