//! What everything else stands on: secrets, time, the environment, errors, and text that is safe to print.

pub mod agent;
pub mod asker;
pub mod atomic_write;
pub mod columns;
pub mod env;
pub mod error;
pub mod lock;
pub mod output;
pub mod programs;
pub mod saved_env;
pub mod sdk_settings;
pub mod secret;
pub mod signals;
pub mod subprocess;
pub mod terminal_text;
pub mod time;
pub mod url;
pub mod vars;
