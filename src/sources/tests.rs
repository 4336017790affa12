mod container;
mod instance;

use super::*;
use crate::base::error::ErrorKind;
use crate::base::secret::Secret;
use crate::plan::{Action, Inputs, Request, plan};
use crate::profile::Profiles;
use crate::session::knowledge::Knowledge;
use crate::testkit::{Kit, START, StsCall, session};

/// Asks the source that profile `p` starts from.
fn ask(kit: &Kit, settings: &str) -> Result<Given> {
    kit.config(&format!("[profile p]\n{settings}\n"));
    let profiles = Profiles::load(&kit.app.env)?;
    let request = Request { profile: "p".into(), ..Request::default() };
    let known = Knowledge::new(&kit.app, None);
    let plan = plan(&Inputs { profiles: &profiles, env: &kit.app.env, request: &request, known: &known })?;
    match &plan.steps[0].action {
        Action::Source(source) => resolve(&kit.app, "p", source),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn fails(result: Result<Given>, kind: ErrorKind, words: &[&str]) {
    let error = result.unwrap_err();
    let text = error.to_string();
    assert_eq!(error.kind, kind, "{text}");
    assert!(error.hint.is_some() && error.cause.is_some(), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    assert!(!text.contains("hush"), "{text}");
}

const GIVEN: &str =
    r#"{"AccessKeyId":"ASIAGIVEN","SecretAccessKey":"hush","Token":"t","Expiration":"2026-01-01T01:00:00Z"}"#;

fn given() -> Credentials {
    Credentials {
        session_token: Some(Secret::new("t".into())),
        expires: Some(START.plus(3600)),
        ..Credentials::key_pair("ASIAGIVEN", Secret::new("hush".into()))
    }
}

mod process {
    use super::*;

    fn run(line: &str) -> Result<Given> {
        let kit = Kit::with_env(&[("AWSX_FILE_PASSPHRASE", "hush"), ("AWSX_MFA_CODE", "123456")]);
        ask(&kit, &format!("credential_process = {line}"))
    }

    #[test]
    fn gives_what_is_printed() {
        let json = r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"a\/b","SessionToken":"t",
                       "Expiration":"2026-01-01T02:00:00+01:00","AccountId":"111122223333","Else":[]}"#;
        let kit = Kit::new();
        let path = kit.home.path().join("my creds.json");
        std::fs::write(&path, json).unwrap();
        let want = Credentials {
            session_token: Some(Secret::new("t".into())),
            expires: Some(START.plus(3600)),
            ..Credentials::key_pair("ASIAX", Secret::new("a/b".into()))
        };
        let line = format!("credential_process = cat '{}'", path.display());
        assert_eq!(ask(&kit, &line).unwrap().credentials, want);
        let keys = r#"printf %s '{"Version":1,"AccessKeyId":"AKIAX","SecretAccessKey":"s","SessionToken":null,"Expiration":""}'"#;
        assert_eq!(run(keys).unwrap().credentials, Credentials::key_pair("AKIAX", Secret::new("s".into())));
    }

    #[test]
    fn a_long_token_is_read_whole() {
        let line =
            "printf '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"%%030000d\"}' 7"
                .replace("%%", "%");
        assert_eq!(run(&line).unwrap().credentials.session_token.unwrap().expose().len(), 30_000);
    }

    #[test]
    fn no_shell_runs_it_and_no_secret_of_awsx_reaches_it() {
        let line =
            r#"sh -c 'test -z "$AWSX_FILE_PASSPHRASE$AWSX_MFA_CODE" && test "$AWSX_RESOLVING" = "[\"p\"]" && exit 7'"#;
        fails(run(line), ErrorKind::Failed, &["its credential_process", "exit status: 7"]);
        fails(run("~/bin/creds"), ErrorKind::Config, &["~/bin/creds", "no shell"]);
        fails(run("no-such-program --x | tail"), ErrorKind::Config, &["no-such-program", "no shell"]);
        fails(run("no-such-program"), ErrorKind::Config, &["on the PATH"]);
        let nowhere = Kit::with_env(&[("PATH", ":.")]);
        fails(ask(&nowhere, "credential_process = cat"), ErrorKind::Config, &["on the PATH"]);
        fails(run("/etc/passwd"), ErrorKind::Config, &["/etc/passwd"]);
        fails(run("sh -c 'exit"), ErrorKind::Config, &["not closed", "config:2"]);
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
            fails(run(&format!("printf %s '{printed}'")), ErrorKind::Config, &[said, "Version"]);
        }
        fails(run("yes"), ErrorKind::Config, &["64 KiB"]);
        let refused = [
            (r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hu\nsh"}"#, "SecretAccessKey has characters"),
            (r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"hush"}"#, "without its session token"),
        ];
        for (printed, said) in refused {
            fails(run(&format!("printf '%s' '{printed}'")), ErrorKind::Refused, &[said]);
        }
    }

    #[test]
    fn one_that_asks_for_itself_does_not_run() {
        let kit = Kit::with_env(&[("AWSX_RESOLVING", r#"["q","p"]"#)]);
        fails(ask(&kit, "credential_process = true"), ErrorKind::Config, &["same profile", "config:2"]);
    }
}

#[test]
fn no_session_lasts_longer_than_aws_lets_it() {
    let kit = Kit::new();
    let json = GIVEN.replace("2026-01-01T01", "9999-01-01T01").replace('{', r#"{"Version":1,"#);
    let given = ask(&kit, &format!("credential_process = printf %s '{json}'")).unwrap();
    assert_eq!(given.credentials.expires, Some(START.plus(36 * 3600)));
}

mod environment {
    use super::*;

    const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Environment\nmfa_serial =";

    #[test]
    fn gives_what_the_variables_hold() {
        let mut variables = vec![("AWS_ACCESS_KEY_ID", "ASIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
        variables.extend([("AWS_SESSION_TOKEN", "t"), ("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T01:00:00Z")]);
        let given = ask(&Kit::with_env(&variables), ROLE).unwrap().credentials;
        assert_eq!(given.access_key_id, "ASIAENV");
        assert_eq!((given.is_session(), given.expires), (true, Some(START.plus(3600))));
        variables.pop();
        variables.push(("AWS_CREDENTIAL_EXPIRATION", "2025-01-01T01:00:00Z"));
        fails(ask(&Kit::with_env(&variables), ROLE), ErrorKind::Refused, &["the environment", "Expiration is past"]);
    }

    #[test]
    fn says_which_variable_is_missing() {
        fails(ask(&Kit::new(), ROLE), ErrorKind::Config, &["AWS_ACCESS_KEY_ID is not set", "config:3"]);
        let half = Kit::with_env(&[("AWS_ACCESS_KEY_ID", "AKIAENV")]);
        fails(ask(&half, ROLE), ErrorKind::Config, &["AWS_SECRET_ACCESS_KEY is not set"]);
    }

    #[test]
    fn inside_its_own_session_the_source_is_gone() {
        let own = [
            ("AWS_ACCESS_KEY_ID", "ASIAOWN"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", "t"),
            ("AWSX_SESSION", "ASIAOWN:0123"),
        ];
        let around = |profile| [&own[..], &[("AWSX_PROFILE", profile)]].concat();
        fails(ask(&Kit::with_env(&around("p")), ROLE), ErrorKind::Config, &["leave this session"]);
        assert_eq!(ask(&Kit::with_env(&around("other")), ROLE).unwrap().credentials.access_key_id, "ASIAOWN");
    }
}

mod sso {
    use super::*;

    const PROFILE: &str = "sso_session = work\nsso_account_id = 123456789012\nsso_role_name = Dev\n\
                           [sso-session work]\nsso_start_url = https://work.test/start\nsso_region = eu-west-1";

    #[test]
    fn a_sign_in_is_exchanged() {
        let kit = Kit::new();
        fails(
            ask(&kit, PROFILE),
            ErrorKind::Input,
            &["p needs a sign-in to work in the browser", "no terminal", "awsx login p"],
        );
        kit.cli_sign_in("work", "hush");
        *kit.sso.credentials.lock().unwrap() = Some(session("ASIASSO", START.plus(3600)));
        assert_eq!(ask(&kit, PROFILE).unwrap().credentials.access_key_id, "ASIASSO");
        assert_eq!(kit.sso.on.calls(), ["hush 123456789012 Dev"]);
        let fault = |code: &str, status| Fault::Service {
            code: code.into(),
            message: "No access".into(),
            status,
            server_time: None,
        };
        kit.sso.on.fail_next(fault("UnauthorizedException", 401));
        fails(ask(&kit, PROFILE), ErrorKind::Input, &["p needs a sign-in to work", "awsx login p"]);
        // It is not asked with again.
        fails(ask(&kit, PROFILE), ErrorKind::Input, &["awsx login p"]);
        assert_eq!(kit.sso.on.calls().len(), 2);
        kit.cli_sign_in("work", "hush-2");
        kit.sso.on.fail_next(fault("ForbiddenException", 403));
        fails(ask(&kit, PROFILE), ErrorKind::Refused, &["does not grant Dev in account 123456789012", "No access"]);
        kit.sso.on.fail_next(Fault::Unreachable("lookup failed".into()));
        fails(ask(&kit, PROFILE), ErrorKind::Network, &["SSO in eu-west-1"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let table = [
            (PROFILE.replace("sso_region", "x"), "sso_region is missing"),
            (PROFILE.replace("sso_role_name", "x"), "sso_role_name is missing"),
            (PROFILE.replace("session work]", "session other]"), "sso_session work that does not exist"),
            (format!("sso_region = us-east-1\n{PROFILE}"), "another sso_region"),
            ("sso_start_url = u\nsso_account_id = 1\nsso_role_name = r".into(), "sso_region is missing"),
        ];
        for (settings, said) in table {
            fails(ask(&Kit::new(), &settings), ErrorKind::Config, &[said]);
        }
    }
}

mod web_identity {
    use super::*;

    fn settings(kit: &Kit) -> String {
        let file = kit.home.path().join("token");
        format!("role_arn = arn:aws:iam::123456789012:role/ci\nweb_identity_token_file = {}", file.display())
    }

    #[test]
    fn says_what_is_wrong() {
        let kit = Kit::new();
        fails(ask(&kit, &settings(&kit)), ErrorKind::Config, &["its web identity token", "No such file"]);
        std::fs::write(kit.home.path().join("token"), " \n").unwrap();
        fails(ask(&kit, &settings(&kit)), ErrorKind::Config, &["it is empty"]);
        std::fs::write(kit.home.path().join("token"), "hush").unwrap();
        let fault =
            |code: &str| Fault::Service { code: code.into(), message: "m".into(), status: 400, server_time: None };
        for (code, said) in [
            ("ExpiredTokenException", "has to renew it"),
            ("InvalidIdentityToken", "issuer and audience"),
            ("AccessDenied", "trust policy of arn:aws:iam::123456789012:role/ci"),
        ] {
            kit.sts.on.fail_next(fault(code));
            fails(ask(&kit, &settings(&kit)), ErrorKind::Refused, &[said, "(profile p)"]);
        }
        kit.sts.on.fail_next(Fault::Unreachable("refused".into()));
        fails(ask(&kit, &settings(&kit)), ErrorKind::Network, &["STS"]);
        let given = ask(&kit, &settings(&kit)).unwrap();
        assert!(given.arn.unwrap().contains("assumed-role/ci/"));
    }

    fn from(line: &str) -> String {
        format!("role_arn = arn:aws:iam::123456789012:role/ci\nweb_identity_token_process = {line}")
    }

    #[test]
    fn a_program_prints_the_token() {
        let kit = Kit::with_env(&[("AWSX_RESOLVING", r#"["outer"]"#)]);
        // A shell runs it, and it learns for whom it is run.
        let said = ask(&kit, &from("printf ' tok.%s\\n' \"$AWSX_RESOLVING\" | tr -d '\"[],'")).unwrap();
        assert!(said.arn.unwrap().contains("assumed-role/ci/"));
        let calls = kit.sts.on.calls();
        let Some(StsCall::WebIdentity { token, .. }) = calls.last() else { panic!("{calls:?}") };
        assert_eq!(token.expose(), "tok.outerp");
        let table = [
            ("exit 3", ErrorKind::Failed, "exit status: 3"),
            ("true", ErrorKind::Config, "it printed nothing"),
            ("echo", ErrorKind::Config, "it printed nothing"),
            ("echo please log in first", ErrorKind::Config, "several words"),
            ("printf '\\377'", ErrorKind::Config, "no text"),
            ("yes", ErrorKind::Config, "64 KiB"),
            ("/does/not/exist 2>/dev/null", ErrorKind::Failed, "exit status: 127"),
        ];
        for (line, kind, said) in table {
            fails(ask(&kit, &from(line)), kind, &[said, "web_identity_token_process"]);
        }
        kit.sts.on.fail_next(Fault::Service {
            code: "ExpiredTokenException".into(),
            message: "m".into(),
            status: 400,
            server_time: None,
        });
        fails(ask(&kit, &from("echo tok")), ErrorKind::Refused, &["run the web_identity_token_process of profile p"]);
        let inside = Kit::with_env(&[("AWSX_RESOLVING", r#"["p"]"#)]);
        fails(ask(&inside, &from("echo tok")), ErrorKind::Config, &["asks awsx for the same profile"]);
        fails(ask(&kit, &from("")), ErrorKind::Config, &["names nothing"]);
    }
}
