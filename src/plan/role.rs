//! The parameters of AssumeRole. They come from a profile and a request, and are checked against the patterns of the
//! API before anybody is asked for a code
//! ([AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)). Pure.

use super::Inputs;
use crate::aws::arn::Arn;
use crate::base::error::{Error, Result};
use crate::ports::AssumeRole;
use crate::profile::{Profile, bad_value, is_account};

/// Most tags, and most transitive keys.
const MOST_TAGS: usize = 50;
/// Most managed policies.
const MOST_POLICIES: usize = 10;
/// Longest inline policy, in characters.
const LONGEST_POLICY: usize = 2048;

/// The parameters for the role of `hop`, without a duration. `last`: it is the role that is wanted, so the options of
/// the request apply to it. `base` is the profile that the chain starts from.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a value that AWS would refuse.
pub fn role(inputs: &Inputs, base: &Profile, hop: &Profile, last: bool) -> Result<AssumeRole> {
    let request = inputs.request;
    if last {
        check_policies(request.policy.as_deref(), &request.policy_arns)?;
    }
    let named = if last { request.session_name.clone() } else { None };
    let own = session_name_of(hop)?;
    let session_name = match &request.agent {
        Some(agent) => agents_session(&agent.name),
        None => named.or(own).unwrap_or_else(|| session_name(inputs, base)),
    };
    Ok(AssumeRole {
        role_arn: role_arn(hop)?,
        session_name,
        duration: 0,
        external_id: external_id(hop)?,
        mfa: None,
        policy: request.policy.clone().filter(|_| last),
        policy_arns: if last { request.policy_arns.clone() } else { Vec::new() },
        tags: tags(hop)?,
        transitive_tag_keys: transitive(hop)?,
        source_identity: source_identity(hop)?,
    })
}

/// A value that must have `least` to `most` ASCII letters, digits and `others`.
fn text(of: &Profile, key: &str, (least, most): (usize, usize), others: &str) -> Result<Option<String>> {
    if !of.has(key) {
        return Ok(None);
    }
    let fits = |text: &&str| {
        (least..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    let wants = || format!("{least} to {most} letters, digits and {others}");
    of.get(key).filter(fits).map(|text| Some(text.to_owned())).ok_or_else(|| bad_value(of, key, &wants()))
}

/// A session name that is the same every time, so that the session can be found again: the IAM user's name (trust
/// policies may ask for it), else the name of this machine's user.
fn session_name(inputs: &Inputs, base: &Profile) -> String {
    let user = inputs.known.user(&base.name);
    let user = user.as_deref().or_else(|| inputs.env.first(&["USER", "LOGNAME"])).unwrap_or("awsx");
    let fit = |c: char| if c.is_ascii_alphanumeric() || "_=,.@-".contains(c) { c } else { '-' };
    let mut name: String = user.chars().map(fit).take(64).collect();
    if name.len() < 2 {
        name += "-awsx";
    }
    name
}

/// The name of the sessions of an AI agent, which CloudTrail shows, whatever name was asked for.
pub fn agents_session(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "_=,.@-".contains(c) { c } else { '-' };
    format!("awsx-agent-{}", name.chars().map(fit).take(53).collect::<String>())
}

/// The managed policy that lets a session of this role only read, in the partition of the role.
pub fn read_only(of: &Profile) -> String {
    let partition = of.get("role_arn").and_then(Arn::parse).map_or("aws", |arn| arn.partition);
    format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess")
}

fn role_arn(of: &Profile) -> Result<String> {
    let arn = of.get("role_arn").unwrap_or_default();
    if is_role_arn(arn) {
        return Ok(arn.into());
    }
    Err(bad_value(of, "role_arn", "the ARN of a role, like arn:aws:iam::123456789012:role/NAME"))
}

/// Whether it is the ARN of a role, in any partition.
fn is_role_arn(arn: &str) -> bool {
    let is_name =
        |name: &str| name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    let is_role = |arn: Arn| {
        (arn.service, arn.region) == ("iam", "") && is_account(arn.account) && arn.name("role").is_some_and(is_name)
    };
    is_text_of_an_arn(arn) && Arn::parse(arn).is_some_and(is_role)
}

/// The error of each key of a profile that AssumeRole could not take.
pub fn faults(of: &Profile) -> Vec<(&'static str, Error)> {
    let role = if of.has("role_arn") { role_arn(of).err() } else { None };
    let found = [
        ("role_arn", role),
        ("role_session_name", session_name_of(of).err()),
        ("external_id", external_id(of).err()),
        ("source_identity", source_identity(of).err()),
        ("session_tags", tags(of).err()),
        ("transitive_session_tags", transitive(of).err()),
    ];
    found.into_iter().filter_map(|(key, error)| Some((key, error?))).collect()
}

fn session_name_of(of: &Profile) -> Result<Option<String>> {
    text(of, "role_session_name", (2, 64), "_+=,.@-")
}

fn external_id(of: &Profile) -> Result<Option<String>> {
    text(of, "external_id", (2, 1224), "_+=,.@:/-")
}

fn source_identity(of: &Profile) -> Result<Option<String>> {
    text(of, "source_identity", (2, 64), "_+=,.@-")
}

/// Whether it has the length and the characters of an ARN.
fn is_text_of_an_arn(text: &str) -> bool {
    text.len() <= 2048 && text.chars().all(|c| c.is_ascii_graphic())
}

/// The parts of a list with commas.
fn list<'a>(of: &'a Profile, key: &str) -> impl Iterator<Item = &'a str> {
    of.get(key).into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty())
}

fn tags(of: &Profile) -> Result<Vec<(String, String)>> {
    const WANTS: &str = "key=value, key=value: at most 50, keys up to 128 and values up to 256 letters, digits, spaces and \
                         _.:/=+-@";
    let tag = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (key.trim(), value.trim());
        (is_tag(key, 1, 128) && is_tag(value, 0, 256)).then(|| (key.to_owned(), value.to_owned()))
    };
    let tags: Option<Vec<_>> = list(of, "session_tags").map(tag).collect();
    tags.filter(|tags| tags.len() <= MOST_TAGS).ok_or_else(|| bad_value(of, "session_tags", WANTS))
}

fn transitive(of: &Profile) -> Result<Vec<String>> {
    const KEY: &str = "transitive_session_tags";
    let keys: Vec<String> = list(of, KEY).map(str::to_owned).collect();
    if keys.len() <= MOST_TAGS && keys.iter().all(|key| is_tag(key, 1, 128)) {
        return Ok(keys);
    }
    Err(bad_value(of, KEY, "keys of session_tags with commas between them, at most 50"))
}

fn is_tag(text: &str, least: usize, most: usize) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "_.:/=+-@".contains(c) || (c.is_whitespace() && !c.is_control());
    (least..=most).contains(&text.chars().count()) && text.chars().all(fits)
}

fn check_policies(inline: Option<&str>, arns: &[String]) -> Result<()> {
    let length = inline.map_or(0, |policy| policy.chars().count());
    if length > LONGEST_POLICY {
        return Err(Error::config("the session policy is too long")
            .cause(format!(
                "it has {length} characters, not counting spaces in its layout; AWS takes at most {LONGEST_POLICY}"
            ))
            .hint("shorten --policy, or use --policy-arn"));
    }
    if arns.len() > MOST_POLICIES {
        return Err(Error::config(format!("{} managed policies for one session", arns.len()))
            .cause(format!("AWS takes at most {MOST_POLICIES}")));
    }
    let is_policy = |arn: &&String| {
        let is_policy = |arn: Arn| (arn.service, arn.region) == ("iam", "") && arn.name("policy").is_some();
        is_text_of_an_arn(arn) && Arn::parse(arn).is_some_and(is_policy)
    };
    match arns.iter().find(|arn| !is_policy(arn)) {
        None => Ok(()),
        Some(arn) => Err(Error::config(format!("--policy-arn {arn:?} is no policy"))
            .hint("write it like arn:aws:iam::aws:policy/ReadOnlyAccess")),
    }
}
