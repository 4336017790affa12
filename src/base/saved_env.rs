//! What a person's own variables were, where the session around this command has set them from its profile's settings
//! ([`vars::AWSX_SETTINGS`]). Pure.

use std::collections::BTreeMap;

use serde_json::json;

use crate::base::env::Env;
use crate::base::sdk_settings::is_from_profile;
use crate::base::vars;

/// Variables that a session has set from its profile's settings: to what, and what the person had in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedEnv(BTreeMap<String, (String, Option<String>)>);

impl SavedEnv {
    /// Those of the session around that still are what it set them to; none if there is no session, or if it says what
    /// awsx would not.
    pub fn of(env: &Env) -> Self {
        let text = env.get(vars::AWSX_SETTINGS);
        let mut all: BTreeMap<String, (String, Option<String>)> =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        // Whatever else stands there, no other variable is touched for it.
        all.retain(|name, (set, _)| is_from_profile(name) && env.get(name) == Some(set));
        SavedEnv(all)
    }

    /// The value that is the person's own: what the variable has or, if the session around has set it, had before.
    pub fn own<'a>(&'a self, env: &'a Env, name: &str) -> Option<&'a str> {
        match self.0.get(name) {
            Some((_, before)) => before.as_deref(),
            None => env.get(name),
        }
    }

    /// Each variable, and what the person had.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, (_, before))| (name.as_str(), before.as_deref()))
    }

    /// Adds a variable that a session sets, with what the person has.
    pub fn insert(&mut self, name: &str, set: &str, own: Option<&str>) {
        self.0.insert(name.into(), (set.into(), own.map(Into::into)));
    }

    /// The value of [`vars::AWSX_SETTINGS`]; `None` if nothing was set.
    pub fn text(&self) -> Option<String> {
        let pairs = || self.0.iter().map(|(name, (set, before))| (name.clone(), json!([set, before])));
        (!self.0.is_empty()).then(|| serde_json::Value::Object(pairs().collect()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_the_persons_own_unless_a_session_has_set_it() {
        let mut outer = SavedEnv::default();
        assert_eq!(outer.text(), None);
        outer.insert("AWS_REGION", "theirs", Some("it's \"mine\""));
        outer.insert("AWS_CA_BUNDLE", "theirs", None);
        let text = outer.text().unwrap();
        assert_eq!(text, r#"{"AWS_CA_BUNDLE":["theirs",null],"AWS_REGION":["theirs","it's \"mine\""]}"#);
        let env: Env = [
            (vars::AWSX_SETTINGS, text.as_str()),
            ("AWS_REGION", "theirs"),
            ("AWS_CA_BUNDLE", "theirs"),
            ("AWS_DEFAULT_REGION", "untouched"),
        ]
        .into_iter()
        .collect();
        let again = SavedEnv::of(&env);
        assert_eq!(again, outer);
        assert_eq!(again.own(&env, "AWS_REGION"), Some("it's \"mine\""));
        assert_eq!(again.own(&env, "AWS_CA_BUNDLE"), None);
        assert_eq!(again.own(&env, "AWS_DEFAULT_REGION"), Some("untouched"));
        // What the person has changed since is the person's own.
        let env: Env = [(vars::AWSX_SETTINGS, text.as_str()), ("AWS_REGION", "changed")].into_iter().collect();
        let again = SavedEnv::of(&env);
        assert_eq!(again, SavedEnv::default());
        assert_eq!((again.own(&env, "AWS_REGION"), again.own(&env, "AWS_CA_BUNDLE")), (Some("changed"), None));
    }

    #[test]
    fn nothing_but_variables_of_ours_is_touched() {
        for text in ["AWS_REGION", "[]", r#"{"PATH":["x",null]}"#, r#"{"AWS_REGION":"x"}"#] {
            let env = [(vars::AWSX_SETTINGS, text), ("PATH", "x"), ("AWS_REGION", "x")].into_iter().collect();
            assert_eq!(SavedEnv::of(&env), SavedEnv::default(), "{text}");
        }
    }
}
