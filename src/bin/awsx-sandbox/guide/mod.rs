//! Trying awsx without an account: the guided shell, the unattended demo, and the commands they put on the PATH.

pub mod aws;
pub mod demo;
mod ending;
mod in_clear;
pub mod phone;
mod playground;
mod pty;
pub mod shell;
mod sign_ins;
mod step;
pub mod tour;
