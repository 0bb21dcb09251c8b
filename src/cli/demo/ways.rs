//! The projects of the demo and the ways they take: data, no rules.
//!
//! Whatever is not said here goes the plain way: the first outcome of a step, the example answers
//! of its form, done a few days after it was asked for.

/// One project.
pub struct Way {
    pub title: &'static str,
    pub school: &'static str,
    /// The colleague who is offered, by the start of the email.
    pub lead: &'static str,
    pub starts: &'static str,
    /// Days between asked and done.
    pub pace: i64,
    pub governors: bool,
    pub turns: &'static [Turn],
}

/// What is done otherwise: at the nth time of that step.
pub struct Turn {
    pub step: &'static str,
    pub time: u32,
    pub act: Act,
}

pub enum Act {
    Choose {
        outcome: &'static str,
        reason: &'static str,
    },
    /// The coordinator skips it once that other step is done.
    Skip {
        after: &'static str,
        reason: &'static str,
    },
    /// Before the step is done, the project is postponed to that day, then resumed.
    Postpone {
        until: &'static str,
        reason: &'static str,
    },
    /// Two days after it is done, the day that was agreed in it moves by so many days.
    Move { days: i64, reason: &'static str },
}

const fn choose(
    step: &'static str,
    time: u32,
    outcome: &'static str,
    reason: &'static str,
) -> Turn {
    Turn {
        step,
        time,
        act: Act::Choose { outcome, reason },
    }
}

/// What has changed after three terms is answered early, so that the project closes in the year.
const LAST_CHECK: Turn = Turn {
    step: "impact.three_terms",
    time: 1,
    act: Act::Skip {
        after: "impact.one_term",
        reason: "Answered together with the first check.",
    },
};

/// The first and the third go in step, so that two things come to one school on one day.
pub const WAYS: [Way; 6] = [
    Way {
        title: "Feedback that helps pupils to improve their writing",
        school: "900001",
        lead: "hannah.iqbal",
        starts: "2026-09-16",
        pace: 3,
        governors: false,
        turns: &[LAST_CHECK],
    },
    Way {
        title: "Homework that parents can follow",
        school: "900002",
        lead: "kwame.boateng",
        starts: "2026-09-16",
        pace: 4,
        governors: false,
        turns: &[
            choose(
                "approve_need",
                1,
                "change",
                "Please narrow it to two year groups.",
            ),
            choose(
                "check_scope",
                1,
                "return",
                "Three questions at once; choose one.",
            ),
            choose(
                "fact_check",
                1,
                "dispute",
                "The number of lessons is wrong.",
            ),
            LAST_CHECK,
        ],
    },
    Way {
        title: "Reading across subjects in years 7 and 8",
        school: "900004",
        lead: "chloe.marsden",
        starts: "2026-09-16",
        pace: 3,
        governors: false,
        turns: &[
            choose("visits.record", 1, "another", "One more day with year 8."),
            LAST_CHECK,
        ],
    },
    Way {
        title: "Well-being in the sixth form",
        school: "900006",
        lead: "eleanor.vaughan",
        starts: "2026-09-17",
        pace: 4,
        governors: true,
        turns: &[
            choose(
                "governors.decide",
                1,
                "invite",
                "The governors asked for it.",
            ),
            Turn {
                step: "visits[1].plan",
                time: 1,
                act: Act::Move {
                    days: 7,
                    reason: "The sixth form has mock exams on that day.",
                },
            },
            LAST_CHECK,
        ],
    },
    Way {
        title: "Moving up: from primary to secondary school",
        school: "900008",
        lead: "ben.thackray",
        starts: "2026-09-18",
        pace: 4,
        governors: false,
        turns: &[Turn {
            step: "visits.plan",
            time: 1,
            act: Act::Postpone {
                until: "2027-01-13",
                reason: "Closed after a flood.",
            },
        }],
    },
    Way {
        title: "Everything about behaviour",
        school: "900007",
        lead: "megan.rees",
        starts: "2026-09-21",
        pace: 3,
        governors: false,
        turns: &[choose(
            "check_scope",
            1,
            "decline",
            "Not achievable in the time; try again in spring.",
        )],
    },
];
