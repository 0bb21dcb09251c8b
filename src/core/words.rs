//! Lists in a sentence, and characters that do not belong into one.

/// Characters that do not show, or that change how their neighbours show.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || turns(letter)
        || matches!(
            letter,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{2060}'
                | '\u{feff}'
                | '\u{fffd}'
        )
}

/// Marks that turn the direction of writing.
pub fn turns(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// "A", "A and B", "A, B and C".
pub fn and(words: &[String]) -> String {
    join(words, "and")
}

/// "A, B or C".
pub fn or(words: &[String]) -> String {
    join(words, "or")
}

fn join(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}
