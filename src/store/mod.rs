//! What awsx keeps between commands: the runtime folder with sealed sessions and locks, and state without secrets.

pub mod cache;
pub mod folders;
pub mod keyed;
pub mod learnt;
pub mod ledger;
pub mod lock;
pub mod recent;
pub mod runtime;
pub mod state;
