//! Which profile a person means: by a name, an account ID, a role ARN or a console URL. Also finds the names that are
//! similar to one that doesn't exist. Pure.

use percent_encoding::percent_decode_str;

use super::Profiles;
use super::settings::{Profile, arn_account};
use crate::base::error::{Error, Result};

/// How many similar names an error lists.
const NEAR: usize = 5;

/// How many names an error lists where many fit.
const FEW: usize = 10;

/// How the hosts of consoles and access portals end.
const HOSTS: [&str; 5] =
    [".aws.amazon.com", ".amazonaws.cn", ".amazonaws-us-gov.com", ".amazonaws-eusc.eu", ".awsapps.com"];

/// What a text can mean that is not the name of a profile.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    Account(String),
    RoleArn(&'a str),
    /// A role by account and name (or path and name).
    Role(String, String),
}

impl Profiles {
    /// The name of the profile that `text` means: exactly a name; failing that an account ID, a role ARN or an AWS
    /// console URL that fits one profile alone. It never falls back to `default`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] with the nearest names, or with all that fit.
    pub fn find(&self, text: &str) -> Result<String> {
        if self.contains(text) {
            return Ok(text.to_owned());
        }
        let Some(target) = target(text) else {
            if text.contains("://") || text.starts_with("arn:") {
                return Err(Error::config(format!("{text} leads to no account, and so to no profile")).hint(
                    "name the profile (`awsx list`), its account, its role's ARN, or an address of the console",
                ));
            }
            return Err(unknown(self, text));
        };
        let profiles: Vec<Profile> = self.names().iter().filter_map(|name| self.get(name)).collect();
        let names = |fits: &dyn Fn(&Profile) -> bool| -> Vec<&str> {
            profiles.iter().filter(|profile| fits(profile)).map(|profile| profile.name.as_str()).collect()
        };
        let mut fitting = names(&|profile| target.fits(profile));
        if let (true, Target::Account(account)) = (fitting.is_empty(), &target) {
            fitting = names(&|profile| profile.account() == Some(account));
        }
        match fitting.as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => Err(Error::config(format!("no profile is for {}", target.in_words()))
                .cause("neither role_arn, sso_account_id nor awsx_account_id of any profile says so")
                .hint("`awsx list` shows every profile; awsx_account_id = ID in a profile says whose it is")),
            several => Err(Error::config(format!("{} profiles are for {}", several.len(), target.in_words()))
                .cause(a_few(several))
                .hint("say which one by its name")),
        }
    }

    /// The error for a section that was meant to be this profile, but whose header has a word too few or too many.
    pub fn mistaken(&self, name: &str) -> Option<Error> {
        let (file, (line, header, right)) = self.files().find_map(|file| Some((file, file.mistaken(name)?)))?;
        Some(
            Error::config(format!("no profile {name}"))
                .cause(format!("{}:{line} has [{header}], which is no profile", file.path().display()))
                .hint(format!("write {right} there")),
        )
    }
}

impl Target<'_> {
    fn fits(&self, profile: &Profile) -> bool {
        match self {
            Target::Account(account) => profile.stated_account() == Some(account),
            Target::RoleArn(arn) => profile.get("role_arn") == Some(arn),
            Target::Role(account, role) => {
                let same = |name: &str| name == role || name.rsplit('/').next() == Some(role);
                let by_arn = || {
                    let arn = profile.get("role_arn")?;
                    let (_, name) = arn.split_once(":role/")?;
                    Some(arn_account(arn)? == account && same(name))
                };
                let by_sso = || Some(profile.get("sso_account_id")? == account && same(profile.get("sso_role_name")?));
                by_arn().or_else(by_sso).unwrap_or(false)
            }
        }
    }

    fn in_words(&self) -> String {
        match self {
            Target::Account(account) => format!("account {account}"),
            Target::RoleArn(arn) => (*arn).to_owned(),
            Target::Role(account, role) => format!("role {role} in account {account}"),
        }
    }
}

fn target(text: &str) -> Option<Target<'_>> {
    if is_account(text) {
        return Some(Target::Account(text.to_owned()));
    }
    if text.starts_with("arn:") {
        let account = arn_account(text)?.to_owned();
        // The ARN of a session names its role as well.
        return Some(match text.split_once(":assumed-role/") {
            Some((_, rest)) => Target::Role(account, rest.split('/').next()?.to_owned()),
            None => Target::RoleArn(text),
        });
    }
    console(text)
}

/// Whether it is written as an account ID is: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Where a console URL leads: the account in the host (`123456789012.signin…`, `123456789012-abc.us-east-1.console…`),
/// or account and role in the parameters of a switch-role or access-portal link.
fn console(url: &str) -> Option<Target<'static>> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if !HOSTS.iter().any(|end| host.ends_with(end)) {
        return None;
    }
    let parameter = |names: &[&str]| {
        path.split(['?', '&', '#'])
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| names.contains(key))
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let in_host = host.split(['.', '-']).next().filter(|label| is_account(label)).map(str::to_owned);
    let account =
        parameter(&["account", "account_id", "accountId"]).filter(|account| is_account(account)).or(in_host)?;
    Some(match parameter(&["roleName", "role_name"]) {
        Some(role) => Target::Role(account, role),
        None => Target::Account(account),
    })
}

/// Names as an error lists them: the first ones, if there are many.
pub fn a_few(names: &[impl AsRef<str>]) -> String {
    let first: Vec<&str> = names.iter().map(AsRef::as_ref).take(FEW).collect();
    let more = if names.len() > FEW { " … (`awsx list` shows all)" } else { "" };
    first.join(", ") + more
}

/// There is no such profile.
pub(super) fn unknown(profiles: &Profiles, name: &str) -> Error {
    if let Some(error) = profiles.mistaken(name) {
        return error;
    }
    Error::config(format!("no profile {name}"))
        .cause(nearest_in_words(profiles, name))
        .hint(format!("`awsx list` shows every profile; `awsx add {name}` makes this one"))
}

/// The nearest names, as the cause of an error.
pub(super) fn nearest_in_words(profiles: &Profiles, name: &str) -> String {
    let names = profiles.names();
    match nearest(&names, name).as_slice() {
        [] if names.is_empty() => "there is no profile at all".into(),
        [] => "no name is like it".into(),
        [one] => format!("the nearest name is {one}"),
        several => format!("the nearest names are {}", several.join(", ")),
    }
}

/// The name that `name` may be a typo of: it is few edits away.
pub fn closest<'a>(names: &[&'a str], name: &str) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let near = names.iter().filter_map(|candidate| Some((edits(&wanted, &candidate.to_lowercase())?, *candidate)));
    near.min().map(|(_, name)| name)
}

/// How many edits a name is away from the one that is wanted, if they are few. Two swapped letters are one edit.
fn edits(wanted: &str, name: &str) -> Option<usize> {
    let (length, other) = (wanted.chars().count(), name.chars().count());
    let most = length.div_ceil(3);
    if length.abs_diff(other) > most {
        return None;
    }
    let edits = strsim::osa_distance(wanted, name);
    (edits <= most && edits < length.max(other)).then_some(edits)
}

/// The names that `name` may be a typo of, nearest first: they are few edits away, or one is a part of the other.
pub fn nearest<'a>(names: &'a [String], name: &str) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let is_part = |lower: &str| wanted.chars().count() > 1 && (lower.contains(&wanted) || wanted.contains(lower));
    let mut near: Vec<(usize, &str)> = names
        .iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let edits = edits(&wanted, &lower);
            let edits = edits.or_else(|| is_part(&lower).then(|| strsim::osa_distance(&wanted, &lower)))?;
            Some((edits, candidate.as_str()))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(NEAR).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::error::ErrorKind;

    const CONFIG: &str = "[default]\n\
        [profile prod]\nrole_arn = arn:aws:iam::111111111111:role/team/Admin\nsource_profile = base\n\
        [profile prod-ro]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = base\n\
        [profile base]\nmfa_serial = arn:aws:iam::222222222222:mfa/me\n\
        [profile sso]\nsso_account_id = 333333333333\nsso_role_name = Dev\n\
        [profile said]\nawsx_account_id = 444444444444\n\
        [profile \"two words\"]\nregion = eu-west-1\n";

    fn find(text: &str) -> Result<String> {
        Profiles::parse(Some((Path::new("config"), CONFIG.into())), None).unwrap().find(text)
    }

    #[test]
    fn one_profile_is_meant() {
        let table = [
            ("prod", "prod"),
            ("two words", "two words"),
            ("222222222222", "base"),
            ("333333333333", "sso"),
            ("444444444444", "said"),
            ("arn:aws:iam::111111111111:role/team/Admin", "prod"),
            ("arn:aws:sts::111111111111:assumed-role/Admin/me@example.com", "prod"),
            ("https://444444444444.signin.aws.amazon.com/console", "said"),
            ("https://444444444444-abcdefgh.eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1", "said"),
            ("https://console.aws.amazon.com/console/home?account=333333333333", "sso"),
            ("https://444444444444-abcdefgh.eusc-de-east-1.console.amazonaws-eusc.eu/s3/home", "said"),
            (
                "https://signin.aws.amazon.com/switchrole?account=111111111111&roleName=ReadOnly&displayName=x",
                "prod-ro",
            ),
            ("https://signin.aws.amazon.com/switchrole?roleName=team%2FAdmin&account=111111111111", "prod"),
            ("https://d-1234567890.awsapps.com/start/#/console?account_id=333333333333&role_name=Dev", "sso"),
        ];
        for (text, want) in table {
            assert_eq!(find(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn several_fit() {
        let error = find("111111111111").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Config);
        assert_eq!(error.cause.as_deref(), Some("prod, prod-ro"));
    }

    #[test]
    fn nothing_fits() {
        for text in [
            "999999999999",
            "arn:aws:iam::111111111111:role/Other",
            "https://signin.aws.amazon.com/switchrole?account=111111111111&roleName=Other",
            "https://444444444444.signin.aws.amazon.com.example.org/console",
            "http://444444444444.signin.aws.amazon.com/console",
            "https://example.org/?account=333333333333",
            "",
            "Prod",
        ] {
            assert_eq!(find(text).unwrap_err().kind, ErrorKind::Config, "{text}");
        }
        // What is no name gets no hint to make a profile of it.
        for text in ["https://example.org/?account=333333333333", "arn:aws:s3:::bucket"] {
            let error = find(text).unwrap_err();
            assert!(error.what.contains("leads to no account") && !error.to_string().contains("awsx add"), "{error}");
        }
    }

    #[test]
    fn a_header_that_misses_its_word_is_pointed_out() {
        let config = "[profile prod]\n\n[staging]\nregion = eu-west-1\n[Profile Dev]\n[two words]\n";
        let files = [Path::new("config"), Path::new("credentials")];
        let profiles = Profiles::parse(
            Some((files[0], config.into())),
            Some((files[1], "[profile old]\naws_access_key_id = x\n".into())),
        );
        let profiles = profiles.unwrap();
        let table = [
            ("staging", "config:3 has [staging], which is no profile", "write [profile staging] there"),
            ("Dev", "config:5 has [Profile Dev], which is no profile", "write [profile Dev] there"),
            ("two words", "config:6 has [two words], which is no profile", "write [profile \"two words\"] there"),
            ("old", "credentials:1 has [profile old], which is no profile", "write [old] there"),
        ];
        for (name, cause, hint) in table {
            let error = profiles.find(name).unwrap_err();
            assert_eq!((error.cause.as_deref(), error.hint.as_deref()), (Some(cause), Some(hint)));
        }
        assert!(profiles.find("stagin").unwrap_err().cause.is_some_and(|cause| !cause.contains("no profile")));
    }

    #[test]
    fn near_names_are_listed() {
        let table = [
            ("prdo", "the nearest name is prod"),
            ("PROD", "the nearest names are prod, prod-ro"),
            ("bsae", "the nearest name is base"),
            ("two", "the nearest name is two words"),
            ("something-else-entirely", "no name is like it"),
        ];
        for (name, want) in table {
            assert_eq!(find(name).unwrap_err().cause.as_deref(), Some(want), "{name}");
        }
        let none = Profiles::parse(None, None).unwrap().find("x").unwrap_err();
        assert_eq!(none.cause.as_deref(), Some("there is no profile at all"));
    }
}
