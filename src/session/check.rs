//! Whether the keys and sessions of profiles still work, for `awsx --full`: AWS is asked who they are. Nobody is
//! asked for anything, no session is made, and no credentials leave this file.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::guards;
use super::knowledge::Knowledge;
use crate::app::App;
use crate::aws::errors::{self, Class, Context};
use crate::base::error::Result;
use crate::base::secret::Credentials;
use crate::base::signals::Watch;
use crate::plan::SessionKey;
use crate::plan::endpoint::endpoint;
use crate::ports::{Call, CallError, Caller, Endpoint, Iam, Identity};
use crate::profile::{Profile, Profiles};
use crate::sources::plaintext;
use crate::store::cache::{self, Cache};
use crate::store::state::Checked;

/// How many calls are made at once.
const AT_ONCE: usize = 8;
/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// What a check found out about a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// AWS knows its keys or its session.
    Works,
    /// AWS no longer takes its keys.
    Invalid,
    /// AWS no longer takes its session, which is forgotten now.
    Void,
    /// AWS did not say: why.
    Unknown(String),
    /// It was not checked: why.
    Left(&'static str),
}

/// What [`all`] found out.
pub struct Report {
    /// By profile.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Whether a person stopped it.
    pub stopped: bool,
}

/// Where the credentials of a profile came from.
enum From {
    Stored,
    Files,
    Session(SessionKey),
}

/// One question to AWS, and the profiles whose credentials it is about.
struct Question {
    profiles: Vec<(String, From)>,
    id: String,
    sts: Endpoint,
}

/// What the threads take their work from.
struct Probe {
    question: usize,
    credentials: Credentials,
    sts: Endpoint,
    iam: Endpoint,
}

type Answer = (usize, Call<Identity>);

/// The accounts whose aliases were asked for, and what came of it.
type Aliases = BTreeMap<String, Option<String>>;

/// Checks these profiles, several at once: each key and each session with one call, whatever profiles share it. What is
/// found out is remembered, for lists to show. `session_of` gives the cached session that a profile would use now.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the system allows no signal handler.
pub fn all<'s>(
    app: &App,
    profiles: &Profiles,
    names: &[String],
    session_of: impl Fn(&Profile, &Knowledge) -> Option<(&'s SessionKey, &'s cache::Entry)>,
) -> Result<Report> {
    // Ctrl-C stops the check, and what is known by then is shown.
    let watch = Watch::begin(&[Signal::SIGINT])?;
    let quiet = app.keychain.is_quiet();
    app.keychain.set_quiet(true);
    let knowledge = Knowledge::new(app, None).however_old();
    knowledge.look_at_what_is_there();
    let mut verdicts = BTreeMap::new();
    let (mut questions, mut probes) = (Vec::<Question>::new(), VecDeque::new());
    let mut known: HashMap<(String, Option<String>, String), usize> = HashMap::new();
    for name in names {
        if watch.caught().is_some() {
            break;
        }
        let Some(profile) = profiles.get(name) else { continue };
        let found = credentials(app, profiles, &knowledge, &profile, &session_of).and_then(|(from, credentials)| {
            let at = |service| endpoint(&app.env, profiles, &profile, service, None);
            match (at("sts"), at("iam")) {
                (Ok(sts), Ok(iam)) => Ok((from, credentials, sts, iam)),
                _ => Err("their endpoint is no URL"),
            }
        });
        let (from, credentials, sts, iam) = match found {
            Ok(found) => found,
            Err(why) => {
                verdicts.insert(name.clone(), Verdict::Left(why));
                continue;
            }
        };
        let id = credentials.access_key_id.clone();
        let question = *known.entry((id.clone(), sts.url.clone(), sts.region.clone())).or_insert_with(|| {
            probes.push_back(Probe { question: questions.len(), credentials, sts: sts.clone(), iam });
            questions.push(Question { profiles: Vec::new(), id, sts });
            questions.len() - 1
        });
        questions[question].profiles.push((name.clone(), from));
    }
    app.keychain.set_quiet(quiet);

    let (answers, aliases) = ask(app, probes, &watch);
    let stopped = watch.caught().is_some();
    drop(watch);
    for (question, who) in &answers {
        let Some(question) = questions.get(*question) else { continue };
        for (name, from) in &question.profiles {
            let verdict = verdict(app, who, from, &question.sts);
            remember(app, &knowledge, name, (from, &question.id), who.as_ref().ok(), &verdict, &aliases);
            verdicts.insert(name.clone(), verdict);
        }
    }
    Ok(Report { verdicts, stopped })
}

/// The credentials to check a profile with: its own keys, else its session. Why not, in words.
fn credentials<'s>(
    app: &App,
    profiles: &Profiles,
    knowledge: &Knowledge,
    profile: &Profile,
    session_of: impl Fn(&Profile, &Knowledge) -> Option<(&'s SessionKey, &'s cache::Entry)>,
) -> std::result::Result<(From, Credentials), &'static str> {
    if !guards::admits_unasked(app, profiles, profile) {
        return Err(if app.agent().is_some() {
            "an AI agent may not use them unasked"
        } else {
            "they ask before they are used"
        });
    }
    let stored = knowledge.state(&profile.name).access_key_id.is_some();
    if let Some(keys) = profile.static_keys().filter(|_| !stored) {
        return Ok((From::Files, plaintext::read(profile, app.clock.now()).unwrap_or(keys)));
    }
    if stored && let Ok(Some(keys)) = knowledge.keys(&profile.name) {
        return Ok((From::Stored, keys));
    }
    let session = session_of(profile, knowledge).ok_or(if stored {
        "their keychain is locked"
    } else {
        "neither keys of their own nor a session"
    })?;
    Ok((From::Session(session.0.clone()), session.1.credentials.clone()))
}

/// Asks AWS about each, several at once, until all have answered or a signal comes. Also gives the aliases of the
/// accounts.
fn ask(app: &App, probes: VecDeque<Probe>, watch: &Watch) -> (Vec<Answer>, Aliases) {
    let count = probes.len();
    let queue = Arc::new(Mutex::new(probes));
    let aliases: Arc<Mutex<Aliases>> = Arc::default();
    let (tell, told) = mpsc::channel();
    for _ in 0..AT_ONCE.min(count) {
        let (queue, aliases, tell) = (Arc::clone(&queue), Arc::clone(&aliases), tell.clone());
        let (sts, iam) = (Arc::clone(&app.sts), Arc::clone(&app.iam));
        // Not waited for after a signal: a call may take half a minute to give up.
        std::thread::spawn(move || {
            while let Some(probe) = next(&queue) {
                let who = sts.get_caller_identity(Caller::new(&probe.credentials, &probe.sts));
                if let Ok(who) = &who {
                    learn_alias(&*iam, &probe, &who.account, &aliases);
                }
                if tell.send((probe.question, who)).is_err() {
                    return;
                }
            }
        });
    }
    drop(tell);
    let mut answers = Vec::new();
    while watch.caught().is_none() {
        app.prompter.progress(&format!("checking {} of {count}; Ctrl-C shows what is known", answers.len()));
        match told.recv_timeout(LOOK) {
            Ok(answer) => answers.push(answer),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
    app.prompter.progress("");
    let aliases = aliases.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (answers, aliases)
}

fn next(queue: &Mutex<VecDeque<Probe>>) -> Option<Probe> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Asks for the alias of an account once.
fn learn_alias(iam: &(dyn Iam + Send + Sync), probe: &Probe, account: &str, aliases: &Mutex<Aliases>) {
    let lock = || aliases.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = match lock().entry(account.to_owned()) {
        Entry::Vacant(place) => place.insert(None).is_none(),
        Entry::Occupied(_) => false,
    };
    if !is_first {
        return;
    }
    if let Ok(Some(alias)) = iam.account_alias(Caller::new(&probe.credentials, &probe.iam)) {
        lock().insert(account.to_owned(), Some(alias));
    }
}

fn verdict(app: &App, who: &Call<Identity>, from: &From, at: &Endpoint) -> Verdict {
    let Err(error) = who else { return Verdict::Works };
    match (errors::classify(error), from) {
        (Class::UnknownKey | Class::WrongSecret | Class::Expired, From::Stored | From::Files) => Verdict::Invalid,
        (Class::UnknownKey | Class::Expired, From::Session(key)) => {
            let forgotten = Cache::open(app).is_ok_and(|cache| cache.remove(key).is_ok());
            if forgotten { Verdict::Void } else { Verdict::Unknown(why(error, at)) }
        }
        _ => Verdict::Unknown(why(error, at)),
    }
}

fn why(error: &CallError, at: &Endpoint) -> String {
    errors::explain(error, &Context::default().at(at)).what
}

fn remember(
    app: &App,
    knowledge: &Knowledge,
    name: &str,
    (from, id): (&From, &str),
    who: Option<&Identity>,
    verdict: &Verdict,
    aliases: &Aliases,
) {
    let before = knowledge.state(name).checked;
    let same = before.as_ref().is_some_and(|before| before.access_key_id == id);
    let since = before.as_ref().and_then(|before| before.invalid_since).filter(|_| same);
    let checked = match (verdict, who) {
        (Verdict::Works, Some(who)) => Checked {
            // A session has another ID each time, and is never marked.
            access_key_id: if matches!(from, From::Session(_)) { String::new() } else { id.to_owned() },
            account: Some(who.account.clone()),
            alias: aliases.get(&who.account).cloned().flatten(),
            invalid_since: None,
        },
        (Verdict::Invalid, _) => Checked {
            access_key_id: id.to_owned(),
            invalid_since: since.or(Some(app.clock.now().0)),
            ..before.unwrap_or_default()
        },
        _ => return,
    };
    if knowledge.state(name).checked.as_ref() != Some(&checked) {
        knowledge.learn(name, |state| state.checked = Some(checked.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;
    use crate::ports::{Fault, Item};
    use crate::sources::keys;
    use crate::store::state;
    use crate::testkit::{Kit, StsCall};

    fn store(kit: &Kit, profile: &str, id: &str) {
        let pair = Credentials::key_pair(id, Secret::new("s".into()));
        kit.app.keychain.set(&Item::Keys(profile.into()), &keys::encode(&pair).unwrap()).unwrap();
        state::update(&kit.app.state_dir().unwrap(), profile, |state| state.set_key(id)).unwrap();
    }

    fn refuse(kit: &Kit, id: &'static str) {
        let message = "The security token included in the request is invalid.";
        kit.sts.on.check(move |call| match call {
            StsCall::GetCallerIdentity { with, .. } if with == id => Some(Fault::Service {
                code: "InvalidClientTokenId".into(),
                message: message.into(),
                status: 403,
                server_time: None,
            }),
            _ => None,
        });
    }

    fn check(kit: &Kit) -> BTreeMap<String, Verdict> {
        let profiles = Profiles::load(&kit.app.env).unwrap();
        all(&kit.app, &profiles, &profiles.names(), |_, _| None).unwrap().verdicts
    }

    #[test]
    fn each_key_is_asked_about_once_and_what_is_found_is_remembered() {
        let kit = Kit::new();
        kit.config(
            "[profile a]\n[profile b]\n[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = a\n\
             [profile careful]\nawsx_confirm = yes\n[profile process]\ncredential_process = false\n",
        );
        kit.credentials("[plain]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = s\n[twin]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = s\n");
        for (profile, id) in [("a", "AKIAA"), ("b", "AKIAB"), ("careful", "AKIAC")] {
            store(&kit, profile, id);
        }
        kit.iam.state.lock().unwrap().alias = Some("acme".into());
        refuse(&kit, "AKIAB");
        let verdicts = check(&kit);
        let left = |why| Verdict::Left(why);
        let want = [
            ("a", Verdict::Works),
            ("b", Verdict::Invalid),
            ("careful", left("they ask before they are used")),
            ("plain", Verdict::Works),
            ("process", left("neither keys of their own nor a session")),
            ("role", left("neither keys of their own nor a session")),
            ("twin", Verdict::Works),
        ];
        assert_eq!(verdicts, want.map(|(name, verdict)| (name.to_owned(), verdict)).into());
        assert_eq!(kit.sts.on.calls().len(), 3, "a, b, and plain with its twin: {:?}", kit.sts.on.calls());
        assert_eq!(kit.iam.on.calls().len(), 1, "one account");
        assert!(!kit.app.keychain.is_quiet() && kit.prompter.transcript().iter().all(|line| !line.starts_with("ask")));

        let known = |profile| state::load(&kit.app.state_dir().unwrap(), profile).checked.unwrap_or_default();
        assert_eq!(
            (known("a").account.as_deref(), known("twin").alias.as_deref()),
            (Some("123456789012"), Some("acme"))
        );
        let since = known("b").invalid_since.unwrap();
        assert_eq!(since, kit.app.clock.now().0);
        kit.clock.advance(3600);
        check(&kit);
        assert_eq!(known("b").invalid_since, Some(since), "since it was first seen");
        kit.sts.on.check(|_| None);
        check(&kit);
        assert_eq!(known("b").invalid_since, None);
    }

    #[test]
    fn what_aws_does_not_say_marks_nothing() {
        let kit = Kit::new();
        kit.config("[profile a]\n");
        store(&kit, "a", "AKIAA");
        kit.sts.on.fail_next(Fault::Unreachable("no route".into()));
        let verdicts = check(&kit);
        assert!(matches!(&verdicts["a"], Verdict::Unknown(why) if why.contains("can't be reached")), "{verdicts:?}");
        assert_eq!(state::load(&kit.app.state_dir().unwrap(), "a").checked, None);
        // A keychain that would ask for a passphrase is left alone.
        kit.keychain.lock();
        assert_eq!(check(&kit)["a"], Verdict::Left("their keychain is locked"));
        assert!(kit.keychain.is_locked());
    }

    #[test]
    fn a_void_session_is_forgotten() {
        let kit = Kit::new();
        kit.config("[profile p]\ncredential_process = false\n");
        crate::testkit::cached(&kit, "k", "p", "");
        let cache = Cache::open(&kit.app).unwrap();
        let entries = cache.entries();
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let run = || {
            let session_of = |_: &Profile, _: &Knowledge| entries.first().map(|(key, entry)| (key, entry));
            all(&kit.app, &profiles, &profiles.names(), session_of).unwrap().verdicts
        };
        assert_eq!(run()["p"], Verdict::Works);
        refuse(&kit, "ASIATEST");
        assert_eq!((run()["p"].clone(), cache.keys().len()), (Verdict::Void, 0));
    }
}
