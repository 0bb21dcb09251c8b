//! What was seen, as a reader needs it: the figure, the goal, and the bare way of the same run.

use std::fmt::Write;

/// One figure with what stands beside it.
pub struct Row {
    /// What was measured.
    pub what: &'static str,
    pub figure: f64,
    pub unit: &'static str,
    pub goal: Option<Goal>,
    /// What does the same with nothing of ours in it, and its figure in the same unit.
    pub beside: Option<(&'static str, f64)>,
    /// How it was measured.
    pub notes: Vec<String>,
}

/// What we set out to reach.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    AtLeast(f64),
    Under(f64),
}

impl Goal {
    fn say(self, figure: f64) -> String {
        let (words, met) = match self {
            Self::AtLeast(least) => (format!("at least {}", number(least)), figure >= least),
            Self::Under(most) => (format!("under {}", number(most)), figure < most),
        };
        format!("{words}: {}", if met { "met" } else { "MISSED" })
    }
}

impl Row {
    /// Printed as soon as it is known: the rows after it take a while.
    pub fn print(&self) {
        let mut text = format!("\n{}\n", self.what);
        line(&mut text, "seen", &self.quantity(self.figure));
        if let Some(goal) = self.goal {
            line(&mut text, "goal", &goal.say(self.figure));
        }
        if let Some((what, figure)) = self.beside {
            line(
                &mut text,
                "beside it",
                &format!("{}   {what}", self.quantity(figure)),
            );
            line(
                &mut text,
                "ratio",
                &format!("{:>14}", number(self.figure / figure)),
            );
        }
        for note in &self.notes {
            line(&mut text, "", note);
        }
        print!("{text}");
    }

    fn quantity(&self, figure: f64) -> String {
        format!("{:>14} {}", number(figure), self.unit)
    }
}

fn line(text: &mut String, head: &str, words: &str) {
    writeln!(text, "  {head:<10} {words}").expect("a String takes everything");
}

/// Which machine it was, and how busy: a figure means little without them.
pub fn print_machine() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("unknown");
    println!("{cores} cores, {model}; load before this run: {load}");
}

/// `1,234,567`; small numbers with as many digits as say something.
pub fn number(value: f64) -> String {
    if value.abs() < 10.0 {
        return format!("{value:.3}");
    }
    if value.abs() < 1_000.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
