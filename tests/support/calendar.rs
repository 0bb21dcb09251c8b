//! Term dates of a test's alliance: every weekday is a school day and a working day, long before
//! and after any clock, and mail leaves at any hour. So no test depends on when it runs.

use std::collections::BTreeMap;

use alongside::core::calendar::bank_holidays::{BankHolidays, Division};
use alongside::core::calendar::day::{Period, PeriodKind};
use alongside::core::calendar::page::{Owner, Page};
use alongside::core::mails::quiet::QuietTimes;
use alongside::core::names::AllianceId;
use alongside::core::time::{Date, Instant};
use alongside::engine::almanac::BANK_HOLIDAYS;
use alongside::store::Store;

const FIRST: &str = "2000-01-01";
const LAST: &str = "2109-12-31";

pub async fn set_weekdays(store: &Store, alliance: &str) {
    let date = |text: &str| -> Date { text.parse().unwrap() };
    let term = Period {
        from: date(FIRST),
        to: date(LAST),
        kind: PeriodKind::Term,
        label: "Term".to_owned(),
        source: "test".to_owned(),
    };
    // Both fall on a weekend; they make the years between them known.
    let ends = ["2000-01-01", "2109-12-29"].map(|day| (date(day), "Weekend".to_owned()));
    let told = BTreeMap::from([(Division::EnglandAndWales, BTreeMap::from(ends))]);
    set(store, alliance, vec![term], &BankHolidays(told)).await;
    set_quiet_times(store, alliance, &QuietTimes::NONE).await;
}

pub async fn set_quiet_times(store: &Store, alliance: &str, rules: &QuietTimes) {
    let scoped = store.of(&AllianceId(alliance.to_owned()));
    let rules = serde_json::to_string(rules).unwrap();
    scoped.set_quiet_times(&rules).await.unwrap();
}

/// Sets the alliance's own page and its bank holidays.
pub async fn set(store: &Store, alliance: &str, periods: Vec<Period>, told: &BankHolidays) {
    let page = Page {
        owner: Owner::Alliance,
        division: None,
        periods,
    };
    let changes = BTreeMap::from([
        (
            page.owner.key(),
            Some(serde_json::to_string(&page).unwrap()),
        ),
        (
            BANK_HOLIDAYS.to_owned(),
            Some(serde_json::to_string(told).unwrap()),
        ),
    ]);
    let at: Instant = "2026-01-01T09:00:00Z".parse().unwrap();
    let scoped = store.of(&AllianceId(alliance.to_owned()));
    let because = "Term dates of the alliance were set.";
    let seen = scoped.calendar_texts().await.unwrap().revision;
    let kept = scoped.keep_calendars(seen, &changes, because, at).await;
    kept.unwrap();
}
