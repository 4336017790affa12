//! `awsx add`: reads the keys, checks their form, asks AWS whose they are, stores them, completes the config. Nothing
//! is stored unless the checks went well.

use std::fs::File;
use std::io;

use crate::access_keys::{rotate, store};
use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::{self, Credentials, Secret};
use crate::base::vars;
use crate::cli;
use crate::deliver::quote::word;
use crate::ports::Item;
use crate::profile::{FileKind, Profiles, Step, edit};
use crate::session::guards;
use crate::sources::keys;
use crate::sources::pasted::Pasted;

/// How many inputs a person has for a key pair.
const TRIES: u32 = 6;

/// Runs `awsx add`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Add) -> Result<u8> {
    let added = read_and_store(app, args);
    if !args.env && !args.stdin && args.csv.is_none() {
        // Pasted text that was not read may be a secret. It must not become the shell's next command.
        app.prompter.forget_typed();
    }
    added.map(|()| 0)
}

fn read_and_store(app: &App, args: &cli::Add) -> Result<()> {
    let name = args.profile.as_str();
    if name.is_empty() || name.contains(char::is_control) {
        return Err(Error::usage("that can't be the name of a profile"));
    }
    let profiles = Profiles::load(&app.env)?;
    if !app.global.yes {
        needs_keys(&profiles, args)?;
    }
    let settings: Vec<(&str, &str)> = args.region.iter().map(|region| ("region", region.as_str())).collect();
    if !profiles.contains(name) {
        // A name that the config can't hold is refused before anybody types a secret.
        edit::add_profile("", FileKind::Config, name, &settings)?;
    }
    let item = Item::Keys(name.to_owned());
    app.keychain.ready_to_store()?;
    let before = app.keychain.get(&item)?;
    if before.is_some() {
        guards::admit_to_change(app, name)?;
    }
    let rotation = rotate::half_done(app, name)?;
    let keys = read(app, args)?;
    let verify = || store::verify(app, &profiles, name, args.region.as_deref(), &keys).map_err(|e| not_stored(args, e));
    let identity = if args.no_verify { None } else { Some(verify()?) };
    // An item that can't be read is replaced like another key.
    let old = before.map(|secret| keys::decode(&secret).ok());
    // The same ID with another secret is asked about too: the new secret may be mistyped, and the old one stored only
    // here.
    if let Some(old) = old.as_ref().filter(|old| old.as_ref() != Some(&keys))
        && !app.confirm(&store::replacement(name, old.as_ref(), &keys))?
    {
        return Err(Error::failed(format!("the keys of {name} were not changed")));
    }
    if let Some(rotation) = &rotation
        && !app.confirm(&format!("{} Forget it and store this key?", rotation.told(name)))?
    {
        return Err(Error::failed(format!("the keys of {name} were not changed")).hint(format!("awsx rotate {name}")));
    }
    let old = old.flatten().map(|old| old.access_key_id);
    app.keychain.set(&item, &keys::encode(&keys)?)?;
    if let Some(rotation) = &rotation {
        rotate::forget(app, name, rotation)?;
    }
    store::say_stored(app, name, &keys, identity.as_ref());
    store::remember(app, name, &keys, identity.as_ref(), old.as_deref());
    complete_config(app, args, &profiles, &settings)?;
    advise(app, args, &profiles);
    Ok(())
}

/// Fails for a profile that would never use keys of its own: they are probably meant for another profile.
fn needs_keys(profiles: &Profiles, args: &cli::Add) -> Result<()> {
    let name = args.profile.as_str();
    let Some(profile) = profiles.get(name) else { return Ok(()) };
    let anyway = format!("`{} -y` stores keys for it all the same", command(args, name));
    let chain = profiles.chain(name, |_| false).unwrap_or_default();
    let base = chain.first().filter(|base| base.profile.name != name);
    let what = match (base, profile.get("source_profile").filter(|source| *source != name)) {
        (Some(base), _) if base.step == Step::Keys => {
            let source = &base.profile.name;
            return Err(Error::config(format!("{name} takes its keys from {source}"))
                .hint(format!("did you mean `{}`? {anyway}", command(args, source))));
        }
        (Some(base), _) => format!("{name} starts from {}, which needs no stored keys", base.profile.name),
        // The source is missing, or closes a loop.
        (None, Some(source)) if profile.has("role_arn") && chain.is_empty() => {
            return Err(Error::config(format!("{name} takes its keys from {source}"))
                .hint(format!("did you mean `{}`? {anyway}", command(args, source))));
        }
        _ => match chain.first().map(|hop| hop.step) {
            Some(Step::Sso) => format!("{name} signs in with IAM Identity Center and needs no stored keys"),
            Some(Step::Login) => format!("{name} is a console login and needs no stored keys"),
            Some(Step::WebIdentity) => format!("{name} has a web identity token and needs no stored keys"),
            _ => return Ok(()),
        },
    };
    Err(Error::config(what).hint(anyway))
}

/// The key pair from where the arguments say.
fn read(app: &App, args: &cli::Add) -> Result<Credentials> {
    if args.env {
        from_env(app)
    } else if args.stdin {
        let text =
            secret::read_text(io::stdin().lock()).map_err(|e| Error::failed("can't read standard input").cause(e))?;
        keys::parse_lines(&text)
    } else if let Some(path) = &args.csv {
        let text = File::open(path).and_then(secret::read_text);
        let text = text.map_err(|e| Error::config(format!("can't read {}", path.display())).cause(e))?;
        keys::parse_csv(&text).map_err(|e| Error { what: format!("{}: {}", path.display(), e.what), ..e })
    } else {
        ask(app, &args.profile)
    }
}

fn from_env(app: &App) -> Result<Credentials> {
    let value = |name: &str| {
        app.env.get(name).ok_or_else(|| {
            Error::config(format!("{name} is not set")).hint("export the key pair, or leave out --env to be asked")
        })
    };
    let (id, secret) = (value(vars::AWS_ACCESS_KEY_ID)?, value(vars::AWS_SECRET_ACCESS_KEY)?);
    if app.env.get(vars::AWS_SESSION_TOKEN).is_some() {
        return Err(Error::config("temporary credentials can't be stored")
            .cause("AWS_SESSION_TOKEN is set: these keys belong to a session")
            .hint("unset AWS_SESSION_TOKEN if it is stale, or leave out --env to be asked"));
    }
    keys::check(id.trim(), Secret::new(secret.trim().to_owned()))
}

/// Asks until both halves of the pair are there, however they are typed or pasted. Nothing is echoed: text pasted for
/// the ID may contain the secret.
fn ask(app: &App, profile: &str) -> Result<Credentials> {
    let prompter = &app.prompter;
    let nobody = |e: Error| match e.kind {
        ErrorKind::Input => e.hint("give the keys with --stdin, --env or --csv FILE"),
        _ => e,
    };
    if prompter.can_ask() {
        prompter
            .say("Paste the access key ID, or ID and secret together as you have copied them. Nothing of it is shown.");
    }
    let mut found = Pasted::default();
    for _ in 0..TRIES {
        let prompt = match found.id {
            None => format!("Access key ID for {profile}: "),
            Some(_) => "Secret access key (not shown): ".into(),
        };
        let text = prompter.paste(&prompt).map_err(nobody)?;
        let taken = found.take(&text);
        if let Some(pair) = found.pair() {
            prompter.forget_typed();
            return keys::check(&pair.access_key_id, pair.secret_access_key);
        }
        match (taken, &found.id) {
            (Err(error), _) => prompter.warn(&one_line(&error)),
            (Ok(()), Some(id)) => prompter.say(&format!("The access key ID is {id}.")),
            (Ok(()), None) => prompter.say("That is the secret access key."),
        }
    }
    Err(Error::input(format!("no key pair for {profile} in {TRIES} tries"))
        .hint("`--csv FILE` takes the console's file"))
}

fn one_line(error: &Error) -> String {
    error.cause.as_ref().map_or_else(|| error.what.clone(), |cause| format!("{}: {cause}", error.what))
}

/// The same command for a profile.
fn command(args: &cli::Add, profile: &str) -> String {
    let mut command = format!("awsx add {}", word(profile));
    if let Some(path) = &args.csv {
        command += &format!(" --csv {}", word(&path.to_string_lossy()));
    }
    if let Some(region) = &args.region {
        command += &format!(" --region {}", word(region));
    }
    for (option, given) in [(" --env", args.env), (" --stdin", args.stdin), (" --no-verify", args.no_verify)] {
        command += if given { option } else { "" };
    }
    command
}

fn not_stored(args: &cli::Add, error: Error) -> Error {
    let name = &args.profile;
    let hint =
        error.hint.map(|hint| hint.replace(&format!("`awsx add {name}`"), &format!("`{}`", command(args, name))));
    Error { what: format!("the keys were not stored: {}", error.what), hint, ..error }
}

/// Adds the profile to the config where there is none of that name.
fn complete_config(app: &App, args: &cli::Add, profiles: &Profiles, settings: &[(&str, &str)]) -> Result<()> {
    let name = args.profile.as_str();
    if profiles.contains(name) {
        if args.region.is_some() {
            app.prompter.warn(&format!("{name} is in the config already: --region is not written"));
        }
        return Ok(());
    }
    store::add_profile(app, name, settings)
}

/// Warns of copies of the keys that are still in plain text.
fn advise(app: &App, args: &cli::Add, profiles: &Profiles) {
    if let Some(path) = &args.csv {
        app.prompter.say(&format!("{} still holds the secret in plain text: delete it", path.display()));
    }
    if profiles.get(&args.profile).is_some_and(|profile| profile.get("aws_access_key_id").is_some()) {
        let name = &args.profile;
        app.prompter.warn(&format!(
            "the AWS files still hold a key of {name} in plain text: `awsx import credentials {name}` takes it out"
        ));
    }
}

#[cfg(test)]
mod tests;
