//! "Did you mean …?": the nearest of the names that would have been right.
//!
//! Nearness is counted in keystrokes; a name that would need more than a third of itself typed
//! anew is not offered, because a wrong guess misleads more than none.

/// The nearest name, if one is near enough.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(word);
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    names
        .into_iter()
        .filter(|name| *name != word)
        .map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The same as a sentence.
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, names).map(|name| format!("Did you mean `{name}`?"))
}

/// `a`, `b` or `c`, for a message.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name() {
        let names = ["visits", "cpd_lead", "catalogue.circulated"];
        assert_eq!(nearest("vists", names), Some("visits"));
        assert_eq!(nearest("cpd_laed", names), Some("cpd_lead"));
        assert_eq!(nearest("cpd-lead", names), Some("cpd_lead"));
        assert_eq!(
            nearest("catalogue.circuled", names),
            Some("catalogue.circulated")
        );
        assert_eq!(nearest("banana", names), None);
    }
}
