//! What the title of an event says of its days, by the words that schools use.
//!
//! A title is understood whole or not at all: "Christmas" is a holiday, "Christmas fair" is
//! nothing to us. The rules stand in the order in which they are asked.

use crate::core::calendar::day::PeriodKind;

/// What a title says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// All days of the event are of this kind.
    Kind(PeriodKind),
    /// The event is a first or last day; another event has its counterpart.
    Edge(Edge),
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Of a term, or of a holiday.
    pub of: PeriodKind,
    pub end: bool,
}

const INSET: &[&str] = &[
    "inset",
    "inset day",
    "inset days",
    "training day",
    "training days",
    "staff day",
    "staff training",
    "staff development",
    "non pupil day",
    "non pupil days",
    "pd day",
    "professional development day",
];
const BANK_HOLIDAY: &[&str] = &[
    "bank holiday",
    "bank holidays",
    "public holiday",
    "public holidays",
];
const HOLIDAY: &[&str] = &[
    "half term",
    "half terms",
    "halfterm",
    "holiday",
    "holidays",
    "vacation",
    "closed",
    "closure",
    "break",
    "no school",
];
/// Holidays by their season, if nothing else is said.
const SEASONS: &[&str] = &[
    "christmas",
    "easter",
    "summer",
    "xmas",
    "winter",
    "spring",
    "autumn",
    "october",
    "february",
];
const FIRST: &[&str] = &[
    "starts",
    "start",
    "begins",
    "begin",
    "beginning",
    "returns",
    "return",
    "reopens",
    "reopen",
    "opens",
    "first day",
    "back to school",
    "resumes",
    "re opens",
];
const LAST: &[&str] = &[
    "ends",
    "end",
    "finishes",
    "finish",
    "last day",
    "closes",
    "breaks up",
    "break up",
    "breaking up",
    "final day",
    "close",
];
/// "after half-term", "closes for Christmas": the days before or behind a holiday are school days.
const BESIDE: &[&str] = &["after", "before", "for", "following", "from", "until"];
const SCHOOL: &[&str] = &[
    "school", "pupils", "students", "children", "pupil", "student", "academy",
];
/// With one of these it is something that happens in a term or a holiday.
const HAPPENINGS: &[&str] = &[
    "club",
    "camp",
    "fair",
    "fayre",
    "party",
    "lunch",
    "dinner",
    "concert",
    "service",
    "disco",
    "performance",
    "assembly",
    "homework",
    "reading",
    "scheme",
    "bingo",
    "trip",
    "play",
    "market",
    "raffle",
    "production",
    "challenge",
    "jumper",
    "jumpers",
    "card",
    "cards",
    "menu",
    "photos",
    "photographs",
    "tests",
    "exams",
    "reports",
    "evening",
    "meeting",
    "meetings",
    "project",
    "competition",
    "deadline",
    "payment",
    "bags",
    "books",
    "forms",
    "library",
];
/// What may stand beside the word "term" in the name of one.
const BESIDE_TERM: &[&str] = &[
    "autumn",
    "winter",
    "spring",
    "summer",
    "michaelmas",
    "lent",
    "trinity",
    "hilary",
    "term",
    "school",
    "academic",
    "year",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "part",
    "half",
    "the",
    "of",
    "and",
    "dates",
];
/// What may stand beside a season that is a holiday by itself.
const BESIDE_SEASON: &[&str] = &["school", "the", "and", "new", "year", "week"];

/// `days` is the length of the event.
pub fn meaning(title: &str, days: i64) -> Meaning {
    let words = Words::of(title);
    if words.has_any(INSET) {
        return Meaning::Kind(PeriodKind::Inset);
    }
    if words.has_any(HAPPENINGS) {
        return Meaning::Nothing;
    }
    if words.has_any(BANK_HOLIDAY) {
        return Meaning::Kind(PeriodKind::BankHoliday);
    }
    if days == 1
        && let Some(edge) = edge(&words)
    {
        return Meaning::Edge(edge);
    }
    let edged = words.has_any(FIRST) || words.has_any(LAST);
    if words.has_any(HOLIDAY) && (!edged || words.has_any(&["closed", "closure"])) {
        return Meaning::Kind(PeriodKind::Holiday);
    }
    if edged {
        return Meaning::Nothing;
    }
    if words.has_any(&["term"]) && days > 1 && words.are_all(BESIDE_TERM) {
        return Meaning::Kind(PeriodKind::Term);
    }
    let season = words.has_any(&["christmas", "easter", "summer", "xmas"]);
    let alone = words.are_all(&[SEASONS, BESIDE_SEASON].concat());
    if season && alone {
        return Meaning::Kind(PeriodKind::Holiday);
    }
    Meaning::Nothing
}

fn edge(words: &Words) -> Option<Edge> {
    let (first, last) = (words.has_any(FIRST), words.has_any(LAST));
    if first == last {
        return None;
    }
    // "break up" is an end and no holiday.
    let off = words.has_any(&["half term", "halfterm", "holiday", "holidays", "vacation"])
        || words.has_any(&[
            "christmas",
            "easter",
            "summer holiday",
            "summer break",
            "xmas",
        ])
        || (words.has_any(&["break"]) && !words.has_any(&["break up"]));
    let term = words.has_any(&["term"]) && !words.has_any(&["half term"]);
    let school = words.has_any(SCHOOL) || words.has_any(&["breaks up", "break up", "breaking up"]);
    let of = if off && !words.has_any(BESIDE) && !term && !school {
        PeriodKind::Holiday
    } else if off || term || school {
        PeriodKind::Term
    } else {
        return None;
    };
    Some(Edge { of, end: last })
}

/// A title as words in small letters, each between spaces.
struct Words(String);

impl Words {
    fn of(title: &str) -> Self {
        let plain = title.to_lowercase().replace(['\'', '’'], "");
        let words: Vec<&str> = plain
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        Self(format!(" {} ", words.join(" ")))
    }

    fn has_any(&self, phrases: &[&str]) -> bool {
        let mut phrases = phrases.iter();
        let whole = |at: usize, phrase: &str| {
            self.0[..at].ends_with(' ') && self.0[at + phrase.len()..].starts_with(' ')
        };
        phrases.any(|phrase| {
            let mut found = self.0.match_indices(phrase);
            found.any(|(at, phrase)| whole(at, phrase))
        })
    }

    /// Whether there is nothing but these and numbers.
    fn are_all(&self, words: &[&str]) -> bool {
        let numbered = |word: &str| {
            let stem = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            word.starts_with(|letter: char| letter.is_ascii_digit()) && stem.len() + 2 >= word.len()
        };
        let mut all = self.0.split_whitespace();
        all.all(|word| words.contains(&word) || numbered(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_mean_what_a_reader_would_say() {
        let table = "
            INSET day | 1 | inset
            Inset Day 3 - school closed to pupils | 1 | inset
            Staff training day | 1 | inset
            Training Day (no pupils) | 1 | inset
            Staff meeting | 1 | nothing
            Autumn half term | 5 | holiday
            Half-Term | 5 | holiday
            Half term holiday club | 5 | nothing
            Christmas | 14 | holiday
            Christmas & New Year | 14 | holiday
            Christmas fair | 1 | nothing
            Easter service | 1 | nothing
            Easter break | 10 | holiday
            Summer holidays 2027 | 40 | holiday
            Summer 2027 | 40 | holiday
            Summer fayre | 1 | nothing
            School closed - polling day | 1 | holiday
            School closed for Christmas | 14 | holiday
            Eid holiday | 1 | holiday
            Early May bank holiday | 1 | bank holiday
            Autumn term | 80 | term
            Autumn Term 1 2026/27 | 40 | term
            Spring term (2nd half) | 30 | term
            Summer term reports | 5 | nothing
            Autumn term | 1 | nothing
            Autumn term starts | 1 | first of term
            Autumn Term begins for all pupils | 1 | first of term
            Term ends | 1 | last of term
            Last day of term | 1 | last of term
            End of Spring Term | 1 | last of term
            Pupils return to school | 1 | first of term
            School reopens after half term | 1 | first of term
            Pupils return after Christmas | 1 | first of term
            School closes for half term | 1 | last of term
            School breaks up for Easter | 1 | last of term
            Last day before half term | 1 | last of term
            Half term begins | 1 | first of holiday
            Half term ends | 1 | last of holiday
            Christmas holidays start | 1 | first of holiday
            Reading challenge starts | 1 | nothing
            Swimming starts | 1 | nothing
            Sports day | 1 | nothing
            Breakfast | 1 | nothing
            Midterm results | 1 | nothing
            Term starts | 3 | nothing
             | 1 | nothing
        ";
        for row in table.lines().filter(|row| row.contains('|')) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let days = cells[1].parse().unwrap();
            let kind = |kind| match kind {
                PeriodKind::Term => "term",
                PeriodKind::Inset => "inset",
                PeriodKind::Holiday => "holiday",
                PeriodKind::BankHoliday => "bank holiday",
            };
            let said = match meaning(cells[0], days) {
                Meaning::Kind(found) => kind(found).to_owned(),
                Meaning::Edge(Edge { of, end: false }) => format!("first of {}", kind(of)),
                Meaning::Edge(Edge { of, end: true }) => format!("last of {}", kind(of)),
                Meaning::Nothing => "nothing".to_owned(),
            };
            assert_eq!(said, cells[2], "{row}");
        }
    }
}
