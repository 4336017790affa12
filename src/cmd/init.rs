//! `awsx init`.

use crate::app::App;
use crate::cli;
use crate::error::Result;
use crate::{integration, output};

/// Runs `awsx init`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(app: &App, args: &cli::Init) -> Result<u8> {
    output::text(&integration::script(args.shell, &integration::own_path(&app.env)))?;
    Ok(0)
}
