//! The directory: what a decision gets to know, and how an import and an erasure change it.

use std::collections::BTreeSet;

use alongside::core::directory::Post;
use alongside::store::{Asked, Changes, CoverRow, DirectoryChanges, Error, PersonRow, Store};

use super::on_both;
use super::sample::*;

on_both!(
    a_decision_knows_the_schools_of_the_people_it_asks_for,
    posts_at_the_alliance_are_always_known,
    many_that_are_asked_for_at_once_are_as_each_by_itself,
    the_same_import_twice_changes_nothing,
    an_import_is_applied_whole_or_not_at_all,
    an_address_belongs_to_one_person_of_an_alliance,
    an_erased_person_stays_as_an_id,
    a_post_is_known_by_its_first_day,
    what_was_arranged_of_cover_goes_with_either_person,
    an_alliance_has_a_key_of_its_own,
);

/// Two schools; a lead and a head at the first, a head at the second, a coordinator.
fn directory() -> DirectoryChanges {
    let cover = Post {
        from: Some(day("2027-03-01")),
        until: Some(day("2027-03-31")),
        covers: Some(person_id(2)),
        ..post(4, "headteacher", Some(1))
    };
    DirectoryChanges {
        schools: vec![school(1), school(2), school(3)],
        people: vec![
            person(1, Some(1)),
            person(2, Some(1)),
            person(3, Some(2)),
            person(4, None),
            person(5, None),
        ],
        posts: vec![
            post(1, "cpd_lead", Some(1)),
            post(2, "headteacher", Some(1)),
            post(3, "headteacher", Some(2)),
            cover,
            post(5, "coordinator", None),
        ],
        ..DirectoryChanges::default()
    }
}

async fn filled(store: &Store) {
    add_alliance(store, &northshire()).await;
    store
        .of(&northshire())
        .apply_directory(directory())
        .await
        .unwrap();
}

async fn a_decision_knows_the_schools_of_the_people_it_asks_for(store: Store) {
    filled(&store).await;
    let mut unit = begin(&store).await;
    let asked = BTreeSet::from([person_id(1)]);
    let found = unit.load_directory(&BTreeSet::new(), &asked).await.unwrap();
    assert_eq!(found.schools.keys().collect::<Vec<_>>(), [&urn(1)]);
    let known: Vec<_> = found.people.keys().copied().collect();
    assert_eq!(
        known,
        [1, 2, 4, 5].map(person_id),
        "the head of another school is not asked for"
    );
    let today = day("2027-03-02");
    let host = urn(1);
    let heads: Vec<_> = found.holders("headteacher", Some(&host), today).collect();
    assert_eq!(
        heads.iter().map(|post| post.person).collect::<Vec<_>>(),
        [2, 4].map(person_id)
    );
    assert_eq!(heads[1].covers, Some(person_id(2)));
    assert!(found.posts.is_sorted());

    // The cover has no main school: the post leads to it.
    let asked = BTreeSet::from([person_id(4)]);
    let found = unit
        .load_directory(&BTreeSet::from([urn(2)]), &asked)
        .await
        .unwrap();
    assert_eq!(found.schools.keys().collect::<Vec<_>>(), [&urn(1), &urn(2)]);
    assert_eq!(found.people.len(), 5);
    assert_eq!(found.posts.len(), 5);
}

async fn posts_at_the_alliance_are_always_known(store: Store) {
    filled(&store).await;
    let nothing = begin(&store)
        .await
        .load_directory(&BTreeSet::new(), &BTreeSet::new())
        .await;
    let found = nothing.unwrap();
    assert!(found.is_coordinator(person_id(5), day("2027-03-02")));
    assert!(found.schools.is_empty());
    assert_eq!(found.posts.len(), 1);
}

async fn many_that_are_asked_for_at_once_are_as_each_by_itself(store: Store) {
    filled(&store).await;
    let schools = [vec![], vec![1], vec![2], vec![1, 3], vec![9]];
    let people = [vec![], vec![1], vec![4], vec![2, 3], vec![5, 9]];
    let asked: BTreeSet<Asked> = schools
        .iter()
        .flat_map(|schools| people.iter().map(move |people| (schools, people)))
        .map(|(schools, people)| {
            let schools = schools.iter().map(|number| urn(*number));
            let people = people.iter().map(|number| person_id(*number));
            (schools.collect(), people.collect())
        })
        .collect();
    let mut unit = begin(&store).await;
    let together = unit.load_directories(&asked).await.unwrap();
    assert_eq!(together.len(), asked.len());
    for (one, found) in &together {
        let alone = unit.load_directory(&one.0, &one.1).await.unwrap();
        assert_eq!(*found, alone, "{one:?}");
    }
}

async fn the_same_import_twice_changes_nothing(store: Store) {
    filled(&store).await;
    let scoped = store.of(&northshire());
    scoped.apply_directory(directory()).await.unwrap();
    assert_eq!(scoped.schools().await.unwrap(), directory().schools);
    assert_eq!(scoped.people().await.unwrap(), directory().people);
    let mut posts = directory().posts;
    posts.sort();
    assert_eq!(scoped.posts().await.unwrap(), posts);
}

async fn an_import_is_applied_whole_or_not_at_all(store: Store) {
    filled(&store).await;
    let scoped = store.of(&northshire());
    let half = DirectoryChanges {
        schools: vec![school(4)],
        posts: vec![post(99, "cpd_lead", Some(4))],
        ..DirectoryChanges::default()
    };
    let refused = scoped.apply_directory(half).await;
    assert!(
        matches!(refused, Err(Error::Refused(_))),
        "there is no person 99: {refused:?}"
    );
    assert_eq!(scoped.schools().await.unwrap().len(), 3);
}

async fn an_address_belongs_to_one_person_of_an_alliance(store: Store) {
    filled(&store).await;
    let scoped = store.of(&northshire());
    let twin = PersonRow {
        email: person(1, None).email,
        ..person(9, None)
    };
    let changes = DirectoryChanges {
        people: vec![twin],
        ..DirectoryChanges::default()
    };
    let refused = scoped.apply_directory(changes).await;
    assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("email")));
    let found = scoped
        .find_person_by_email("person1@school.example")
        .await
        .unwrap();
    assert_eq!(found, Some(person(1, Some(1))));
}

async fn an_erased_person_stays_as_an_id(store: Store) {
    filled(&store).await;
    let drafts = Changes {
        drafts: vec![
            draft(1, "need", Some(person_id(1))),
            draft(1, "match", Some(person_id(2))),
        ],
        ..Changes::default()
    };
    write(&store, drafts).await;
    let scoped = store.of(&northshire());
    let erasure = DirectoryChanges {
        erased: vec![person_id(1)],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(erasure).await.unwrap();
    let expected = PersonRow {
        name: None,
        email: None,
        erased: true,
        ..person(1, Some(1))
    };
    assert_eq!(
        scoped.find_people(&[person_id(1)]).await.unwrap(),
        [expected]
    );
    let wanted = ["need", "match"].map(|step| (run_id(1), step.parse().unwrap(), 1));
    let mut unit = begin(&store).await;
    let left = unit.load_drafts(&wanted.into()).await.unwrap();
    assert_eq!(left.len(), 1, "their draft is gone, the other stays");
    let found = unit
        .load_directory(&BTreeSet::new(), &[person_id(1)].into())
        .await
        .unwrap();
    assert!(found.people[&person_id(1)].erased);
    drop(unit);
    let again = scoped.apply_directory(directory()).await;
    assert!(matches!(again, Err(Error::Refused(why)) if why.contains("erased")));
}

async fn a_post_is_known_by_its_first_day(store: Store) {
    filled(&store).await;
    let scoped = store.of(&northshire());
    let always = post(1, "cpd_lead", Some(1));
    let from_march = Post {
        from: Some(day("2027-03-01")),
        ..always.clone()
    };
    let ended = Post {
        until: Some(day("2027-02-28")),
        ..always.clone()
    };
    let changes = DirectoryChanges {
        posts: vec![ended.clone(), from_march.clone()],
        removed_posts: vec![post(2, "headteacher", Some(1))],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(changes).await.unwrap();
    let posts = scoped.posts().await.unwrap();
    assert_eq!(posts[..2], [ended, from_march]);
    assert!(posts.iter().all(|post| post.person != person_id(2)));
}

async fn an_alliance_has_a_key_of_its_own(store: Store) {
    add_alliance(&store, &northshire()).await;
    add_alliance(&store, &southshire()).await;
    let all = store.alliances().await.unwrap();
    assert_eq!(
        all.iter().map(|row| &row.id).collect::<Vec<_>>(),
        [&northshire(), &southshire()]
    );
    let again = store.create_alliance(&all[0]).await;
    assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
}

async fn what_was_arranged_of_cover_goes_with_either_person(store: Store) {
    filled(&store).await;
    let scoped = store.of(&northshire());
    let by_another = CoverRow {
        arranged_by: person_id(5),
        ..cover(1, 2)
    };
    let arranged = DirectoryChanges {
        covers: vec![by_another.clone(), cover(2, 3)],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(arranged).await.unwrap();
    let of = async |number| scoped.covers_of(person_id(number)).await.unwrap();
    assert_eq!(of(1).await, vec![by_another.clone()]);
    assert_eq!(of(2).await, [by_another.clone(), cover(2, 3)]);
    assert_eq!(
        of(5).await,
        vec![by_another.clone()],
        "who arranged it is asked too"
    );

    let longer = CoverRow {
        until: day("2027-03-25"),
        ..by_another
    };
    let changed = DirectoryChanges {
        covers: vec![longer.clone()],
        removed_covers: vec![cover(2, 3)],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(changed).await.unwrap();
    assert_eq!(of(2).await, vec![longer.clone()]);

    for (erased, left) in [
        (
            5,
            vec![CoverRow {
                reason: None,
                ..longer
            }],
        ),
        (2, vec![]),
    ] {
        let erasure = DirectoryChanges {
            erased: vec![person_id(erased)],
            ..DirectoryChanges::default()
        };
        scoped.apply_directory(erasure).await.unwrap();
        assert_eq!(of(1).await, left);
    }
}
