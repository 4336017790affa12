//! What each reader makes of the text: the shells themselves, Python's reader of credentials files, and for
//! PowerShell and the Windows command prompt their own rules.

use std::collections::BTreeMap;
use std::process::Command;

use proptest::prelude::*;

use super::credentials::{ini, json, sql};
use super::*;
use crate::base::time::Timestamp;
use crate::session::Session;

const NASTY: [&str; 26] = [
    "plain",
    "it's",
    "''",
    "a\\b",
    "\\",
    "\\'",
    "\\\\",
    "a b  c",
    "\n",
    "x\ny\r",
    "$HOME",
    "$(rm)",
    "`rm`",
    "!!",
    "%PATH%",
    "100%",
    "\"",
    "a\"b'c",
    "&|<>^()",
    "‘’‚‛",
    "“x”",
    "#;",
    "~",
    "*",
    "é😀",
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=",
];

fn env_of(values: &[&str]) -> ChildEnv {
    let set = values.iter().enumerate().map(|(n, value)| (format!("V{n}").into(), Secret::new((*value).to_owned())));
    ChildEnv { set: set.collect(), unset: ["GONE", "AWS_CONTAINER_A-B"].map(Into::into).to_vec() }
}

fn written(values: &[&str], format: Format) -> Result<String> {
    variables(&env_of(values), format, &Env::default()).map(|text| text.as_str().to_owned())
}

/// What a command finds in its environment behind `script`.
fn seen_by(shell: &[&str], script: &str) -> BTreeMap<String, String> {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(script).env_clear().envs([("LC_ALL", "C.UTF-8"), ("GONE", "still"), ("HOME", "/")]);
    let out = command.env("PATH", "/usr/bin:/bin").output().unwrap();
    assert!(out.status.success(), "{shell:?}: {}", String::from_utf8_lossy(&out.stderr));
    assert!(out.stderr.is_empty(), "{shell:?}: {}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let pairs = text.split_terminator('\0').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn assert_seen(seen: &BTreeMap<String, String>, values: &[&str], who: &str) {
    for (n, value) in values.iter().enumerate() {
        assert_eq!(seen.get(&format!("V{n}")).map(String::as_str), Some(*value), "{who}");
    }
    assert_eq!(seen.get("GONE"), None, "{who}");
}

const POSIX: [&[&str]; 5] = [
    &["bash", "--norc", "-c"],
    &["bash", "--posix", "-euc"],
    &["dash", "-euc"],
    &["zsh", "-f", "-c"],
    &["zsh", "-f", "-o", "rcquotes", "-o", "errexit", "-o", "nounset", "-c"],
];
const FISH: [&str; 3] = ["fish", "--no-config", "-c"];

fn assert_shells(values: &[&str]) {
    let code = written(values, Format::Bash).unwrap();
    for shell in POSIX {
        assert_seen(&seen_by(shell, &format!("{code}env -0")), values, &format!("{shell:?}"));
    }
    let code = written(values, Format::Fish).unwrap();
    assert_seen(&seen_by(&FISH, &format!("{code}env -0")), values, "fish");
    let prefix = written(values, Format::Prefix).unwrap();
    let line = format!("{} env -0", prefix.trim_end_matches('\n'));
    for shell in POSIX.iter().chain([&FISH.as_slice()]) {
        assert_seen(&seen_by(shell, &line), values, &format!("{shell:?} with a prefix"));
    }
}

#[test]
fn nasty_values_reach_a_command_from_every_shell() {
    assert_shells(&NASTY);
}

#[test]
fn a_person_who_forgets_the_quotes_gets_the_same() {
    let values = ["eu-central-1", "a=b", "it's"];
    let code = written(&values, Format::Bash).unwrap();
    for shell in POSIX {
        let script = format!("code=$(cat <<'END'\n{code}END\n)\neval $code\nenv -0");
        assert_seen(&seen_by(shell, &script), &values, &format!("{shell:?}"));
    }
    let code = crate::deliver::quote::Dialect::Fish.quote(&written(&values, Format::Fish).unwrap()).to_string();
    assert_seen(&seen_by(&FISH, &format!("eval (printf '%s' {code}); env -0")), &values, "fish");
}

/// PowerShell's own rules for the lines of this format
/// ([quoting](https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules)), each
/// line by itself as `Invoke-Expression` gets it.
fn powershell_reads(text: &str) -> BTreeMap<String, Option<String>> {
    const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];
    let value = |text: &str| {
        let mut value = String::new();
        let mut chars = text.chars().peekable();
        loop {
            match chars.next() {
                Some(open) if QUOTES.contains(&open) => loop {
                    let c = chars.next().expect("the string ends");
                    if !QUOTES.contains(&c) {
                        value.push(c);
                    } else if chars.peek().is_some_and(|next| QUOTES.contains(next)) {
                        value.extend(chars.next());
                    } else {
                        break;
                    }
                },
                Some('"') => {
                    assert_eq!(chars.next(), Some('`'));
                    value.push(match chars.next() {
                        Some('n') => '\n',
                        Some('r') => '\r',
                        other => panic!("no escape of ours: {other:?}"),
                    });
                    assert_eq!(chars.next(), Some('"'));
                }
                other => panic!("no string: {other:?} in {text}"),
            }
            match chars.next() {
                None => return value,
                Some(' ') => assert_eq!((chars.next(), chars.next()), (Some('+'), Some(' '))),
                other => panic!("{other:?} behind a string in {text}"),
            }
        }
    };
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("$Env:").unwrap().split_once(" = ").unwrap();
        (name.to_owned(), (rest != "$null").then(|| value(rest)))
    };
    text.lines().map(line).collect()
}

/// How the command prompt reads a line: `%` and, where delayed expansion is on, `!` are looked at first; outside of
/// quotes `&|<>^()` are its own; `set "NAME=VALUE"` takes what is between the first and the last quote.
fn cmd_reads(text: &str) -> BTreeMap<String, Option<String>> {
    let line = |line: &str| {
        assert!(!line.contains(['%', '!', '\r']), "{line}");
        let rest = line.strip_prefix("set \"").unwrap();
        let mut quoted = true;
        for c in rest.chars() {
            quoted ^= c == '"';
            assert!(quoted || c == '"' || !"&|<>^()".contains(c), "{line}");
        }
        let (inside, after) = rest.rsplit_once('"').unwrap();
        assert!(after.is_empty() && !inside.contains('"'), "{line}");
        let (name, value) = inside.split_once('=').unwrap();
        (name.to_owned(), Some(value.to_owned()).filter(|value| !value.is_empty()))
    };
    text.lines().map(line).collect()
}

fn assert_windows(values: &[&str]) {
    let lines = written(values, Format::Powershell).unwrap();
    let seen = powershell_reads(&lines);
    for (n, value) in values.iter().enumerate() {
        assert_eq!(seen[&format!("V{n}")].as_deref(), Some(*value), "{lines}");
        let alone = written(&[value], Format::Cmd);
        let unsafe_there = value.contains(['"', '%', '!']) || value.chars().any(char::is_control);
        assert_eq!(alone.is_err(), unsafe_there, "{value:?}");
        if let Ok(line) = alone {
            assert_eq!(cmd_reads(&line)["V0"].as_deref().unwrap_or_default(), *value);
            assert_eq!(cmd_reads(&line)["GONE"], None);
        }
    }
    assert_eq!(seen["GONE"], None);
}

#[test]
fn windows_reads_each_value_or_it_is_refused() {
    assert_windows(&NASTY);
    let refused = written(&["50%"], Format::Cmd).unwrap_err();
    assert!(refused.what.contains("V0") && !refused.to_string().contains("50"), "{refused}");
}

#[test]
fn a_dotenv_file_holds_what_all_readers_agree_about() {
    for (value, line) in [
        ("eu-west-1", "V0=eu-west-1\n"),
        ("a b", "V0='a b'\n"),
        ("$HOME", "V0='$HOME'\n"),
        ("{\"a\":[\"b\"]}", "V0='{\"a\":[\"b\"]}'\n"),
        ("it's", "V0=\"it's\"\n"),
        ("", "V0=\n"),
    ] {
        assert_eq!(written(&[value], Format::Dotenv).unwrap(), line);
        let script = format!("set -a; {line}unset GONE; env -0");
        assert_seen(&seen_by(&["bash", "--norc", "-c"], &script), &[value], "bash");
    }
    for value in ["a\nb", "x\r", "${HOME}", "a\\\\b", "b\\", "it's $5", "'\""] {
        assert!(written(&[value], Format::Dotenv).is_err(), "{value:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_reaches_every_reader(values in prop::collection::vec("[^\\x00]{0,30}|[ '\\\\$`\"!%^&‘’\n]{0,12}", 12)) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_shells(&values);
        assert_windows(&values);
    }
}

fn session(secret: &str) -> Session {
    let mut session = crate::session::mark::tests::session();
    session.credentials.secret_access_key = Secret::new(secret.into());
    session.credentials.session_token = Some(Secret::new("tok/en==".into()));
    session.credentials.expires = Some(Timestamp(1_767_323_045));
    session.account = Some("111122223333".into());
    session
}

#[test]
fn credentials_as_json_sql_and_ini() {
    let full = session("se+cret");
    assert_eq!(
        json(&full).as_str(),
        "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"ASIA1\",\n  \"SecretAccessKey\": \"se+cret\",\n  \
         \"SessionToken\": \"tok/en==\",\n  \"Expiration\": \"2026-01-02T03:04:05Z\",\n  \
         \"AccountId\": \"111122223333\"\n}\n"
    );
    assert_eq!(
        sql(&full).unwrap().as_str(),
        "CREDENTIALS 'aws_access_key_id=ASIA1;aws_secret_access_key=se+cret;token=tok/en=='\n"
    );
    assert_eq!(
        ini(&full, Some("eu-west-1")).unwrap().as_str(),
        "[prod]\naws_access_key_id = ASIA1\naws_secret_access_key = se+cret\naws_session_token = tok/en==\n\
         aws_credential_expiration = 2026-01-02T03:04:05Z\nregion = eu-west-1\n"
    );
    // Keys have neither a token nor an expiry, and no `null` stands for them.
    let keys = crate::session::mark::tests::session();
    assert_eq!(
        json(&keys).as_str(),
        "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"ASIA1\",\n  \"SecretAccessKey\": \"s\"\n}\n"
    );
    assert_eq!(sql(&keys).unwrap().as_str(), "CREDENTIALS 'aws_access_key_id=ASIA1;aws_secret_access_key=s'\n");
    for odd in ["a'b", "a;b", "a\\b", "a b", "a\n"] {
        assert!(sql(&session(odd)).is_err(), "{odd:?}");
    }
    assert!(ini(&session("a\nb = c"), None).is_err());
    assert!(ini(&Session { profile: "a]b".into(), ..session("s") }, None).is_err());
    assert!(
        !format!("{}{}", *json(&credentials::hidden(full.clone())), *sql(&credentials::hidden(full)).unwrap())
            .contains("cret\"")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_holds_any_secret(secret in "[^\\x00]{0,40}|[\"\\\\\u{7f}\u{202e}😀\n]{0,9}") {
        let text = json(&session(&secret));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read["SecretAccessKey"].as_str(), Some(secret.as_str()));
        prop_assert!(text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')));
    }
}
