//! What operators look at: details of the directory, messages set aside, traces, the database itself.

use alongside::core::names::Urn;
use alongside::store::{
    Changes, Contact, DirectoryChanges, InboxRow, InboxState, Kind, SchoolFacts, Store,
    newest_schema,
};

use super::on_both;
use super::sample::*;

on_both!(
    details_are_kept_beside_what_a_decision_needs,
    an_erased_person_keeps_no_detail,
    a_message_set_aside_keeps_its_record_and_comes_back,
    a_run_is_traced_by_the_answer_to_its_sender,
    drafts_are_found_by_who_wrote_them,
);

async fn write_details(store: &Store) {
    add_alliance(store, &northshire()).await;
    let changes = DirectoryChanges {
        schools: vec![school(1)],
        people: vec![person(1, Some(1)), person(2, None)],
        school_facts: vec![SchoolFacts {
            urn: urn(1),
            facts: r#"{"pupils":"210"}"#.to_owned(),
        }],
        contacts: vec![Contact {
            person: person_id(1),
            job_title: Some("Headteacher".to_owned()),
            phone: Some("01632 960900".to_owned()),
        }],
        ..DirectoryChanges::default()
    };
    store
        .of(&northshire())
        .apply_directory(changes)
        .await
        .unwrap();
}

async fn details_are_kept_beside_what_a_decision_needs(store: Store) {
    write_details(&store).await;
    let scoped = store.of(&northshire());
    // The same school again without its facts does not clear them.
    let changes = DirectoryChanges {
        schools: vec![school(1)],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(changes).await.unwrap();
    let facts = scoped.school_facts().await.unwrap();
    let expected: (Urn, &str) = (urn(1), r#"{"pupils":"210"}"#);
    assert_eq!((facts[0].urn.clone(), facts[0].facts.as_str()), expected);
    let contacts = scoped.contacts().await.unwrap();
    assert_eq!(contacts[0].job_title.as_deref(), Some("Headteacher"));
    assert_eq!(contacts[1].phone, None);
    assert!(store.of(&southshire()).contacts().await.unwrap().is_empty());
}

async fn an_erased_person_keeps_no_detail(store: Store) {
    write_details(&store).await;
    let scoped = store.of(&northshire());
    let changes = DirectoryChanges {
        erased: vec![person_id(1)],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(changes).await.unwrap();
    let again = Contact {
        person: person_id(1),
        job_title: Some("Headteacher".to_owned()),
        phone: None,
    };
    let changes = DirectoryChanges {
        contacts: vec![again],
        ..DirectoryChanges::default()
    };
    scoped.apply_directory(changes).await.unwrap();
    let found = scoped.contacts().await.unwrap();
    assert_eq!((&found[0].job_title, &found[0].phone), (&None, &None));
}

async fn a_message_set_aside_keeps_its_record_and_comes_back(store: Store) {
    let only = |row| Changes {
        quarantine: vec![row],
        ..Changes::default()
    };
    write(&store, only(quarantined(1))).await;
    let scoped = store.of(&northshire());
    let sha256 = quarantined(1).sha256;
    assert!(
        scoped
            .set_aside(&sha256, "discarded", "nobody wants it")
            .await
            .unwrap()
    );
    assert!(
        !scoped
            .set_aside("00", "discarded", "nobody wants it")
            .await
            .unwrap()
    );
    let kept = scoped.find_quarantined(&sha256).await.unwrap().unwrap();
    assert_eq!((kept.code.as_str(), kept.raw), ("discarded", None));
    write(&store, only(quarantined(1))).await;
    let back = scoped.find_quarantined(&sha256).await.unwrap().unwrap();
    assert_eq!(
        (back.code, back.raw),
        (quarantined(1).code, quarantined(1).raw)
    );
    assert_eq!(back.seen, kept.seen + quarantined(1).seen);
}

async fn a_run_is_traced_by_the_answer_to_its_sender(store: Store) {
    let row = InboxRow {
        run_version: 7,
        ..inbox(1, 1, InboxState::Applied)
    };
    let changes = Changes {
        inbox: vec![row],
        ..Changes::default()
    };
    write(&store, changes).await;
    let scoped = store.of(&northshire());
    assert_eq!(scoped.traced_runs().await.unwrap(), [run_id(1)]);
    assert_eq!(scoped.answered_version(run_id(1)).await.unwrap(), 7);
    assert_eq!(scoped.answered_version(run_id(2)).await.unwrap(), 0);
    assert!(
        store
            .of(&southshire())
            .traced_runs()
            .await
            .unwrap()
            .is_empty()
    );
}

async fn drafts_are_found_by_who_wrote_them(store: Store) {
    let row = draft(1, "need", Some(person_id(1)));
    let changes = Changes {
        drafts: vec![row.clone()],
        ..Changes::default()
    };
    write(&store, changes).await;
    let scoped = store.of(&northshire());
    assert_eq!(scoped.drafts_by(person_id(1)).await.unwrap(), [row]);
    assert!(scoped.drafts_by(person_id(2)).await.unwrap().is_empty());
}

mod looked_at {
    use super::{Kind, Store, newest_schema};
    use crate::store::wait_for;
    use crate::support::database::{Postgres, Sqlite};

    #[test]
    fn a_sqlite_file_says_what_it_is() {
        let sqlite = Sqlite::create();
        let found = wait_for(Store::inspect(&sqlite.url())).unwrap();
        assert_eq!((found.kind, found.durable), (Kind::Sqlite, true));
        assert_eq!(found.journal.as_deref(), Some("wal"));
        assert_eq!((found.damage, found.schema), (None, Some(newest_schema())));
        assert!(found.version.starts_with("3."), "{}", found.version);
    }

    #[test]
    fn a_postgres_database_says_what_it_is_and_what_time_it_is() {
        let postgres = Postgres::create();
        let found = wait_for(Store::inspect(&postgres.url())).unwrap();
        assert_eq!(
            (found.kind, found.schema),
            (Kind::Postgres, Some(newest_schema()))
        );
        assert!(found.clock.is_some() && found.encrypted.is_some());
        let number: u32 = found.version.split('.').next().unwrap().parse().unwrap();
        assert!(number >= 15, "{}", found.version);
    }
}
