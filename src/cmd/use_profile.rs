//! `awsx use`.

use crate::app::App;
use crate::child::child;
use crate::cli;
use crate::error::Result;
use crate::integration;
use crate::output;
use crate::request;

/// Runs `awsx use`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(app: &App, args: &cli::Use) -> Result<u8> {
    let shell = integration::for_function(app, "use", args.shell)?;
    let profiles = request::profiles(app, args.profile.as_deref())?;
    let env = child(app, &profiles, args.profile.as_deref(), &args.session)?;
    let names: Vec<&str> = env.names().filter_map(|n| n.to_str()).filter(|n| integration::is_identifier(n)).collect();
    let keep = format!("_awsx_keep {}\n", names.join(" "));
    output::text(&integration::evaluated(&keep, &env, integration::dialect(shell)))?;
    Ok(0)
}
