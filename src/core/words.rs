//! Lists in a sentence.

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
