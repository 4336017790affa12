//! `awsx use`: another profile for this shell, or one for a folder.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::vars;
use crate::cli::{self, UseVia};
use crate::deliver::child::{SHIMS, child, for_shims};
use crate::deliver::quote::is_identifier;
use crate::deliver::repeat::like_before;
use crate::deliver::shells;
use crate::profile::Profiles;
use crate::select::selection;
use crate::store::{folders, recent};

/// Runs `awsx use`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Use) -> Result<u8> {
    if args.forget {
        return forget(app);
    }
    if !args.here {
        shells::for_function(app, "use", args.shell)?;
    }
    let back = args.profile.as_deref() == Some("-");
    let profile = if back { Some(before(args)?) } else { args.profile.as_deref() };
    if args.here {
        return bind(app, profile);
    }
    // Going back must not widen a session that could do less, and needs the keychain of then.
    let before = back.then(|| like_before(app, args.before_options.as_deref(), &args.session)).transpose()?;
    let (app, session) = before.as_ref().map_or((app, &args.session), |(app, session)| (app, session));
    let (profiles, profile) = selection::chosen(app, profile)?;
    // A shell with --via shims stays one for the next profile, until --via env.
    let shims = match args.via {
        Some(via) => via == UseVia::Shims,
        None => app.env.get(vars::AWSX_VIA) == Some(SHIMS),
    };
    let get = if shims { for_shims } else { child };
    let env = get(app, &profiles, Some(&profile), session)?;
    recent::used(app, &profile);
    let names: Vec<&str> = env.names().filter_map(|n| n.to_str()).filter(|n| is_identifier(n)).collect();
    output::text(&shells::lines(&format!("keep {}\n", names.join(" ")), &env))?;
    Ok(0)
}

/// The profile that `-` means.
fn before(args: &cli::Use) -> Result<&str> {
    args.before.as_deref().ok_or_else(|| {
        Error::failed("there is no profile to go back to")
            .cause("`awsx use` has not changed the profile of this shell yet")
            .hint("awsx use PROFILE")
    })
}

/// Binds this folder to a profile: the one that is named, else that of this session, else the one that a person picks.
fn bind(app: &App, named: Option<&str>) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let session = app.env.get(vars::AWSX_PROFILE);
    let profile = match named.or(session) {
        Some(name) => profiles.find(name)?,
        None => selection::picked(app, &profiles)?,
    };
    let here = here()?;
    let before = folders::set(&app.state_dir()?, &here, Some(&profile))?;
    let before = before.filter(|before| *before != profile).map(|before| format!(", no longer to {before}"));
    app.prompter.say(&format!("{} is bound to {profile}{}", here.display(), before.unwrap_or_default()));
    if let Some(session) = session.filter(|session| *session != profile) {
        app.prompter.say(&format!("the session of this shell goes before it: {session}"));
    }
    Ok(0)
}

fn forget(app: &App) -> Result<u8> {
    let here = here()?;
    if let Some(profile) = folders::set(&app.state_dir()?, &here, None)? {
        app.prompter.say(&format!("{} is no longer bound to {profile}", here.display()));
        return Ok(0);
    }
    let error = Error::failed(format!("{} is bound to no profile", here.display()));
    Err(match selection::of_folder(&app.env)? {
        Some(above) => error
            .cause(format!("{} above it is bound to {}", above.folder.display(), above.profile))
            .hint("run this there"),
        None => error.hint("`awsx list --folders` shows every folder that is"),
    })
}

/// This folder, without links.
fn here() -> Result<std::path::PathBuf> {
    std::env::current_dir().map_err(|e| Error::failed("can't tell which folder this is").cause(e))
}
