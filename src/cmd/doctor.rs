//! `awsx doctor`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::doctor::{self, Finding, Report, Severity};

/// Prints what is wrong; the exit status is 1 if anything is an error.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no home folder; those of [`doctor::fix`].
pub fn run(app: &App, args: &cli::Doctor) -> Result<u8> {
    if args.fix {
        doctor::fix(app, args.keep_backup)?;
    }
    let Report { found, seen } = doctor::examine(app, args.seen.as_deref())?;
    if args.json {
        output::json(&found.iter().map(Finding::json).collect::<Vec<_>>())?;
    } else {
        output::text(&(doctor::lines(&found, &seen, app.colored_results()).join("\n") + "\n"))?;
    }
    Ok(u8::from(found.iter().any(|finding| finding.check.severity == Severity::Error)))
}
