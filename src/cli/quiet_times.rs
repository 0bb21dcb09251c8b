//! `alliance quiet-times`: when mail may leave for people, rule by rule.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};

use super::desk::Desk;
use super::{Done, Global, output};
use crate::core::mails::quiet::QuietTimes;

/// Show or set when mail may leave for people
///
/// Without a rule it shows those that hold. What is held back is never lost: it leaves at the next
/// open moment.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside alliance quiet-times\n  alongside alliance quiet-times --until 18 --friday-afternoons off"
)]
pub struct QuietTimesArgs {
    /// Mail leaves from this hour on
    #[arg(long, value_name = "0 TO 23")]
    from: Option<u32>,
    /// And before this hour
    #[arg(long, value_name = "1 TO 24")]
    until: Option<u32>,
    /// Nothing on days on which the person's school is closed
    #[arg(long, value_name = "on|off")]
    closed_days: Option<Switch>,
    /// Nothing on Fridays from midday on
    #[arg(long, value_name = "on|off")]
    friday_afternoons: Option<Switch>,
    /// Nothing on the last two school days before a half-term or the holidays
    #[arg(long, value_name = "on|off")]
    last_days: Option<Switch>,
    /// One mail to a person on a day, with everything in it
    #[arg(long, value_name = "on|off")]
    one_a_day: Option<Switch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl QuietTimesArgs {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let before = desk.engine.quiet_times(&alliance).await?;
        let rules = self.over(before);
        if !rules.is_sound() {
            let (from, until) = (rules.from, rules.until);
            eprintln!(
                "alongside: mail cannot leave from {from} until {until}: the first is an hour from \
                 0 to 23, and the last a later one, up to 24"
            );
            return Ok(Done::Unknown);
        }
        let changes = rules != before;
        if changes && !desk.dry_run {
            let scoped = desk.engine.store.of(&alliance);
            scoped
                .set_quiet_times(&serde_json::to_string(&rules)?)
                .await?;
        }
        if desk.json {
            output::print_json(&rules)?;
        } else {
            if changes && desk.dry_run {
                println!("This would be set:");
            }
            output::print(&text(&rules));
        }
        Ok(Done::Well)
    }

    fn over(&self, before: QuietTimes) -> QuietTimes {
        let is_on = |said: Option<Switch>, before| said.map_or(before, |it| it == Switch::On);
        QuietTimes {
            from: self.from.unwrap_or(before.from),
            until: self.until.unwrap_or(before.until),
            closed_days: is_on(self.closed_days, before.closed_days),
            friday_afternoons: is_on(self.friday_afternoons, before.friday_afternoons),
            last_days: is_on(self.last_days, before.last_days),
            one_a_day: is_on(self.one_a_day, before.one_a_day),
        }
    }
}

fn text(rules: &QuietTimes) -> String {
    let hour = |hour: u32| match hour {
        0 | 24 => "midnight".to_owned(),
        12 => "midday".to_owned(),
        early @ 1..12 => format!("{early}am"),
        late => format!("{}pm", late - 12),
    };
    let mut said = format!(
        "Mail leaves from {} to {}.\n",
        hour(rules.from),
        hour(rules.until)
    );
    let each = [
        (
            rules.closed_days,
            "closed-days",
            "on days on which the person's school is closed",
        ),
        (
            rules.friday_afternoons,
            "friday-afternoons",
            "on Fridays from midday on",
        ),
        (
            rules.last_days,
            "last-days",
            "on the last two school days before a half-term or the holidays",
        ),
    ];
    for (on, rule, words) in each {
        let never = if on { "Never" } else { "Also" };
        let switch = if on { "on" } else { "off" };
        let _ = writeln!(said, "{never} {words} (--{rule} {switch}).");
    }
    said.push_str(if rules.one_a_day {
        "At most one mail to a person on a day (--one-a-day on).\n"
    } else {
        "Any number of mails to a person on a day (--one-a-day off).\n"
    });
    said
}
