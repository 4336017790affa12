//! `awsx doctor`: what is wrong in the AWS files and on this machine, and what mends it.

pub mod checks;
mod disk;
pub mod finding;
mod lines;
mod show;

pub use finding::{Check, Finding, Severity};
pub use show::lines;

use crate::app::App;
use crate::base::error::Result;
use crate::profile::{FileKind, Locations};

/// Everything that is found, by file and line; what is not about a file comes last.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
pub fn examine(app: &App) -> Result<Vec<Finding>> {
    let at = Locations::of(&app.env)?;
    let mut found = Vec::new();
    for (kind, path) in [(FileKind::Config, &at.config), (FileKind::Credentials, &at.credentials)] {
        let from = found.len();
        if let Some(sheet) = disk::read(kind, path, &mut found) {
            lines::check(&sheet, &mut found);
        }
        found.get_mut(from..).unwrap_or_default().sort_by_key(|finding: &Finding| finding.line);
    }
    Ok(found)
}
