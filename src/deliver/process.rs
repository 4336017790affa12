//! Credentials by `credential_process`: a child's SDKs read a config of their own, in which each profile calls awsx.
//! So they renew by themselves, however long the child runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::deliver::child::without_credentials;
use crate::deliver::quote::word;
use crate::deliver::repeat::Repeat;
use crate::deliver::session_env::{ChildEnv, NO_FILE, Settings};
use crate::deliver::shells;
use crate::profile::Profiles;
use crate::select::request;
use crate::session::{self, mark};
use crate::store::{cache, runtime};

/// Gets a session of each profile, so that whatever has to be asked is asked now. Then the environment of a child
/// whose SDKs call awsx: by default for the first profile, and by name for the others.
///
/// # Errors
/// Whatever a session fails with; [`crate::base::error::ErrorKind::Config`] for a name that no config can hold.
pub fn child(app: &App, profiles: &Profiles, names: &[String], args: &SessionArgs) -> Result<ChildEnv> {
    let mut awsx = vec![shells::own_path(&app.env)];
    awsx.extend(
        [(app.global.no_input, "--no-input"), (app.global.yes, "--yes")]
            .iter()
            .filter(|(given, _)| *given)
            .map(|(_, word)| (*word).to_owned()),
    );
    let mut env = None;
    let mut text = String::new();
    let mut sections = BTreeMap::new();
    for name in names {
        if let Some(other) = sections.insert(section_name(name), name) {
            return Err(Error::config(format!("{other:?} and {name:?} can't be used in one command"))
                .cause(format!("with --via process both would have the name {}", section_name(name))));
        }
        let request = request::from_args(app, profiles, Some(name), args)?;
        let session = session::obtain(app, profiles, &request)?;
        let settings = Settings::of(profiles, &session.profile, args.region.as_deref());
        let repeat = Repeat::of(app, args, &request)?;
        let admission = mark::admission(app, &session.profile);
        let line = line(&awsx, &session.profile, &repeat, admission.as_deref())?;
        text += &section(name, &line, &settings)?;
        if env.is_none() {
            env = Some((without_credentials(app, &session, &settings, &repeat)?, section_name(name)));
        }
    }
    let (mut env, selected) = env.ok_or_else(|| Error::usage("no profile"))?;
    let config = written(app, &text)?;
    env.with_aws_files(&app.env, &config.to_string_lossy(), NO_FILE);
    env.put(vars::AWS_PROFILE, selected);
    env.put(vars::AWSX_VIA, "process".into());
    Ok(env)
}

/// The file with this text, in the runtime folder. It holds no secret, and the same text is always the same file.
fn written(app: &App, text: &str) -> Result<PathBuf> {
    let folder = runtime::locate(&app.env)?;
    runtime::ensure(&folder)?;
    let digest = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    let name = format!("{}{}", runtime::CONFIG, digest.get(..16).unwrap_or(&digest));
    // Written each time, so that what cleans up old files leaves it alone.
    cache::write(&folder, &name, text.as_bytes())?;
    Ok(folder.join(name))
}

/// Notes that the config that has called awsx, if any, is in use: what is not is removed some day.
pub fn used(app: &App) {
    let (Some(config), Ok(folder)) = (app.env.path(vars::AWS_CONFIG_FILE), runtime::locate(&app.env)) else { return };
    let name = config.file_name().map_or(&b""[..], |name| name.as_encoded_bytes());
    if config.parent() == Some(&folder) && name.starts_with(runtime::CONFIG.as_bytes()) {
        let _ = File::open(&config).and_then(|file| file.set_modified(SystemTime::now()));
    }
}

/// A profile's name as a section has it. Blanks and what else the SDKs read differently are replaced.
fn section_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_.:/@+-".contains(c) { c } else { '-' };
    name.chars().map(plain).collect()
}

fn section(name: &str, line: &str, settings: &Settings) -> Result<String> {
    let header = section_name(name);
    let header = if header == "default" { header } else { format!("profile {header}") };
    let settings = [
        ("credential_process", Some(line)),
        ("region", settings.region.as_deref()),
        ("output", settings.output.as_deref()),
    ];
    let mut text = format!("[{header}]\n");
    for (key, value) in settings.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        // Some SDKs take the rest of a line for a comment, and none has a way to say that it isn't.
        if value.chars().any(char::is_control) || [" #", " ;"].iter().any(|comment| value.contains(comment)) {
            return Err(Error::config(format!("{name:?} can't be used with --via process"))
                .cause(format!("a config file can't hold its {key}"))
                .hint("--via server"));
        }
        text += &format!("{key} = {value}\n");
    }
    Ok(text)
}

/// The command line for a profile, with all options of its session; it begins with `awsx`. `admission` proves that the
/// questions about the profile have been answered. Some SDKs give the line to a shell, others split it as a shell does.
fn line(awsx: &[String], name: &str, repeat: &Repeat, admission: Option<&str>) -> Result<String> {
    let mut words = [awsx, &["credential-process".into()], &repeat.words()?].concat();
    words.extend(admission.map(|proof| format!("--admitted={proof}")));
    words.extend(["--".into(), name.into()]);
    Ok(words.iter().map(|text| word(text)).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Request;
    use crate::testkit::Kit;

    #[test]
    fn a_section_calls_awsx_with_all_that_shapes_the_session() {
        let kit = Kit::new();
        let settings = Settings { region: Some("eu-west-1".into()), ..Settings::default() };
        let awsx = ["/opt/my tools/awsx".to_owned()];
        let request = |policy: Option<&str>| Request { policy: policy.map(str::to_owned), ..Request::default() };
        let of = |name: &str, args: &SessionArgs, policy: Option<&str>| {
            let repeat = Repeat::of(&kit.app, args, &request(policy)).unwrap();
            section(name, &line(&awsx, name, &repeat, None).unwrap(), &settings)
        };
        let plain = SessionArgs::default();
        assert_eq!(
            of("prod", &plain, None).unwrap(),
            "[profile prod]\ncredential_process = '/opt/my tools/awsx' credential-process -- prod\nregion = eu-west-1\n"
        );
        let args = SessionArgs {
            duration: Some("1h".into()),
            code: Some("123456".into()),
            policy_arn: vec!["arn:aws:iam::aws:policy/X".into()],
            no_cache: true,
            ..SessionArgs::default()
        };
        assert_eq!(
            of("it's two words", &args, Some(r#"{"Statement":[]}"#)).unwrap().lines().take(2).collect::<Vec<_>>(),
            [
                "[profile it-s-two-words]",
                r#"credential_process = '/opt/my tools/awsx' credential-process --duration=1h --no-cache --policy-arn=arn:aws:iam::aws:policy/X '--policy-document={"Statement":[]}' -- 'it'\''s two words'"#
            ]
        );
        assert!(of("default", &plain, None).unwrap().starts_with("[default]\n"));
        for name in ["a #b", "a ;b", "a\nb"] {
            assert!(of(name, &plain, None).is_err(), "{name:?}");
        }
        // A limit that can't be written down is no reason for a session without it.
        assert!(of("prod", &plain, Some(r#"{"Sid":"a #b"}"#)).is_err());
        let settings = Settings { region: Some("eu-west-1\n[profile other]".into()), ..Settings::default() };
        assert!(section("prod", "awsx", &settings).is_err());
    }
}
