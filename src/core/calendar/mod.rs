//! School days of one school, and due-date arithmetic.
