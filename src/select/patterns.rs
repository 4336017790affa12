//! Which profiles a pattern means. Pure.

use glob::Pattern;

use crate::base::error::{Error, Result};
use crate::profile::{Profile, Profiles, is_account};

/// The profiles that at least one pattern means, in the order of [`Profiles::names`]. A pattern is the name of a
/// profile, else an account ID, else a glob over names and the words of `awsx_tags`. `account` knows the account of a
/// profile.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Usage`] for a glob that can't be read, [`crate::base::error::ErrorKind::Config`]
/// if a pattern means no profile.
pub fn matching(
    profiles: &Profiles,
    patterns: &[String],
    account: impl Fn(&Profile) -> Option<String>,
) -> Result<Vec<String>> {
    let mut chosen = vec![false; patterns.len()];
    let wanted = patterns.iter().map(|text| Wanted::of(profiles, text)).collect::<Result<Vec<_>>>()?;
    let mut names = profiles.names();
    names.retain(|name| {
        let Some(profile) = profiles.get(name) else { return false };
        let mut any = false;
        for (wanted, chosen) in wanted.iter().zip(&mut chosen) {
            if wanted.fits(&profile, &account) {
                *chosen = true;
                any = true;
            }
        }
        any
    });
    match chosen.iter().zip(patterns).find(|(chosen, _)| !**chosen) {
        None => Ok(names),
        Some((_, pattern)) => Err(Error::config(format!("no profile matches {pattern}"))
            .cause("no name, no account and no word of awsx_tags does")
            .hint("`awsx list` shows every profile; quote a pattern, so that the shell leaves it alone: 'prod-*'")),
    }
}

enum Wanted<'a> {
    Name(&'a str),
    Account(&'a str),
    Glob(Pattern),
}

impl<'a> Wanted<'a> {
    fn of(profiles: &Profiles, text: &'a str) -> Result<Self> {
        if profiles.contains(text) {
            return Ok(Wanted::Name(text));
        }
        if is_account(text) {
            return Ok(Wanted::Account(text));
        }
        Pattern::new(text)
            .map(Wanted::Glob)
            .map_err(|e| Error::usage(format!("{text} can't be a pattern")).cause(e.msg))
    }

    fn fits(&self, profile: &Profile, account: impl Fn(&Profile) -> Option<String>) -> bool {
        match self {
            Wanted::Name(name) => profile.name == *name,
            Wanted::Account(id) => account(profile).as_deref() == Some(id),
            Wanted::Glob(glob) => {
                let tags = profile.get("awsx_tags").unwrap_or_default();
                let mut words = tags.split([',', ' ', '\t']).filter(|word| !word.is_empty());
                glob.matches(&profile.name) || words.any(|word| glob.matches(word))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const CONFIG: &str = "\
[profile prod-a]
awsx_tags = team-x, live
[profile prod-b]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = prod-a
awsx_tags = live
[profile dev]
awsx_account_id = 111122223333
[profile [odd]]
[profile 123456789012]
";

    fn of(patterns: &[&str]) -> Result<String> {
        let profiles = Profiles::parse(Some((Path::new("config"), CONFIG.into())), None).unwrap();
        let patterns: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
        matching(&profiles, &patterns, |profile| profile.account().map(str::to_owned)).map(|names| names.join(" "))
    }

    #[test]
    fn names_accounts_and_tags() {
        for (patterns, want) in [
            (&["prod-*"][..], "prod-a prod-b"),
            (&["prod-?"], "prod-a prod-b"),
            (&["prod-[b-z]"], "prod-b"),
            (&["111122223333"], "dev prod-b"),
            (&["live"], "prod-a prod-b"),
            (&["team*"], "prod-a"),
            (&["dev", "prod-a", "dev"], "dev prod-a"),
            (&["[odd]"], "[odd]"),
            (&["123456789012"], "123456789012"),
            (&["*"], "123456789012 [odd] dev prod-a prod-b"),
        ] {
            let mut got: Vec<String> = of(patterns).unwrap().split(' ').map(str::to_owned).collect();
            got.sort();
            assert_eq!(got.join(" "), want, "{patterns:?}");
        }
    }

    #[test]
    fn a_pattern_for_nothing_is_an_error() {
        for patterns in [&["nothing*"][..], &["prod-*", "live-*"], &["999999999999"], &["DEV"]] {
            let error = of(patterns).unwrap_err();
            assert!(error.what.contains(patterns.last().unwrap()), "{error}");
            assert_eq!(error.kind.status(), 3);
        }
        assert_eq!(of(&["a["]).unwrap_err().kind.status(), 2);
    }
}
