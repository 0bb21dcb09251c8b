//! Checks a chain, its payloads and its snapshot; names the first bad entry.
