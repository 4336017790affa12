//! `awsx credential-process`.

use std::io::IsTerminal;

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::deliver::formats::credentials;
use crate::deliver::{child, process};
use crate::select::request;
use crate::select::selection;
use crate::session::mark;

/// Seconds that must be left where nobody says otherwise. botocore asks again as soon as fewer are.
const MIN_TTL: u32 = 15 * 60;

/// Runs `awsx credential-process`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::CredentialProcess) -> Result<u8> {
    let (profiles, profile) = selection::chosen(app, args.profile.as_deref())?;
    let mut request = request::from_args(app, &profiles, Some(&profile), &args.session)?;
    if !request.min_ttl_is_asked_for {
        request.min_ttl = MIN_TTL;
        request.half_is_enough = true;
    }
    process::used(app);
    // The person was asked when the command began, and is not asked again each time its SDK renews.
    if args.admitted.is_some() && args.admitted == mark::admission(app, &request.profile) {
        app.admitted.borrow_mut().insert(request.profile.clone());
    }
    let mut session = child::session(app, &profiles, &request)?;
    if !args.show_secret && std::io::stdout().is_terminal() {
        session = credentials::hidden(session);
        app.prompter.say("secrets are not shown on a terminal; programs get them, and --show-secret shows them");
    }
    output::text(&credentials::json(&session))?;
    Ok(0)
}
