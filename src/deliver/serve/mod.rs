//! A server that gives out credentials for as long as it runs, and renews them before they end.

pub mod protocol;
mod renewal;
mod token_file;

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use nix::sys::signal::Signal;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::parse_duration;
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::deliver::child::without_credentials;
use crate::deliver::exec;
use crate::deliver::parent::{self, Job};
use crate::deliver::repeat::Repeat;
use crate::deliver::session_env::{ChildEnv, NO_FILE, Settings};
use crate::ports::{Answering, Listening};
use crate::profile::Profiles;
use crate::select::request;
use crate::session::Session;
use protocol::Book;
use renewal::{Renewals, Wanted};
use token_file::TokenFile;

/// How many seconds of a session are left when it is renewed, unless something else is asked for: SDKs ask again when
/// 15 minutes are left.
const RENEW_AT: u32 = 15 * 60;

/// A running server, and what renews what it gives out. It runs until it is dropped.
pub struct Served<'a> {
    app: &'a App,
    profiles: &'a Profiles,
    args: SessionArgs,
    renewals: Renewals,
    listening: Box<dyn Listening>,
    token_file: TokenFile,
}

impl<'a> Served<'a> {
    /// Gets a session of each profile, and begins to give them out.
    ///
    /// # Errors
    /// Whatever a session or the server fails with.
    pub fn begin(
        app: &'a App,
        profiles: &'a Profiles,
        names: &[String],
        args: &SessionArgs,
        port: u16,
    ) -> Result<(Self, Vec<Session>)> {
        let asked = args.min_ttl.as_deref().or_else(|| app.env.get(vars::AWSX_MIN_TTL));
        let min_ttl = asked.map_or(Ok(RENEW_AT), parse_duration)?;
        let wanted = Wanted { args: args.clone(), min_ttl, half_is_enough: asked.is_none() };
        let obtain = |name: &String| wanted.obtain(app, profiles, name, true);
        let sessions = names.iter().map(obtain).collect::<Result<Vec<_>>>()?;
        let token = token()?;
        let token_file = TokenFile::write(app, &token)?;
        let book = Arc::new(Mutex::new(Book::new(token)));
        for session in &sessions {
            locked(&book).put(session);
        }
        let listening = app.server.listen(port, answering(&book))?;
        locked(&book).at_port(listening.port());
        let mut renewals = Renewals::default();
        for session in &sessions {
            renewals.begin(app, session, &wanted, &book)?;
        }
        Ok((Served { app, profiles, args: args.clone(), renewals, listening, token_file }, sessions))
    }

    /// A signal has come: it ends the question that a person is asked just now.
    pub fn interrupt(&self, signal: Signal) {
        self.renewals.interrupt(signal);
    }

    /// Where the credentials of a profile are.
    pub fn url(&self, profile: &str) -> String {
        format!("http://127.0.0.1:{}{}", self.listening.port(), protocol::path(profile))
    }

    /// The file with the token.
    pub fn token_file(&self) -> &Path {
        self.token_file.path()
    }

    /// What a client needs in its environment to get the credentials of a profile.
    pub fn variables(&self, profile: &str) -> [(&'static str, String); 2] {
        [
            (vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, self.url(profile)),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, self.token_file().to_string_lossy().into_owned()),
        ]
    }

    /// The environment of a child that asks this server. `[default]` of the AWS files would go before a server, so the
    /// child's SDKs see no AWS files.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a policy that can't be read any more.
    pub fn child_env(&self, session: &Session) -> Result<ChildEnv> {
        let settings = Settings::of(self.profiles, &session.profile, self.args.region.as_deref());
        let request = request::from_args(self.app, self.profiles, Some(&session.profile), &self.args)?;
        // How early the server renews is nothing that an awsx in the child has to repeat.
        let args = SessionArgs { min_ttl: None, ..self.args.clone() };
        let repeat = Repeat::of(self.app, &args, &request)?;
        let mut env = without_credentials(self.app, session, &settings, &repeat)?;
        env.with_aws_files(&self.app.env, NO_FILE, NO_FILE);
        for (name, value) in self.variables(&session.profile) {
            env.put(name, value);
        }
        env.put(vars::AWSX_VIA, "server".into());
        Ok(env)
    }
}

/// Runs a program that gets its credentials from a server, which lives as long as the program; its status.
/// `arguments` may add to its environment.
///
/// # Errors
/// Whatever the session or the server fails with; as [`exec::exec`] if the program can't be run.
pub fn run(job: &Job<'_>, arguments: impl FnOnce(&mut ChildEnv) -> Vec<OsString>) -> Result<u8> {
    let Job { app, profiles, profile, args, program } = *job;
    let (served, sessions) = Served::begin(app, profiles, &[profile.to_owned()], args, 0)?;
    let mut env = ChildEnv::default();
    for session in &sessions {
        env = served.child_env(session)?;
    }
    let arguments = arguments(&mut env);
    let command = exec::command(program, &arguments, &env);
    let explain = |e: &std::io::Error| exec::explain(program, e, &app.env);
    let ended = parent::run(command, explain, |signal| served.interrupt(signal))?;
    drop(served);
    Ok(exec::end_as(ended.status))
}

/// 256 random bits.
fn token() -> Result<Secret> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|e| Error::failed("the system gives no random numbers").cause(e))?;
    Ok(Secret::new(data_encoding::BASE64URL_NOPAD.encode(bytes.as_slice())))
}

fn locked(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    // No thread can have left it half changed, so a panic in one does no harm.
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answering(book: &Arc<Mutex<Book>>) -> Answering {
    let book = book.clone();
    Arc::new(move |asked| locked(&book).answer(asked, SystemTime::now().into()))
}
