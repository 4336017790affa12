//! IAM's policy language, as far as users of awsx write it: documents, and the verdict of one on one call.
//! [Reference](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html). An element that
//! isn't understood makes the document malformed; none is ignored.

mod condition;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use condition::Conditions;

/// The facts of a call that conditions and variables look at; names in lower case.
#[derive(Debug, Clone, Default)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Adds a fact.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.entry(key.to_lowercase()).or_default().push(value.into());
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// Replaces `${key}`; `None` if a key is absent or has several values.
    fn substitute(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}')?;
            out.push_str(before);
            match (name, self.get(name)) {
                // Placeholders for the literal characters, so that `matches` doesn't take them for wildcards.
                ("*" | "?" | "$", _) => out.push(match name {
                    "*" => '\u{1}',
                    "?" => '\u{2}',
                    _ => '$',
                }),
                (_, Some([value])) => out.push_str(value),
                _ => return None,
            }
            rest = tail;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// One or many, as JSON has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Many<T> {
    /// A value by itself.
    One(T),
    /// A list.
    List(Vec<T>),
}

impl<T> Many<T> {
    fn iter(&self) -> std::slice::Iter<'_, T> {
        match self {
            Many::One(one) => std::slice::from_ref(one).iter(),
            Many::List(list) => list.iter(),
        }
    }
}

/// A policy document.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Policy {
    /// `2012-10-17`; variables are only replaced in that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    statement: Many<Statement>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<Principal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Many<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_action: Option<Many<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Many<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_resource: Option<Many<String>>,
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    condition: Conditions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

/// Whom a statement of a trust policy is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Principal {
    Anyone(String),
    Kinds(BTreeMap<String, Many<String>>),
}

/// What one document says of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Silent,
    /// Allowed; by a trust policy: through the account, so that an identity policy must allow it too.
    Allow {
        /// Whether the caller itself is named, not only its account.
        by_name: bool,
    },
    /// Denied, whatever else allows it.
    Deny,
}

/// A call as a policy sees it.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// `sts:AssumeRole`.
    pub action: &'a str,
    /// An ARN, or `*` for actions without a resource.
    pub resource: &'a str,
    /// The facts.
    pub context: &'a Context,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// What AWS would call malformed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let policy: Policy = serde_json::from_str(text).map_err(|e| e.to_string())?;
        policy.check()?;
        Ok(policy)
    }

    /// What can't be told from the shape alone.
    ///
    /// # Errors
    /// What AWS would call malformed.
    pub fn check(&self) -> Result<(), String> {
        if self.version.as_deref().is_some_and(|v| v != "2012-10-17" && v != "2008-10-17") {
            return Err("The policy must contain a valid version string".into());
        }
        for s in self.statement.iter() {
            if s.action.is_some() == s.not_action.is_some() {
                return Err("Policy statement must contain actions.".into());
            }
            if s.resource.is_some() && s.not_resource.is_some()
                || s.principal.is_none() && s.resource.is_none() && s.not_resource.is_none()
            {
                return Err("Policy statement must contain resources.".into());
            }
            s.condition.check()?;
        }
        Ok(())
    }

    /// The verdict on a call; `caller` gives the names by which the caller may be a principal (a trust policy's
    /// question), from the most to the least exact, the last being its account.
    pub fn verdict(&self, ask: Ask<'_>, caller: Option<&[String]>) -> Verdict {
        self.judge(ask, |statement| statement.concerns(caller))
    }

    /// The verdict of a trust policy on a call of somebody whom an identity provider vouches for.
    pub fn verdict_of_provider(&self, ask: Ask<'_>, provider: &str) -> Verdict {
        self.judge(ask, |statement| {
            let Some(Principal::Kinds(kinds)) = &statement.principal else { return None };
            kinds.get("Federated").filter(|many| many.iter().any(|arn| arn == provider)).map(|_| true)
        })
    }

    fn judge(&self, ask: Ask<'_>, concerns: impl Fn(&Statement) -> Option<bool>) -> Verdict {
        let mut found = Verdict::Silent;
        for statement in self.statement.iter() {
            let Some(by_name) = concerns(statement) else { continue };
            if !statement.applies(ask) {
                continue;
            }
            match (statement.effect, found) {
                (Effect::Deny, _) => return Verdict::Deny,
                (Effect::Allow, Verdict::Allow { by_name: already }) => {
                    found = Verdict::Allow { by_name: by_name || already };
                }
                (Effect::Allow, _) => found = Verdict::Allow { by_name },
            }
        }
        found
    }
}

impl Statement {
    /// `None` if the statement is about somebody else; else whether it names the caller itself.
    fn concerns(&self, caller: Option<&[String]>) -> Option<bool> {
        let (Some(names), Some(principal)) = (caller, &self.principal) else {
            return caller.is_none().then_some(true);
        };
        let listed: Vec<&String> = match principal {
            Principal::Anyone(star) => vec![star],
            Principal::Kinds(kinds) => kinds.get("AWS").map(|m| m.iter().collect()).unwrap_or_default(),
        };
        let (account, own) = names.split_last()?;
        let root = |p: &str| p == account || p.starts_with("arn:") && p.ends_with(&format!(":iam::{account}:root"));
        if listed.iter().any(|p| *p == "*" || own.contains(p)) {
            Some(true)
        } else {
            listed.iter().any(|p| root(p)).then_some(false)
        }
    }

    fn applies(&self, ask: Ask<'_>) -> bool {
        let action = |m: &Many<String>| m.iter().any(|p| matches(&p.to_lowercase(), &ask.action.to_lowercase()));
        let fits = |p: &String| ask.context.substitute(p).is_some_and(|p| matches(&p, ask.resource));
        let resource = |m: &Many<String>| m.iter().any(fits);
        self.action.as_ref().is_none_or(action)
            && !self.not_action.as_ref().is_some_and(action)
            && self.resource.as_ref().is_none_or(resource)
            && !self.not_resource.as_ref().is_some_and(resource)
            && self.condition.hold(ask.context)
    }
}

/// Whether `text` fits `pattern`, in which `*` is any run of characters and `?` any one.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let literal = |c: char| match c {
        '\u{1}' => '*',
        '\u{2}' => '?',
        other => other,
    };
    let (mut at, mut seen) = (0, 0);
    // Where the last `*` was, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&c) = text.get(seen) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
                continue;
            }
            Some(&wanted) if wanted == '?' || literal(wanted) == c => {
                at += 1;
                seen += 1;
                continue;
            }
            _ => {}
        }
        let Some((back, taken)) = star else { return false };
        star = Some((back, taken + 1));
        at = back + 1;
        seen = taken + 1;
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

#[cfg(test)]
mod shipped;
#[cfg(test)]
mod tests;
