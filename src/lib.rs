//! awsx: long-lived AWS keys stay in the OS keychain; commands and shells get short-lived credentials.
//!
//! The way of one command: argv → [`cli`] → `cmd` → `profile` (files → graph) → `plan` (pure) → [`session`]
//! (cache, or keychain and STS) → `child_env` (pure) → `launch` (execve).

pub mod adapters;
pub mod advertise;
pub mod app;
pub mod aws;
pub mod base;
pub mod cli;
pub mod cmd;
pub mod deliver;
pub mod devices;
pub mod iam_policy;
pub mod mfa;
pub mod plan;
pub mod ports;
pub mod profile;
pub mod select;
pub mod session;
pub mod sources;
mod start;
pub mod store;
#[cfg(test)]
pub mod testkit;

pub use adapters::process::start_as_rust_does;
pub use start::run_main;
