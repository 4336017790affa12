//! awsx: long-lived AWS keys stay in the OS keychain; commands and shells get short-lived credentials.
//!
//! docs/architecture.md shows the way of one command. Modules are public where the sandbox, a benchmark or a test needs
//! them.

mod access_keys;
pub mod adapters;
pub mod advertise;
mod app;
pub mod aws;
pub mod base;
pub mod cli;
mod cmd;
pub mod deliver;
pub mod devices;
pub mod doctor;
pub mod iam_policy;
pub mod mfa;
mod plan;
pub mod ports;
pub mod profile;
mod select;
pub mod session;
pub mod signin;
pub mod sources;
mod start;
pub mod store;
#[cfg(test)]
pub mod testkit;

pub use adapters::process::start_as_rust_does;
pub use start::run_main;
