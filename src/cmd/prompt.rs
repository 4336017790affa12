//! `awsx prompt`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::deliver::prompt;

/// Runs `awsx prompt`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, _args: &cli::Prompt) -> Result<u8> {
    output::text(&prompt::render(&prompt::fragment(&app.env, app.clock.now()), app.colored_results()))?;
    Ok(0)
}
