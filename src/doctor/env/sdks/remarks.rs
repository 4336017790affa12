//! Where the SDKs disagree, and variables that not all of them read: what there is to say beside the table. Pure.

use super::{Around, Choice, Sdk, Source};
use crate::base::vars;
use crate::deliver::session_env::{NO_FILE, NO_SHIM};

/// Something worth a person's attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What is so.
    pub what: String,
    /// The single cases, a line each.
    pub details: Vec<String>,
    /// What mends it, where something does.
    pub advice: Option<String>,
}

fn remark(what: impl Into<String>, advice: Option<&str>) -> Remark {
    Remark { what: what.into(), details: Vec::new(), advice: advice.map(str::to_owned) }
}

/// Everything there is to say of these choices.
pub fn remarks(around: Around, choices: &[Choice]) -> Vec<Remark> {
    let mut all = Vec::new();
    let env = around.env;
    let sources = groups(choices, Choice::source_in_words);
    if env.get(vars::AWS_PROFILE) == Some(NO_SHIM) {
        let what = format!("AWS_PROFILE is {NO_SHIM}, so that what has no shim finds no credentials here");
        all.push(remark(what, Some("`awsx exec -- COMMAND` gives them to any command")));
    } else if sources.len() > 1 {
        let advice = if env.get(vars::AWS_ACCESS_KEY_ID).is_some() && choices.iter().any(|c| c.selected_by.is_some()) {
            "keep the keys or the profile variables, and unset the others"
        } else {
            "`awsx exec PROFILE -- COMMAND` gives all of them the same credentials"
        };
        all.push(Remark { details: sources, ..remark("the SDKs take different credentials", Some(advice)) });
    }
    let region = |choice: &Choice| choice.region.as_ref().map_or("none".into(), |region| region.name.clone());
    let regions = groups(choices, region);
    if regions.len() > 1 {
        let advice = Some("set AWS_REGION and AWS_DEFAULT_REGION to the same");
        all.push(Remark { details: regions, ..remark("the SDKs use different regions", advice) });
    }
    all.extend(tokens(around, choices));
    for name in [vars::AWS_CONFIG_FILE, vars::AWS_SHARED_CREDENTIALS_FILE] {
        match env.os(name) {
            Some(path) if path.is_empty() => all.push(remark(
                format!(
                    "{name} is empty: for the AWS CLI, boto3 and Rust that is no file, for the others the usual one"
                ),
                Some(&format!("unset {name}")),
            )),
            // Meant to be no file, as in a session that has its credentials from a server.
            Some(path) if path == NO_FILE => {}
            Some(path) if !path.to_str().is_some_and(|path| (around.is_file)(&env.expand(path))) => {
                all.push(remark(format!("{name} names a file that doesn't exist"), Some(&format!("unset {name}"))));
            }
            _ => {}
        }
    }
    if env.os("AWS_SDK_LOAD_CONFIG").is_some() {
        all.push(remark("AWS_SDK_LOAD_CONFIG means something to older SDKs alone (Go v1, JavaScript v2)", None));
    }
    if env.get("AWS_CREDENTIAL_FILE").is_some() {
        all.push(remark("AWS_CREDENTIAL_FILE is read by the AWS CLI and boto3 alone, after the profile", None));
    }
    all.extend(endpoints(around, choices));
    all
}

/// Who has the same, a line for each group.
fn groups(choices: &[Choice], what: impl Fn(&Choice) -> String) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for choice in choices {
        let said = what(choice);
        match groups.iter_mut().find(|(known, _)| *known == said) {
            Some((_, names)) => names.push(choice.sdk.name()),
            None => groups.push((said, vec![choice.sdk.name()])),
        }
    }
    groups.into_iter().map(|(what, names)| format!("{}: {what}", names.join(", "))).collect()
}

/// The two names of the session token.
fn tokens(around: Around, choices: &[Choice]) -> Option<Remark> {
    let old = around.env.get("AWS_SECURITY_TOKEN")?;
    choices.iter().any(|choice| matches!(choice.source, Source::Environment(_))).then_some(())?;
    match around.env.get(vars::AWS_SESSION_TOKEN) {
        Some(new) if new == old => None,
        Some(_) => Some(remark(
            "the AWS CLI and boto3 send AWS_SECURITY_TOKEN, the others AWS_SESSION_TOKEN, and the two differ",
            Some("unset AWS_SECURITY_TOKEN"),
        )),
        None => Some(remark(
            "the AWS CLI and boto3 alone read AWS_SECURITY_TOKEN; the others sign without a token and are refused",
            Some("export AWS_SESSION_TOKEN instead"),
        )),
    }
}

/// Older versions of the SDK for JavaScript take an `endpoint_url` of a profile that the others were told to ignore.
fn endpoints(around: Around, choices: &[Choice]) -> Option<Remark> {
    if !around.env.flag(vars::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS) || around.env.get(vars::AWS_ENDPOINT_URL).is_some() {
        return None;
    }
    let choice = choices.iter().find(|choice| choice.sdk == Sdk::JavaScript)?;
    let profile = around.profiles.get(&choice.profile)?;
    let url = profile.get("endpoint_url").filter(|url| !url.is_empty())?;
    let what = format!(
        "older versions of JavaScript v3 don't know AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and call {url}, the endpoint_url of {}",
        choice.profile
    );
    Some(remark(what, Some("move endpoint_url from [default] into the profiles that need it")))
}
