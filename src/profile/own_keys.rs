//! The keys of awsx's own in a profile, read and checked: `awsx_confirm`, `awsx_account_id`, `awsx_agent`,
//! `awsx_color`, `awsx_imported`, `awsx_share`, `awsx_shims`, `awsx_tags`. A value that one of them can't have is an error
//! with file and line. Pure.

use super::{Profile, Profiles, bad_value, is_account};
use crate::base::error::{Error, Result};

/// The values of those keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnKeys {
    /// Whether a person is asked before the profile is used.
    pub confirm: bool,
    /// The account that the profile must lead to: twelve digits.
    pub account_id: Option<String>,
    /// What a program gets that runs under an AI agent.
    pub agent: AgentRule,
    /// The profile's colour as terminal attributes: `31`.
    pub color: Option<String>,
}

/// What a program gets that runs under an AI agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AgentRule {
    /// The same as a person.
    #[default]
    Allow,
    /// What a person allows each time.
    Ask,
    /// A session that can only read.
    ReadOnly,
    /// Nothing.
    Deny,
    /// A session of this profile instead.
    Profile(String),
}

impl OwnKeys {
    /// Reads and checks them.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`].
    pub fn of(profiles: &Profiles, profile: &Profile) -> Result<Self> {
        shares(profile)?;
        for key in ["awsx_imported", "awsx_shims", "awsx_tags"] {
            value(profile, key, "at least one word", |text| (!text.is_empty()).then_some(()))?;
        }
        let agent = |text: &str| match rule(text)? {
            AgentRule::Profile(other) if other == profile.name || !profiles.contains(&other) => None,
            rule => Some(rule),
        };
        let account = |text: &str| is_account(text).then(|| text.to_owned());
        let agent = value(profile, AGENT, WANTS, agent)?.unwrap_or_default();
        if let AgentRule::Profile(to) = &agent {
            leads_somewhere(profiles, profile, to)?;
        }
        Ok(OwnKeys {
            confirm: value(profile, "awsx_confirm", YES_OR_NO, yes_or_no)?.unwrap_or_default(),
            account_id: value(profile, "awsx_account_id", "twelve digits", account)?,
            agent,
            color: value(profile, "awsx_color", "a colour like red, bright-blue, 208 or #ff8700", color)?,
        })
    }

    /// The error of each key that has one.
    pub fn faults(profiles: &Profiles, profile: &Profile) -> Vec<(&'static str, Error)> {
        let fault = |key| Some((key, OwnKeys::of(profiles, &profile.only(key)).err()?));
        KEYS.into_iter().filter(|key| profile.has(key)).filter_map(fault).collect()
    }
}

/// What a rule for AI agents can be.
pub(super) const WANTS: &str = "allow, ask, readonly, deny or the name of another profile";

/// The key with the rule for AI agents.
pub const AGENT: &str = "awsx_agent";

const KEYS: [&str; 8] =
    ["awsx_account_id", AGENT, "awsx_color", "awsx_confirm", "awsx_imported", "awsx_share", "awsx_shims", "awsx_tags"];

/// What a profile or an `sso-session` section says of `awsx_share`: whether the AWS CLI is to have the sign-in, too.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for another value.
pub fn shares(section: &Profile) -> Result<Option<bool>> {
    value(section, "awsx_share", YES_OR_NO, yes_or_no)
}

const YES_OR_NO: &str = "true, yes, on, 1, false, no, off or 0";

/// The profile that an agent gets instead of this one.
pub(super) fn agents_profile(profile: &Profile) -> Option<String> {
    named(profile.get(AGENT)?)
}

/// The profile that a rule names, if it names one.
pub(super) fn named(text: &str) -> Option<String> {
    match rule(text)? {
        AgentRule::Profile(name) => Some(name),
        _ => None,
    }
}

/// Refuses rules that lead from one profile to the next and back again.
fn leads_somewhere(profiles: &Profiles, profile: &Profile, to: &str) -> Result<()> {
    let mut way = vec![profile.name.clone()];
    let mut next = Some(to.to_owned());
    while let Some(name) = next {
        let is_back = way.contains(&name);
        way.push(name);
        if is_back {
            let place = profile.line(AGENT).map(|(file, line)| format!("{}:{line}: ", file.display()));
            return Err(Error::config(format!(
                "{}{AGENT} of {} leads nowhere",
                place.unwrap_or_default(),
                profile.name
            ))
            .cause(way.join(" → "))
            .hint(format!("{AGENT} is {WANTS}, whose own rule may not lead back")));
        }
        next = way.last().and_then(|name| profiles.get(name)).as_ref().and_then(agents_profile);
    }
    Ok(())
}

/// The value of `key`, if it is set and can be read.
fn value<T>(profile: &Profile, key: &str, wants: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    if !profile.has(key) {
        return Ok(None);
    }
    let text = profile.get(key);
    if let Some(value) = text.and_then(|text| read(text.trim())) {
        return Ok(Some(value));
    }
    Err(bad_value(profile, key, wants))
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn rule(text: &str) -> Option<AgentRule> {
    Some(match text {
        "" => return None,
        "allow" => AgentRule::Allow,
        "ask" => AgentRule::Ask,
        "readonly" => AgentRule::ReadOnly,
        "deny" => AgentRule::Deny,
        other => AgentRule::Profile(other.to_owned()),
    })
}

/// A colour as terminal attributes: `red`, `bright-red`, a number of the 256-colour table, `#rrggbb`.
fn color(text: &str) -> Option<String> {
    const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
    let text = text.to_ascii_lowercase();
    let (name, base) = match text.strip_prefix("bright") {
        Some(name) => (name.trim_start_matches(['-', '_', ' ']), 90),
        None => (text.as_str(), 30),
    };
    if let Some(at) = NAMES.iter().position(|n| *n == name) {
        return Some((base + at).to_string());
    }
    if let Some(hex) = text.strip_prefix('#').filter(|hex| hex.len() == 6 && !hex.starts_with('+')) {
        let [_, r, g, b] = u32::from_str_radix(hex, 16).ok()?.to_be_bytes();
        return Some(format!("38;2;{r};{g};{b}"));
    }
    text.parse::<u8>().ok().map(|n| format!("38;5;{n}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn of(settings: &str) -> Result<OwnKeys> {
        let text = format!("[profile p]\n{settings}\n[profile quiet]\n");
        let profiles = Profiles::parse(Some((Path::new("config"), text)), None).unwrap();
        OwnKeys::of(&profiles, &profiles.get("p").unwrap())
    }

    #[test]
    fn what_each_can_say() {
        for (text, confirm) in
            [("true", true), ("YES", true), ("On", true), ("1", true), ("false", false), ("no", false)]
        {
            assert_eq!(of(&format!("awsx_confirm = {text}")).unwrap().confirm, confirm, "{text}");
        }
        let colors = [
            ("red", "31"),
            ("bright-red", "91"),
            ("Bright Blue", "94"),
            ("brightblack", "90"),
            ("White", "37"),
            ("208", "38;5;208"),
            ("#ff8700", "38;2;255;135;0"),
        ];
        for (text, shown) in colors {
            assert_eq!(of(&format!("awsx_color = {text}")).unwrap().color.as_deref(), Some(shown), "{text}");
        }
        let rules = [
            ("allow", AgentRule::Allow),
            ("ask", AgentRule::Ask),
            ("readonly", AgentRule::ReadOnly),
            ("deny", AgentRule::Deny),
            ("quiet", AgentRule::Profile("quiet".into())),
        ];
        for (text, rule) in rules {
            assert_eq!(of(&format!("awsx_agent = {text}")).unwrap().agent, rule);
        }
        let account = of("awsx_account_id = 123456789012\nawsx_shims = aws terraform\nawsx_tags = team-a").unwrap();
        assert_eq!(account.account_id.as_deref(), Some("123456789012"));
        assert_eq!(of("region = eu-west-1").unwrap(), OwnKeys::default());
    }

    #[test]
    fn what_none_can_say_is_an_error_with_file_and_line() {
        for line in [
            "awsx_confirm = y",
            "awsx_confirm = maybe",
            "awsx_confirm = true # always",
            "awsx_confirm =",
            "awsx_share = maybe",
            "awsx_account_id = 1",
            "awsx_account_id = 1234-5678-9012",
            "awsx_account_id =",
            "awsx_color = reddish",
            "awsx_color = 256",
            "awsx_color = #gg8700",
            "awsx_color = 31m;0",
            "awsx_color = #ff87",
            "awsx_color =",
            "awsx_shims =",
            "awsx_tags =",
            "awsx_agent =",
            "awsx_agent = never",
            "awsx_agent = p",
            "awsx_confirm =\n  a = b",
        ] {
            let error = of(&format!("region = eu-west-1\n{line}")).unwrap_err();
            let key = line.split(' ').next().unwrap();
            assert_eq!(error.kind, crate::base::error::ErrorKind::Config, "{line}");
            assert!(error.what.starts_with(&format!("config:3: {key} of p")), "{line}: {error}");
            assert!(error.hint.is_some_and(|hint| hint.starts_with(&format!("{key} is "))), "{line}");
        }
    }
}
