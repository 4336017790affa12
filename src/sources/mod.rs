//! Where a chain of steps starts.

pub mod keys;
