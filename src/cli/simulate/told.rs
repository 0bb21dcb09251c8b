//! What a simulation found, in words that all of its pages use.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::pages::{and, count, inside};
use crate::core::calendar::day::DayKind;
use crate::core::calendar::typical;
use crate::core::definition::workflow::Workflow;
use crate::core::mails::why::{Words, say_letter};
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::doers::person_around;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::places;
use crate::core::simulation::{
    End, Ended, Line, Mail, Manner, Open, Player, Setting, Simulated, Stands,
};
use crate::core::time::{Date, say_date, say_day};

/// A simulation with what it was made of.
pub struct Told<'a> {
    pub workflow: &'a Workflow,
    pub setting: &'a Setting,
    pub simulated: &'a Simulated,
    /// The word of `--people`.
    pub people: &'static str,
    pub calendar: Option<&'a Path>,
}

impl<'a> Told<'a> {
    /// "Developing Leadership through Partnership, version 1"
    pub fn name(&self) -> String {
        format!("{}, version {}", self.workflow.title, self.workflow.version)
    }

    /// With what it can be made again.
    pub fn made_with(&self) -> String {
        let Setting {
            from,
            until,
            seed,
            late,
            ..
        } = self.setting;
        let mut players = self.taking_part().into_iter();
        let any_late = players.any(|it| it.manner == Manner::Late);
        let late = if any_late {
            format!(" (late by {} to {} school days)", late.least, late.most)
        } else {
            String::new()
        };
        format!(
            "Started on {}, looked at until {}. Term dates: {}. People: {}{late}. Seed: {seed}.",
            say_date(*from),
            say_day(*until),
            self.calendar(),
            self.people,
        )
    }

    pub fn calendar(&self) -> String {
        self.calendar.map_or_else(
            || typical::SOURCE.to_owned(),
            |path| {
                let name = path.file_name().unwrap_or(path.as_os_str());
                name.to_string_lossy().into_owned()
            },
        )
    }

    /// The calendar ends before the time that is looked at.
    pub fn calendar_ends(&self) -> Option<String> {
        let reach = self.simulated.calendars.alliance.reach(self.setting.from)?;
        (reach < self.setting.until).then(|| {
            format!(
                "The calendar ends on {}: what would be counted beyond has no date.",
                say_day(reach)
            )
        })
    }

    /// "Write down the visit (visit 2), attempt 2"
    pub fn title(&self, step: &Address, attempt: u32) -> String {
        let mut title = places::title(self.workflow, step);
        if let Some(person) = person_around(self.workflow, step) {
            title = format!("{title} ({})", self.simulated.cast.name(person));
        }
        if attempt > 1 {
            title = format!("{title}, attempt {attempt}");
        }
        title
    }

    pub fn player(&self, person: PersonId) -> Option<&'a Player> {
        self.simulated.cast.player(person)
    }

    /// "Ben Adeyemi, headteacher"
    pub fn who(&self, person: PersonId) -> String {
        self.player(person).map_or_else(
            || "somebody".to_owned(),
            |it| format!("{}, {}", it.name, inside(&it.title)),
        )
    }

    pub fn doer(&self, line: &Line) -> String {
        match (line.role.as_deref(), line.who) {
            (Some("engine"), _) => "the engine".to_owned(),
            (_, Some(person)) => self.who(person),
            (None, None) => "an event from outside".to_owned(),
            (Some(role), None) => {
                format!("nobody ({})", inside(self.workflow.role_title(role)))
            }
        }
    }

    /// Everybody who was asked for something or got a mail, in the order of the workflow.
    pub fn taking_part(&self) -> Vec<&'a Player> {
        let Simulated { steps, mails, .. } = self.simulated;
        let asked = steps.iter().filter(|line| line.ready.is_some());
        let asked = asked.filter_map(|line| line.who);
        let all: Vec<PersonId> = asked.chain(mails.iter().map(|mail| mail.to)).collect();
        let players = self.simulated.cast.players.iter();
        players.filter(|it| all.contains(&it.id)).collect()
    }

    pub fn school(&self, player: &Player) -> String {
        let schools = &self.simulated.cast.directory.schools;
        let known = player.school.as_ref().and_then(|urn| schools.get(urn));
        known
            .map_or("the alliance", |school| school.name.as_str())
            .to_owned()
    }

    /// "22 September 2026, on time"
    pub fn done(line: &Line) -> String {
        let day = line.done.map(|at| say_day(at.date())).unwrap_or_default();
        let outcome = line.outcome.as_ref();
        let outcome = outcome.map_or_else(String::new, |it| format!(" ({})", it.replace('_', " ")));
        match (line.ended, line.late) {
            (Ended::Done, Some(0)) => format!("{day}, late, before the next school day{outcome}"),
            (Ended::Done, Some(days)) => {
                format!("{day}, {} late{outcome}", count_days(days))
            }
            (Ended::Done, None) if line.due.is_some() => format!("{day}, on time{outcome}"),
            (Ended::Done, None) => format!("{day}{outcome}"),
            (Ended::Lapsed, _) => format!("lapsed on {day}{outcome}"),
            (Ended::NotRequired, _) => "not required".to_owned(),
            (Ended::Open, _) => "open".to_owned(),
            (Ended::NotReached, _) => "not reached".to_owned(),
        }
    }

    /// Why somebody gets a letter.
    pub fn why(&self, letter: &Letter) -> String {
        let words = Words {
            name: &|person| self.simulated.cast.name(person),
            notice: &|notice| self.notice(notice),
        };
        say_letter(self.workflow, letter, &words)
    }

    pub fn why_all(&self, mail: &Mail) -> String {
        let each: Vec<String> = mail.letters.iter().map(|it| self.why(it)).collect();
        each.join("; ")
    }

    fn notice(&self, notice: &Notice) -> String {
        let title = |step: &Address| format!("“{}”", places::title(self.workflow, step));
        let role = |name: &str| inside(self.workflow.role_title(name));
        match notice {
            Notice::NobodyHolds { step, role: of, .. } => {
                format!("nobody is {} for {}", role(of), title(step))
            }
            Notice::CannotProgress { step } => format!("{} cannot progress", title(step)),
            Notice::MomentCannotCome { step } => {
                format!("the date for which {} waited can never come", title(step))
            }
            Notice::NeverDue { step } => format!("{} will never have a due date", title(step)),
            Notice::NobodyIsIn { group } => {
                format!("nobody is in the role that {} is for", title(group))
            }
            Notice::OutOfRole { role: of } => format!("they are {} no more", role(of)),
            Notice::LeftRole {
                role: of, person, ..
            } => format!(
                "{} is {} no more",
                self.simulated.cast.name(*person),
                role(of)
            ),
            Notice::EventUnusable { name, .. } => format!("the event {name} could not be used"),
            Notice::Ring { step } => {
                let call = self.simulated.calls.iter().find(|call| call.step == *step);
                let people = call
                    .map(|call| self.names(&call.people))
                    .unwrap_or_default();
                format!("please ring {people} about {}", title(step))
            }
            Notice::Held { .. } => "the project is held".to_owned(),
            Notice::NotHeld => "the project goes on".to_owned(),
            Notice::ResumeNear { date } | Notice::ResumeDue { date } => {
                format!("it was postponed to {}", say_day(*date))
            }
        }
    }

    /// When the coordinator is asked to ring whom, as sentences.
    pub fn calls(&self) -> impl Iterator<Item = String> {
        self.simulated.calls.iter().map(|call| {
            format!(
                "On {} the coordinator is asked to ring {} about “{}”.",
                say_date(call.at.date()),
                self.names(&call.people),
                self.title(&call.step, call.attempt),
            )
        })
    }

    pub fn names(&self, people: &[PersonId]) -> String {
        let names: Vec<String> = people
            .iter()
            .map(|it| self.simulated.cast.name(*it))
            .collect();
        and(&names)
    }

    /// How it ends, as sentences.
    pub fn ending(&self) -> Vec<String> {
        let open = self.simulated.open.iter();
        let open = open.map(|open| self.open(open));
        match &self.simulated.end {
            End::Complete { at } => vec![format!("It is complete on {}.", say_date(at.date()))],
            End::Stopped { at, words } => {
                vec![format!(
                    "It is stopped on {}: {words}.",
                    say_date(at.date())
                )]
            }
            End::HeldUp => {
                let first = "It cannot go on:".to_owned();
                std::iter::once(first).chain(open).collect()
            }
            End::GoesOn => {
                let until = say_date(self.setting.until);
                let first = format!("It is not over on {until}:");
                std::iter::once(first).chain(open).collect()
            }
        }
    }

    fn open(&self, open: &Open) -> String {
        let title = format!("“{}”", self.title(&open.step, 1));
        match &open.stands {
            Stands::Planned(at) => format!("{title} would be done on {}.", say_day(at.date())),
            Stands::Opens(date) => format!("{title} opens on {}.", say_day(*date)),
            Stands::OpensUnknown => {
                let known = self.simulated.calendars.alliance.reach(self.setting.from);
                let ends = known.map_or_else(String::new, |last| {
                    format!(", which ends on {}", say_day(last))
                });
                format!("{title} opens on a day that is not in the calendar{ends}.")
            }
            Stands::Silent if open.people.is_empty() => {
                format!("{title} waits, and nobody holds the role that is asked.")
            }
            Stands::Silent => {
                let lapses = match self.simulated.end {
                    End::HeldUp => "; no ladder lets it lapse",
                    _ => "",
                };
                let people = self.names(&open.people);
                format!("{title} waits for {people}, who never answers{lapses}.")
            }
            Stands::Refused(why) => format!("{title} was tried and refused: {why}"),
        }
    }

    /// Of what kind the days are on which mail goes to somebody: "12 school days".
    pub fn kinds(&self, person: PersonId, days: &[Date]) -> String {
        let simulated = self.simulated;
        let mut kinds: BTreeMap<Option<DayKind>, usize> = BTreeMap::new();
        for day in days {
            let directory = &simulated.cast.directory;
            let calendar = simulated.calendars.of_person(directory, person, *day);
            *kinds.entry(calendar.kind(*day)).or_default() += 1;
        }
        let words = kinds.into_iter().map(|(kind, number)| {
            let word = match kind {
                Some(DayKind::SchoolDay) => "school day",
                Some(DayKind::Inset) => "INSET day",
                Some(DayKind::Holiday) => "holiday",
                Some(DayKind::BankHoliday) => "bank holiday",
                Some(DayKind::Weekend) => "weekend day",
                None => "unknown day",
            };
            count(number, word)
        });
        and(&words.collect::<Vec<_>>())
    }

    /// Mails of each person, in the order of the workflow.
    pub fn by_person(&self) -> Vec<(&'a Player, Vec<&'a Mail>)> {
        let mails = &self.simulated.mails;
        let players = self.taking_part().into_iter();
        let theirs = players.map(|player| {
            let theirs: Vec<&Mail> = mails.iter().filter(|it| it.to == player.id).collect();
            (player, theirs)
        });
        theirs.filter(|(_, theirs)| !theirs.is_empty()).collect()
    }
}

fn count_days(days: u32) -> String {
    count(usize::try_from(days).unwrap_or(usize::MAX), "school day")
}

/// The words of the letters of a mail: "ready + notice".
pub fn kinds_of(mail: &Mail) -> String {
    let mut kinds: Vec<&str> = mail.letters.iter().map(Letter::kind).collect();
    kinds.dedup();
    kinds.join(" + ")
}

/// The most mails on one day.
pub fn most_on_a_day(mails: &[&Mail]) -> usize {
    let mut days: BTreeMap<Date, usize> = BTreeMap::new();
    for mail in mails {
        *days.entry(mail.at.date()).or_default() += 1;
    }
    days.into_values().max().unwrap_or(0)
}
