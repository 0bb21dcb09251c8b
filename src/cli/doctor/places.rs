//! What `doctor` sees on this machine: the configuration, the home folder, the folder for mails.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::super::desk::mailbox;
use super::super::processes;
use super::Finding;
use crate::config::Config;

/// File systems that lie on other machines: SQLite's locks do not hold there.
const NETWORK: [&str; 9] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "9p",
    "fuse.sshfs",
    "fuse.glusterfs",
];

pub fn configuration(config: &Config) -> Vec<Finding> {
    let what = "configuration";
    let file = config.home.join("alongside.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let open = std::fs::metadata(&file).is_ok_and(|data| data.permissions().mode() & 0o004 != 0);
    let secret = |url: &crate::config::SecretUrl| {
        url.to_string() != url.reveal() && text.contains(url.reveal())
    };
    if open && (secret(&config.database) || secret(&config.broker)) {
        let found = format!(
            "{} holds a password and everybody can read it",
            file.display()
        );
        let do_this = "chmod 600 it, or use `url_file` and a file of its own";
        return vec![Finding::problem(what, found, do_this)];
    }
    let found = if file.exists() {
        file.display().to_string()
    } else {
        "no file: defaults".into()
    };
    let mut findings = vec![Finding::ok(what, found)];
    if config.sources.is_empty() && config.broker.reveal() != "memory:" {
        let found = "no source: nobody may send commands by the broker";
        let do_this = "add a `[[source]]` for the portal to alongside.toml";
        findings.push(Finding::warning("sources", found, do_this));
    }
    findings
}

pub fn home(config: &Config) -> Vec<Finding> {
    let home = &config.home;
    if !config.database.reveal().starts_with("sqlite:") {
        return Vec::new();
    }
    let shown = home.display();
    if let Err(why) = try_to_write(home) {
        let do_this = "give --home a folder that is yours, or make it writable";
        return vec![Finding::problem(
            "home",
            format!("{shown} cannot be written: {why}"),
            do_this,
        )];
    }
    let file = config.database.reveal().trim_start_matches("sqlite:");
    let folder = Path::new(file)
        .parent()
        .map_or_else(|| home.clone(), Path::to_path_buf);
    if let Some(kind) = network(&folder) {
        let found = format!("the database lies on a network file system ({kind})");
        let do_this = "put it on a disk of this machine: over the network it gets damaged";
        return vec![Finding::problem("home", found, do_this)];
    }
    let at_work = if processes::is_somebody_at_work(config) {
        "`serve` is at work"
    } else {
        "no `serve` is at work, so each command does what is due before it ends"
    };
    vec![Finding::ok("home", format!("{shown}; {at_work}"))]
}

pub fn mails(config: &Config) -> Vec<Finding> {
    let what = "mails";
    let folder = &config.mail.folder;
    if let Err(error) = mailbox(config) {
        let do_this = "write it as `office@example.org` or `Office <office@example.org>`";
        return vec![Finding::problem(
            what,
            format!("mail.from or mail.answer_to: {error:#}"),
            do_this,
        )];
    }
    if let Err(why) = std::fs::create_dir_all(folder).and_then(|()| try_to_write(folder)) {
        let found = format!("{} cannot be written: {why}", folder.display());
        return vec![Finding::problem(
            what,
            found,
            "make it writable, or set mail.folder",
        )];
    }
    let found = format!("written as files to {}", folder.display());
    if config.mail.from == "alongside@localhost" {
        let found = format!("{found}, from {}", config.mail.from);
        let do_this = "set mail.from in alongside.toml to the address of your office";
        return vec![Finding::warning(what, found, do_this)];
    }
    vec![Finding::ok(what, found)]
}

/// By writing: permissions alone do not tell of a read-only or full disk.
fn try_to_write(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"doctor was here").and_then(|()| std::fs::remove_file(&probe))
}

/// The kind of network file system on which a folder lies.
fn network(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let kind = kind_of(&folder, &mounts)?;
    NETWORK.contains(&kind.as_str()).then_some(kind)
}

fn kind_of(folder: &Path, mounts: &str) -> Option<String> {
    let all = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let point = PathBuf::from(words.next()?.replace("\\040", " "));
        Some((point, words.next()?))
    });
    let holding = all.filter(|(point, _)| folder.starts_with(point));
    // Of two at the same place the later one covers the earlier.
    let nearest = holding.max_by_key(|(point, _)| point.components().count());
    nearest.map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_says_on_what_a_folder_lies() {
        let mounts = "/dev/sda1 / ext4 rw 0 0\nnas:/x /srv/my\\040share nfs4 rw 0 0\n\
                      tmpfs /srv/my\\040share/fast tmpfs rw 0 0\n";
        let table = [
            ("/home/a", "ext4"),
            ("/srv/my share/a", "nfs4"),
            ("/srv/my share/fast/a", "tmpfs"),
            ("/srv/my shared", "ext4"),
        ];
        for (folder, kind) in table {
            assert_eq!(
                kind_of(Path::new(folder), mounts).as_deref(),
                Some(kind),
                "{folder}"
            );
        }
    }
}
