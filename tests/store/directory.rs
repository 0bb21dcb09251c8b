//! The directory: what a unit sees of it, and how an import and an erasure change it.

use alongside::core::directory::Post;
use alongside::store::{Changes, CoverRow, DirectoryChanges, Error, PersonRow, Store};

use super::on_both;
use super::sample::*;

on_both!(
    a_unit_sees_the_whole_of_its_alliance,
    every_change_raises_the_revision_unless_it_is_taken_back,
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

async fn a_unit_sees_the_whole_of_its_alliance(store: Store) {
    filled(&store).await;
    let mut unit = begin(&store).await;
    let whole = unit.directory().await.unwrap();
    assert_eq!(whole.schools.len(), directory().schools.len());
    assert_eq!(whole.people.len(), directory().people.len());
    assert_eq!(whole.posts.len(), directory().posts.len());
    assert!(whole.posts.is_sorted());
    drop(unit);
    assert_eq!(store.of(&northshire()).directory().await.unwrap(), whole);
}

async fn every_change_raises_the_revision_unless_it_is_taken_back(store: Store) {
    add_alliance(&store, &northshire()).await;
    let mut unit = begin(&store).await;
    assert_eq!(unit.directory_revision().await.unwrap(), 0);
    drop(unit);
    let scoped = store.of(&northshire());
    scoped.apply_directory(directory()).await.unwrap();
    scoped
        .apply_directory(DirectoryChanges::default())
        .await
        .unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(unit.directory_revision().await.unwrap(), 2);
    unit.write_directory(DirectoryChanges::default())
        .await
        .unwrap();
    assert_eq!(unit.directory_revision().await.unwrap(), 3);
    unit.roll_back().await.unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(unit.directory_revision().await.unwrap(), 2);
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
    let found = unit.directory().await.unwrap();
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
