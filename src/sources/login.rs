//! A console login gives a session of whoever has signed in.

use super::{Asking, Given};
use crate::base::error::Result;
use crate::plan::source::ConsoleLogin;
use crate::signin::console::Console;

/// Takes what is there, refreshes it, or has a person sign in.
pub fn ask(asking: &Asking, login: &ConsoleLogin) -> Result<Given> {
    let credentials = Console::new(asking.app, asking.profile, login)?.credentials()?;
    Ok(Given { credentials, arn: Some(login.session.clone()) })
}
