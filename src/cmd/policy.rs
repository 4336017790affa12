//! `awsx policy`.

use crate::app::App;
use crate::cli;
use crate::error::Result;
use crate::{output, policy, time};

/// Runs `awsx policy`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, args: &cli::Policy) -> Result<u8> {
    let text = match &args.name {
        None => policy::list(),
        Some(name) => {
            let max_age = args.max_age.as_deref().map(time::parse_duration).transpose()?;
            let document = policy::document(name, max_age, &args.partition)?;
            if args.explain { document.explanation() } else { document.json() }
        }
    };
    output::text(&text)?;
    Ok(0)
}
