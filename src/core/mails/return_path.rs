//! The return path of a mail: an address that only we can make, so that a bounce is known as ours.
//!
//! A bounce is written by strangers and can be forged as a whole. The one thing that is believed is
//! the address it comes back to: the mail's id with a keyed hash of it. It stays below the 64
//! characters that a local part may have, and in hexadecimal because some servers change the case.

use std::fmt;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

const START: &str = "bounces+";
/// So that the same key in another use would give other hashes.
const USE: &[u8] = b"alongside return path 1\0";
/// 80 bits: too many to try, and each try is a mail that has to be taken in first.
const SIGNED: usize = 10;

/// The key that signs, never shown.
#[derive(Clone)]
pub struct ReturnKey(Vec<u8>);

impl ReturnKey {
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self(key.into())
    }

    fn mac(&self, mail: Uuid) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(USE);
        mac.update(mail.as_bytes());
        mac
    }
}

impl fmt::Debug for ReturnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnKey(***)")
    }
}

/// `bounces+<id>-<hash>@domain`.
pub fn make(mail: Uuid, key: &ReturnKey, domain: &str) -> String {
    let hash = key.mac(mail).finalize().into_bytes();
    let signed = HEXLOWER.encode(&hash[..SIGNED]);
    format!("{START}{}-{signed}@{domain}", mail.simple())
}

/// Whether mail to this address would come back to ourselves, and round again: any return path of this
/// domain, signed or not.
pub fn is_ours(address: &str, domain: &str) -> bool {
    let Some((local, at)) = address.rsplit_once('@') else {
        return false;
    };
    let local = local.to_lowercase();
    at.eq_ignore_ascii_case(domain) && (local.starts_with(START) || local == "bounces")
}

/// The mail that a return path was made for; nothing for every other address.
pub fn check(address: &str, key: &ReturnKey, domain: &str) -> Option<Uuid> {
    let (local, at) = address.rsplit_once('@')?;
    if !at.eq_ignore_ascii_case(domain) || !local.is_ascii() {
        return None;
    }
    let local = local.to_ascii_lowercase();
    let (id, signed) = local.strip_prefix(START)?.split_once('-')?;
    let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).ok();
    let mail = Uuid::from_slice(&bytes(id)?).ok()?;
    let signed = bytes(signed).filter(|signed| signed.len() == SIGNED)?;
    // Compared in constant time.
    key.mac(mail).verify_truncated_left(&signed).ok()?;
    Some(mail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOMAIN: &str = "alliance.example";

    fn key() -> ReturnKey {
        ReturnKey::new(*b"a key for tests")
    }

    #[test]
    fn mail_to_a_return_path_would_go_round() {
        for ours in ["bounces+x@alliance.example", "Bounces@Alliance.example"] {
            assert!(is_ours(ours, DOMAIN), "{ours}");
        }
        let others = [
            "bounces+x@other.example",
            "bounce@alliance.example",
            "bounces",
            "",
        ];
        for other in others {
            assert!(!is_ours(other, DOMAIN), "{other}");
        }
    }

    #[test]
    fn a_return_path_leads_back_to_its_mail() {
        let mail = Uuid::from_u128(7);
        let path = make(mail, &key(), DOMAIN);
        assert!(
            path.starts_with("bounces+00000000000000000000000000000007-"),
            "{path}"
        );
        assert!(path.split('@').next().unwrap().len() <= 64);
        assert_eq!(check(&path, &key(), DOMAIN), Some(mail));
        assert_eq!(check(&path.to_uppercase(), &key(), DOMAIN), Some(mail));
    }

    #[test]
    fn a_forged_one_leads_nowhere() {
        let path = make(Uuid::from_u128(7), &key(), DOMAIN);
        let other = path.replace("07-", "08-");
        let (local, _) = path.split_once('@').unwrap();
        let cut = format!("{}@{DOMAIN}", &local[..local.len() - 2]);
        let unsigned = format!("bounces+{}-@{DOMAIN}", Uuid::from_u128(7).simple());
        for forged in [
            &other,
            &cut,
            &unsigned,
            "",
            "@",
            "office@alliance.example",
            "bounces+ä-1@x",
        ] {
            assert_eq!(check(forged, &key(), DOMAIN), None, "{forged}");
        }
        assert_eq!(check(&path, &ReturnKey::new(*b"another key"), DOMAIN), None);
        assert_eq!(check(&path, &key(), "elsewhere.example"), None);
    }

    #[test]
    fn a_key_is_never_printed() {
        assert!(!format!("{:?}", key()).contains("key for"));
    }

    proptest! {
        #[test]
        fn any_change_of_a_letter_breaks_it(id: u128, at in 0usize..61, by in "[0-9a-fx-]") {
            let path = make(Uuid::from_u128(id), &key(), DOMAIN);
            let mut changed = path.clone();
            changed.replace_range(at..=at, &by);
            prop_assume!(changed != path);
            prop_assert_eq!(check(&changed, &key(), DOMAIN), None);
        }
    }
}
