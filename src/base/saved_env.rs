//! The user's own values of variables that the enclosing session has overwritten with settings of its profile
//! ([`vars::AWSX_SETTINGS`]). Pure.

use std::collections::BTreeMap;

use serde_json::json;

use crate::base::env::Env;
use crate::base::sdk_settings::is_from_profile;
use crate::base::vars;

/// Variables that a session has set from its profile's settings, or from `--backend`: for each the value it set, and the
/// user's own value before, if there was one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedEnv(BTreeMap<String, (String, Option<String>)>);

impl SavedEnv {
    /// A record that this version has just written.
    pub fn written(text: Option<&str>) -> Self {
        SavedEnv(text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
    }

    /// Those of the enclosing session. A variable that has changed since is left out: its value is the user's own
    /// again. Empty if there is no session, or if its record can't be read.
    pub fn of(env: &Env) -> Self {
        let text = env.get(vars::AWSX_SETTINGS);
        let mut all: BTreeMap<String, (String, Option<String>)> =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        // Anybody can set AWSX_SETTINGS. Only variables that a session may set are ever restored from it.
        let is_ours = |name: &str| is_from_profile(name) || name == vars::AWSX_BACKEND;
        all.retain(|name, (set, _)| is_ours(name) && env.get(name) == Some(set));
        SavedEnv(all)
    }

    /// The user's own value: the one before the enclosing session, if that has set the variable, else the present one.
    pub fn own<'a>(&'a self, env: &'a Env, name: &str) -> Option<&'a str> {
        match self.0.get(name) {
            Some((_, before)) => before.as_deref(),
            None => env.get(name),
        }
    }

    /// The user's own value of a variable that the enclosing session has set: `Some(None)` if there was none.
    pub fn before(&self, name: &str) -> Option<Option<&str>> {
        self.0.get(name).map(|(_, before)| before.as_deref())
    }

    /// Each variable, and the user's own value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, (_, before))| (name.as_str(), before.as_deref()))
    }

    /// Adds a variable that a session sets, with the user's own value.
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
