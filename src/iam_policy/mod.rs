//! The IAM policy documents that `awsx policy` prints. Pure.
//!
//! A user is `user/NAME` or, with an IAM path, `user/PATH/NAME`; names hold no slash and are unique in an account, so
//! `user/*/${aws:username}` is that one user. A user's virtual devices are `mfa/NAME` and `mfa/NAME/…`, never
//! `mfa/NAME-…`: a slash can't be part of another user's name, a hyphen can.

mod statements;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::base::error::{Error, Result};
use crate::base::time::show_duration;

/// What there is, with one line each.
pub const NAMES: [(&str, &str); 7] = [
    ("enforce-mfa", "own MFA and credentials; everything else needs a recent MFA session"),
    ("allow-mfa", "own MFA and credentials; changes of credentials and rights are denied without MFA"),
    ("open-mfa", "own MFA and credentials (keys only with MFA); nothing else is denied"),
    ("self-provision", "what `awsx provision-mfa` and `awsx mfa` do, and no more"),
    ("session-user", "what sessions and a change of the access key need, for a user who already has a device"),
    ("boundary", "a permissions boundary: MFA everywhere, without locking out enrolment"),
    ("sign-in", "what a console login needs: credentials for programs from the browser"),
];

/// The partitions that have IAM users
/// ([partitions](https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html)).
pub const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// The names, one a line, with what each is.
pub fn list() -> String {
    NAMES.iter().fold(String::new(), |list, (name, about)| list + &format!("{name:<16}{about}\n"))
}

/// How many characters a managed policy and the inline policies of a group and of a user may have, blanks and line
/// breaks not counted ([quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)).
const SIZES: [(&str, usize); 3] =
    [("a managed policy", 6144), ("the inline policies of a group", 5120), ("those of a user", 2048)];

/// Age of an MFA session up to which `enforce-mfa` takes it, in seconds: 9 h.
pub const ENFORCED_AGE: u32 = 9 * 3600;

/// A policy document: its statements, and what each is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    name: &'static str,
    about: &'static str,
    statements: Vec<Statement>,
}

/// One statement and why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    sid: &'static str,
    why: String,
    body: Map<String, Value>,
}

/// Writes the document of that name. `max_age` (seconds) is how old an MFA session may be; without it any will do,
/// except for `enforce-mfa`, where it is [`ENFORCED_AGE`].
///
/// # Errors
/// [`crate::base::error::ErrorKind::Usage`] for a name that doesn't exist, a partition that can't be one, or an age
/// of 0.
pub fn document(name: &str, max_age: Option<u32>, partition: &str) -> Result<Document> {
    let Some((name, about)) = NAMES.into_iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        return Err(Error::usage(format!("no policy {name}")).cause(format!("there are {}", known.join(", "))));
    };
    if max_age == Some(0) {
        return Err(Error::usage("--max-age 0s would let nobody in"));
    }
    check_partition(partition)?;
    let max_age = max_age.or((name == "enforce-mfa").then_some(ENFORCED_AGE));
    let writer = Writer { partition, mfa: max_age.map_or(Mfa::Any, Mfa::NotOlder) };
    let statements = match name {
        "enforce-mfa" => writer.enforce_mfa(),
        "allow-mfa" => writer.allow_mfa(),
        "open-mfa" => writer.open_mfa(),
        "self-provision" => writer.self_provision(),
        "session-user" => writer.session_user(),
        "sign-in" => writer.sign_in(),
        _ => writer.boundary(),
    };
    Ok(Document { name, about, statements })
}

/// `aws`, `aws-cn`, `aws-us-gov`, `aws-iso-b` …: anything of that form, since new ones come.
fn check_partition(partition: &str) -> Result<()> {
    let good = partition == "aws"
        || partition.strip_prefix("aws-").is_some_and(|rest| {
            rest.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        });
    if good {
        return Ok(());
    }
    Err(Error::usage(format!("no AWS partition: {partition}")).hint("use --partition aws, aws-cn or aws-us-gov"))
}

impl Document {
    /// The JSON document, pretty, as IAM takes it.
    pub fn json(&self) -> String {
        let statements: Vec<&Map<String, Value>> = self.statements.iter().map(|s| &s.body).collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        format!("{document:#}\n")
    }

    /// How many characters of it IAM counts.
    fn size(&self) -> usize {
        self.json().chars().filter(|c| !c.is_whitespace()).count()
    }

    /// Where it fits, in words.
    fn room(&self) -> String {
        let size = self.size();
        let limits: Vec<String> = SIZES
            .iter()
            .map(|(place, most)| format!("{place} {} {most}", if size <= *most { "may have" } else { "only" }))
            .collect();
        format!("It has {size} characters: {}.", limits.join(", "))
    }

    /// What each statement is for, as text, and where the document fits.
    pub fn explanation(&self) -> String {
        let mut text = format!("{}: {}\n", self.name, self.about);
        for statement in &self.statements {
            text.push('\n');
            text.push_str(statement.sid);
            text.push('\n');
            for line in wrapped(&statement.why, 96) {
                text.push_str("    ");
                text.push_str(&line);
                text.push('\n');
            }
        }
        text + "\n" + &wrapped(&self.room(), 100).join("\n") + "\n"
    }
}

/// Breaks a text at spaces so that no line is longer than `width`, unless a word is.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// When a session counts as one with MFA.
#[derive(Debug, Clone, Copy)]
enum Mfa {
    /// Whenever it was made with a code.
    Any,
    /// For so many seconds after the code.
    NotOlder(u32),
}

impl Mfa {
    /// The condition of an Allow. Base keys don't have these keys at all, and then it does not match.
    fn required(self) -> Value {
        match self {
            Mfa::Any => json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
            Mfa::NotOlder(age) => json!({ "NumericLessThanEquals": { "aws:MultiFactorAuthAge": age.to_string() } }),
        }
    }

    /// The condition of a Deny: `IfExists` makes it match base keys, which don't have the key at all.
    fn missing(self) -> Value {
        match self {
            Mfa::Any => json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }),
            Mfa::NotOlder(age) => {
                json!({ "NumericGreaterThanIfExists": { "aws:MultiFactorAuthAge": age.to_string() } })
            }
        }
    }

    fn in_words(self) -> String {
        match self {
            Mfa::Any => "MFA".into(),
            Mfa::NotOlder(age) => format!("MFA not older than {}", show_duration(age)),
        }
    }
}

/// What the documents are written with.
struct Writer<'a> {
    partition: &'a str,
    mfa: Mfa,
}
