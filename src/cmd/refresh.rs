//! `awsx refresh`.

use std::io::IsTerminal;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::time::Timestamp;
use crate::base::vars;
use crate::cli::{self, SessionArgs, ShellName};
use crate::deliver::child::{SHIMS, child};
use crate::deliver::repeat::{min_ttl, repeated};
use crate::deliver::session_env::ChildEnv;
use crate::deliver::shells;
use crate::profile::Profiles;

/// Runs `awsx refresh`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Refresh) -> Result<u8> {
    if std::io::stdout().is_terminal() {
        return Err(Error::usage("refresh prints credentials for the shell to read, not for the screen")
            .hint("awsx-refresh, the function that awsx shell and awsx init define"));
    }
    let profiles = Profiles::load(&app.env)?;

    let around = app.env.get(vars::AWSX_PROFILE);
    let named = args.profile.as_deref().map(|text| profiles.find(text)).transpose()?;
    let same = around.is_some() && named.as_deref().is_none_or(|name| Some(name) == around);
    let via = app.env.get(vars::AWSX_VIA).filter(|_| same);
    if via.is_some_and(|via| via != SHIMS) {
        // The server renews what it gives out.
        return print(app, args, &ChildEnv::default());
    }
    let session = if same { repeated(app, &args.session)? } else { args.session.clone() };
    let min_ttl = min_ttl(app, &session)?;
    if same && seconds_left(app).is_some_and(|left| left >= i64::from(min_ttl)) {
        return print(app, args, &ChildEnv::default());
    }
    let session = SessionArgs { min_ttl: Some(min_ttl.to_string()), ..session };
    let mut env = child(app, &profiles, named.as_deref().or(around), &session)?;
    if via.is_some() {
        // The shims get it from now on.
        env = ChildEnv::default();
    } else if same {
        // Only the credentials: the person may have changed other variables in this shell since, such as the region.
        env = env.renewal();
    }
    print(app, args, &env)
}

fn print(app: &App, args: &cli::Refresh, env: &ChildEnv) -> Result<u8> {
    if args.lines {
        output::text(&shells::lines("", env))?;
    } else {
        let shell = args.shell.or_else(|| app.env.os("SHELL").and_then(shells::shell_of));
        output::text(&shells::code(env, shells::dialect(shell.unwrap_or(ShellName::Bash))))?;
    }
    Ok(0)
}

/// Seconds left of the session of this environment; `None` if it has no end.
fn seconds_left(app: &App) -> Option<i64> {
    let expires = app.env.get(vars::AWSX_EXPIRES)?.parse().ok()?;
    Some(Timestamp(expires).seconds_left(app.clock.now()))
}
