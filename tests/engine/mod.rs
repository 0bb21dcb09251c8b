//! The engine with everything around it: one suite on the embedded default and on the servers.
//!
//! To add a rule: an `async fn` that takes a [`place::Place`], and its name in `on_both!`. What
//! only real processes can show stands in `kills.rs`, `processes.rs` and `portal.rs`.

mod alliance;
mod answers;
mod apart;
mod checks;
mod clock;
mod drafts;
mod equal;
mod kills;
mod lead;
mod moments;
mod neighbours;
mod office;
mod place;
mod portal;
mod predicted;
mod process;
mod processes;
mod quiet;
mod relay;
mod rungs;
mod schedules;
mod stories;
mod term_dates;
mod texts;
mod unsent;
mod visits;

/// Makes each rule a test on the embedded default and a test on PostgreSQL with RabbitMQ.
macro_rules! on_both {
    ($($rule:ident),+ $(,)?) => {
        mod embedded {$(
            #[test]
            fn $rule() {
                crate::engine::office::tell(super::$rule(crate::engine::place::Place::embedded()));
            }
        )+}
        mod on_servers {$(
            #[test]
            fn $rule() {
                crate::engine::office::tell(super::$rule(crate::engine::place::Place::servers()));
            }
        )+}
    };
}
use on_both;
