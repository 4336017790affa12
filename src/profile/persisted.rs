//! Sessions that stand in the AWS files under a name of their own, as awsx and awscli-mfa write them: whose they are, and
//! the rules that hold for them. Pure.

use super::own_keys::AGENT;
use super::{Profile, Profiles};

/// What the name of a session of GetSessionToken ends with.
pub const OF_MFA: &str = "-mfasession";
/// What the name of a role session ends with.
pub const OF_ROLE: &str = "-rolesession";
/// How the names of persisted sessions end, awsx's and awscli-mfa's.
pub const ENDS: [&str; 2] = [OF_MFA, OF_ROLE];

/// What stands between the profile and the name of an AI agent, in the name of what an agent has persisted.
const OF_AGENT: &str = "-awsx-agent-";

/// What a person wants of whoever uses a profile.
const RULES: [&str; 3] = ["awsx_confirm", "awsx_account_id", AGENT];

/// The profile for which a session of this name was written, without the agent that may have written it.
fn owner<'a>(profiles: &Profiles, name: &'a str) -> Option<&'a str> {
    let owner = ENDS.into_iter().find_map(|end| name.strip_suffix(end))?;
    let agents = owner.split_once(OF_AGENT).map(|(owner, _)| owner);
    [Some(owner), agents].into_iter().flatten().find(|owner| profiles.contains(owner))
}

/// Gives a persisted session the rules of its profile that it has not itself: who can't use the profile unasked can't use
/// its session unasked either, where it is awsx that is asked.
pub(super) fn add_rules(profiles: &Profiles, profile: &mut Profile) {
    let Some(owner) = owner(profiles, &profile.name) else { return };
    if !profile.static_keys().is_some_and(|keys| keys.is_session()) {
        return;
    }
    let Some(owner) = profiles.get(owner) else { return };
    for key in RULES {
        // The rule may lead an agent to this very session.
        if owner.get(key) != Some(profile.name.as_str()) {
            profile.fill_from(&owner.only(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::profile::{AgentRights, OwnKeys};

    #[test]
    fn a_persisted_session_has_the_rules_of_its_profile() {
        let config = "[profile prod]\nawsx_confirm = yes\nawsx_account_id = 111122223333\nawsx_agent = deny\n\
                      [profile led]\nawsx_agent = led-mfasession\n[profile own-mfasession]\nawsx_agent = allow\n\
                      [profile own]\nawsx_agent = ask\n";
        let section = |name: &str| {
            format!("[{name}]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = t\n")
        };
        let names = ["prod-mfasession", "prod-rolesession", "prod-awsx-agent-x-rolesession", "led-mfasession"];
        let others = ["own-mfasession", "gone-mfasession", "prod-session"];
        let mut credentials: String = names.iter().chain(&others).map(|name| section(name)).collect();
        credentials += "[keys]\n[keys-mfasession]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n";
        let profiles =
            Profiles::parse(Some((Path::new("config"), config.into())), Some((Path::new("c"), credentials))).unwrap();
        let of = |name: &str| OwnKeys::of(&profiles, &profiles.get(name).unwrap()).unwrap();
        for name in &names[..3] {
            let own = of(name);
            assert!(own.confirm && own.account_id.as_deref() == Some("111122223333"), "{name}");
            let rights = AgentRights::of(&profiles, name, None).unwrap();
            assert!(rights.deny.is_some_and(|rule| rule.contains("config:4")), "{name}");
        }
        for name in ["led-mfasession", "own-mfasession", "gone-mfasession", "prod-session", "keys-mfasession"] {
            assert_eq!(of(name), OwnKeys::default(), "{name}");
        }
        assert!(AgentRights::of(&profiles, "led", None).unwrap().profile == "led-mfasession");
    }
}
