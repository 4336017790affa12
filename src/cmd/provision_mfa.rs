//! `awsx provision-mfa`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::signals;
use crate::cli;
use crate::devices::{self, Order, Target};
use crate::profile::Profiles;

/// Runs `awsx provision-mfa`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::ProvisionMfa) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let order = Order {
        target: Target {
            profile: args.profile.as_deref(),
            with_profile: args.with_profile.as_deref(),
            code: args.code.as_deref(),
            code_from: args.code_from.as_deref(),
        },
        name: args.name.as_deref(),
        show_secret: args.show_secret,
        no_qr: args.no_qr,
        store_seed: args.store_seed,
    };
    // A signal makes the prompts fail, and what was begun is undone on the normal way out.
    signals::held(|error| app.prompter.failure(error), || devices::provision(app, &profiles, &order))?;
    Ok(0)
}
