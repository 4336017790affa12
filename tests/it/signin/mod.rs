//! Sign-ins to IAM Identity Center as a person does them: in a terminal, with a browser that is a script.

mod again;
mod browser;
mod many;
mod roles;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Pty, Run, Sandbox, TestEnv, http, venv};

const PORTAL: &str = "https://awsx-sandbox.awsapps.com/start";

/// A sandbox whose Identity Center has these settings.
pub fn sandbox(settings: &Value) -> Sandbox {
    Sandbox::with(|world| {
        for (name, value) in settings.as_object().expect("settings") {
            world["settings"][name] = value.clone();
        }
    })
}

fn config(count: usize, more: &str) -> String {
    let profile = |n: usize| {
        let role = ["AdministratorAccess", "ReadOnlyAccess"][n % 2];
        format!(
            "[profile p{n}]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = {role}\nregion = eu-west-1\n"
        )
    };
    let profiles: String = (0..count).map(profile).collect();
    format!("{profiles}[sso-session work]\nsso_start_url = {PORTAL}\nsso_region = eu-west-1\n{more}")
}

/// Profiles p0, p1 … and a browser in which erin approves.
pub fn env(sandbox: &Sandbox, count: usize, more: &str) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(&config(count, more));
    let browser = env.approver("erin");
    env.var("BROWSER", browser)
}

/// Denies on the page at an address.
fn deny(env: &TestEnv, url: &str) {
    let mut command = env.command(env.denier("erin"));
    command.arg(url);
    assert!(command.status().expect("starts").success(), "{}", env.read("home/browsed"));
}

/// The address in what was said.
fn address(said: &str) -> String {
    let found = said.lines().find_map(|line| line.find("http://").map(|at| line[at..].trim().to_owned()));
    found.unwrap_or_else(|| panic!("no address: {said}"))
}

/// The calls that make a sign-in.
pub fn counts(sandbox: &Sandbox) -> [usize; 3] {
    ["sso-oauth:RegisterClient", "sso-oauth:Authorize", "sso-oauth:CreateToken"].map(|action| sandbox.done(action))
}

fn opened(env: &TestEnv) -> usize {
    env.opened().len()
}

/// Every file of the environment that holds this text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().expect("ours"));
        if kind.is_dir() {
            found.extend(files_with(&path, text));
        } else if kind.is_file()
            && fs::read(&path).is_ok_and(|all| all.windows(text.len()).any(|w| w == text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// What the sandbox has given out and nobody else may know.
fn secrets(sandbox: &Sandbox) -> Vec<String> {
    let state = sandbox.state();
    let center = &state["identity_center"];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = |name: &str| center[name].as_array().cloned().unwrap_or_default();
    let mut all: Vec<String> = list("clients").iter().map(|client| text(&client["secret"])).collect();
    for sign_in in list("sign_ins") {
        all.extend(sign_in["access"].as_array().expect("tokens").iter().map(|token| text(&token[0])));
        all.extend(sign_in["refresh"].as_str().map(str::to_owned));
    }
    assert!(all.len() > 1, "{state}");
    all
}

#[test]
fn a_command_on_a_terminal_signs_in_by_itself_once() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 2, "");
    // Its input is left alone.
    let mut command = env.command("sh");
    command.args(["-c", "echo piped | awsx exec p0 -- sh -c 'cat; echo $AWS_ACCESS_KEY_ID'"]);
    let mut pty = Pty::spawn(command);
    pty.expect("sign in to work in the browser");
    pty.expect("piped\r\nASIA");
    assert_eq!(pty.wait().0, 0);
    assert_eq!((counts(&sandbox), opened(&env)), ([1, 1, 1], 1));
    // Another role of the same sign-in, and the same one again, need nobody.
    env.awsx(&["exec", "p1", "--", "true"]).ok();
    sandbox.forget_calls();
    env.awsx(&["exec", "p0", "--", "true"]).ok();
    assert_eq!(sandbox.log(), [""; 0], "a warm session asks nobody");
    // Nothing of it is in clear anywhere.
    for secret in secrets(&sandbox) {
        assert_eq!(files_with(&env.path(""), &secret), [""; 0]);
    }
    assert_eq!(sandbox.request("GET", "violations", &Value::Null), json!([]));
    assert!(env.awsx(&["credential-process", "p0"]).ok().contains("\"AccountId\": \"111122223333\""));
    let said = env.awsx(&["explain", "p0"]).ok().to_owned();
    assert!(said.contains("sign-in: signed in to work until ") && said.contains("renewed without a browser"), "{said}");
}

#[test]
fn without_a_terminal_it_fails_at_once() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "");
    for (args, status) in [
        (&["exec", "p0", "--", "true"][..], 125),
        (&["env", "p0"], 5),
        (&["credential-process", "p0"], 5),
        (&["--no-input", "login", "p0"], 5),
    ] {
        let said = env.awsx(args).fails(status).to_owned();
        assert!(
            said.contains("p0 needs a sign-in to work in the browser") && said.contains("hint: awsx login p0"),
            "{said}"
        );
    }
    let mut pty = env.pty(&["--no-input", "exec", "p0", "--", "true"]);
    pty.expect("awsx login p0");
    assert_eq!(pty.wait().0, 125);
    assert_eq!((sandbox.log(), opened(&env)), (Vec::new(), 0));
    // `awsx login` itself needs no terminal where there is a browser.
    let said = env.awsx(&["login", "p0"]);
    said.ok();
    assert!(
        said.stderr.contains("p0: signed in to work until ") && said.stderr.contains("; a session until "),
        "{said:?}"
    );
    env.awsx(&["exec", "p0", "--", "true"]).ok();
    assert_eq!(counts(&sandbox), [1, 1, 1]);
    // The name of a session will do as well.
    let said = env.awsx(&["login", "work"]);
    said.ok();
    assert!(said.stderr.contains("signed in to work until "), "{said:?}");
}

#[test]
fn a_denial_is_an_answer_and_a_strange_visit_is_none() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "").var("BROWSER", "false");
    let mut pty = env.pty(&["login", "p0"]);
    let url = pty.expect("the browser ended with");
    pty.expect("open the address above yourself");
    let url = address(&url);
    let redirect = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("redirect_uri=")).expect("a redirect");
    let redirect = redirect.replace("%3A", ":").replace("%2F", "/");
    for wrong in ["?code=x&state=y", "?error=access_denied", ""] {
        assert_eq!(http("GET", &format!("{redirect}{wrong}"), "").0, 400, "{wrong}");
    }
    assert_eq!(http("GET", &redirect.replace("/oauth/callback", "/"), "").0, 404);
    deny(&env, &url);
    pty.expect("the sign-in to work was denied in the browser");
    assert_eq!(pty.wait().0, 5);
    // Its port is closed.
    assert!(std::net::TcpStream::connect(redirect.trim_start_matches("http://").split('/').next().unwrap()).is_err());
    assert_eq!(sandbox.done("sso-oauth:CreateToken"), 0);
}

#[test]
fn a_code_for_another_machine() {
    let sandbox = sandbox(&json!({}));
    let legacy = format!(
        "[profile old]\nsso_start_url = {PORTAL}\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = ReadOnlyAccess\n"
    );
    let env = env(&sandbox, 1, &legacy);
    for args in [&["login", "p0", "--device-code"][..], &["login", "old"], &["exec", "old", "--no-cache", "--", "true"]]
    {
        let mut pty = env.pty(args);
        if args[0] == "login" {
            pty.expect("and check that it shows the code ");
        }
        let (status, said) = pty.wait();
        assert_eq!(status, 0, "{said}");
    }
    assert_eq!((opened(&env), sandbox.done("sso-oauth:CreateToken")), (2, 2));
    // `--remote` opens nothing here.
    env.awsx(&["logout", "--all"]).ok();
    let mut pty = env.pty(&["login", "p0", "--remote"]);
    let url = pty.expect("and check that it shows the code ");
    let url = address(&url);
    assert_eq!(opened(&env), 2);
    deny(&env, &url);
    pty.expect("the sign-in to work was denied in the browser");
    assert_eq!(pty.wait().0, 5);
}

#[test]
fn it_is_renewed_without_a_browser_as_long_as_it_can_be() {
    // A token that is always about to end.
    let sandbox = sandbox(&json!({"token_seconds": 600}));
    let env = env(&sandbox, 1, "");
    env.awsx(&["login", "p0"]).ok();
    for n in 2..5 {
        env.awsx(&["exec", "p0", "--no-cache", "--", "true"]).ok();
        assert_eq!(counts(&sandbox), [1, 1, n + 1], "the login has renewed it once");
    }
    // Identity Center is out of order: the one before is still good.
    sandbox.fault(&json!({"action": "sso-oauth:CreateToken", "kind": "error500", "count": 3}));
    env.awsx(&["exec", "p0", "--no-cache", "--", "true"]).ok();
    // It may have been renewed there all the same, so it is not asked for again. Somebody has ended it.
    sandbox.request("DELETE", "faults", &Value::Null);
    sandbox.request("POST", "sign-ins", &json!({"which": "all", "do": "revoke"}));
    let run = env.awsx(&["exec", "p0", "--no-cache", "--", "true"]);
    assert!(run.fails(125).contains("awsx login p0"), "{run:?}");
    let mut pty = env.pty(&["exec", "p0", "--no-cache", "--", "true"]);
    pty.expect("sign in to work in the browser");
    assert_eq!((pty.wait().0, opened(&env)), (0, 2));
    assert_eq!(sandbox.request("GET", "violations", &Value::Null), json!([]));
}

#[test]
fn logout_ends_it_at_aws_and_here() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 2, "awsx_share = true\n");
    env.awsx(&["login", "p0"]).ok();
    env.awsx(&["exec", "p1", "--", "true"]).ok();
    let cache = env.path("home/.aws/sso/cache");
    assert_eq!(fs::read_dir(&cache).expect("it is shared").count(), 1);
    let said = env.awsx(&["logout", "p0"]);
    said.ok();
    for part in ["signed out of work", "the AWS CLI is signed out of work, too", "forgot 2 sessions"] {
        assert!(said.stderr.contains(part), "{said:?}");
    }
    assert_eq!((sandbox.done("sso:Logout"), fs::read_dir(&cache).expect("ours").count()), (1, 0));
    assert!(env.awsx(&["exec", "p1", "--", "true"]).fails(125).contains("awsx login p1"));
    assert!(env.awsx(&["logout", "p0"]).stderr.contains("nobody was signed in to work"));
    assert!(env.awsx(&["logout", "--all"]).stderr.contains("nobody was signed in"));
    // The name of a session will do as well.
    env.awsx(&["login", "work"]).ok();
    assert!(env.awsx(&["logout", "work"]).stderr.contains("signed out of work"));
    // A sign-in that no profile names any more.
    env.awsx(&["login", "p0"]).ok();
    env.write("home/.aws/config", "");
    let said = env.awsx(&["logout", "--all"]);
    said.ok();
    assert!(said.stderr.contains("signed out of work") && sandbox.done("sso:Logout") == 3, "{said:?}");
}

#[test]
fn ctrl_c_closes_the_port_and_another_command_can_sign_in() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "");
    let mut pty = env.pty(&["login", "p0", "--browser", "true"]);
    let mut said = pty.expect("http://");
    said += &pty.expect("code_challenge=");
    let port = said.split("redirect_uri=http%3A%2F%2F127.0.0.1%3A").nth(1).and_then(|rest| rest.split('%').next());
    let at = format!("127.0.0.1:{}", port.expect("its port"));
    assert!(std::net::TcpStream::connect(&at).is_ok());
    pty.send("\x03");
    assert_eq!(pty.wait().0, 128 + 2);
    assert!(std::net::TcpStream::connect(&at).is_err());
    env.awsx(&["login", "p0"]).ok();
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

/// A profile, a fault or a setting, the arguments, the exit status, and what is said.
type Case<'a> = (&'a str, Value, Value, &'a [&'a str], i32, &'a str);

#[test]
fn each_step_that_fails_says_why() {
    let refused = |action: &str, code: &str| json!({"action": action, "kind": "error", "status": 400, "code": code, "message": "no"});
    let (none, device) = (json!({}), &["login", "p0", "--device-code"][..]);
    let cases: [Case; 7] = [
        (
            "",
            refused("sso-oauth:RegisterClient", "InvalidClientMetadataException"),
            none.clone(),
            &["login", "p0"],
            4,
            "refused to register this machine for work",
        ),
        (
            "",
            refused("sso-oauth:CreateToken", "InvalidGrantException"),
            none.clone(),
            &["login", "p0"],
            4,
            "does not take the code of the sign-in to work",
        ),
        (
            "",
            refused("sso-oauth:StartDeviceAuthorization", "UnauthorizedClientException"),
            none.clone(),
            device,
            4,
            "does not allow this kind of sign-in",
        ),
        (
            "",
            none.clone(),
            json!({"code_seconds": 1}),
            &["login", "p0", "--remote"],
            5,
            "the code of the sign-in to work has expired",
        ),
        (
            "sso_role_name = Nobody",
            none.clone(),
            none.clone(),
            &["whoami", "p0"],
            4,
            "does not grant Nobody in account 111122223333",
        ),
        ("sso_account_id = 999999999999", none.clone(), none.clone(), &["whoami", "p0"], 4, "in account 999999999999"),
        (
            "sso_start_url = https://other.awsapps.com/start",
            none.clone(),
            none.clone(),
            &["login", "p0"],
            4,
            "check sso_start_url, sso_region and sso_registration_scopes of [sso-session work]",
        ),
    ];
    for (line, fault, settings, args, status, said) in cases {
        let sandbox = sandbox(&settings);
        let env = env(&sandbox, 1, "");
        if !line.is_empty() {
            let key = line.split(" = ").next().expect("a key");
            let text = env.read("home/.aws/config");
            let lines: Vec<&str> = text.lines().map(|old| if old.starts_with(key) { line } else { old }).collect();
            env.write("home/.aws/config", lines.join("\n"));
            if args[0] == "whoami" {
                env.awsx(&["login", "work"]).ok();
            }
        }
        if fault != json!({}) {
            sandbox.fault(&fault);
        }
        let run = env.awsx(args);
        assert!(run.fails(status).contains(said), "{run:?}");
        assert!(run.stderr.contains("hint: "), "{run:?}");
    }
}

#[test]
fn a_wrong_clock_and_a_network_that_is_down() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "");
    env.awsx(&["login", "p0"]).ok();
    // Seen from AWS, this machine is a day ahead.
    sandbox.advance(-86_400);
    let run = env.awsx(&["exec", "p0", "--no-cache", "--", "true"]);
    let said = run.fails(125);
    assert!(said.contains("its Expiration is past") && said.contains("clock"), "{said}");
    let env = env.var("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:1");
    env.awsx(&["logout", "p0"]).ok();
    let run = env.awsx(&["login", "p0"]);
    assert!(run.fails(7).contains("SSO-OIDC at http://127.0.0.1:1 can't be reached"), "{run:?}");
}

#[test]
fn botocore_reads_what_is_shared() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "awsx_share = true\n");
    env.awsx(&["login", "p0"]).ok();
    let ask = "import boto3; print(boto3.Session(profile_name='p0').client('sts').get_caller_identity()['Arn'])";
    let mut command = env.command(venv("python"));
    command.args(["-c", ask]);
    let run = Run::of(command, "");
    assert!(run.ok().contains("AWSReservedSSO_AdministratorAccess"), "{run:?}");
}

#[test]
fn what_keeps_an_agent_from_sessions_keeps_it_from_signing_in() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "").var("CLAUDECODE", "1").var("AWSX_AGENT_RULE", "deny");
    let before = env.read("home/.aws/config");
    for args in [
        &["login", "p0"][..],
        &["login", "work"],
        &["login", "new", "--console", "--browser", "true"],
        &["-y", "import", "sso", "work", "--browser", "true"],
        &["logout", "p0"],
        &["logout", "work"],
        &["logout", "--all"],
    ] {
        let run = env.awsx(args);
        assert!(run.status != 0 && run.stderr.contains("is not for an AI agent to use"), "{args:?}: {run:?}");
    }
    assert_eq!((sandbox.log(), opened(&env)), (Vec::new(), 0));
    assert_eq!(env.read("home/.aws/config"), before);
}
