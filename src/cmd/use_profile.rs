//! `awsx use`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::deliver::child::child;
use crate::deliver::shells;
use crate::select::selection::Selection;

/// Runs `awsx use`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Use) -> Result<u8> {
    shells::for_function(app, "use", args.shell)?;
    let profiles = Selection::of(&app.env, args.profile.as_deref()).profiles(&app.env)?;
    let env = child(app, &profiles, args.profile.as_deref(), &args.session)?;
    let names: Vec<&str> = env.names().filter_map(|n| n.to_str()).filter(|n| shells::is_identifier(n)).collect();
    output::text(&shells::lines(&format!("keep {}\n", names.join(" ")), &env))?;
    Ok(0)
}
