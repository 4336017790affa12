//! The integration tests, one binary. `tests/run` installs what they need and runs them.

// A test that can't go on fails; its helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod add;
mod advertise;
mod aws_hostile;
mod aws_moto;
mod aws_net;
mod aws_sandbox;
mod aws_whoami;
mod carried_over;
mod child_sdk;
mod clipboard;
mod completions;
mod credential_process;
mod docs;
mod doctor;
mod each;
mod env;
mod folders;
mod harness;
mod hostile_text;
mod keychain;
mod keychain_file;
mod killed;
mod layout;
mod mfa;
mod picker;
mod profiles;
mod roles;
mod sandbox;
mod sandbox_guide;
mod sdks;
mod serve;
mod session;
mod session_tty;
mod shell;
mod sources;
mod status;
mod support;
mod texts;
mod token;
mod usage;
mod via_process;
mod warm;
mod whence;
