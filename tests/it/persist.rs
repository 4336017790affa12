//! `persist` and `clear --expired`: sessions in the AWS files, as the AWS CLI, boto3 and starship see them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Run, Sandbox, TestEnv, venv};

const CONFIG: &str = "[profile prod]\nregion = eu-west-1\noutput = json\n\n[profile admin]\nrole_arn = \
                      arn:aws:iam::111122223333:role/admin\nsource_profile = prod\n";

/// Who the AWS CLI and boto3 are with a profile.
fn who(env: &TestEnv, profile: &str) -> [String; 2] {
    let cli = Run::of(
        {
            let mut command = env.command("aws");
            command.args(["--profile", profile, "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]);
            command
        },
        "",
    );
    let mut python = env.command(venv("python"));
    let script =
        "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).client('sts').get_caller_identity()['Arn'])";
    python.args(["-c", script, profile]);
    [cli, Run::of(python, "")].map(|run| run.ok().trim().to_owned())
}

/// What starship shows with a profile selected.
fn starship(env: &TestEnv, profile: &str) -> String {
    let mut command = env.command(venv("starship"));
    command.args(["module", "aws"]).env("AWS_PROFILE", profile);
    Run::of(command, "").ok().to_owned()
}

#[test]
fn other_programs_use_persisted_sessions() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).aws_cli().config(CONFIG).stored(&sandbox, "prod", "alice");
    let code = sandbox.code("alice");
    assert_eq!(env.awsx(&["persist", "prod", "-y", "--code", &code]).ok(), "prod-mfasession\n");
    assert_eq!(env.awsx(&["persist", "admin", "-y"]).ok(), "admin-rolesession\n");
    let mode = fs::metadata(env.path("home/.aws/credentials")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let [cli, boto3] = who(&env, "prod-mfasession");
    assert!(cli.contains(":user/") && cli.ends_with("/alice") && cli == boto3, "{cli} {boto3}");
    let [cli, boto3] = who(&env, "admin-rolesession");
    assert!(cli.contains(":assumed-role/admin/") && cli == boto3, "{cli} {boto3}");
    let shown = starship(&env, "prod-mfasession");
    assert!(shown.contains("prod-mfasession (eu-west-1)") && shown.contains("[11h59m"), "{shown}");

    // awscli-mfa reads the end as epoch seconds, and so do others.
    let text = env.read("home/.aws/credentials");
    let epoch = text.lines().filter_map(|line| line.strip_prefix("aws_session_expiry = ")?.parse::<i64>().ok());
    assert_eq!(epoch.count(), 2);
    // A second run replaces what stands there. awsx itself takes such a session like any in the files.
    env.awsx(&["persist", "prod", "-y"]).ok();
    assert_eq!(env.read("home/.aws/credentials"), text);
    env.awsx(&["exec", "prod-mfasession", "--", "true"]).ok();
    assert!(env.awsx(&["persist", "prod-mfasession", "-y"]).fails(3).contains("a persisted session already"));
}

#[test]
fn it_asks_first_and_spares_what_is_somebody_s_own() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG).stored(&sandbox, "prod", "bob");
    sandbox.forget_calls();
    assert!(env.awsx(&["persist", "prod"]).fails(5).contains("in plain text"));
    let mut person = env.pty(&["persist", "prod"]);
    person.expect("as prod-mfasession, in plain text?");
    person.send_line("n");
    assert_eq!(person.wait().0, 1);
    assert!(sandbox.calls().is_empty() && !env.path("home/.aws/credentials").exists());
    let own = "[prod-mfasession]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    let env = env.credentials(own);
    let run = env.awsx(&["persist", "prod", "-y"]);
    assert!(run.fails(3).contains("prod-mfasession is a profile of its own"), "{run:?}");
    assert_eq!(env.read("home/.aws/credentials"), own);
    let env = env.credentials("");
    fs::set_permissions(env.path("home/.aws/credentials"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = env.awsx(&["persist", "prod", "-y"]);
    run.ok();
    assert!(run.stderr.contains("chmod 600"), "{run:?}");
}

#[test]
fn a_link_holds_no_secret_and_never_leads_to_itself() {
    let sandbox = Sandbox::start();
    let config = "[profile my prod's]\n[profile \"my prod's\"]\nregion = eu-west-1\n";
    let env = TestEnv::new().sandbox(&sandbox).config(config);
    assert_eq!(env.awsx(&["persist", "my prod's", "--link"]).ok(), "my prod's-awsx\n");
    let written = env.read("home/.aws/config");
    let (before, link) = written.split_once("\n[profile \"my prod's-awsx\"]\n").expect("the link");
    assert_eq!(before, config);
    let (command, rest) = link.split_once('\n').unwrap();
    assert!(command.starts_with("credential_process = /"), "{command}");
    assert!(command.ends_with(r"/awsx credential-process 'my prod'\''s'"), "{command}");
    assert_eq!(rest, "region = eu-west-1\n");
    env.awsx(&["persist", "my prod's", "--link"]).ok();
    assert_eq!(env.read("home/.aws/config"), written);
    let run = env.awsx(&["persist", "my prod's", "--link", "--name", "my prod's"]);
    assert!(run.fails(3).contains("can't be a link to itself"), "{run:?}");
    let env = env.config("[profile a]\n[profile b]\nrole_arn = x\n[profile c]\nregion = x\n");
    assert!(env.awsx(&["persist", "a", "--link", "--name", "b"]).fails(3).contains("it has role_arn"));
    assert!(env.awsx(&["persist", "a", "--link", "--name", "c"]).fails(5).contains("Make it a link to a?"));
    env.awsx(&["persist", "a", "--name", "c"]).fails(2);
}

#[test]
fn other_programs_use_a_link() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).aws_cli();
    let env = env.config("[profile \"my prod\"]\nregion = eu-west-1\n").stored(&sandbox, "my prod", "bob");
    env.awsx(&["persist", "my prod", "--link", "--name", "linked"]).ok();
    let [cli, boto3] = who(&env, "linked");
    assert!(cli.ends_with("/bob") && cli == boto3, "{cli} {boto3}");
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1, "both share one session");
    assert!(!env.path("home/.aws/credentials").exists());
}

#[test]
fn expired_sessions_go_and_nothing_else() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).stored(&sandbox, "live", "bob");
    env.awsx(&["exec", "live", "--", "true"]).ok();
    let session = |name: &str, end: &str| {
        format!("[{name}]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = t\n{end}\n")
    };
    let kept = [
        session("live-mfasession", "aws_session_expiry = 99999999999"),
        session("mine", "aws_session_expiry = 1"),
        session("no-end-mfasession", ""),
        session("role-rolesession", "aws_session_expiry = 1\nmine = 1"),
    ];
    let credentials = [
        "# top\n".to_owned(),
        session("a-mfasession", "aws_session_expiry = 1600000000"),
        kept[0].clone(),
        session("b-rolesession", "expiration = 2020-01-01T00:00:00Z"),
        kept[1..].concat(),
        session("c-mfasession", "expiration = 2020-01-01T00:00:00+00:00"),
        "[nested]\ns3 =\n  addressing_style = path\n\n  max_queue_size = 1\ntcp_keepalive =".to_owned(),
    ];
    let config =
        "[profile a-mfasession]\nregion = x\n\n[profile b-rolesession]\nrole_arn = x\n[default]\ns3 =\n  a = 1";
    let env = env.config(config).credentials(&credentials.concat());
    let run = env.awsx(&["clear", "--expired"]);
    run.ok();
    for name in ["a-mfasession", "b-rolesession", "c-mfasession"] {
        assert!(run.stderr.contains(&format!("removed the expired session {name}")), "{run:?}");
    }
    let want = [credentials[0].clone(), kept.concat(), credentials[6].clone()].concat();
    assert_eq!(env.read("home/.aws/credentials"), want);
    assert_eq!(env.read("home/.aws/config"), "[profile b-rolesession]\nrole_arn = x\n[default]\ns3 =\n  a = 1");
    assert!(env.awsx(&["clear", "--expired"]).stderr.contains("no expired session"));
    assert!(env.awsx(&["clear"]).stderr.contains("forgot one cached session"), "the live one was left");
    env.awsx(&["clear", "--expired", "mine"]).fails(2);
}
