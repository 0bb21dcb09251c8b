//! The one integration binary.

mod import;
