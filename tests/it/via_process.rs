//! `--via process`: the SDKs of a child call awsx, and one command can have several identities.

use crate::support::{Run, Sandbox, TestEnv, venv};

/// `[default]` has keys of its own, which must not be taken.
const CONFIG: &str = "\
[default]
region = us-west-2

[profile prod]
region = eu-central-1

[profile test]
region = eu-west-1

[profile \"it's two\"]
region = eu-north-1
";
const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AKIAWRONGWRONGWRONG2
aws_secret_access_key = wrong

[prod]
aws_access_key_id = AKIAWRONGWRONGWRONG3
aws_secret_access_key = wrong
";

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).credentials(CREDENTIALS).aws_cli();
    env.stored(sandbox, "prod", "bob").stored(sandbox, "test", "dave").stored(sandbox, "it's two", "bob")
}

fn python(env: &TestEnv, before: &[&str], script: &str) -> Run {
    let mut command = env.command("awsx");
    command.args(before).arg("--").arg(venv("python")).args(["-c", script]);
    Run::of(command, "")
}

#[test]
fn boto3_runs_past_the_end_of_sessions() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    // Of 15 minutes 899 seconds are to be left: a session is too old after a second.
    let script = "\
import boto3, time
session = boto3.Session()
client = session.client('sts')
seen = set()
for _ in range(60):
    client.get_caller_identity()
    seen.add(session.get_credentials().get_frozen_credentials().access_key)
    if len(seen) > 2: break
    time.sleep(0.25)
print(len(seen))
";
    let run = python(&env, &["exec", "prod", "--via", "process", "-d", "15m", "--min-ttl", "899"], script);
    assert!(run.ok() == "3\n", "{} {}", run.stdout, run.stderr);
}

#[test]
fn one_command_has_several_identities() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "\
import boto3
for name in [None, 'prod', 'test']:
    session = boto3.Session(profile_name=name)
    print(session.region_name, session.client('sts').get_caller_identity()['Arn'].split('/')[-1])
";
    let run = python(&env, &["exec", "prod,test"], script);
    assert_eq!(run.ok(), "eu-central-1 bob\neu-central-1 bob\neu-central-1 dave\n");
    let cli = env.awsx(&["exec", "prod,test", "--", "aws", "sts", "get-caller-identity", "--profile", "test"]);
    assert!(cli.ok().contains("dave"));
    // The SDKs refuse a file with two sections of one name.
    let cli = env.awsx(&["exec", "prod,test,prod", "--", "aws", "sts", "get-caller-identity"]);
    assert!(cli.ok().contains("engineering/new/bob"));
    assert!(env.awsx(&["exec", "prod,test", "--via", "env", "--", "true"]).fails(125).contains("--via process"));
    assert!(env.awsx(&["exec", "prod,nobody", "--", "true"]).fails(125).contains("no profile nobody"));
}

#[test]
fn options_shape_the_session_of_each_identity() {
    let sandbox = Sandbox::start();
    let role = |name: &str| format!("role_arn = arn:aws:iam::111122223333:role/{name}\nsource_profile = test\n");
    let config = format!("{CONFIG}\n[profile a]\n{}\n[profile b]\n{}", role("team/deploy"), role("readonly"));
    let env = env(&sandbox).config(&config);
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}"#;
    env.write("home/p.json", document);
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    // At the beginning, and again when an SDK asks, which finds what was made then in the cache or makes it anew.
    let script = "\
import boto3
for name in ['a', 'b']:
    session = boto3.Session(profile_name=name)
    print(session.region_name, session.client('sts').get_caller_identity()['Arn'].split('/')[-1])
";
    for (options, parameter, value) in [
        (&["--readonly"][..], "PolicyArns.member.1.arn", read_only),
        (&["--policy-arn", read_only], "PolicyArns.member.1.arn", read_only),
        (&["--policy", "p.json"], "Policy", document),
        (&["-d", "20m"], "DurationSeconds", "1200"),
        (&["--session-name", "ours"], "RoleSessionName", "ours"),
        (&["--region", "eu-south-1", "--min-ttl", "50m"], "DurationSeconds", "3600"),
    ] {
        sandbox.forget_calls();
        let run = python(&env, &[&["exec", "a,b", "--no-cache"], options].concat(), script);
        let lines: Vec<&str> = run.ok().lines().collect();
        assert_eq!(lines.len(), 2, "{run:#?}");
        assert_eq!(
            options.contains(&"--region"),
            lines.iter().all(|line| line.starts_with("eu-south-1 ")),
            "{lines:?}"
        );
        assert_eq!(options.contains(&"ours"), lines.iter().all(|line| line.ends_with(" ours")), "{lines:?}");
        for name in ["team/deploy", "readonly"] {
            let arn = format!("arn:aws:iam::111122223333:role/{name}");
            let calls = sandbox.calls();
            let assumed: Vec<_> = calls.iter().map(|call| &call["params"]).filter(|p| p["RoleArn"] == arn).collect();
            assert!(assumed.len() > 1, "{options:?} {name}: {calls:#?}");
            assert!(assumed.iter().all(|params| params[parameter] == value), "{options:?} {name}: {assumed:#?}");
        }
    }
    // Keys can't be narrowed, also where another profile can: then nothing runs.
    for options in [&["--readonly"][..], &["--policy-arn", read_only], &["--policy", "p.json"]] {
        sandbox.forget_calls();
        let run = env.awsx(&[&["exec", "a,test"], options, &["--", "touch", "ran"]].concat());
        assert!(run.fails(125).contains("test"), "{options:?}: {run:#?}");
        assert!(!env.path("home/ran").exists());
    }
}

#[test]
fn the_environment_holds_no_credentials_and_awsx_inside_has_the_persons_files() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let inside = |profile: &str, args: &[&str]| {
        env.awsx(&[&["exec", profile, "--via", "process", "--"], args].concat()).ok().to_owned()
    };
    let shown = inside("prod", &["env"]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWSX_EXPIRES"] {
        assert!(!shown.lines().any(|line| line.starts_with(&format!("{name}="))), "{name} in {shown}");
    }
    for line in ["AWS_PROFILE=prod", "AWS_REGION=eu-central-1", "AWSX_VIA=process"] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
    let limited = env.awsx(&["exec", "prod", "-d", "15m", "--via", "process", "--", "env"]).ok().to_owned();
    assert!(limited.contains("AWSX_SESSION_ARGS={\"duration\":\"15m\"}\n"), "{limited}");
    let config = shown.lines().find_map(|line| line.strip_prefix("AWS_CONFIG_FILE=")).expect("a config");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(config).expect("a file"));
    assert_eq!(mode & 0o777, 0o600);
    assert!(inside("prod", &["awsx", "list"]).contains("test"));
    assert!(inside("prod", &["awsx", "exec", "test", "--", "env"]).contains("AWS_REGION=eu-west-1"));
    // A name that the SDKs' parsers read differently.
    let who = inside("it's two", &["aws", "sts", "get-caller-identity"]);
    assert!(who.contains("engineering/new/bob"), "{who}");
    assert!(inside("it's two", &["env"]).contains("AWS_PROFILE=it-s-two"));
}

#[test]
fn a_config_that_nothing_uses_any_more_is_removed() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let configs = || {
        let files = std::fs::read_dir(env.path("run/awsx")).expect("a folder").flatten();
        files.map(|file| file.path()).filter(|path| path.to_string_lossy().contains("/config-")).collect::<Vec<_>>()
    };
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(49);
    let age = || std::fs::File::open(&configs()[0]).expect("a file").set_modified(old).expect("our file");
    env.awsx(&["exec", "prod", "--via", "process", "--", "true"]).ok();
    assert_eq!(configs().len(), 1);
    // A program that still runs uses it with each renewal.
    age();
    let mut command = env.command("awsx");
    command.args(["credential-process", "prod", "-d", "15m"]).env("AWS_CONFIG_FILE", &configs()[0]);
    command.env("AWSX_VIA", "process").env("AWSX_SETTINGS", settings(&configs()[0]));
    Run::of(command, "").ok();
    assert_eq!(configs().len(), 1);
    age();
    env.awsx(&["exec", "prod", "-d", "20m", "--", "true"]).ok();
    assert_eq!(configs().len(), 0);
}

/// What awsx has set beside such a config.
fn settings(config: &std::path::Path) -> String {
    serde_json::json!({"AWS_CONFIG_FILE": [config, null]}).to_string()
}
