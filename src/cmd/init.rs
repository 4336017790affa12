//! `awsx init`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::deliver::shells;

/// Runs `awsx init`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Init) -> Result<u8> {
    output::text(&shells::for_eval(args.shell, &shells::own_path(&app.env)))?;
    Ok(0)
}
