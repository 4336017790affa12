//! Which `sso-session` is meant, or what a new one is: a newcomer has nothing but the address out of an e-mail.

use super::Options;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::profile::{Profile, Profiles, SectionKind};

/// An `sso-session`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub name: String,
    /// Where a person signs in.
    pub start_url: String,
    /// The region of Identity Center.
    pub region: String,
    /// Whether the config doesn't have it yet.
    pub is_new: bool,
}

impl Session {
    /// What its section holds. The scope is the one without which AWS gives no refresh token.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("sso_start_url", self.start_url.clone()),
            ("sso_region", self.region.clone()),
            ("sso_registration_scopes", "sso:account:access".into()),
        ]
    }

    /// What makes it.
    pub fn command(&self) -> String {
        format!("awsx import sso {} --start-url {} --sso-region {}", self.name, self.start_url, self.region)
    }

    /// This one, unless a start URL or a region was given that is not its own.
    fn unless_other(self, url: Option<&str>, region: Option<&str>) -> Result<Session> {
        let other = |what: &str, option: &str, own: &str, said: &str| {
            Error::config(format!("[sso-session {}] has another {what}", self.name))
                .cause(format!("it says {own}, and {option} says {said}"))
                .hint(format!("leave {option} out, or correct the section; a new one needs another name"))
        };
        if let Some(url) = url.filter(|url| address(&self.start_url).as_deref() != Ok(*url)) {
            return Err(other("start URL", "--start-url", &self.start_url, url));
        }
        if let Some(region) = region.filter(|region| *region != self.region) {
            return Err(other("region", "--sso-region", &self.region, region));
        }
        Ok(self)
    }

    fn of(section: &Profile) -> Result<Session> {
        let needed = |key: &str| {
            section.get(key).filter(|value| !value.is_empty()).map(str::to_owned).ok_or_else(|| {
                Error::config(format!("{key} is missing in [sso-session {}]", section.name))
                    .hint("its start URL and its region say where to sign in")
            })
        };
        let (start_url, region) = (needed("sso_start_url")?, needed("sso_region")?);
        Ok(Session { name: section.name.clone(), start_url, region, is_new: false })
    }
}

/// The session that is named, else the only one, else the one that a person picks; with a start URL the one that has it, or
/// a new one.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is none, or it can't be the one that was meant;
/// [`crate::base::error::ErrorKind::Input`] if nobody can be asked which.
pub fn session(app: &App, profiles: &Profiles, options: &Options) -> Result<Session> {
    let section = |name: &str| profiles.section(SectionKind::SsoSession, name);
    let start_url = options.start_url.map(address).transpose()?;
    let there = profiles.sso_sessions();
    if let Some(name) = options.session {
        return match (section(name), start_url) {
            (Some(section), url) => Session::of(&section)?.unless_other(url.as_deref(), options.sso_region),
            (None, Some(url)) => new(app, options, Some(name.to_owned()), url),
            (None, None) => Err(Error::config(format!("there is no [sso-session {name}]"))
                .cause(match there.as_slice() {
                    [] => "the config has no [sso-session]".into(),
                    some => format!("the config has {}", some.join(", ")),
                })
                .hint(make(&format!("{name} ")))),
        };
    }
    if let Some(url) = start_url {
        let same = |name: &&String| {
            let of = section(name).and_then(|section| address(section.get("sso_start_url")?).ok());
            of.as_ref() == Some(&url)
        };
        return match there.iter().find(same).and_then(|name| section(name)) {
            Some(section) => Session::of(&section)?.unless_other(None, options.sso_region),
            None => new(app, options, None, url),
        };
    }
    let name = match there.as_slice() {
        [only] => only.clone(),
        [] if app.prompter.can_ask() => {
            app.prompter.say("there is no [sso-session] yet: this makes one");
            let url = app.prompter.line("Start URL (your administrator's e-mail has it): ")?;
            return new(app, options, None, address(&url)?);
        }
        [] => return Err(Error::config("there is no [sso-session] in the config").hint(make(""))),
        _ if app.prompter.can_ask() => {
            let row = app.prompter.choose("Sign-in", &there)?;
            there.get(row).cloned().unwrap_or_default()
        }
        _ => {
            return Err(Error::input("it isn't known which sign-in is meant")
                .cause(format!("the config has {}", there.join(", ")))
                .hint("awsx import sso SESSION"));
        }
    };
    section(&name)
        .map_or_else(|| Err(Error::config(format!("there is no [sso-session {name}]"))), |of| Session::of(&of))
}

/// The command that makes one; `name` has a blank behind it.
fn make(name: &str) -> String {
    format!("`awsx import sso {name}--start-url URL --sso-region REGION` makes one")
}

/// A session that the config doesn't have yet.
fn new(app: &App, options: &Options, name: Option<String>, start_url: String) -> Result<Session> {
    let Some(name) = name.or_else(|| own_name(&start_url)) else {
        return Err(Error::config("the new [sso-session] needs a name").hint("awsx import sso NAME --start-url …"));
    };
    let known = options.sso_region.map(str::to_owned).or_else(|| region_in(&start_url));
    let region = match known {
        Some(region) => region,
        None if app.prompter.can_ask() => app.prompter.line("Region of IAM Identity Center (like eu-west-1): ")?,
        None => {
            return Err(Error::config("the region of IAM Identity Center isn't known")
                .cause(format!("{start_url} doesn't say it"))
                .hint("--sso-region REGION; an administrator knows it"));
        }
    };
    if !is_region(&region) {
        return Err(Error::config(format!("{region:?} is no region")).hint("a region is a name like eu-west-1"));
    }
    Ok(Session { name, start_url, region, is_new: true })
}

/// The address as Identity Center knows it. E-mails and browsers add `/#/`, and people leave out `https://`.
fn address(text: &str) -> Result<String> {
    let text = text.trim();
    let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = url.split('#').next().unwrap_or_default();
    let may_be_host = |host: &str| if text.contains("://") { !host.is_empty() } else { host.contains('.') };
    let is_one = host(url).is_some_and(may_be_host) && !url.contains(char::is_whitespace);
    if is_one {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    Err(Error::config(format!("{text:?} is no start URL"))
        .hint("it is the address of the access portal, like https://my-company.awsapps.com/start"))
}

fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(rest.split(['/', '?', ':']).next().unwrap_or_default())
}

/// The company's own part of an address: `my-company` of `https://my-company.awsapps.com/start`.
fn own_name(url: &str) -> Option<String> {
    let host = host(url)?;
    let first = host.split('.').next().filter(|label| label.contains(|c: char| c.is_ascii_alphabetic()))?;
    // In some partitions every address begins so, and the company is in the path.
    let own = if first == "start" { url.rsplit('/').next()? } else { first };
    let fits = !own.is_empty() && own.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits.then(|| own.to_owned())
}

/// The region that an address names: `https://ssoins-0123.portal.eu-west-1.app.aws`.
fn region_in(url: &str) -> Option<String> {
    host(url)?.split('.').skip(1).find(|label| is_region(label)).map(str::to_owned)
}

/// Whether it has the form of a region's name.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    words.len() >= 2
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::testkit::Kit;

    const CORP: &str = "[sso-session corp]\nsso_start_url = https://corp.test/start\nsso_region = eu-west-1\n";

    fn find(kit: &Kit, config: &str, options: &Options) -> Result<Session> {
        kit.config(config);
        session(&kit.app, &Profiles::load(&kit.app.env).unwrap(), options)
    }

    #[test]
    fn the_named_one_the_only_one_or_a_choice() {
        let two = format!("{CORP}[sso-session other]\nsso_start_url = https://other.test\nsso_region = us-east-1\n");
        let named = Options { session: Some("other"), ..Options::default() };
        let kit = Kit::new();
        assert_eq!(find(&kit, CORP, &Options::default()).unwrap().name, "corp");
        assert_eq!(find(&kit, &two, &named).unwrap().region, "us-east-1");
        assert_eq!(find(&kit, &two, &Options::default()).unwrap_err().kind, ErrorKind::Input);
        let error = find(&kit, CORP, &named).unwrap_err().to_string();
        assert!(
            error.contains("the config has corp\n") && error.contains("awsx import sso other --start-url"),
            "{error}"
        );
        let by_url = Options { start_url: Some("other.test/#/"), ..Options::default() };
        assert_eq!(find(&kit, &two, &by_url).unwrap().name, "other");
        let odd = Options { session: Some("corp"), ..by_url };
        assert!(find(&kit, &two, &odd).unwrap_err().to_string().contains("another start URL"));
        for by in [Options { session: Some("other"), ..by_url }, by_url] {
            let same = Options { sso_region: Some("us-east-1"), ..by };
            assert_eq!(find(&kit, &two, &same).unwrap().name, "other");
            let odd = Options { sso_region: Some("eu-west-1"), ..by };
            let error = find(&kit, &two, &odd).unwrap_err().to_string();
            assert!(error.contains("it says us-east-1, and --sso-region says eu-west-1"), "{error}");
        }
        kit.prompter.answer("1");
        assert_eq!(find(&kit, &two, &Options::default()).unwrap().name, "other");
    }

    #[test]
    fn a_newcomer_has_an_address_only() {
        let kit = Kit::new();
        let error = find(&kit, "", &Options::default()).unwrap_err().to_string();
        assert!(error.contains("--start-url URL --sso-region REGION"), "{error}");
        let url = Options { start_url: Some("https://my-company.awsapps.com/start/#/"), ..Options::default() };
        assert!(find(&kit, "", &url).unwrap_err().to_string().contains("--sso-region"));
        let whole = Options { sso_region: Some("eu-west-1"), ..url };
        let made = find(&kit, "", &whole).unwrap();
        assert_eq!((made.name.as_str(), made.is_new), ("my-company", true));
        assert_eq!(made.start_url, "https://my-company.awsapps.com/start");
        assert!(find(&kit, "", &Options { sso_region: Some("Ireland"), ..whole }).is_err());
        let name = Options { start_url: Some("my-company"), ..whole };
        assert!(find(&kit, "", &name).unwrap_err().to_string().contains("\"my-company\" is no start URL"));
        kit.prompter.answer("d-0123.awsapps.com/start");
        kit.prompter.answer("eu-central-1");
        let made = find(&kit, "", &Options::default()).unwrap();
        assert_eq!((made.name.as_str(), made.region.as_str()), ("d-0123", "eu-central-1"));
    }

    #[test]
    fn addresses() {
        for (text, name, region) in [
            ("https://ssoins-0123.portal.eu-west-1.app.aws", Some("ssoins-0123"), Some("eu-west-1")),
            ("https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/acme", Some("acme"), Some("us-gov-west-1")),
            ("http://127.0.0.1:4000/start", None, None),
        ] {
            let url = address(text).unwrap();
            assert_eq!((own_name(&url).as_deref(), region_in(&url).as_deref()), (name, region), "{text}");
        }
        for text in ["", "https://", "a b", "ftp://x"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
