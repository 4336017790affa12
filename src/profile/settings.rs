//! A profile in full: what is set, in which line of which file, and which values are secret. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::parse::lex::{Lexer, LineKind, cut, trim};
use crate::aws::arn::Arn;
use crate::base::error::Error;
use crate::base::secret::{Credentials, Secret};

/// Keys whose values are secrets.
const SECRET_KEYS: [&str; 3] = ["aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// What a key is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text; continuation lines are joined with line feeds.
    Text(String),
    /// The secret half of a key pair, or a token.
    Secret(Secret),
    /// `s3 =` with indented `key = value` lines below.
    Nested(BTreeMap<String, String>),
}

/// A key, its value and where it was set.
#[derive(Clone)]
pub(super) struct Setting {
    pub key: String,
    pub value: Value,
    pub file: Arc<Path>,
    pub line: u32,
}

/// A profile (or an `sso-session` or `services` section) with everything that is set for it.
///
/// Keys are in lower case, unknown ones are kept. `Debug` shows the keys alone. A clone shares the settings.
#[derive(Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    settings: Rc<Vec<Setting>>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.settings.iter().map(|s| s.key.as_str()).collect();
        f.debug_struct("Profile").field("name", &self.name).field("keys", &keys).finish()
    }
}

impl Profile {
    /// A profile with nothing set.
    pub fn bare(name: &str) -> Self {
        Profile::new(name, Vec::new())
    }

    pub(super) fn new(name: &str, mut settings: Vec<Setting>) -> Self {
        // Most profiles set one to three keys, and a listing holds ten thousand profiles at once.
        settings.shrink_to_fit();
        Profile { name: name.to_owned(), settings: Rc::new(settings) }
    }

    /// The same profile with this key alone.
    pub(super) fn only(&self, key: &str) -> Profile {
        Profile::new(&self.name, self.setting(key).cloned().into_iter().collect())
    }

    fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// The text that `key` is set to, possibly empty; `None` if it is not set, nested, or a secret.
    pub fn get(&self, key: &str) -> Option<&str> {
        match &self.setting(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The keys below `key` and their values, as for `s3` and, in `[services x]`, for each service.
    pub fn nested(&self, key: &str) -> Option<&BTreeMap<String, String>> {
        match &self.setting(key)?.value {
            Value::Nested(map) => Some(map),
            _ => None,
        }
    }

    /// Whether `key` is set, whatever its value is.
    pub fn has(&self, key: &str) -> bool {
        self.setting(key).is_some()
    }

    /// The file and the line (from one) that set `key`.
    pub fn line(&self, key: &str) -> Option<(&Path, u32)> {
        self.setting(key).map(|setting| (&*setting.file, setting.line))
    }

    /// Every key and its value, config first, in the order of the files.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.settings.iter().map(|setting| (setting.key.as_str(), &setting.value))
    }

    /// The key pair that stands in the files in plain text (with its token, if it has one); `None` unless complete.
    pub fn static_keys(&self) -> Option<Credentials> {
        let secret = |key| match &self.setting(key)?.value {
            Value::Secret(secret) => Some(secret.clone()),
            _ => None,
        };
        let mut keys = Credentials::key_pair(self.get("aws_access_key_id")?, secret("aws_secret_access_key")?);
        keys.session_token = secret("aws_session_token").or_else(|| secret("aws_security_token"));
        Some(keys)
    }

    /// The MFA device that this profile itself names: `mfa_serial`, or `mfa_arn` as awscli-mfa calls it.
    pub fn mfa_serial(&self) -> Option<&str> {
        ["mfa_serial", "mfa_arn"].into_iter().find_map(|key| self.get(key).filter(|v| !v.is_empty()))
    }

    /// The account it leads to (twelve digits): the one that it states, else that of its MFA device.
    pub fn account(&self) -> Option<&str> {
        self.stated_account().or_else(|| arn_account(self.mfa_serial()?))
    }

    /// The account that the profile states: by a key of its own, or in the ARN of its role.
    pub(super) fn stated_account(&self) -> Option<&str> {
        self.get("awsx_account_id")
            .or_else(|| arn_account(self.get("role_arn")?))
            .or_else(|| self.get("sso_account_id"))
            .or_else(|| self.get("aws_account_id"))
    }

    /// Takes over what is not set yet, except access keys: they belong to one profile alone.
    pub(super) fn fill_from(&mut self, other: &Profile) {
        for setting in other.settings.iter() {
            let own = matches!(setting.value, Value::Secret(_)) || setting.key == "aws_access_key_id";
            if !own && !self.has(&setting.key) {
                Rc::make_mut(&mut self.settings).push(setting.clone());
            }
        }
    }
}

/// The error for a value that `key` can't have, with file and line; `wants` is what it has to be.
pub fn bad_value(profile: &Profile, key: &str, wants: &str) -> Error {
    let place = profile.line(key).map(|(file, line)| format!("{}:{line}: ", file.display())).unwrap_or_default();
    let text = profile.get(key);
    let says = match text {
        Some("") => "it is empty".to_owned(),
        Some(text) => format!("it says {text:?}"),
        None => "it is a nested section".to_owned(),
    };
    let slip = match text {
        Some(text) if text.contains(" #") || text.contains(" ;") => "; a comment needs a line of its own",
        Some(text) if text.starts_with(['"', '\'']) => "; quotes belong to the value, leave them out",
        _ => "",
    };
    Error::config(format!("{place}{key} of {} can't be that", profile.name))
        .cause(says)
        .hint(format!("{key} is {wants}{slip}"))
}

/// The account of an ARN, if it is one.
pub fn arn_account(arn: &str) -> Option<&str> {
    Arn::parse(arn).map(|arn| arn.account).filter(|account| super::is_account(account))
}

/// Reads one section into `settings`; later values replace earlier ones. `from` is where the line after the header
/// starts.
///
/// The text was checked for faults before. Should there be one nevertheless, reading ends there.
pub(super) fn read(text: &str, from: usize, number: u32, file: &Arc<Path>, settings: &mut Vec<Setting>) {
    let mut open: Option<(Setting, String)> = None;
    for line in Lexer::body(text, from, number).map_while(Result::ok) {
        match line.kind {
            LineKind::Header(_) => break,
            LineKind::Comment => {}
            LineKind::Blank => {
                if let Some((_, value)) = &mut open {
                    value.push('\n');
                }
            }
            LineKind::Continuation => {
                if let Some((_, value)) = &mut open {
                    value.push('\n');
                    value.push_str(line.content(text));
                }
            }
            LineKind::Key(_) => {
                close(&mut open, settings);
                let (start, end) = line.value_span(text);
                let setting = Setting {
                    key: line.key(text).to_lowercase(),
                    value: Value::Text(String::new()),
                    file: Arc::clone(file),
                    line: line.number,
                };
                open = Some((setting, cut(text, start, end).to_owned()));
            }
        }
    }
    close(&mut open, settings);
}

fn close(open: &mut Option<(Setting, String)>, settings: &mut Vec<Setting>) {
    let Some((mut setting, mut value)) = open.take() else { return };
    value.truncate(value.trim_end_matches(super::parse::lex::is_space).len());
    setting.value = if SECRET_KEYS.contains(&setting.key.as_str()) {
        Value::Secret(Secret::new(value))
    } else if value.starts_with('\n') {
        Value::Nested(nested(&value))
    } else {
        Value::Text(value)
    };
    over(settings, setting);
}

/// Replaces the setting with the same key, or adds it at the end.
pub(super) fn over(settings: &mut Vec<Setting>, setting: Setting) {
    match settings.iter_mut().find(|present| present.key == setting.key) {
        Some(present) => *present = setting,
        None => settings.push(setting),
    }
}

/// The lines of a nested value; keys keep their case, as botocore's do.
fn nested(value: &str) -> BTreeMap<String, String> {
    value
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (trim(key).to_owned(), trim(value).to_owned()))
        .collect()
}
