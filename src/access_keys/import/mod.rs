//! Keys on their way from somewhere else into the keychain: what was found is shown, a person agrees, AWS confirms each
//! pair, and it is stored and read back. What becomes of the place where they were is up to the caller.

pub mod backup;
pub mod csv;
pub mod files;
pub mod plaintext;
pub mod vault;

use std::fmt;

use crate::access_keys::store;
use crate::app::App;
use crate::base::columns;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::ports::{Identity, Item};
use crate::profile::Profiles;
use crate::sources::keys;

/// A key pair, and the profile that it is for.
#[derive(Debug, Clone)]
pub struct Found {
    /// The profile.
    pub profile: String,
    /// A long-lived key pair in the right form.
    pub keys: Credentials,
}

/// Something that stays where it is.
#[derive(Debug, Clone)]
pub struct Left {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What was found in one place.
#[derive(Debug, Default)]
pub struct Findings {
    /// What can be imported.
    pub found: Vec<Found>,
    /// What can't.
    pub left: Vec<Left>,
}

impl Findings {
    /// Only those of these profiles; all of them if none is named.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if one of them has no key that could be imported.
    pub fn only(self, names: &[String], place: &str) -> Result<Self> {
        if names.is_empty() {
            return Ok(self);
        }
        for name in names {
            if self.found.iter().any(|found| found.profile == *name) {
                continue;
            }
            let why = self.left.iter().find(|left| left.name == *name).map(|left| left.why.clone());
            return Err(Error::config(format!("there are no keys of {name} to import from {place}"))
                .cause(why.unwrap_or_else(|| format!("it has {}", self.names()))));
        }
        let found = self.found.into_iter().filter(|found| names.contains(&found.profile)).collect();
        Ok(Findings { found, left: Vec::new() })
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.found.iter().map(|found| found.profile.clone()).collect();
        if names.is_empty() { "none at all".into() } else { format!("keys of {}", crate::profile::a_few(&names)) }
    }
}

/// What became of the keys.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Those that the keychain holds now; each was read back.
    pub stored: Vec<Found>,
    /// How many were found and not stored.
    pub refused: usize,
}

/// Where keys come from, in words.
pub struct Origin<'a> {
    /// The place.
    pub place: &'a str,
    /// What is asked before anything is done, for one key and for several; `{}` stands for their number.
    pub question: [&'a str; 2],
    /// Whether AWS is not to be asked.
    pub no_verify: bool,
}

/// Shows what was found, asks, and moves it into the keychain.
///
/// # Errors
/// [`ErrorKind::Input`] if nobody can be asked, [`ErrorKind::Failed`] if the answer was no, and why AWS could not be
/// asked or the keychain failed. Nothing is stored unless all keys could be checked.
pub fn run(app: &App, profiles: &Profiles, findings: &Findings, origin: &Origin) -> Result<Outcome> {
    let found = &findings.found;
    if found.is_empty() {
        app.prompter.say(&format!("no long-lived keys to import from {}", origin.place));
        show_left(app, &findings.left);
        return Ok(Outcome::default());
    }
    app.keychain.ready_to_store()?;
    let before = found.iter().map(|found| Before::of(app, found)).collect::<Result<Vec<_>>>()?;
    app.prompter.say(&format!("long-lived keys in {}:", origin.place));
    let row = |(found, before): (&Found, &Before)| {
        [format!("  {}", found.profile), found.keys.access_key_id.clone(), before.to_string()]
    };
    say_columns(app, &found.iter().zip(&before).map(row).collect::<Vec<_>>());
    show_left(app, &findings.left);
    let question = match found.len() {
        1 => origin.question[0].to_owned(),
        many => origin.question[1].replace("{}", &many.to_string()),
    };
    if !app.confirm(&question)? {
        return Err(Error::failed("nothing was imported"));
    }
    let verified = verify(app, profiles, found, &before, origin)?;
    let mut outcome = Outcome::default();
    for ((found, before), verified) in found.iter().zip(before).zip(verified) {
        let refused = match verified {
            Ok(identity) => store_one(app, found, &before, identity.as_ref())?,
            Err(error) => Some(error),
        };
        if let Some(error) = refused {
            app.prompter.failure(&error);
            outcome.refused += 1;
        } else {
            outcome.stored.push(found.clone());
        }
    }
    Ok(outcome)
}

fn show_left(app: &App, left: &[Left]) {
    if !left.is_empty() {
        app.prompter.say("left as they are:");
        say_columns(app, &left.iter().map(|left| [format!("  {}", left.name), left.why.clone()]).collect::<Vec<_>>());
    }
}

fn say_columns<R: AsRef<[String]>>(app: &App, rows: &[R]) {
    let widths = columns::widths(rows);
    for row in rows {
        app.prompter.say(&columns::row(row.as_ref(), &widths));
    }
}

/// What the keychain holds for a profile before its keys are imported.
enum Before {
    Nothing,
    /// This very pair.
    Same,
    /// Another pair, or something that is none.
    Other(Option<Credentials>),
}

impl Before {
    fn of(app: &App, found: &Found) -> Result<Self> {
        let held = app.keychain.get(&Item::Keys(found.profile.clone()))?;
        Ok(match held.map(|secret| keys::decode(&secret).ok()) {
            None => Before::Nothing,
            Some(Some(held)) if held == found.keys => Before::Same,
            Some(other) => Before::Other(other),
        })
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Before::Nothing => Ok(()),
            Before::Same => f.write_str("is in the keychain already"),
            Before::Other(Some(old)) => write!(f, "the keychain holds {}", old.access_key_id),
            Before::Other(None) => f.write_str("the keychain holds something else"),
        }
    }
}

/// Whose key it is, or why it is left; `None` where nobody asked.
type Verified = std::result::Result<Option<Identity>, Error>;

/// Asks AWS about each pair once.
fn verify(
    app: &App,
    profiles: &Profiles,
    found: &[Found],
    before: &[Before],
    origin: &Origin,
) -> Result<Vec<Verified>> {
    let mut verified: Vec<Verified> = Vec::new();
    for (index, (one, before)) in found.iter().zip(before).enumerate() {
        if origin.no_verify || matches!(before, Before::Same) {
            verified.push(Ok(None));
            continue;
        }
        // Two profiles with the same pair: one answer, unless the profiles state different accounts.
        let same = found.iter().take(index).position(|other| other.keys == one.keys);
        if let Some(known @ Ok(Some(_))) = same.and_then(|at| verified.get(at)).cloned()
            && !profiles.get(&one.profile).is_some_and(|profile| crate::session::guards::states_account(&profile))
        {
            verified.push(known);
            continue;
        }
        match store::verify(app, profiles, &one.profile, None, &one.keys) {
            Ok(identity) => verified.push(Ok(Some(identity))),
            Err(error) if matches!(error.kind, ErrorKind::Refused | ErrorKind::Config) => {
                let id = &one.keys.access_key_id;
                let what = format!("{id} of {} stays where it is: {}", one.profile, error.what);
                verified.push(Err(Error { what, ..error }));
            }
            Err(error) => {
                return Err(Error { what: format!("nothing was imported: {}", error.what), ..error }
                    .hint("--no-verify stores the keys unchecked"));
            }
        }
    }
    Ok(verified)
}

/// Stores one pair, unless the keychain holds it. The error is about a pair that is left.
fn store_one(app: &App, found: &Found, before: &Before, identity: Option<&Identity>) -> Result<Option<Error>> {
    let Found { profile, keys } = found;
    if let Before::Other(old) = before {
        // The stored key may be the newer one, and may be nowhere else. So -y is no answer here.
        let agreed = !app.global.yes
            && app.prompter.can_ask()
            && app.prompter.confirm(&store::replacement(profile, old.as_ref(), keys), false)?;
        if !agreed {
            let id = &keys.access_key_id;
            return Ok(Some(
                Error::failed(format!("{id} of {profile} stays where it is: the keychain holds another key"))
                    .hint(format!("`awsx whoami {profile}` tries the stored one, `awsx remove {profile}` makes room")),
            ));
        }
    }
    if matches!(before, Before::Same) {
        store::check(app, profile, keys)?;
    } else {
        store::put(app, profile, keys)?;
        store::say_stored(app, profile, keys, identity);
    }
    let old = match before {
        Before::Other(Some(old)) => Some(old.access_key_id.as_str()),
        _ => None,
    };
    store::remember(app, profile, keys, identity, old);
    Ok(None)
}

#[cfg(test)]
mod tests;
