//! Names and messages that try to act on the terminal, given to every verb there is.

use std::collections::BTreeSet;
use std::sync::Arc;

use awsx::cli::Cli;
use clap::{Command, CommandFactory};

use crate::support::{Answer, Run, Scripted, TestEnv};

/// A title, a bell, a C1 sequence, a turn of direction and a line end of C1, as a name in a file can have them.
const NAME: &str = "x\u{1b}]0;t\u{7}\u{9b}2J\u{202e}y\u{85}FORGED";
/// The same and line ends, as a variable, an argument or a message can have them.
const TEXT: &str = "x\nFORGED\r\nFORGED\rFORGED\u{2028}\u{1b}[2J\u{9b}1A\u{7}\u{8}\u{202e}";

/// Verbs whose standard output is code for a shell, which has the exact values in quotes.
const PRINTS_CODE: [&str; 4] = ["use", "off", "refresh", "init"];

/// Every verb and every verb below one.
fn verbs(command: &Command, above: &[String]) -> Vec<(Vec<String>, BTreeSet<String>)> {
    let mut found = Vec::new();
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let path = [above, &[verb.get_name().to_owned()]].concat();
        let below = verbs(verb, &path);
        if below.is_empty() {
            let options = verb.get_arguments().map(|arg| arg.get_id().to_string()).collect();
            found.push((path, options));
        } else {
            found.extend(below);
        }
    }
    found
}

/// The command lines to try of a verb.
fn lines(path: &[String], options: &BTreeSet<String>, profile: &str) -> Vec<Vec<String>> {
    let verb: Vec<String> = path.to_vec();
    let with = |more: &[&str]| [verb.clone(), more.iter().map(|word| (*word).to_owned()).collect()].concat();
    let mut all = match path[0].as_str() {
        "exec" => vec![with(&[profile, "--", "true"]), with(&["--", profile])],
        "aws" => vec![with(&["--profile", profile, "s3", "ls"]), with(&["s3", "ls"])],
        _ => vec![with(&[]), with(&[profile])],
    };
    all.push(with(&["--no-such-option", profile]));
    if options.contains("json") {
        all.push(with(&["--json"]));
        all.push(with(&[profile, "--json"]));
    }
    all
}

#[track_caller]
fn harmless(line: &[String], run: &Run) {
    let code = PRINTS_CODE.contains(&line[0].as_str());
    for text in [if code { "" } else { run.stdout.as_str() }, run.stderr.as_str()] {
        for shown in text.lines() {
            // Tabs are of our own making, as in the table of `policy`.
            let acts = |c: char| c != '\t' && (c.is_control() || "\u{202e}\u{2028}".contains(c));
            assert!(!shown.contains(acts), "{line:?} {run:#?}");
            assert!(!shown.trim_start().starts_with("FORGED"), "{line:?}: {run:#?}");
        }
    }
}

fn message() -> String {
    TEXT.replace('\u{1b}', "&#27;").replace('\u{7}', "&#7;").replace('\u{8}', "&#8;").replace('\r', "&#13;")
}

fn refusal(code: &str) -> Answer {
    let body =
        format!("<ErrorResponse><Error><Code>{code}</Code><Message>{}</Message></Error></ErrorResponse>", message());
    Answer::Http(403, body)
}

/// Success for every action, with this text in every field.
fn success() -> Answer {
    let name = message();
    Answer::Made(Arc::new(move |request| {
        let action = request.split("Action=").nth(1).and_then(|rest| rest.split('&').next()).unwrap_or_default();
        let fields = ["Arn", "UserId", "Account", "UserName", "Path", "SerialNumber", "AccessKeyId", "SecretAccessKey"];
        let fields: String = fields.map(|field| format!("<{field}>{name}</{field}>")).concat();
        let device =
            format!("<MFADevices><member>{fields}<EnableDate>2026-01-02T03:04:05Z</EnableDate></member></MFADevices>");
        format!(
            "<{action}Response><{action}Result>{fields}{device}<User>{fields}</User><Credentials>{fields}<SessionToken>t\
             </SessionToken><Expiration>2099-01-02T03:04:05Z</Expiration></Credentials><AccountAliases><member>{name}\
             </member></AccountAliases></{action}Result></{action}Response>"
        )
    }))
}

fn env(server: &Scripted) -> TestEnv {
    TestEnv::new()
        .config(&format!(
            "[profile {NAME}]\nregion = {NAME}\nmfa_serial = arn:aws:iam::111122223333:mfa/{NAME}\nawsx_color = {NAME}\n\
             [profile role]\nrole_arn = arn:aws:iam::111122223333:role/{NAME}\n  FORGED\nsource_profile = {NAME}\n\
             [profile lost]\nsource_profile = no {NAME}\nrole_arn = {NAME}\nawsx_account_id = {NAME}\n\
             [profile plain]\nmfa_serial =\n"
        ))
        .credentials(&format!(
            "[{NAME}]\naws_access_key_id = AKIAEXAMPLEEXAMPLE22\naws_secret_access_key = s\n\
             [plain]\naws_access_key_id = AKIAEXAMPLEEXAMPLE22\naws_secret_access_key = s\n"
        ))
        .var("AWS_ENDPOINT_URL", &server.url)
        .var("AWSX_MFA_CODE", "123456")
}

fn every_verb(env: &TestEnv, profiles: &[&str]) {
    let verbs = verbs(&Cli::command(), &[]);
    assert!(verbs.len() > 20, "{verbs:?}");
    for (path, options) in verbs {
        for profile in profiles {
            for line in lines(&path, &options, profile) {
                let args: Vec<&str> =
                    ["--no-input", "--debug"].into_iter().chain(line.iter().map(String::as_str)).collect();
                harmless(&line, &env.awsx(&args));
            }
        }
    }
}

#[test]
fn names_in_the_files() {
    let server = Scripted::new([refusal("AccessDenied")]);
    every_verb(&env(&server), &[NAME, "role", "lost", "plain"]);
}

#[test]
fn names_in_arguments_and_variables() {
    let server = Scripted::new([refusal(TEXT)]);
    every_verb(&env(&server), &[TEXT]);
    let inside = env(&server)
        .var("AWSX_PROFILE", TEXT)
        .var("AWS_ACCESS_KEY_ID", TEXT)
        .var("AWS_SECRET_ACCESS_KEY", "s")
        .var("AWSX_ACCOUNT", TEXT)
        .var("AWSX_EXPIRES", "4102444800")
        .var("AWSX_SESSION_ARGS", TEXT);
    every_verb(&inside, &["plain"]);
}

#[test]
fn what_aws_writes() {
    for answer in [success(), refusal("ValidationError"), refusal(&message()), Answer::Http(200, TEXT.into())] {
        let server = Scripted::new([answer]);
        let env = env(&server);
        for line in [
            &["whoami", "plain"][..],
            &["exec", "plain", "--", "true"],
            &["mfa", "status", "plain"],
            &["mfa", "status", "plain", "--json"],
            &["add", "new", "--stdin"],
            &["provision-mfa", "plain"],
        ] {
            let args: Vec<&str> = ["--no-input"].into_iter().chain(line.iter().copied()).collect();
            let run = env.awsx_with_input(&args, "AKIAEXAMPLEEXAMPLE33\nsecret\n");
            harmless(&line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), &run);
        }
        assert!(!server.requests().is_empty());
    }
}
