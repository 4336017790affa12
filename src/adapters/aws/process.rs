//! `credential_process`: a program of the user's that prints credentials
//! ([its protocol](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)).
//!
//! The SDK would run it with everything in awsx's environment, on its standard input and for as long as it likes.

use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};
use crate::base::subprocess;
use crate::base::time::Timestamp;

/// How long it may take; it may ask somebody something.
pub const LIMIT: Duration = Duration::from_mins(1);

/// What it prints. Without `AccountId`, which nothing here needs.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    version: Option<i64>,
    access_key_id: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    secret_access_key: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    session_token: Option<Secret>,
    expiration: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Secret::new))
}

/// Runs the command line of `profile` with the shell, as the SDK does; what it says goes to the person.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if it fails or takes longer than `limit`, [`crate::base::error::ErrorKind::Config`] if it prints
/// something else than credentials.
pub fn run(env: &Env, profile: &str, line: &str, limit: Duration) -> Result<Credentials> {
    let failed = |cause: String| {
        Error::failed(format!("no credentials for profile {profile}"))
            .cause(cause)
            .hint(format!("run the credential_process of [profile {profile}] by hand"))
    };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).stderr(Stdio::inherit());
    subprocess::environment(&mut command, env);
    let (status, printed) = subprocess::output(&mut command, limit).map_err(|error| match error.kind() {
        ErrorKind::TimedOut => failed(format!("credential_process gave none within {} s", limit.as_secs_f32())),
        ErrorKind::InvalidData => wrong(profile, "it is no text, or longer than 64 KiB"),
        _ => failed(format!("credential_process could not be run: {error}")),
    })?;
    if !status.success() {
        return Err(failed(format!("credential_process failed: {status}")));
    }
    parse(profile, &printed)
}

/// Reads the answer. What is wrong with it is said without quoting it.
fn parse(profile: &str, printed: &str) -> Result<Credentials> {
    let answer: Answer = serde_json::from_str(printed).map_err(|e| {
        let what = if e.is_data() { "it is not such an object" } else { "it is not JSON" };
        wrong(profile, &format!("{what} (line {}, column {})", e.line(), e.column()))
    })?;
    match answer.version {
        Some(1) => {}
        Some(other) => return Err(wrong(profile, &format!("its Version is {other}, and only 1 is known"))),
        None => return Err(wrong(profile, "it has no Version")),
    }
    let access_key_id = answer.access_key_id.filter(|id| !id.is_empty());
    let full = |secret: &Secret| !secret.is_empty();
    let expires = answer.expiration.as_deref().filter(|time| !time.is_empty()).map(Timestamp::parse_rfc3339);
    Ok(Credentials {
        access_key_id: access_key_id.ok_or_else(|| wrong(profile, "it has no AccessKeyId"))?,
        secret_access_key: answer
            .secret_access_key
            .filter(full)
            .ok_or_else(|| wrong(profile, "it has no SecretAccessKey"))?,
        session_token: answer.session_token.filter(full),
        expires: expires.transpose().map_err(|_| wrong(profile, "its Expiration is not an RFC 3339 time"))?,
    })
}

fn wrong(profile: &str, cause: &str) -> Error {
    Error::config(format!("what the credential_process of profile {profile} prints can't be used")).cause(cause).hint(
        r#"it must print {"Version": 1, "AccessKeyId": …, "SecretAccessKey": …, "SessionToken": …, "Expiration": …}"#,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;

    fn sh(line: &str) -> Result<Credentials> {
        let env = [("PATH", "/usr/bin:/bin"), ("AWSX_FILE_PASSPHRASE", "hush"), ("AWSX_MFA_CODE", "123456")];
        run(&env.into_iter().collect(), "p", line, LIMIT)
    }

    #[test]
    fn gives_what_is_printed() {
        let json = r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"a\/b","SessionToken":"t",
                       "Expiration":"2026-01-02T04:04:05+01:00","AccountId":"111122223333","Else":[]}"#;
        let want = Credentials {
            session_token: Some(Secret::new("t".into())),
            expires: Some(Timestamp(1_767_323_045)),
            ..Credentials::key_pair("ASIAX", Secret::new("a/b".into()))
        };
        assert_eq!(sh(&format!("printf '%s\\n' '{json}'")).unwrap(), want);
        let keys = r#"{"Version":1,"AccessKeyId":"AKIAX","SecretAccessKey":"s","SessionToken":null,"Expiration":""}"#;
        assert_eq!(parse("p", keys).unwrap(), Credentials::key_pair("AKIAX", Secret::new("s".into())));
    }

    #[test]
    fn a_long_token_is_read_whole() {
        let script =
            "printf '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"%030000d\"}' 7";
        assert_eq!(sh(script).unwrap().session_token.unwrap().expose().len(), 30_000);
    }

    #[test]
    fn has_neither_standard_input_nor_secrets_nor_all_the_time_in_the_world() {
        let line = "test -z \"$AWSX_FILE_PASSPHRASE$AWSX_MFA_CODE$(cat)\" && exit 7";
        let error = sh(line).unwrap_err();
        assert!(error.to_string().contains("exit status: 7"), "{error}");
        let error = run(&Env::default(), "p", "exec /bin/sleep 600", Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Failed);
        assert!(error.to_string().contains("none within 0.2 s"), "{error}");
    }

    #[test]
    fn says_what_is_wrong_and_never_quotes_it() {
        let table = [
            ("hush", "not JSON"),
            ("", "not JSON"),
            ("\"hush\"", "not such an object"),
            (r#"{"Version":"hush"}"#, "not such an object"),
            (r#"{"AccessKeyId":"hush","SecretAccessKey":"hush"}"#, "no Version"),
            (r#"{"Version":2,"SecretAccessKey":"hush"}"#, "Version is 2"),
            (r#"{"Version":1,"SecretAccessKey":"hush"}"#, "no AccessKeyId"),
            (r#"{"Version":1,"AccessKeyId":"hush","SecretAccessKey":""}"#, "no SecretAccessKey"),
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush","Expiration":"hush"}"#, "Expiration"),
        ];
        for (printed, said) in table {
            let error = parse("p", printed).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Config, "{printed}");
            let text = error.to_string();
            assert!(text.contains(said) && !text.contains("hush"), "{printed}: {text}");
        }
        assert_eq!(sh("yes").unwrap_err().kind, ErrorKind::Config);
    }
}
