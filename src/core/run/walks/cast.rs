//! The people of a walk: a holder for every post that a definition names, at the host school, at
//! two other schools and at the alliance, and teachers from whom run roles are filled.

use std::sync::LazyLock;

use crate::core::definition::workflow::{Place, Workflow};
use crate::core::directory::{Directory, Person, Post, School};
use crate::core::names::{PersonId, Urn};
use crate::core::run::story::person;
use crate::core::time::Date;

pub const HOST: &str = "100001";
const SCHOOLS: [&str; 3] = [HOST, "100002", "100003"];
const TEACHERS: usize = 4;

/// Everybody, by their name in the walk: `cpd_lead@100001`, `coordinator`.
pub fn cast(workflow: &Workflow) -> Directory {
    let mut directory = Directory::default();
    for urn in SCHOOLS {
        let id = Urn(urn.to_owned());
        let school = School {
            urn: id.clone(),
            name: format!("School {urn}"),
            phase: Some("primary".to_owned()),
            trust: None,
            local_authority: None,
        };
        directory.schools.insert(id, school);
    }
    hold(&mut directory, "coordinator", "coordinator", None);
    for role in workflow.roles.values() {
        match role.at {
            Place::Run => {}
            Place::Alliance => hold(&mut directory, &role.post, &role.post, None),
            Place::HostSchool | Place::School | Place::SchoolOf(_) => {
                for urn in SCHOOLS {
                    hold(
                        &mut directory,
                        &format!("{}@{urn}", role.post),
                        &role.post,
                        Some(urn),
                    );
                }
            }
        }
    }
    for urn in SCHOOLS {
        for number in 0..TEACHERS {
            hold(
                &mut directory,
                &format!("teacher{number}@{urn}"),
                "teacher",
                Some(urn),
            );
        }
    }
    directory
}

/// Teachers, from whom roles of the run are filled.
pub fn teachers() -> &'static [PersonId] {
    static ALL: LazyLock<Vec<PersonId>> = LazyLock::new(|| {
        let at = |urn| (0..TEACHERS).map(move |number| person(&format!("teacher{number}@{urn}")));
        SCHOOLS.into_iter().flat_map(at).collect()
    });
    &ALL
}

/// What happens to a staff over a year: substitutes, posts that end and begin, a second head,
/// somebody at two schools, somebody whose name was erased.
pub fn add_changes(directory: &mut Directory, today: Date) {
    let later = |days: u64| today + chrono::Days::new(days);
    let posts = directory.posts.clone();
    for post in posts
        .iter()
        .filter(|post| post.school.is_some() && post.role != "teacher")
    {
        let urn = post.school.as_ref().map(|urn| urn.0.as_str());
        let name = |what: &str| format!("{what} {}@{}", post.role, urn.unwrap_or_default());
        hold(directory, &name("cover"), &post.role, urn);
        let cover = directory.posts.last_mut().unwrap();
        cover.covers = Some(post.person);
        (cover.from, cover.until) = (Some(later(5)), Some(later(40)));
        hold(directory, &name("second"), &post.role, urn);
        directory.posts.last_mut().unwrap().from = Some(later(20));
        hold(directory, &name("gone"), &post.role, urn);
        directory.posts.last_mut().unwrap().until = Some(today - chrono::Days::new(1));
    }
    let covered = person("teacher0@100002");
    hold(directory, "cover of a teacher", "teacher", Some("100002"));
    directory.posts.last_mut().unwrap().covers = Some(covered);
    hold(directory, "teacher1@100002", "teacher", Some("100003"));
    hold(directory, "erased", "teacher", Some(HOST));
    directory.people.get_mut(&person("erased")).unwrap().erased = true;
}

fn hold(directory: &mut Directory, name: &str, role: &str, school: Option<&str>) {
    let id = person(name);
    let school = school.map(|urn| Urn(urn.to_owned()));
    let known = Person {
        id,
        main_school: school.clone(),
        erased: false,
    };
    directory.people.entry(id).or_insert(known);
    let post = Post {
        person: id,
        role: role.to_owned(),
        school,
        from: None,
        until: None,
        covers: None,
    };
    if !directory.posts.contains(&post) {
        directory.posts.push(post);
    }
}
