//! awsx: long-lived AWS keys stay in the OS keychain; commands and shells get short-lived credentials.
//!
//! The way of one command: argv → [`cli`] → `cmd` → `profile` (files → graph) → `plan` (pure) → [`session`]
//! (cache, or keychain and STS) → `child_env` (pure) → `launch` (execve).

pub mod app;
pub mod cli;
pub mod env;
pub mod error;
pub mod plan;
pub mod ports;
pub mod secret;
pub mod session;
pub mod time;
pub mod vars;
