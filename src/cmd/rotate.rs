//! `awsx rotate`.

use crate::access_keys::rotate::{self, Order};
use crate::app::App;
use crate::base::error::Result;
use crate::base::signals;
use crate::cli;
use crate::profile::Profiles;

/// Runs `awsx rotate`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Rotate) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let order = Order {
        profile: &args.profile,
        code: args.code.as_deref(),
        mfa_serial: args.mfa_serial.as_deref(),
        delete_key: args.delete_key.as_deref(),
        abort: args.abort,
    };
    // A signal makes the next step fail, and what has been reached is said on the normal way out.
    signals::held(|error| app.prompter.failure(error), || rotate::rotate(app, &profiles, &order))?;
    Ok(0)
}
