//! The audit log: canonical bytes, the hash chain, payloads that can be erased, and `verify`.

pub mod chain;
pub mod export;
pub mod payload;
pub mod verify;
