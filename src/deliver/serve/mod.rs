//! A server that gives out credentials for as long as it runs, and renews them before they end.

pub mod protocol;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::app::App;
use crate::base::atomic_write;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
use crate::base::time::{Timestamp, parse_duration};
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::deliver::child::remember;
use crate::deliver::session_env::{ChildEnv, NO_FILE, Settings, child_env};
use crate::deliver::{exec, parent};
use crate::ports::{Answering, Listening};
use crate::profile::Profiles;
use crate::select::request;
use crate::session::{self, Session};
use crate::store::runtime;
use protocol::Book;

/// How many seconds of a session are left when it is renewed, unless something else is asked for: SDKs ask again when
/// 15 minutes are left.
const RENEW_AT: u32 = 15 * 60;
/// How many seconds pass between two looks at what is due.
pub const LOOK: u32 = 1;
/// How many seconds after a failed renewal the next one is tried.
const TRY_AGAIN: i64 = 30;
/// The same after a question that nobody answered: each question disturbs the program that runs.
const ASK_AGAIN: i64 = 300;

/// A running server, and what it needs to renew what it gives out. It runs until it is dropped.
pub struct Served<'a> {
    app: &'a App,
    profiles: &'a Profiles,
    args: SessionArgs,
    min_ttl: u32,
    kept: Vec<Kept>,
    book: Arc<Mutex<Book>>,
    said: BTreeSet<String>,
    listening: Box<dyn Listening>,
    token_file: TokenFile,
}

/// A profile, and when its session is to be renewed; never, if it doesn't end.
struct Kept {
    name: String,
    due: Option<Timestamp>,
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
        let args = SessionArgs { min_ttl: Some(min_ttl.to_string()), ..args.clone() };
        let sessions = names.iter().map(|name| obtain(app, profiles, name, &args, true)).collect::<Result<Vec<_>>>()?;
        let token = token()?;
        let token_file = TokenFile::write(app, &token)?;
        let book = Arc::new(Mutex::new(Book::new(token)));
        for session in &sessions {
            locked(&book).put(session);
        }
        let listening = app.server.listen(port, answering(&book))?;
        locked(&book).at_port(listening.port());
        let now = app.clock.now();
        let kept = |session: &Session| Kept { name: session.profile.clone(), due: due(session, min_ttl, now) };
        let kept = sessions.iter().map(kept).collect();
        let said = BTreeSet::new();
        Ok((Served { app, profiles, args, min_ttl, kept, book, said, listening, token_file }, sessions))
    }

    /// Renews what is due. Whatever fails is said once, and tried again later; what was given out before stays.
    pub fn renew(&mut self) {
        let now = self.app.clock.now();
        for kept in self.kept.iter_mut().filter(|kept| kept.due.is_some_and(|due| due <= now)) {
            match obtain(self.app, self.profiles, &kept.name, &self.args, false) {
                Ok(session) => {
                    locked(&self.book).put(&session);
                    kept.due = due(&session, self.min_ttl, self.app.clock.now());
                    self.said.clear();
                }
                Err(error) => {
                    let wait = if error.kind == ErrorKind::Input { ASK_AGAIN } else { TRY_AGAIN };
                    kept.due = Some(self.app.clock.now().plus(wait));
                    let told = format!("{} was not renewed: {}", kept.name, error.brief());
                    if self.said.insert(told.clone()) {
                        self.app.prompter.warn(&told);
                    }
                }
            }
        }
    }

    /// Where the credentials of a profile are.
    pub fn url(&self, profile: &str) -> String {
        format!("http://127.0.0.1:{}{}", self.listening.port(), protocol::path(profile))
    }

    /// The file with the token.
    pub fn token_file(&self) -> &Path {
        &self.token_file.0
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
        let limits = remember(&self.args, request.policy.as_deref())?;
        let mut env = child_env(session, &settings, limits, &self.app.env);
        env.without_credentials();
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
pub fn run(
    app: &App,
    profiles: &Profiles,
    profile: &str,
    args: &SessionArgs,
    program: &OsStr,
    arguments: impl FnOnce(&mut ChildEnv) -> Vec<OsString>,
) -> Result<u8> {
    let (mut served, sessions) = Served::begin(app, profiles, &[profile.to_owned()], args, 0)?;
    let mut env = ChildEnv::default();
    for session in &sessions {
        env = served.child_env(session)?;
    }
    let arguments = arguments(&mut env);
    let command = exec::command(program, &arguments, &env);
    let status = parent::run(
        command,
        |e| exec::explain(program, e, &app.env),
        || {
            served.renew();
            LOOK
        },
    )?;
    Ok(exec::status(status))
}

/// A code that was given, in whatever way, is good for the first session alone.
fn obtain(app: &App, profiles: &Profiles, name: &str, args: &SessionArgs, first: bool) -> Result<Session> {
    let mut request = request::from_args(app, profiles, Some(name), args)?;
    request.code = request.code.filter(|_| first);
    session::obtain(app, profiles, &request)
}

/// When a session is to be renewed: as soon as a cached one would no longer do. One that is shorter than what should
/// be left of it is renewed after half its time. One that has ended by this machine's clock is not asked for each
/// second.
fn due(session: &Session, min_ttl: u32, now: Timestamp) -> Option<Timestamp> {
    let ends = session.credentials.expires?;
    let left = ends.seconds_left(now);
    let after = match left {
        ..=0 => TRY_AGAIN,
        _ if left >= i64::from(min_ttl) => left - i64::from(min_ttl),
        _ => left / 2,
    };
    Some(now.plus(after + 1))
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

/// The file with the token, in the runtime folder; removed with this value.
struct TokenFile(PathBuf);

impl TokenFile {
    fn write(app: &App, token: &Secret) -> Result<Self> {
        let folder = runtime::locate(&app.env)?;
        runtime::ensure(&folder)?;
        let path = folder.join(format!("server-{}", std::process::id()));
        let failed = |e| Error::failed(format!("can't write {}", path.display())).cause(e);
        atomic_write::write(&path, token.expose().as_bytes()).map_err(failed)?;
        Ok(TokenFile(path))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Credentials;
    use crate::ports::Item;
    use crate::sources::keys;
    use crate::testkit::{Kit, START, key_pair};

    #[test]
    fn a_given_code_is_not_there_for_a_renewal() {
        let kit = Kit::with_env(&[("AWSX_ADVERTISED", "0"), (vars::AWSX_MFA_CODE, "123456")]);
        kit.config("[profile prod]\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n");
        kit.app.keychain.set(&Item::Keys("prod".into()), &keys::encode(&key_pair()).unwrap()).unwrap();
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let again = |first| obtain(&kit.app, &profiles, "prod", &SessionArgs::default(), first);
        let before = again(true).unwrap();
        kit.clock.advance(48 * 3600);
        assert!(again(false).is_err(), "nobody is there to be asked");
        kit.prompter.answer("654321");
        assert!(!again(false).unwrap().cached && !before.cached);
    }

    #[test]
    fn renewals_are_due_in_time_and_never_each_second() {
        let after = |left: i64| {
            let credentials = Credentials { expires: Some(START.plus(left)), ..key_pair() };
            let session =
                Session { profile: "prod".into(), credentials, account: None, arn: None, key: None, cached: false };
            due(&session, 900, START).map(|due| due.seconds_left(START))
        };
        for (left, want) in [(3600, 2701), (900, 1), (600, 301), (0, TRY_AGAIN + 1), (-60, TRY_AGAIN + 1)] {
            assert_eq!(after(left), Some(want), "{left}");
        }
    }
}
