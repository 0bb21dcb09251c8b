//! Secrets that others could see: in a flag, in a file that is open to all, on the wire.
//!
//! Refused rather than warned of, because a warning at each start is read by nobody. `guest:guest`
//! is RabbitMQ's own first password, known to all and let in from the same machine only.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::problem::Problem;
use super::settings::Setting;

const KNOWN_TO_ALL: &str = "guest:guest";

/// Whether a URL names a password, as user information or among its options.
pub fn holds_a_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    // A password may hold a question mark, so whatever stands before the last @ counts.
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    let named = rest.to_ascii_lowercase().contains("password=");
    named || user.contains(':') && user != KNOWN_TO_ALL
}

pub fn password_in_a_flag(setting: &Setting) -> Problem {
    let variable = setting.variable;
    Problem {
        place: setting.flag.to_owned(),
        message: format!(
            "holds a password, which everybody on this machine can see in the list of processes: \
             put the address into {variable}, or into a file that {variable}_FILE names"
        ),
    }
}

/// Whether everybody on this machine can read a file.
pub fn is_open_to_all(path: &Path) -> bool {
    let others = |data: std::fs::Metadata| data.permissions().mode() & 0o004 != 0;
    std::fs::metadata(path).is_ok_and(others)
}

/// Whether a broker on another machine would be spoken to without TLS.
pub fn travels_in_the_clear(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("amqp://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    !host.is_empty() && !is_this_machine(host)
}

/// Whether a host is the one we are on, so that nobody is on the line between.
pub fn is_this_machine(host: &str) -> bool {
    let loopback = |address: std::net::IpAddr| address.is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(loopback)
}
