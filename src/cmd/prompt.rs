//! `awsx prompt`.

use std::io::IsTerminal;

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::base::vars;
use crate::cli::{self, Color};
use crate::deliver::prompt;

/// Runs `awsx prompt`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, _args: &cli::Prompt) -> Result<u8> {
    let plain = app.env.get(vars::NO_COLOR).is_some() || app.env.is_off(vars::AWSX_COLOR);
    let colored = match app.global.color {
        _ if app.global.monochrome => false,
        Color::Never => false,
        Color::Always => true,
        Color::Auto => !plain && std::io::stdout().is_terminal(),
    };
    output::text(&prompt::render(&prompt::fragment(&app.env, app.clock.now()), colored))?;
    Ok(0)
}
