//! The `Condition` element: operators, `IfExists`, `ForAllValues:` and `ForAnyValue:`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, Many, matches};

/// `{operator: {key: value or values}}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conditions(BTreeMap<String, BTreeMap<String, Many<Scalar>>>);

/// Values may be written as strings, numbers and booleans.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Flag(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Scalar::Text(t) => t.clone(),
            Scalar::Flag(b) => b.to_string(),
            Scalar::Number(n) => n.to_string(),
        }
    }
}

/// A comparison of one value of the call with one of the policy.
type Test = fn(&str, &str) -> bool;

/// An operator without its prefix and suffix: the comparison, and whether it is a negated one.
struct Operator {
    test: Test,
    negated: bool,
}

fn operator(name: &str) -> Option<Operator> {
    let (test, negated): (Test, bool) = match name {
        "StringEquals" => (|a, b| a == b, false),
        "StringNotEquals" => (|a, b| a == b, true),
        "StringEqualsIgnoreCase" | "Bool" => (str::eq_ignore_ascii_case, false),
        "StringNotEqualsIgnoreCase" => (str::eq_ignore_ascii_case, true),
        "StringLike" => (|a, b| matches(b, a), false),
        "StringNotLike" => (|a, b| matches(b, a), true),
        "ArnEquals" | "ArnLike" => (arn, false),
        "ArnNotEquals" | "ArnNotLike" => (arn, true),
        "NumericEquals" => (|a, b| number(a, b, |a, b| a == b), false),
        "NumericNotEquals" => (|a, b| number(a, b, |a, b| a == b), true),
        "NumericLessThan" => (|a, b| number(a, b, |a, b| a < b), false),
        "NumericLessThanEquals" => (|a, b| number(a, b, |a, b| a <= b), false),
        "NumericGreaterThan" => (|a, b| number(a, b, |a, b| a > b), false),
        "NumericGreaterThanEquals" => (|a, b| number(a, b, |a, b| a >= b), false),
        "DateEquals" => (|a, b| date(a, b, |a, b| a == b), false),
        "DateNotEquals" => (|a, b| date(a, b, |a, b| a == b), true),
        "DateLessThan" => (|a, b| date(a, b, |a, b| a < b), false),
        "DateLessThanEquals" => (|a, b| date(a, b, |a, b| a <= b), false),
        "DateGreaterThan" => (|a, b| date(a, b, |a, b| a > b), false),
        "DateGreaterThanEquals" => (|a, b| date(a, b, |a, b| a >= b), false),
        _ => return None,
    };
    Some(Operator { test, negated })
}

/// ARNs are compared part by part: a wildcard does not cross a colon, except in the last part.
fn arn(value: &str, pattern: &str) -> bool {
    let (value, pattern): (Vec<&str>, Vec<&str>) = (value.splitn(6, ':').collect(), pattern.splitn(6, ':').collect());
    value.len() == pattern.len() && value.iter().zip(&pattern).all(|(v, p)| matches(p, v))
}

fn number(a: &str, b: &str, test: fn(i64, i64) -> bool) -> bool {
    matches!((a.parse(), b.parse()), (Ok(a), Ok(b)) if test(a, b))
}

fn date(a: &str, b: &str, test: fn(i64, i64) -> bool) -> bool {
    let read = |t: &str| t.parse().ok().or_else(|| awsx::base::time::Timestamp::parse_rfc3339(t).ok().map(|t| t.0));
    matches!((read(a), read(b)), (Some(a), Some(b)) if test(a, b))
}

/// How the values of a key that may have several are taken together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Single,
    All,
    Any,
}

fn split(name: &str) -> (Quantifier, &str, bool) {
    let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
        (Quantifier::All, rest)
    } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
        (Quantifier::Any, rest)
    } else {
        (Quantifier::Single, name)
    };
    match rest.strip_suffix("IfExists") {
        Some(base) => (quantifier, base, true),
        None => (quantifier, rest, false),
    }
}

impl Conditions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every operator is one that is known here.
    ///
    /// # Errors
    /// The one that is not.
    pub fn check(&self) -> Result<(), String> {
        match self.0.keys().find(|name| **name != "Null" && operator(split(name).1).is_none()) {
            Some(name) => Err(format!("Invalid Condition type : {name}.")),
            None => Ok(()),
        }
    }

    /// Whether all of them hold.
    pub fn hold(&self, context: &Context) -> bool {
        self.0.iter().all(|(name, keys)| keys.iter().all(|(key, wanted)| holds(name, key, wanted, context)))
    }
}

fn holds(name: &str, key: &str, wanted: &Many<Scalar>, context: &Context) -> bool {
    let actual = context.get(key);
    if name == "Null" {
        return wanted.iter().any(|w| w.text().eq_ignore_ascii_case(&actual.is_none().to_string()));
    }
    let (quantifier, base, if_exists) = split(name);
    let Some(Operator { test, negated }) = operator(base) else { return false };
    let Some(actual) = actual else {
        return if_exists || negated || quantifier == Quantifier::All;
    };
    let wanted: Vec<String> = wanted.iter().filter_map(|w| context.substitute(&w.text())).collect();
    let fits = |value: &String| wanted.iter().any(|w| test(value, w)) != negated;
    match quantifier {
        Quantifier::All => actual.iter().all(fits),
        Quantifier::Single | Quantifier::Any => actual.iter().any(fits),
    }
}
