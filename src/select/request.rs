//! From the arguments of a command to a [`Request`].

use crate::app::App;
use crate::base::error::Result;
use crate::cli::SessionArgs;
use crate::plan::Request;
use crate::profile::Profiles;
use crate::select::options;
use crate::select::selection::Selection;

/// Reads the options of a command that gets credentials.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a profile that doesn't exist or a value that can't be, [`crate::base::error::ErrorKind::Input`]
/// if no profile is named and nobody can be asked.
pub fn from_args(app: &App, profiles: &Profiles, profile: Option<&str>, args: &SessionArgs) -> Result<Request> {
    let profile = Selection::of(&app.env, profile).profile(app, profiles)?;
    options::read(app, profiles, profile, args)
}
