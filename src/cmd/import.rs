//! `awsx import`: keys from the AWS files, from a CSV file of the console, or from aws-vault into the keychain; profiles from
//! IAM Identity Center into the config.

use crate::access_keys::import::{self, Findings, Left, Origin, Outcome, csv, files, plaintext, vault};
use crate::access_keys::store;
use crate::adapters::aws_vault;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::{self, ImportFrom, VaultBackend};
use crate::ports::AwsVault;
use crate::profile::{FileKind, Profiles, a_few, edit};
use crate::session;
use crate::signin::import as sso;

/// Runs `awsx import`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Import) -> Result<u8> {
    let outcome = match &args.from {
        None => from_files(app, &cli::ImportCredentials::default()),
        Some(ImportFrom::Credentials(args)) => from_files(app, args),
        Some(ImportFrom::Csv(args)) => from_csv(app, args),
        Some(ImportFrom::AwsVault(args)) => from_vault(app, args),
        Some(ImportFrom::Sso(args)) => return from_sso(app, args).map(|()| 0),
    }?;
    Ok(u8::from(outcome.refused > 0))
}

fn from_files(app: &App, args: &cli::ImportCredentials) -> Result<Outcome> {
    let profiles = Profiles::load(&app.env)?;
    let files = plaintext::read(app)?;
    let place = "the AWS files";
    let findings = files::find(&files)?.only(&args.profiles, place)?;
    let question =
        ["Move it into the keychain, and out of the file?", "Move these {} into the keychain, and out of the files?"];
    let outcome = import::run(app, &profiles, &findings, &Origin { place, question, no_verify: args.no_verify })?;
    plaintext::take_out(app, &files, &outcome.stored, args.keep_backup)?;
    if let Some(first) = outcome.stored.first() {
        let name = &first.profile;
        app.prompter.say(&format!(
            "other programs find these keys no longer: `awsx exec {name} -- CMD` runs one with a session, \
             `awsx persist {name} --link` writes a profile that gets one from awsx"
        ));
    }
    Ok(outcome)
}

fn from_csv(app: &App, args: &cli::ImportCsv) -> Result<Outcome> {
    let profiles = Profiles::load(&app.env)?;
    let findings = nameable(&profiles, csv::find(app, &args.file, args.profile.as_deref())?);
    let place = args.file.display().to_string();
    let question = ["Store it in the keychain?", "Store these {} in the keychain?"];
    let origin = Origin { place: &place, question, no_verify: args.no_verify };
    let outcome = import::run(app, &profiles, &findings, &origin)?;
    complete_config(app, &profiles, &outcome)?;
    let all = findings.left.is_empty() && outcome.refused == 0 && !outcome.stored.is_empty();
    if all {
        csv::offer_to_delete(app, &args.file)?;
    } else {
        app.prompter.say(&format!("{place} still holds keys in plain text"));
    }
    Ok(outcome)
}

fn from_vault(app: &App, args: &cli::ImportAwsVault) -> Result<Outcome> {
    let profiles = Profiles::load(&app.env)?;
    let vault = open_vault(app, args)?;
    let place = vault.place();
    let findings = nameable(&profiles, vault::find(&*vault, &profiles, &args.profiles)?.only(&args.profiles, &place)?);
    let question = ["Copy it into the keychain?", "Copy these {} into the keychain?"];
    let origin = Origin { place: &place, question, no_verify: args.no_verify };
    let outcome = import::run(app, &profiles, &findings, &origin)?;
    complete_config(app, &profiles, &outcome)?;
    let names: Vec<&str> = outcome.stored.iter().map(|found| found.profile.as_str()).collect();
    if !names.is_empty() {
        app.prompter.say(&format!("aws-vault keeps its own: `aws-vault remove NAME` ends that for {}", a_few(&names)));
    }
    Ok(outcome)
}

fn from_sso(app: &App, args: &cli::ImportSso) -> Result<()> {
    // A person who gives sign-in options is there to sign in, even without a terminal.
    if args.sign_in != cli::SignInArgs::default() {
        let _ = app.sign_in.set(args.sign_in.clone());
    }
    sso::run(
        app,
        &sso::Options {
            session: args.session.as_deref(),
            start_url: args.start_url.as_deref(),
            sso_region: args.sso_region.as_deref(),
            template: args.name_template.as_deref(),
            region: args.region.as_deref(),
            prune: args.prune,
        },
        // The list comes from the whole sign-in, which no rule can narrow.
        &|profiles, name| session::guards::admit(app, profiles, &[name]),
    )
}

/// The place that was named, else the first one with a key pair in it.
fn open_vault(app: &App, args: &cli::ImportAwsVault) -> Result<Box<dyn AwsVault>> {
    let open = |backend| aws_vault::open(&app.env, &app.global, backend);
    if let Some(backend) = args.from {
        return open(backend);
    }
    if let Some(name) = app.env.get(vars::AWS_VAULT_BACKEND) {
        return open(aws_vault::backend(name).ok_or_else(|| {
            Error::config(format!("{}: awsx can't read the backend {name} of aws-vault", vars::AWS_VAULT_BACKEND))
                .hint("`aws-vault exec --no-session PROFILE -- awsx add PROFILE --env` stores the keys of one profile")
        })?);
    }
    let mut tried = Vec::new();
    for backend in [aws_vault::OS, VaultBackend::File, VaultBackend::Pass] {
        let vault = open(backend)?;
        match vault.names() {
            Ok(names) if names.iter().any(|name| vault::is_key_pair(name)) => return Ok(vault),
            Ok(_) => tried.push(format!("none in {}", vault.place())),
            Err(error) => tried.push(error.brief()),
        }
    }
    Err(Error::config("there are no keys of aws-vault here")
        .cause(tried.join("; "))
        .hint("--from says where they are; AWS_VAULT_FILE_DIR and AWS_VAULT_PASS_PREFIX count as for aws-vault"))
}

/// Leaves what could not be the name of a profile.
fn nameable(profiles: &Profiles, findings: Findings) -> Findings {
    let Findings { found, mut left } = findings;
    let fits = |name: &str| profiles.contains(name) || edit::add_profile("", FileKind::Config, name, &[]).is_ok();
    let (found, unfit) = found.into_iter().partition(|found| fits(&found.profile));
    let unfit: Vec<import::Found> = unfit;
    left.extend(unfit.into_iter().map(|found| Left { name: found.profile, why: "no name for a profile".into() }));
    Findings { found, left }
}

/// Adds the profiles that are missing in the config.
fn complete_config(app: &App, profiles: &Profiles, outcome: &Outcome) -> Result<()> {
    let missing = outcome.stored.iter().filter(|found| !profiles.contains(&found.profile));
    missing.map(|found| found.profile.as_str()).try_for_each(|name| store::add_profile(app, name, &[]))
}
