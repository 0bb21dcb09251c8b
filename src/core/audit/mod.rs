//! The audit log: canonical bytes, the hash chain, payloads that can be erased, `verify`, and
//! exports that it checks offline.

pub mod chain;
pub mod export;
pub mod payload;
pub mod verify;
