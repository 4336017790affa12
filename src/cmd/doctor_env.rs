//! `awsx doctor env`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::doctor::env;

/// Prints whose the credentials in this environment are, and which ones each SDK would take.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the AWS files can't be read.
pub fn run(app: &App, args: &cli::DoctorEnv) -> Result<u8> {
    let whole = env::whole(app)?;
    if args.json {
        output::json(&whole.json())?;
    } else {
        output::text(&(whole.lines(app.colored_results()).join("\n") + "\n"))?;
    }
    Ok(0)
}
