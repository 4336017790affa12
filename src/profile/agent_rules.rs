//! What an AI agent gets of a profile: `awsx_agent` of the profile and `AWSX_AGENT_RULE` together. Pure.
//!
//! Rules add up. Each rule on the way counts, whoever has set it, and none takes back another:
//!
//! - `deny` goes before all others.
//! - `ask` and `readonly` hold together.
//! - The name of a profile leads to that profile, whose own rule then holds too. The variable comes last: it leads on
//!   from where the profiles have led.
//! - `allow` adds nothing.

use super::own_keys::{AGENT, AgentRule, OwnKeys, WANTS, rule};
use super::{Profile, Profiles};
use crate::base::error::{Error, Result};
use crate::base::vars;

/// What an agent gets. Each rule says where it stands: `awsx_agent of prod (FILE:LINE)`, or the variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentRights {
    /// The profile whose session it gets: the one that was asked for, or another.
    pub profile: String,
    /// It gets nothing.
    pub deny: Option<String>,
    /// A person is asked first.
    pub ask: Option<String>,
    /// It may only read.
    pub read_only: Option<String>,
    /// The rule that leads to another profile.
    pub instead: Option<String>,
}

impl AgentRights {
    /// What an agent gets of `asked`; `variable` is the value of `AWSX_AGENT_RULE`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a rule that can't be.
    pub fn of(profiles: &Profiles, asked: &str, variable: Option<&str>) -> Result<Self> {
        let mut rights = AgentRights { profile: asked.to_owned(), ..AgentRights::default() };
        rights.follow(profiles)?;
        let Some(said) = variable.and_then(rule) else { return Ok(rights) };
        let to = match &said {
            AgentRule::Profile(name) if !profiles.contains(name) => {
                return Err(Error::config(format!("{} is {name:?}", vars::AWSX_AGENT_RULE))
                    .cause("there is no profile of that name")
                    .hint(format!("{} is {WANTS}", vars::AWSX_AGENT_RULE)));
            }
            AgentRule::Profile(name) => Some(name.clone()).filter(|name| *name != rights.profile),
            _ => None,
        };
        rights.add(said, vars::AWSX_AGENT_RULE.to_owned());
        if let Some(name) = to {
            rights.profile = name;
            rights.follow(profiles)?;
        }
        Ok(rights)
    }

    /// Adds the rule of the profile, and of those that it leads to.
    fn follow(&mut self, profiles: &Profiles) -> Result<()> {
        while let Some(profile) = profiles.get(&self.profile) {
            // A loop is an error of OwnKeys.
            let said = OwnKeys::of(profiles, &profile)?.agent;
            let next = match &said {
                AgentRule::Profile(name) => Some(name.clone()),
                _ => None,
            };
            self.add(said, stands(&profile));
            let Some(next) = next else { break };
            self.profile = next;
        }
        Ok(())
    }

    fn add(&mut self, said: AgentRule, stands: String) {
        let place = match said {
            AgentRule::Allow => return,
            AgentRule::Ask => &mut self.ask,
            AgentRule::ReadOnly => &mut self.read_only,
            AgentRule::Deny => &mut self.deny,
            AgentRule::Profile(name) if name == self.profile => return,
            AgentRule::Profile(_) => &mut self.instead,
        };
        place.get_or_insert(stands);
    }

    /// Whether an agent gets what a person gets.
    pub fn is_all(&self) -> bool {
        self.deny.is_none() && self.ask.is_none() && self.read_only.is_none() && self.instead.is_none()
    }
}

fn stands(profile: &Profile) -> String {
    let place = profile.line(AGENT).map(|(file, line)| format!(" ({}:{line})", file.display()));
    format!("{AGENT} of {}{}", profile.name, place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What an agent gets, in short: the profile, and a letter for each rule.
    fn of(asked: &str, variable: &str) -> String {
        let config = "[profile free]\n[profile open]\nawsx_agent = allow\n[profile asks]\nawsx_agent = ask\n\
                      [profile reads]\nawsx_agent = readonly\n[profile shut]\nawsx_agent = deny\n\
                      [profile to-reads]\nawsx_agent = reads\n[profile to-shut]\nawsx_agent = shut\n\
                      [profile twice]\nawsx_agent = to-reads\n";
        let profiles = Profiles::parse(Some((Path::new("config"), config.into())), None).unwrap();
        match AgentRights::of(&profiles, asked, Some(variable).filter(|text| !text.is_empty())) {
            Ok(rights) => {
                let letters =
                    [("a", &rights.ask), ("r", &rights.read_only), ("d", &rights.deny), ("i", &rights.instead)];
                let letters: String = letters.into_iter().filter(|(_, set)| set.is_some()).map(|(l, _)| l).collect();
                format!("{} {letters}", rights.profile).trim_end().to_owned()
            }
            Err(error) => error.brief(),
        }
    }

    #[test]
    fn rules_only_add_up() {
        let table = [
            // asked       ""           allow         ask          readonly      deny         reads         asks
            ("free", ["free", "free", "free a", "free r", "free d", "reads ri", "asks ai"]),
            ("open", ["open", "open", "open a", "open r", "open d", "reads ri", "asks ai"]),
            ("asks", ["asks a", "asks a", "asks a", "asks ar", "asks ad", "reads ari", "asks a"]),
            ("reads", ["reads r", "reads r", "reads ar", "reads r", "reads rd", "reads r", "asks ari"]),
            ("shut", ["shut d", "shut d", "shut ad", "shut rd", "shut d", "reads rdi", "asks adi"]),
            ("to-reads", ["reads ri", "reads ri", "reads ari", "reads ri", "reads rdi", "reads ri", "asks ari"]),
            ("to-shut", ["shut di", "shut di", "shut adi", "shut rdi", "shut di", "reads rdi", "asks adi"]),
            ("twice", ["reads ri", "reads ri", "reads ari", "reads ri", "reads rdi", "reads ri", "asks ari"]),
        ];
        for (asked, wants) in table {
            for (variable, want) in ["", "allow", "ask", "readonly", "deny", "reads", "asks"].into_iter().zip(wants) {
                assert_eq!(of(asked, variable), want, "{asked} with {variable:?}");
            }
        }
        // The profile that the variable names leads on by its own rule.
        assert_eq!((of("free", "twice"), of("free", "to-shut")), ("reads ri".into(), "shut di".into()));
        assert_eq!(of("no-such-profile", ""), "no-such-profile");
        assert!(of("free", "nobody").contains("AWSX_AGENT_RULE is \"nobody\""), "{}", of("free", "nobody"));
    }

    proptest! {
        /// Whatever the rules are, the variable takes none of them back.
        #[test]
        fn the_variable_only_narrows(rules in vec(0..9_usize, 6), asked in 0..6_usize, variable in 0..10_usize) {
            // Profiles lead to later ones alone, so never in a circle.
            let word = |at: usize, rule: usize| match rule {
                0 => "allow".to_owned(),
                1 => "ask".to_owned(),
                2 => "readonly".to_owned(),
                3 => "deny".to_owned(),
                _ => format!("p{}", (at + rule - 3).min(6)),
            };
            let profile = |(at, rule): (usize, &usize)| format!("[profile p{at}]\nawsx_agent = {}\n", word(at, *rule));
            let config: String = rules.iter().enumerate().map(profile).chain(["[profile p6]\n".to_owned()]).collect();
            let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
            let of = |variable: Option<&str>| AgentRights::of(&profiles, &format!("p{asked}"), variable).unwrap();
            let (without, with) = (of(None), of(Some(&word(0, variable))));
            let flags = |rights: &AgentRights| [&rights.deny, &rights.ask, &rights.read_only].map(Option::is_some);
            for (before, after) in flags(&without).into_iter().zip(flags(&with)) {
                prop_assert!(after || !before, "{without:?} {with:?}");
            }
            // And whoever gets another profile has that profile's own rules, too.
            let own = AgentRights::of(&profiles, &with.profile, None).unwrap();
            for (own, all) in flags(&own).into_iter().zip(flags(&with)) {
                prop_assert!(all || !own, "{own:?} {with:?}");
            }
        }
    }

    #[test]
    fn a_rule_says_where_it_stands() {
        let config = "[profile prod]\nregion = eu-west-1\nawsx_agent = ask\n";
        let profiles = Profiles::parse(Some((Path::new("config"), config.into())), None).unwrap();
        let rights = AgentRights::of(&profiles, "prod", Some("deny")).unwrap();
        assert_eq!(rights.ask.as_deref(), Some("awsx_agent of prod (config:3)"));
        assert_eq!(rights.deny.as_deref(), Some("AWSX_AGENT_RULE"));
    }

    #[test]
    fn a_way_that_leads_back_is_an_error() {
        let config = "[profile a]\nawsx_agent = b\n[profile b]\nawsx_agent = c\n[profile c]\nawsx_agent = b\n";
        let profiles = Profiles::parse(Some((Path::new("config"), config.into())), None).unwrap();
        for (name, way) in [("a", "a → b → c → b"), ("b", "b → c → b"), ("c", "c → b → c")] {
            let error = AgentRights::of(&profiles, name, None).unwrap_err();
            assert!(error.what.contains("awsx_agent of "), "{error}");
            assert_eq!(error.cause.as_deref(), Some(way));
        }
    }
}
