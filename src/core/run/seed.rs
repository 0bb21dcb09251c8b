//! Every id and salt of one command, from its 32-byte seed.
//!
//! In production the seed is random and never stored; tests and the demo derive it from the
//! command, so that the same commands make the same entries byte for byte.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Draws values in order; the same seed draws the same.
#[derive(Debug, Clone)]
pub struct Seed {
    key: [u8; 32],
    drawn: u64,
}

impl Seed {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, drawn: 0 }
    }

    /// A seed that is known beforehand: for tests, the demo, and ids that must repeat.
    pub fn known(parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// 32 bytes that nothing else got.
    pub fn salt(&mut self) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(&self.drawn.to_be_bytes());
        self.drawn += 1;
        mac.finalize().into_bytes().into()
    }

    pub fn uuid(&mut self) -> Uuid {
        uuid_from(&self.salt())
    }
}

/// A UUID of our own making (version 8) from the first 16 bytes.
pub fn uuid_from(bytes: &[u8; 32]) -> Uuid {
    let mut first = [0; 16];
    first.copy_from_slice(&bytes[..16]);
    Builder::from_custom_bytes(first).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_never_twice() {
        let (mut one, mut two) = (Seed::new([3; 32]), Seed::new([3; 32]));
        let (first, second) = (one.salt(), one.salt());
        assert_ne!(first, second);
        assert_eq!((two.salt(), two.salt()), (first, second));
    }

    #[test]
    fn parts_of_a_known_seed_cannot_run_together() {
        assert_ne!(Seed::known(&["ab", "c"]), Seed::known(&["a", "bc"]));
    }
}
