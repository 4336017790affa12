//! awsx: long-lived AWS keys stay in the OS keychain; commands and shells get short-lived credentials.
//!
//! The way of one command: argv → [`cli`] → `cmd` → `profile` (files → graph) → `plan` (pure) → [`session`]
//! (cache, or keychain and STS) → `child_env` (pure) → `launch` (execve).

pub mod adapters;
pub mod advertised;
pub mod app;
pub mod aws_error;
pub mod child;
pub mod child_env;
pub mod cli;
pub mod cmd;
pub mod complete;
pub mod endpoint;
pub mod enrol;
pub mod env;
pub mod error;
pub mod integration;
pub mod interruption;
pub mod keys;
pub mod launch;
pub mod listing;
pub mod otpauth;
pub mod outer;
pub mod output;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod printable;
pub mod profile;
pub mod prompt;
pub mod qr;
pub mod quote;
pub mod request;
pub mod secret;
pub mod session;
mod start;
pub mod subprocess;
#[cfg(test)]
pub mod testkit;
pub mod time;
pub mod totp;
pub mod vars;

pub use start::run_main;
