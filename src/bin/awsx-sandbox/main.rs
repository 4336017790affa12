//! A strict local AWS for trying awsx without an account, and for its tests.

fn main() {}
