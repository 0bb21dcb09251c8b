//! What a person sees at the end of a command, and the exit code.
//!
//! Everything that holds anybody's data is printed from here: control characters are taken out, so
//! that no name or title can command a terminal; a reader that goes away (`| head`) is no fault.

pub use crate::core::message::write::name_of as word;
use std::io::Write;
use std::process::ExitCode;

use crate::core::words::turns;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Exit code 0.
    Well,
    /// Refused, or something was found: exit code 1. It has been said already.
    Refused,
    /// Wrong use, or it could not be found out: exit code 2. It has been said already.
    Unknown,
}

/// A reader that has seen enough (`alongside tasks | head`) is no fault: the command ends there,
/// as other programs do. What it had to change was changed before it printed.
pub fn end_quietly_without_a_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

pub fn exit(done: anyhow::Result<Done>) -> ExitCode {
    match done {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Refused) => ExitCode::FAILURE,
        Ok(Done::Unknown) => ExitCode::from(2),
        Err(error) => {
            complain(&format!("alongside: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Prints a page.
pub fn print(text: &str) {
    // Nobody reads any more: there is nobody to tell either.
    let _ = std::io::stdout().write_all(harmless(text).as_bytes());
}

/// The same to standard error.
pub fn complain(text: &str) {
    let _ = std::io::stderr().write_all(harmless(text).as_bytes());
}

/// Text without what a terminal would obey: controls, and marks that turn the direction of writing.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if is_obeyed(c) { '\u{fffd}' } else { c })
        .collect()
}

fn is_obeyed(c: char) -> bool {
    turns(c) || (c.is_control() && c != '\n' && c != '\t')
}

/// In a dry run, of a file that a command writes.
pub fn would_write(file: &std::path::Path) {
    complain(&format!("{} would be written.\n", file.display()));
}

/// Prints data for programs. The same characters are escaped, as JSON allows, and not lost.
pub fn print_json<T: serde::Serialize>(data: &T) -> anyhow::Result<()> {
    print(&json(data)?);
    Ok(())
}

fn json<T: serde::Serialize>(data: &T) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(data)?;
    let escaped = text.chars().map(|c| {
        if is_obeyed(c) {
            format!("\\u{:04x}", u32::from(c))
        } else {
            c.to_string()
        }
    });
    Ok(escaped.chain(std::iter::once("\n".to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_name_commands_a_terminal() {
        assert_eq!(
            harmless("Ada\x1b[2J\u{202e}kO\n"),
            "Ada\u{fffd}[2J\u{fffd}kO\n"
        );
        let text = json(&"Ada\u{9b}\u{202e}").unwrap();
        assert_eq!(text, "\"Ada\\u009b\\u202e\"\n");
        assert_eq!(
            serde_json::from_str::<String>(&text).unwrap(),
            "Ada\u{9b}\u{202e}"
        );
    }
}
