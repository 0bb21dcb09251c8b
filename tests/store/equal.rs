//! A random history, applied to both databases, ends in equal rows in every table.
//!
//! Each step is one call with arguments drawn from few ids, so that keys meet, conflicts happen
//! and leases are taken over. What a call answers must be equal too, the kind of error included.

use std::collections::{BTreeMap, BTreeSet};

use alongside::core::audit::payload::Commitment;
use alongside::core::names::AllianceId;
use alongside::core::schedules::Job;
use alongside::store::{
    Changes, Contact, DirectoryChanges, Error, InboxFilter, InboxState, MailFilter, Occurrence,
    OutboxKind, RunFilter, SchoolFacts, Store, TaskFilter,
};
use proptest::prelude::*;

use super::sample::*;
use super::wait_for;
use crate::support::database::{Postgres, Sqlite};

#[derive(Debug, Clone)]
enum Step {
    Write {
        south: bool,
        number: u8,
        seq: u8,
        commit: bool,
    },
    Park {
        number: u8,
        seq: u8,
        again: bool,
    },
    Plan {
        number: u8,
        tasks: Vec<u8>,
        timers: Vec<u8>,
    },
    Draft {
        number: u8,
        drop: bool,
    },
    Erase {
        number: u8,
        seq: u8,
    },
    Send {
        number: u8,
        mail: bool,
        leased: bool,
    },
    Claim {
        mail: bool,
        now: u8,
        worker: u8,
        limit: u8,
    },
    Finish {
        number: u8,
        worker: u8,
    },
    Retry {
        number: u8,
        worker: u8,
        next: u8,
    },
    FinishMail {
        number: u8,
        worker: u8,
    },
    ClaimTimers {
        now: u8,
        worker: u8,
    },
    ClaimParked {
        now: u8,
    },
    Quarantine {
        number: u8,
        discard: bool,
    },
    Reference {
        year: u8,
    },
    Calendar {
        key: u8,
        forget: bool,
        late: bool,
    },
    Replanned,
    Schedule {
        job: u8,
        next: u8,
        set: bool,
    },
    Turn {
        now: u8,
        worker: u8,
    },
    Workflow {
        version: u8,
        hash: u8,
    },
    Directory {
        school: u8,
        person: u8,
        email: u8,
        erase: bool,
    },
}

fn schedule_step() -> impl Strategy<Value = Step> {
    let turn = (any::<u8>(), 0u8..3).prop_map(|(now, worker)| Step::Turn { now, worker });
    let plan = (0u8..3, any::<u8>(), any::<bool>());
    let plan = plan.prop_map(|(job, next, set)| Step::Schedule { job, next, set });
    prop_oneof![plan, turn]
}

fn step() -> impl Strategy<Value = Step> {
    let number = || 1u8..6;
    let worker = || 0u8..3;
    let few = || proptest::collection::vec(0u8..4, 0..4);
    prop_oneof![
        (any::<bool>(), number(), 1u8..5, any::<bool>()).prop_map(
            |(south, number, seq, commit)| Step::Write {
                south,
                number,
                seq,
                commit
            }
        ),
        (number(), 1u8..5, any::<bool>()).prop_map(|(number, seq, again)| Step::Park {
            number,
            seq,
            again
        }),
        (number(), few(), few()).prop_map(|(number, tasks, timers)| Step::Plan {
            number,
            tasks,
            timers
        }),
        (number(), any::<bool>()).prop_map(|(number, drop)| Step::Draft { number, drop }),
        (number(), 1u8..5).prop_map(|(number, seq)| Step::Erase { number, seq }),
        (number(), any::<bool>(), any::<bool>()).prop_map(|(number, mail, leased)| Step::Send {
            number,
            mail,
            leased
        }),
        (any::<bool>(), any::<u8>(), worker(), 1u8..4).prop_map(|(mail, now, worker, limit)| {
            Step::Claim {
                mail,
                now,
                worker,
                limit,
            }
        }),
        (number(), worker()).prop_map(|(number, worker)| Step::Finish { number, worker }),
        (number(), worker(), any::<u8>()).prop_map(|(number, worker, next)| Step::Retry {
            number,
            worker,
            next
        }),
        (number(), worker()).prop_map(|(number, worker)| Step::FinishMail { number, worker }),
        (any::<u8>(), worker()).prop_map(|(now, worker)| Step::ClaimTimers { now, worker }),
        any::<u8>().prop_map(|now| Step::ClaimParked { now }),
        (number(), any::<bool>())
            .prop_map(|(number, discard)| Step::Quarantine { number, discard }),
        (0u8..2).prop_map(|year| Step::Reference { year }),
        (0u8..3, any::<bool>(), any::<bool>()).prop_map(|(key, forget, late)| Step::Calendar {
            key,
            forget,
            late
        }),
        Just(Step::Replanned),
        schedule_step(),
        (1u8..3, 0u8..2).prop_map(|(version, hash)| Step::Workflow { version, hash }),
        (number(), number(), number(), any::<bool>()).prop_map(|(school, person, email, erase)| {
            Step::Directory {
                school,
                person,
                email,
                erase,
            }
        }),
    ]
}

/// One unit with these changes; what it ended in. Taken back, it is so before the next step: what
/// is locked still would be skipped by a claim.
async fn unit(store: &Store, alliance: &AllianceId, changes: Changes, commit: bool) -> String {
    let mut unit = store.begin(alliance).await.unwrap();
    unit.lock_runs(&[run_id(1), run_id(2)]).await.unwrap();
    let written = unit.write(changes).await;
    if written.is_ok() && commit {
        return say(unit.commit().await);
    }
    unit.roll_back().await.unwrap();
    say(written)
}

/// An answer, or the kind of an error: its words are the database's own.
fn say<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(answer) => format!("{answer:?}"),
        Err(Error::Busy(_)) => "busy".to_owned(),
        Err(Error::Unavailable(_)) => "unavailable".to_owned(),
        Err(Error::Fault { table, .. }) => format!("fault in {table}"),
        Err(other) => other.to_string(),
    }
}

async fn apply(store: &Store, step: &Step) -> String {
    if let Step::Write {
        south: true,
        commit,
        ..
    } = step
    {
        return unit(store, &southshire(), changes(step).unwrap(), *commit).await;
    }
    let commit = !matches!(step, Step::Write { commit: false, .. });
    match changes(step) {
        Some(changes) => unit(store, &northshire(), changes, commit).await,
        None => apply_claim(store, step.clone()).await,
    }
}

/// What a step writes in a unit, if it is one that does.
fn changes(step: &Step) -> Option<Changes> {
    let mut changes = Changes::default();
    match step.clone() {
        Step::Write { number, seq, .. } => {
            let (number, seq) = (u128::from(number), u64::from(seq));
            changes.inbox = vec![inbox(number, seq, InboxState::Applied)];
            changes.entries = vec![entry(number, seq)];
            changes.payloads = vec![payload(number, seq, Some(person_id(number)))];
            changes.runs = vec![run(number, seq)];
        }
        Step::Park { number, seq, again } => {
            let state = if again {
                InboxState::Rejected
            } else {
                InboxState::Parked
            };
            changes.inbox = vec![inbox(u128::from(number), u64::from(seq), state)];
        }
        Step::Plan {
            number,
            tasks,
            timers,
        } => plan(&mut changes, u128::from(number), tasks, timers),
        Step::Draft { number, drop } => {
            let number = u128::from(number);
            let row = draft(number, "need", Some(person_id(number)));
            if drop {
                changes.dropped_drafts = vec![(row.run, row.address)];
            } else {
                changes.drafts = vec![row];
            }
        }
        Step::Erase { number, seq } => {
            let text = payload(u128::from(number), u64::from(seq), None);
            let commitment = text.commitment;
            changes.erased = vec![(text.run, Commitment { commitment })];
        }
        Step::Send {
            number,
            mail,
            leased,
        } => {
            let mut row = outbox(u128::from(number), kind(mail));
            row.lease_token = leased.then(|| token(0));
            row.lease_until = leased.then(|| at(30));
            changes.outbox = vec![row];
        }
        Step::Quarantine {
            number,
            discard: false,
        } => changes.quarantine = vec![quarantined(u128::from(number))],
        _ => return None,
    }
    Some(changes)
}

fn plan(changes: &mut Changes, number: u128, tasks: Vec<u8>, timers: Vec<u8>) {
    let tasks: BTreeSet<u8> = tasks.into_iter().collect();
    let timers: BTreeSet<u8> = timers.into_iter().collect();
    let tasks = tasks
        .iter()
        .map(|n| task(number, &format!("step{n}"), None));
    let timers = timers
        .iter()
        .map(|n| timer(number, &format!("due/{n}"), i64::from(*n) * 40));
    changes.tasks = BTreeMap::from([(run_id(number), tasks.collect())]);
    changes.timers = BTreeMap::from([(run_id(number), timers.collect())]);
}

fn kind(mail: bool) -> OutboxKind {
    if mail {
        OutboxKind::Mail
    } else {
        OutboxKind::Message
    }
}

async fn apply_claim(store: &Store, step: Step) -> String {
    let who = |worker: u8| token(u128::from(worker));
    let key = |number: u8| {
        (
            northshire(),
            outbox(u128::from(number), OutboxKind::Mail).id,
        )
    };
    match step {
        Step::Claim {
            mail,
            now,
            worker,
            limit,
        } => {
            let kind = kind(mail);
            let limit = u32::from(limit);
            say(store
                .claim_outbox(kind, at(i64::from(now)), 30, limit, who(worker))
                .await)
        }
        Step::Finish { number, worker } => {
            say(store.finish_outbox(&[key(number)], who(worker)).await)
        }
        Step::Retry {
            number,
            worker,
            next,
        } => {
            let next = at(i64::from(next));
            say(store
                .retry_outbox(&key(number), who(worker), next, "closed")
                .await)
        }
        Step::FinishMail { number, worker } => {
            let number = u128::from(number);
            let (north, records, made) = (northshire(), [mail(number)], outgoing(number));
            let finished = store.finish_letters(&north, &records, Some(&made), who(worker));
            say(finished.await)
        }
        Step::ClaimTimers { now, worker } => say(store
            .claim_timers(at(i64::from(now)), 30, 2, who(worker))
            .await),
        Step::Quarantine { number, .. } => {
            let sha256 = quarantined(u128::from(number)).sha256;
            say(store.of(&northshire()).discard_quarantined(&sha256).await)
        }
        Step::Calendar { key, forget, late } => {
            let scoped = store.of(&northshire());
            let seen = scoped.calendar_texts().await.unwrap().revision - i64::from(late);
            let body = (!forget).then(|| format!("page {key}"));
            let change = BTreeMap::from([(format!("school:{key}"), body)]);
            say(scoped.keep_calendars(seen, &change, "because", at(1)).await)
        }
        Step::Replanned => match store.noted_replans(1).await.unwrap().pop() {
            Some(row) => say(store.replanned(&row).await),
            None => "nothing noted".to_owned(),
        },
        Step::ClaimParked { now } => say(store.claim_parked(at(i64::from(now)), 30, 2).await),
        other => apply_schedule(store, other).await,
    }
}

async fn apply_schedule(store: &Store, step: Step) -> String {
    match step {
        Step::Schedule { job, next, set } => {
            let (job, next) = (Job::ALL[usize::from(job)], Some(at(i64::from(next))));
            let scoped = store.of(&northshire());
            if set {
                say(scoped.set_schedule(job, Some("0 8 * * Mon"), next).await)
            } else {
                say(scoped.plan_schedule(job, next).await)
            }
        }
        Step::Turn { now, worker } => {
            take_turn(store, i64::from(now), token(u128::from(worker))).await
        }
        other => apply_directory(store, other).await,
    }
}

/// Takes what is due and ends the first of it, as long as it is not too late.
async fn take_turn(store: &Store, now: i64, token: uuid::Uuid) -> String {
    let claimed = store.claim_schedules(at(now), 30, 2, token).await.unwrap();
    let Some(first) = claimed.first() else {
        return "nothing is due".to_owned();
    };
    let it = Occurrence {
        name: first.row.name,
        planned_at: first.row.next_at.unwrap(),
        token,
    };
    let mut unit = begin(store).await;
    let turn = unit.take_turn(it, at(now), Some(at(now % 7 * 40))).await;
    unit.commit().await.unwrap();
    format!("{claimed:?} {}", say(turn))
}

async fn apply_directory(store: &Store, step: Step) -> String {
    match step {
        Step::Reference { year } => {
            let mut unit = begin(store).await;
            let given = unit.next_reference("DLP", 2026 + i32::from(year)).await;
            unit.commit().await.unwrap();
            say(given)
        }
        Step::Workflow { version, hash } => {
            let mut unit = begin(store).await;
            let kept = unit
                .keep_workflow(&workflow(u32::from(version), u128::from(hash)))
                .await;
            unit.commit().await.unwrap();
            say(kept)
        }
        Step::Directory {
            school: at_school,
            person: who,
            email,
            erase,
        } => {
            let mut row = person(u128::from(who), Some(u32::from(at_school)));
            row.email = person(u128::from(email), None).email;
            let changes = DirectoryChanges {
                schools: vec![school(u32::from(at_school))],
                people: if erase { vec![] } else { vec![row] },
                school_facts: vec![SchoolFacts {
                    urn: urn(u32::from(at_school)),
                    facts: format!("{{\"pupils\":\"{email}\"}}"),
                }],
                contacts: vec![Contact {
                    person: person_id(u128::from(who)),
                    job_title: Some(format!("job {email}")),
                    phone: None,
                }],
                posts: if erase {
                    vec![]
                } else {
                    vec![post(u128::from(who), "lead", Some(1))]
                },
                removed_posts: vec![post(u128::from(email), "lead", Some(1))],
                covers: if erase {
                    vec![]
                } else {
                    vec![cover(u128::from(who), u128::from(who))]
                },
                removed_covers: vec![cover(u128::from(email), u128::from(email))],
                erased: if erase {
                    vec![person_id(u128::from(who))]
                } else {
                    vec![]
                },
            };
            say(store.of(&northshire()).apply_directory(changes).await)
        }
        other => unreachable!("{other:?} is applied elsewhere"),
    }
}

/// All rows of all tables, as they are read.
async fn everything(store: &Store) -> Vec<String> {
    let mut rows = vec![format!("{:?}", store.alliances().await)];
    let numbers: Vec<u128> = (1..6).collect();
    for alliance in [northshire(), southshire()] {
        let scoped = store.of(&alliance);
        rows.push(format!("{:?}", scoped.runs(&RunFilter::default()).await));
        rows.push(format!("{:?}", scoped.tasks(&TaskFilter::default()).await));
        rows.push(format!("{:?}", scoped.inbox(&InboxFilter::default()).await));
        rows.push(format!("{:?}", scoped.quarantine(None).await));
        rows.push(format!("{:?}", scoped.mails(&MailFilter::default()).await));
        rows.push(format!("{:?}", scoped.workflows().await));
        rows.push(format!("{:?}", scoped.schedules().await));
        rows.push(format!("{:?}", scoped.last_occurrences().await));
        rows.push(format!("{:?}", scoped.calendar_texts().await));
        rows.push(format!("{:?}", scoped.schools().await));
        rows.push(format!("{:?}", scoped.people().await));
        rows.push(format!("{:?}", scoped.school_facts().await));
        rows.push(format!("{:?}", scoped.contacts().await));
        rows.push(format!("{:?}", scoped.posts().await));
        for number in &numbers {
            rows.push(format!("{:?}", scoped.find_run(run_id(*number)).await));
            rows.push(format!(
                "{:?}",
                scoped.entries(run_id(*number), 0, 99).await
            ));
            rows.push(format!("{:?}", scoped.payloads(run_id(*number)).await));
        }
        let wanted = numbers
            .iter()
            .map(|n| (run_id(*n), "need".parse().unwrap(), 1))
            .collect();
        let mut unit = store.begin(&alliance).await.unwrap();
        rows.push(format!("{:?}", unit.directory_revision().await));
        let mut drafts = unit.load_drafts(&wanted).await.unwrap();
        drafts.sort_by_key(|draft| draft.run);
        rows.push(format!("{drafts:?}"));
        rows.push(format!("{:?}", unit.next_reference("DLP", 2026).await));
    }
    let far = at(1_000_000);
    rows.push(format!("{:?}", store.next_due().await));
    rows.push(format!("{:?}", store.noted_replans(999).await));
    for kind in [OutboxKind::Message, OutboxKind::Mail] {
        rows.push(format!(
            "{:?}",
            store.claim_outbox(kind, far, 30, 999, token(9)).await
        ));
    }
    rows.push(format!(
        "{:?}",
        store.claim_outgoing(far, 30, 999, token(9)).await
    ));
    rows.push(format!(
        "{:?}",
        store.claim_timers(far, 30, 999, token(9)).await
    ));
    rows
}

async fn compare(lite: Store, pg: Store, steps: &[Step]) {
    for store in [&lite, &pg] {
        add_alliance(store, &northshire()).await;
    }
    for step in steps {
        assert_eq!(apply(&lite, step).await, apply(&pg, step).await, "{step:?}");
    }
    let (ours, theirs) = (everything(&lite).await, everything(&pg).await);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    lite.close().await;
    pg.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_history_ends_in_equal_rows(steps in proptest::collection::vec(step(), 1..160)) {
        let (lite, pg) = (Sqlite::create(), Postgres::create());
        wait_for(async {
            let stores = (Store::open(&lite.url()).await.unwrap(), Store::open(&pg.url()).await.unwrap());
            compare(stores.0, stores.1, &steps).await;
        });
    }
}
