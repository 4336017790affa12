//! What is wrong with a value. Pure.

use super::keys::{REGIONS, Value};
use crate::base::time::parse_duration;
use crate::profile::{closest, is_account};

/// What the value has to be, if it isn't.
pub fn wrong(of: Value, text: &str) -> Option<String> {
    match of {
        Value::Any | Value::Nested(_) => None,
        Value::OneOf(words) => {
            let fits = words.iter().any(|word| word.eq_ignore_ascii_case(text));
            (!fits).then(|| match words.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => String::new(),
            })
        }
        Value::Number(from, to) => {
            let fits = text.parse().is_ok_and(|number: u64| (from..=to).contains(&number));
            (!fits).then(|| format!("a whole number, at least {from}"))
        }
        Value::Region => (!REGIONS.contains(&text)).then(|| match closest(&REGIONS, text) {
            Some(near) => format!("a region of AWS; {near} may be meant"),
            None => "a region of AWS, like eu-west-1".into(),
        }),
        Value::Url => {
            let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
            let fits = !host.is_empty() && !host.starts_with('/') && !text.contains(char::is_whitespace);
            (!fits).then(|| "a URL that starts with https://".into())
        }
        Value::Account => (!is_account(text)).then(|| "an account ID: twelve digits".into()),
        Value::Duration => parse_duration(text).is_err().then(|| "a length of time: 1h30m, 90m or seconds".into()),
    }
}

/// Whether a key without a check of its own has a value of one word.
pub fn is_one_word(key: &str) -> bool {
    const KEYS: [&str; 9] = [
        "role_arn",
        "mfa_serial",
        "mfa_arn",
        "credential_source",
        "sso_role_name",
        "external_id",
        "role_session_name",
        "aws_access_key_id",
        "source_identity",
    ];
    KEYS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_and_what_doesnt() {
        const OUTPUT: Value = Value::OneOf(&["json", "text"]);
        let table = [
            (OUTPUT, "JSON", None),
            (OUTPUT, "xml", Some("json or text")),
            (Value::Number(1, 9), "9", None),
            (Value::Number(1, 9), "0", Some("a whole number, at least 1")),
            (Value::Number(1, 9), "-1", Some("a whole number, at least 1")),
            (Value::Region, "eu-west-1", None),
            (Value::Region, "us-gov-west-1", None),
            (Value::Region, "eu-wset-1", Some("a region of AWS; eu-west-1 may be meant")),
            (Value::Region, "europe", Some("a region of AWS, like eu-west-1")),
            (Value::Url, "https://aws.test/x", None),
            (Value::Url, "aws.test", Some("a URL that starts with https://")),
            (Value::Account, "123456789012", None),
            (Value::Account, "12345678901", Some("an account ID: twelve digits")),
            (Value::Duration, "5400", None),
            (Value::Duration, "1h30", Some("a length of time: 1h30m, 90m or seconds")),
        ];
        for (of, text, want) in table {
            assert_eq!(wrong(of, text).as_deref(), want, "{text}");
        }
    }
}
