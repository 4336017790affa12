//! The `awsx` command.

fn main() {}
