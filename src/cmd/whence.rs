//! `awsx whence`: where the access key of a session comes from, out of the ledger. It asks nobody.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::app::App;
use crate::base::columns;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::time::{Timestamp, show_left};
use crate::base::vars;
use crate::cli;
use crate::profile::Profiles;
use crate::store::ledger::{self, Record};
use crate::store::state;

/// Runs `awsx whence`; the exit status.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] for a key that is not known here.
pub fn run(app: &App, args: &cli::Whence) -> Result<u8> {
    let dir = app.state_dir()?;
    let records = ledger::read(&dir).map_err(|e| Error::failed("the ledger can't be read").cause(e))?;
    let now = app.clock.now();
    let Some(key_id) = &args.key_id else {
        let latest = latest(&records, args.last);
        if args.json {
            output::json(&latest)?;
        } else if records.is_empty() {
            app.prompter.say(if app.env.is_off(vars::AWSX_LEDGER) {
                "no session has been recorded; AWSX_LEDGER turns that off"
            } else {
                "no session has been recorded yet"
            });
        } else {
            let rows = latest.iter().map(|record| row(record, now));
            let head = ["KEY", "PROFILE", "PROGRAM", "AGENT", "ISSUED", "LEFT"].map(str::to_owned);
            let table = columns::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
            output::lines(table.lines())?;
        }
        return Ok(0);
    };
    let known = match first(&records, key_id) {
        Some(record) => Known { lines: lines(record, now), json: json!(record) },
        None => long_lived(app, key_id)?.ok_or_else(|| unknown(key_id))?,
    };
    if args.json {
        output::json(&json!([known.json]))?;
    } else {
        output::lines(known.lines)?;
    }
    Ok(0)
}

/// The entry of the program that a session was issued to. Later ones are of profiles that got the same session out of their
/// `credential_process`.
fn first<'a>(records: &'a [Record], key_id: &str) -> Option<&'a Record> {
    records.iter().find(|record| record.access_key_id == key_id)
}

/// The latest sessions, the newest first, each once.
fn latest(records: &[Record], most: usize) -> Vec<&Record> {
    let mut seen = HashSet::new();
    let mut issued: Vec<&Record> = records.iter().filter(|record| seen.insert(&record.access_key_id)).collect();
    issued.reverse();
    issued.truncate(most);
    issued
}

/// What is known of a key.
struct Known {
    lines: Vec<String>,
    json: Value,
}

fn row(record: &Record, now: Timestamp) -> [String; 6] {
    let or_none = |text: &Option<String>| text.as_deref().unwrap_or("-").to_owned();
    [
        record.access_key_id.clone(),
        record.profile.clone(),
        or_none(&record.program),
        or_none(&record.agent),
        record.issued.clone(),
        left(record, now).unwrap_or_else(|| "-".into()),
    ]
}

fn left(record: &Record, now: Timestamp) -> Option<String> {
    let expires = Timestamp::parse_rfc3339(record.expires.as_deref()?).ok()?;
    Some(show_left(expires.seconds_left(now)))
}

fn lines(record: &Record, now: Timestamp) -> Vec<String> {
    let program = record.program.as_ref().map(|name| {
        let place = record.tty.as_ref().map(|tty| format!(" on {tty}")).unwrap_or_default();
        format!("{name} (process {}{place})", record.pid)
    });
    let expires = record.expires.as_ref().map(|at| match left(record, now) {
        Some(left) if left != "expired" => format!("{at} ({left} left)"),
        _ => format!("{at} (expired)"),
    });
    let all = [
        ("key", Some(record.access_key_id.clone())),
        ("profile", Some(record.profile.clone())),
        ("account", record.account.clone()),
        ("arn", record.arn.clone()),
        ("issued", Some(record.issued.clone())),
        ("expires", expires),
        ("program", program),
        ("agent", record.agent.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some(format!("{name:<9}{}", value?))).collect()
}

/// A user's own key, if a profile has it.
fn long_lived(app: &App, key_id: &str) -> Result<Option<Known>> {
    let (profiles, dir) = (Profiles::load(&app.env)?, app.state_dir()?);
    for name in profiles.names() {
        let state = state::load(&dir, &name);
        let in_file = profiles.get(&name).and_then(|profile| profile.static_keys());
        let is_it = |id: Option<&str>| id == Some(key_id);
        let place = if is_it(state.access_key_id.as_deref()) {
            "in the keychain"
        } else if is_it(in_file.as_ref().map(|keys| keys.access_key_id.as_str())) {
            "in plain text in the AWS files"
        } else if is_it(state.source.as_ref().map(|source| source.access_key_id.as_str())) {
            "from its credential_process"
        } else {
            continue;
        };
        let record = Record {
            access_key_id: key_id.into(),
            profile: name,
            account: state.account,
            arn: state.arn,
            ..Record::default()
        };
        let mut lines = vec![format!("key      {key_id}, long-lived, {place}"), format!("profile  {}", record.profile)];
        lines.extend(record.account.iter().map(|account| format!("account  {account}")));
        lines.extend(record.arn.iter().map(|arn| format!("arn      {arn}")));
        let Record { access_key_id, profile, account, arn, .. } = record;
        let json = json!({
            "access_key_id": access_key_id, "profile": profile, "account": account, "arn": arn, "issued": null,
            "expires": null, "program": null, "pid": null, "tty": null, "agent": null,
        });
        return Ok(Some(Known { lines, json }));
    }
    Ok(None)
}

fn unknown(key_id: &str) -> Error {
    let hint = "`aws sts get-access-key-info` says which account a key belongs to";
    if key_id.starts_with("ASIA") {
        Error::failed(format!("awsx has made no session with the key {key_id}"))
            .cause("it was made on another machine, by another program, or longer than 90 days ago")
            .hint(hint)
    } else if key_id.starts_with("AKIA") {
        Error::failed(format!("no profile is known to have the key {key_id}"))
            .cause("it is of another machine, or awsx has not used it yet")
            .hint(hint)
    } else {
        Error::failed(format!("{key_id} is not an access key ID that awsx knows"))
            .hint("the ID of a session's key begins with ASIA, that of a user's with AKIA")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Kit, START};

    fn record() -> Record {
        Record {
            access_key_id: "ASIA1".into(),
            profile: "prod".into(),
            account: Some("123456789012".into()),
            arn: None,
            issued: START.to_string(),
            expires: Some(START.plus(3600).to_string()),
            program: Some("terraform".into()),
            pid: 42,
            tty: Some("/dev/pts/3".into()),
            agent: Some("codex".into()),
        }
    }

    #[test]
    fn shown_to_a_person() {
        assert_eq!(
            lines(&record(), START.plus(60)),
            [
                "key      ASIA1",
                "profile  prod",
                "account  123456789012",
                "issued   2026-01-01T00:00:00Z",
                "expires  2026-01-01T01:00:00Z (59m left)",
                "program  terraform (process 42 on /dev/pts/3)",
                "agent    codex",
            ]
        );
        assert!(lines(&record(), START.plus(3600)).contains(&"expires  2026-01-01T01:00:00Z (expired)".into()));
        assert_eq!(row(&record(), START), ["ASIA1", "prod", "terraform", "codex", "2026-01-01T00:00:00Z", "1h00m"]);
    }

    #[test]
    fn a_session_is_of_the_program_that_it_was_issued_to() {
        let again = Record { profile: "prod-awsx".into(), program: Some("aws".into()), ..record() };
        let other = Record { access_key_id: "ASIA2".into(), ..again.clone() };
        assert_eq!(first(&[record(), again.clone(), other.clone()], "ASIA1"), Some(&record()));
        assert_eq!(first(&[record(), other.clone()], "ASIA2"), Some(&other));
        assert_eq!(first(&[record()], "ASIA3"), None);
        let records = [record(), again, other.clone()];
        assert_eq!(latest(&records, 20), [&other, &record()], "each session once");
        assert_eq!(latest(&records, 1), [&other]);
    }

    #[test]
    fn shown_to_a_program() {
        let text = serde_json::to_string(&record()).unwrap();
        assert_eq!(
            text,
            r#"{"access_key_id":"ASIA1","profile":"prod","account":"123456789012","arn":null,"issued":"2026-01-01T00:00:00Z","expires":"2026-01-01T01:00:00Z","program":"terraform","pid":42,"tty":"/dev/pts/3","agent":"codex"}"#
        );
    }

    #[test]
    fn a_long_lived_key_is_known_by_its_profile() {
        let kit = Kit::new();
        kit.config("[profile prod]\n");
        kit.credentials("[plain]\naws_access_key_id = AKIA2\naws_secret_access_key = s\n");
        state::update(&kit.app.state_dir().unwrap(), "prod", |state| state.access_key_id = Some("AKIA1".into()))
            .unwrap();
        let place = |id| long_lived(&kit.app, id).unwrap().map(|known| known.lines[..2].join("; "));
        assert_eq!(place("AKIA1").as_deref(), Some("key      AKIA1, long-lived, in the keychain; profile  prod"));
        assert!(place("AKIA2").unwrap().ends_with("in plain text in the AWS files; profile  plain"));
        assert_eq!(place("AKIA3"), None);
        assert!(unknown("ASIA9").what.contains("no session") && unknown("AKIA9").what.contains("no profile"));
    }
}
