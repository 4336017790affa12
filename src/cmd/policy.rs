//! `awsx policy`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::base::time;
use crate::cli;
use crate::iam_policy;

/// Runs `awsx policy`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(_app: &App, args: &cli::Policy) -> Result<u8> {
    let text = match &args.name {
        None => iam_policy::list(),
        Some(name) => {
            let max_age = args.max_age.as_deref().map(time::parse_duration).transpose()?;
            let document = iam_policy::document(name, max_age, &args.partition)?;
            if args.explain { document.explanation() } else { document.json() }
        }
    };
    output::text(&text)?;
    Ok(0)
}
