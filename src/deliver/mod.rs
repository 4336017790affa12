//! How a session reaches whoever needs it: the environment of a command, a shell, its prompt.

pub mod aside;
pub mod child;
pub mod clipboard;
pub mod console;
pub mod exec;
pub mod formats;
pub mod learning;
pub mod many;
pub mod parent;
pub mod persisted;
pub mod process;
pub mod prompt;
pub mod quote;
pub mod redirect;
pub mod repeat;
pub mod sdk_env;
pub mod serve;
pub mod session_env;
pub mod shells;
pub mod token;
