//! The sandbox, seen by clients that are not ours: boto3, the AWS CLI, and moto as a second opinion.

use std::net::TcpListener;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Background, Run, Sandbox, TestEnv, moto_url, venv, wait_for};

const ALICE_MFA: &str = "arn:aws:iam::111122223333:mfa/alice";

/// Runs a script of `tests/it/sandbox` after the helpers of `common.py`; its standard output.
#[track_caller]
fn boto3(url: &str, script: &str) -> String {
    let env = TestEnv::new().var("AWS_ENDPOINT_URL", url).var("PYTHONWARNINGS", "error::SyntaxWarning");
    let mut python = env.command(venv("python"));
    python.args(["-c", &format!("{}\n{script}", include_str!("sandbox/common.py"))]);
    Run::of(python, "").ok().to_owned()
}

#[test]
fn who_is_calling_is_checked() {
    boto3(&Sandbox::start().url, include_str!("sandbox/identity.py"));
}

#[test]
fn sessions_follow_the_rules_of_sts() {
    boto3(&Sandbox::start().url, include_str!("sandbox/sessions.py"));
}

#[test]
fn roles_follow_trust_duration_and_session_policy() {
    boto3(&Sandbox::start().url, include_str!("sandbox/roles.py"));
}

#[test]
fn devices_live_and_die_as_in_iam() {
    boto3(&Sandbox::start().url, include_str!("sandbox/devices.py"));
}

#[test]
fn access_keys_are_two_and_take_their_time() {
    boto3(&Sandbox::start().url, include_str!("sandbox/keys.py"));
}

#[test]
fn parameters_and_policies() {
    boto3(&Sandbox::start().url, include_str!("sandbox/parameters.py"));
}

#[test]
fn faults_happen_as_asked() {
    boto3(&Sandbox::start().url, include_str!("sandbox/faults.py"));
}

#[test]
fn identity_center_is_as_strict_as_its_protocol() {
    boto3(&Sandbox::start().url, include_str!("sandbox/identity_center.py"));
}

#[test]
fn console_login_is_as_strict_as_its_protocol() {
    let script = concat!(include_str!("sandbox/proof.py"), "\n", include_str!("sandbox/console_login.py"));
    boto3(&Sandbox::start().url, script);
}

#[test]
fn moto_agrees_where_it_knows() {
    let ours = boto3(&Sandbox::start().url, include_str!("sandbox/agree.py"));
    let motos = boto3(moto_url(), include_str!("sandbox/agree.py"));
    assert!(ours.lines().count() > 10, "{ours}");
    assert_eq!(ours, motos);
}

#[test]
fn the_aws_cli_works_with_an_mfa_session_and_not_without() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("alice");
    let mut env = TestEnv::new().sandbox(&sandbox).aws_cli().config("[default]\nregion = eu-west-1\n");
    env.set("AWS_ACCESS_KEY_ID", id);
    env.set("AWS_SECRET_ACCESS_KEY", secret);
    let who = env.sh("bash", "aws sts get-caller-identity --query Arn --output text");
    assert_eq!(who.ok(), "arn:aws:iam::111122223333:user/engineering/alice\n");
    let refused = env.sh("bash", "aws s3 ls");
    assert!(refused.stderr.contains("with an explicit deny in an identity-based policy"), "{refused:#?}");

    let code = sandbox.code("alice");
    let session = format!("aws sts get-session-token --serial-number {ALICE_MFA} --token-code {code}");
    let session: Value = serde_json::from_str(env.sh("bash", &session).ok()).expect("JSON");
    for (name, field) in [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ] {
        env.set(name, session["Credentials"][field].as_str().expect("text"));
    }
    assert!(env.sh("bash", "aws s3 ls").ok().contains(" sandbox-bucket-one\n"));
    let names = env.sh("bash", "aws iam list-access-keys --query 'AccessKeyMetadata[].UserName' --output text");
    assert_eq!(names.ok(), "alice\n");

    let calls = sandbox.calls();
    assert_eq!(
        sandbox.log(),
        [
            "sts:GetCallerIdentity ok",
            "s3:ListAllMyBuckets AccessDenied",
            "sts:GetSessionToken ok",
            "s3:ListAllMyBuckets ok",
            "iam:ListAccessKeys ok"
        ]
    );
    assert!(calls[0]["user_agent"].as_str().expect("text").starts_with("aws-cli/"));
    let log = Value::from(calls).to_string();
    assert!(!log.contains(&code) && log.contains(ALICE_MFA), "{log}");

    sandbox.request("POST", "expire", &json!({"sessions": "all"}));
    assert!(env.sh("bash", "aws s3 ls").stderr.contains("(ExpiredToken)"));
}

#[test]
fn a_world_of_ones_own() {
    let sandbox = Sandbox::start();
    let mut world = sandbox.state();
    world["users"] = json!([{"name": "zoe", "path": "/z/"}]);
    world["access_keys"] = json!([{"id": "AKIAZ", "secret": "zzz", "user": "zoe"}]);
    sandbox.request("POST", "state", &world);
    assert_eq!(sandbox.keys("zoe"), ("AKIAZ".to_owned(), "zzz".to_owned()));
    let env = TestEnv::new();
    let file = env.write("world.json", sandbox.state().to_string());
    let mut serve = env.command(env!("CARGO_BIN_EXE_awsx-sandbox"));
    let other = Background::spawn(serve.args(["serve", "--state"]).arg(&file));
    let url = other.line();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    wait_for("the banner", || other.complaints().contains("NOT AWS").then_some(()));
    assert!(crate::support::http("GET", &format!("{url}/_sandbox/state"), "").1.contains("\"zoe\""));

    let broken = env.write("broken.json", r#"{"account": "1", "user": []}"#);
    let mut serve = env.command(env!("CARGO_BIN_EXE_awsx-sandbox"));
    serve.args(["serve", "--state"]).arg(&broken);
    assert!(Run::of(serve, "").fails(1).contains("broken.json: unknown field `user`"));
}

#[test]
fn it_says_so_when_it_cannot_serve_and_ends_on_a_signal() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = taken.local_addr().expect("bound").port().to_string();
    let serve = |port: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_awsx-sandbox"));
        command.args(["serve", "--port", port]);
        command
    };
    assert!(Run::of(serve(&port), "").fails(1).contains(&format!("port {port}: Address already in use")));
    for signal in [nix::sys::signal::SIGTERM, nix::sys::signal::SIGINT] {
        let mut command = serve("0");
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("starts");
        let mut url = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut url).expect("a line");
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
        nix::sys::signal::kill(pid, signal).expect("our child");
        let status = wait_for("its end", || child.try_wait().expect("our child"));
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

/// The address that a program opens for a console login whose code is carried over.
fn cross_device(url: &str) -> String {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    format!(
        "{url}/v1/authorize?response_type=code&client_id=arn:aws:signin:::devtools/cross-device&state=s1&\
         code_challenge_method=SHA-256&scope=openid&redirect_uri={url}/v1/sessions/confirmation&code_challenge={challenge}"
    )
}

#[test]
fn the_scripted_browser_decides_as_it_is_told() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new();
    let run = |args: &[&str]| {
        let mut command = env.command(env!("CARGO_BIN_EXE_awsx-sandbox"));
        command.args(args);
        Run::of(command, "")
    };
    let page = cross_device(&sandbox.url);
    let pasted = run(&["approve", &page, "--user", "carol"]);
    let pasted = data_encoding::BASE64.decode(pasted.ok().trim().as_bytes()).expect("base64");
    assert!(String::from_utf8_lossy(&pasted).starts_with("state=s1&code="), "{pasted:?}");
    for (args, words) in [
        (["deny", &page, "--user", "carol"], "The request was denied"),
        (["approve", &page, "--user", "bob"], "bob is not authorized to perform: signin:AuthorizeOAuth2Access"),
        (["approve", &page, "--user", "nobody"], "the page offers no user nobody, but alice, bob"),
        (["approve", &format!("{}/device", sandbox.url), "--code", "ABCD-EFGH"], "This code is unknown"),
        (["approve", "https://example.com/", "--user", "carol"], "is no page of a sandbox"),
    ] {
        let refused = run(&args);
        assert!(refused.fails(1).contains(words), "{args:?}: {refused:#?}");
    }
    let log = sandbox.log();
    let decided = log.iter().filter(|call| call.starts_with("signin:AuthorizeOAuth2Access"));
    assert_eq!(decided.count(), 3, "{log:#?}");
}

#[test]
fn the_pages_work_in_a_real_browser_without_scripts() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new();
    let mut visit = env.command(env.chromium("carol"));
    visit.arg(cross_device(&sandbox.url));
    Run::of(visit, "").ok();
    let browsed = env.read("home/browsed");
    let lines: Vec<&str> = browsed.lines().collect();
    let (said, addresses) = lines.split_last().expect("lines");
    assert!(said.contains("this is not AWS") && said.contains("Paste it where the program asks"), "{browsed}");
    // Nothing else was asked for, nor elsewhere.
    assert_eq!(addresses.len(), 3, "{browsed}");
    assert!(addresses.iter().all(|address| address.starts_with(&sandbox.url)), "{browsed}");
    assert_eq!(
        sandbox.log(),
        ["signin:Authorize ok", "signin:AuthorizeOAuth2Access ok", "signin:Confirmation ok"],
        "{browsed}"
    );
}

const CENTER: &str = "\
[sso-session work]
sso_start_url = https://awsx-sandbox.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile center]
region = eu-west-1
sso_session = work
sso_account_id = 111122223333
sso_role_name = AdministratorAccess
";

/// Signs in with the real Chromium: the page, the form, and the way back to the program. Nothing else is asked for.
#[track_caller]
fn signs_in_with_chromium(sandbox: &Sandbox, env: &TestEnv, user: &str, args: &[&str], path: &str) {
    let chromium = env.chromium(user);
    let (status, text) = env.pty(&[&["login", "--browser", &chromium], args].concat()).wait();
    assert_eq!(status, 0, "{text}\n{}", env.read("home/browsed"));
    // awsx goes on as soon as it has the code; the browser is a little later.
    let browsed = wait_for("the last page", || {
        let browsed = env.read("home/browsed");
        browsed.contains("Back to the terminal").then_some(browsed)
    });
    let lines: Vec<&str> = browsed.lines().collect();
    let (said, addresses) = lines.split_last().expect("lines");
    let [page, form, back] = addresses else { panic!("{browsed}") };
    assert!(page.starts_with(&format!("{}{path}?", sandbox.url)), "{browsed}");
    assert_eq!(*form, format!("{}/decision", sandbox.url));
    assert!(back.starts_with("http://127.0.0.1:") && back.contains("/oauth/callback?code="), "{browsed}");
    assert!(said.starts_with("Back to the terminal"), "the last page says where to go on: {browsed}");
    assert!(sandbox.violations().is_empty(), "{:?}", sandbox.violations());
}

#[test]
fn a_person_signs_in_with_the_real_browser() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CENTER);
    signs_in_with_chromium(&sandbox, &env, "erin", &["center"], "/authorize");
    let id = env.awsx(&["exec", "center", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"]);
    assert!(id.ok().starts_with("ASIA"), "{id:#?}");
    assert_eq!(sandbox.done("sso-oauth:CreateToken"), 1);
}

#[test]
fn a_user_of_the_web_console_signs_in_with_the_real_browser() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config("[default]\nregion = eu-west-1\n");
    signs_in_with_chromium(&sandbox, &env, "carol", &["web", "--console"], "/v1/authorize");
    assert!(env.read("home/.aws/config").contains("login_session = arn:aws:iam::111122223333:user/carol"));
    let id = env.awsx(&["exec", "web", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"]);
    assert!(id.ok().starts_with("ASIA"), "{id:#?}");
    assert_eq!(sandbox.done("signin:CreateOAuth2Token"), 1);
}
