//! `--learn`: a command that runs in the same folder again gets a session that lasts as long as it took before.
//!
//! awsx has to know when the command ends. So it stays as its parent, and doesn't become the command.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Instant;

use crate::base::error::{Error, Result};
use crate::base::time::{Timestamp, show_duration};
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::deliver::child::child;
use crate::deliver::exec;
use crate::deliver::parent::{self, Job};
use crate::deliver::repeat::min_ttl;
use crate::deliver::session_env::ChildEnv;
use crate::store::learnt::{self, Run};

/// Runs the command with a session of which at least the time is left that it has taken here before, and remembers how
/// long it takes; its status.
///
/// # Errors
/// Whatever the session fails with; as [`exec::exec`] if the command can't be run.
pub fn run(job: &Job<'_>, arguments: &[OsString]) -> Result<u8> {
    let Job { app, profiles, profile, args, program } = *job;
    let state = app.state_dir()?;
    let folder = std::env::current_dir().map_err(|e| Error::failed("can't tell which folder this is").cause(e))?;
    let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
    let this = Run { folder: folder.to_string_lossy().into_owned(), program: name, profile: profile.to_owned() };
    let asked = min_ttl(app, args)?;
    let known = learnt::longest(&state, &this);
    let needed = known.map(with_reserve);
    if let (Some(known), Some(needed)) = (known, needed) {
        app.debug(|| format!("{} took up to {known}s here: {needed}s are to be left", this.program));
    }
    let args = SessionArgs { min_ttl: Some(asked.max(needed.unwrap_or_default()).to_string()), ..args.clone() };
    let env = child(app, profiles, Some(profile), &args)?;
    if let Some(known) = known.filter(|known| ends_before(&env, *known, app.clock.now())) {
        let (took, name) = (show_duration(known), &this.program);
        app.prompter.warn(&format!(
            "{name} took {took} here, and this session ends before: --via process renews it while {name} runs"
        ));
    }
    let command = exec::command(program, arguments, &env);
    let began = Instant::now();
    let parent::End { status, stopped } = parent::run(command, |e| exec::explain(program, e, &app.env), |_| {})?;
    let took = u32::try_from(began.elapsed().as_secs()).unwrap_or(u32::MAX);
    // How long somebody has left it suspended is not how long it takes.
    if !stopped
        && counts(status, took, known)
        && let Err(e) = learnt::add(&state, &this, took, app.clock.now())
    {
        let took = show_duration(took);
        app.prompter.warn(&format!("that {} took {took} is not remembered: {}", this.program, e.brief()));
    }
    Ok(exec::end_as(status))
}

/// A tenth more, because the next run may take longer.
fn with_reserve(seconds: u32) -> u32 {
    seconds.saturating_add(seconds / 10).saturating_add(1)
}

/// Whether the session of a child ends within so many seconds.
fn ends_before(env: &ChildEnv, seconds: u32, now: Timestamp) -> bool {
    let ends = env.set.iter().find(|(name, _)| name == vars::AWSX_EXPIRES);
    let ends = ends.and_then(|(_, text)| text.expose().parse().ok()).map(Timestamp);
    ends.is_some_and(|ends| ends.seconds_left(now) < i64::from(seconds))
}

/// A command that failed may have ended early. It counts only if it took longer than any before.
fn counts(status: ExitStatus, took: u32, known: Option<u32>) -> bool {
    status.success() || known.is_some_and(|known| took > known)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_command_that_failed_early_says_nothing() {
        let (good, bad) = (ExitStatus::from_raw(0), ExitStatus::from_raw(256));
        assert!(counts(good, 1, None) && counts(good, 1, Some(60)));
        assert!(!counts(bad, 1, None) && !counts(bad, 1, Some(60)) && counts(bad, 61, Some(60)));
        assert_eq!((with_reserve(0), with_reserve(600), with_reserve(u32::MAX)), (1, 661, u32::MAX));
    }
}
