//! Console login (`login_session`): through a browser without a screen that leads to the sandbox's pages, refreshed without
//! one, and shared with the AWS CLI and the SDKs where that is wanted.

mod consumers;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Pty, Run, Sandbox, TestEnv, root, venv};

const ALICE: &str = "arn:aws:iam::111122223333:user/engineering/alice";

/// What is in the config before awsx touches it.
const BEFORE: &str =
    "# mine\r\n[default]\r\nregion=eu-central-1\r\n\r\n[profile other]   \r\ncredential_process = false # no\r\n";

/// A sandbox whose credentials of a console login are always about to end.
fn short_lived() -> Sandbox {
    Sandbox::with(|world| world["settings"]["login_token_seconds"] = 200.into())
}

/// A home with the profile `p`, a console login of alice, and a role over it.
fn env(sandbox: &Sandbox) -> TestEnv {
    TestEnv::new().sandbox(sandbox).config(&format!(
        "[profile p]\nregion = eu-west-1\nlogin_session = {ALICE}\n\
         [profile admin]\nrole_arn = arn:aws:iam::111122223333:role/team/deploy\nsource_profile = p\n"
    ))
}

/// Signs in to `p` as alice.
#[track_caller]
fn signed_in(env: &TestEnv) {
    let browser = env.approver("alice");
    env.awsx(&["login", "p", "--browser", &browser]).ok();
}

#[track_caller]
fn key_id(env: &TestEnv, profile: &str) -> String {
    env.awsx(&["exec", profile, "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"]).ok().trim().to_owned()
}

/// How often AWS Sign-In gave tokens.
fn given(sandbox: &Sandbox) -> usize {
    sandbox.done("signin:CreateOAuth2Token")
}

#[track_caller]
fn no_violations(sandbox: &Sandbox) {
    assert_eq!(sandbox.request("GET", "violations", &Value::Null), json!([]));
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(fs::read(entry.path()).expect("our file"));
        }
    }
    found
}

#[test]
fn login_console_adds_a_profile_and_every_other_byte_stays() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(BEFORE);
    let browser = env.approver("alice");
    let run = env.awsx(&["login", "new", "--console", "--browser", &browser]);
    assert_eq!(run.ok(), "");
    assert!(run.stderr.contains(&format!("is a console login of {ALICE} now")), "{run:?}");
    let added = format!("\r\n[profile new]\r\nlogin_session = {ALICE}\r\nregion = eu-central-1\r\n");
    assert_eq!(env.read("home/.aws/config"), format!("{BEFORE}{added}"));
    assert!(env.opened()[0].contains("code_challenge_method=SHA-256&scope=openid"), "{:?}", env.opened());
    // What was signed in to is there without a browser, and the account is that of the ARN.
    assert!(key_id(&env, "new").starts_with("ASIA"));
    assert_eq!((env.opened().len(), given(&sandbox)), (1, 1));
    let who: Value = serde_json::from_str(env.awsx(&["whoami", "new", "--json"]).ok()).unwrap();
    assert_eq!(who["arn"], ALICE);
    let explained: Value = serde_json::from_str(env.awsx(&["explain", "new", "--json"]).ok()).unwrap();
    assert_eq!((&explained["steps"][0]["action"], &explained["steps"][0]["arn"]), (&json!("sdk"), &json!(ALICE)));
    let listed: Value = serde_json::from_str(env.awsx(&["list", "--json"]).ok()).unwrap();
    let row = listed.as_array().unwrap().iter().find(|row| row["profile"] == "new").unwrap().clone();
    assert_eq!((&row["kind"], &row["account"]), (&json!("other"), &json!("111122223333")));
    let list = env.awsx(&["list"]).ok().to_owned();
    assert!(
        list.lines().any(|line| line.starts_with("new ") && line.contains(" login ") && line.contains("sign-in")),
        "{list}"
    );
    // Nothing of it is in clear.
    let state = sandbox.state().to_string();
    let secrets: Vec<String> = ["token", "secret"].iter().flat_map(|field| values(&sandbox.state(), field)).collect();
    assert!(secrets.len() > 2, "{state}");
    for file in [files(&env.home()), files(&env.path("run"))].concat() {
        let text = String::from_utf8_lossy(&file);
        assert!(!text.contains("PRIVATE KEY") && !secrets.iter().any(|secret| text.contains(secret)), "{text}");
    }
    no_violations(&sandbox);
    let narrowed = env.awsx(&["exec", "new", "--readonly", "--", "true"]);
    assert!(narrowed.fails(125).contains("a session of a console login can't be narrowed"), "{narrowed:?}");
    // Without a name there is nothing to add.
    env.awsx(&["login", "--console"]).fails(2);
}

/// Every text of this name, however deep.
fn values(json: &Value, name: &str) -> Vec<String> {
    match json {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == name => vec![text.clone()],
                other => values(other, name),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| values(item, name)).collect(),
        _ => vec![],
    }
}

#[test]
fn a_profile_that_starts_from_something_else_is_asked_about() {
    let sandbox = Sandbox::start();
    let config = format!(
        "[profile p]\n# by hand\ncredential_process = creds\noutput = json\n[profile q]\nregion = eu-west-1\nlogin_session = {ALICE}\n\
         [profile k]\naws_access_key_id = AKIAX\naws_secret_access_key = s\n"
    );
    let env = TestEnv::new().sandbox(&sandbox).config(&config).stored(&sandbox, "stored", "bob");
    let config = env.read("home/.aws/config");
    let (alice, carol) = (env.approver("alice"), env.approver("carol"));
    let said = env.awsx(&["login", "p", "--console", "--browser", &alice]);
    assert!(said.fails(5).contains("p starts from something else (credential_process)"), "{said:?}");
    for keys in ["k", "stored"] {
        let said = env.awsx(&["-y", "login", keys, "--console", "--browser", &alice]);
        assert!(said.fails(3).contains("long-lived keys, which go before a console login"), "{said:?}");
    }
    assert!(env.opened().is_empty());
    let mut pty = env.pty(&["login", "q", "--console", "--browser", &carol]);
    pty.expect(&format!("q is a console login of {ALICE}. Make it one of arn:aws:iam::111122223333:user/carol?"));
    pty.send_line("n");
    assert_eq!(pty.wait().0, 1);
    assert_eq!(env.read("home/.aws/config"), config);
    env.awsx(&["-y", "login", "q", "--console", "--browser", &carol]).ok();
    env.awsx(&["-y", "login", "p", "--console", "--browser", &alice, "--region", "eu-west-3"]).ok();
    let after = config
        .replace(
            "credential_process = creds\noutput = json\n",
            &format!("output = json\nlogin_session = {ALICE}\nregion = eu-west-3\n"),
        )
        .replace(
            &format!("region = eu-west-1\nlogin_session = {ALICE}"),
            "region = eu-west-1\nlogin_session = arn:aws:iam::111122223333:user/carol",
        );
    assert_eq!(env.read("home/.aws/config"), after);
    assert!(env.awsx(&["whoami", "q"]).ok().contains("user/carol"));
}

#[test]
fn a_login_is_refreshed_without_a_browser_and_a_role_goes_over_it() {
    let sandbox = short_lived();
    let env = env(&sandbox);
    signed_in(&env);
    let first = key_id(&env, "p");
    let second = key_id(&env, "p");
    assert_ne!(first, second);
    assert!(given(&sandbox) >= 3, "{:?}", sandbox.log());
    let role = env.awsx(&["whoami", "admin"]).ok().to_owned();
    assert!(role.contains("assumed-role/deploy/"), "{role}");
    let before = given(&sandbox);
    env.awsx(&["exec", "admin", "--", "true"]).ok();
    assert_eq!((given(&sandbox), sandbox.done("sts:AssumeRole")), (before, 1), "the role's own session lasts");
    assert_eq!(env.opened().len(), 1);
    no_violations(&sandbox);
}

#[test]
fn programs_that_want_fifteen_minutes_left_get_what_there_is() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    signed_in(&env);
    let process = || env.awsx(&["credential-process", "p"]);
    let (first, second) = (process(), process());
    assert_eq!(first.ok(), second.ok());
    let long = |left: &str| env.awsx(&["exec", "p", "--min-ttl", left, "--", "true"]);
    for left in ["15m", "1h"] {
        assert!(!long(left).stderr.contains("lasts only"), "a cached one that is half full will do");
    }
    assert_eq!(given(&sandbox), 1);
    assert!(first.stderr.is_empty() && second.stderr.is_empty(), "{first:?}");
    env.awsx(&["clear"]).ok();
    env.awsx(&["exec", "p", "--via", "server", "--", "sh", "-c", "sleep 1.5"]).ok();
    assert_eq!(given(&sandbox), 1, "{:?}", sandbox.log());
}

#[test]
fn with_a_browser_on_another_machine_the_code_is_pasted() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let shown = |url: &str| {
        let mut command = env.command(env!("CARGO_BIN_EXE_awsx-sandbox"));
        command.args(["approve", "--user", "alice", url]);
        Run::of(command, "").ok().trim().to_owned()
    };
    let url_of = |pty: &mut Pty| {
        pty.expect("at this address:");
        let text = pty.expect("The text that the page shows");
        let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        joined[joined.find("http://").unwrap()..].split("Thetext").next().unwrap().to_owned()
    };
    let mut other = env.pty(&["login", "p", "--remote"]);
    let of_another = shown(&url_of(&mut other));
    other.send("\u{3}");
    let mut pty = env.pty(&["login", "p", "--remote"]);
    let url = url_of(&mut pty);
    assert!(url.contains("cross-device") && url.contains("%2Fv1%2Fsessions%2Fconfirmation"), "{url}");
    let text = shown(&url);
    pty.send_line("that's not it");
    pty.expect("that is not the text of the page");
    pty.expect("The text that the page shows");
    pty.send_line(&of_another);
    pty.expect("that is the text of another sign-in");
    pty.expect("The text that the page shows");
    assert!(!pty.echoes());
    pty.send_line(&text);
    let (status, said) = pty.wait();
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains(&text), "it is not shown");
    assert_eq!(given(&sandbox), 1);
    key_id(&env, "p");
    no_violations(&sandbox);
    // Where nobody can paste anything.
    let run = env.awsx(&["--no-input", "login", "p", "--remote"]);
    run.ok();
}

#[test]
fn without_a_terminal_the_command_that_signs_in_is_named_and_with_one_it_begins() {
    let sandbox = short_lived();
    let env = env(&sandbox);
    for args in [["exec", "p", "--", "true"], ["exec", "admin", "--", "true"]] {
        let run = env.awsx(&args);
        assert!(run.fails(125).contains("awsx login p"), "{run:?}");
    }
    assert_eq!(sandbox.log(), [""; 0]);
    let browser = env.approver("alice");
    let env = env.var("BROWSER", &browser);
    let mut pty = env.pty(&["exec", "admin", "--", "echo", "here"]);
    pty.expect("here");
    assert_eq!(pty.wait().0, 0);
    // Over, with a reason that AWS gives.
    for (fate, says) in [("revoke", "12 hours at most"), ("change_password", "was changed since")] {
        sandbox.request("POST", "sign-ins", &json!({"which": ["alice"], "do": fate}));
        let run = env.awsx(&["exec", "p", "--", "true"]);
        assert!(run.fails(125).contains(says) && run.stderr.contains("awsx login p"), "{run:?}");
        let mut pty = env.pty(&["exec", "p", "--", "echo", "again"]);
        pty.expect("again");
        assert_eq!(pty.wait().0, 0);
    }
    // On a terminal the reason is said, and the sign-in begins at once.
    sandbox.request("POST", "sign-ins", &json!({"which": ["alice"], "do": "revoke"}));
    let mut pty = env.pty(&["exec", "p", "--", "echo", "again"]);
    pty.expect("the console login of p is over");
    pty.expect("sign in to the web console for p");
    pty.expect("again");
    assert_eq!(env.opened().len(), 4);
    no_violations(&sandbox);
}

#[test]
fn each_refusal_in_words() {
    let denied = |action: &str| json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    let sandbox = Sandbox::with(|world| {
        let users = world["users"].as_array_mut().unwrap();
        let dave = users.iter_mut().find(|user| user["name"] == "dave").unwrap();
        dave["policies"].as_array_mut().unwrap().push(json!({"Statement": [denied("signin:CreateOAuth2Token")]}));
    });
    let env = env(&sandbox);
    let login = |browser: &str| env.awsx(&["login", "p", "--browser", browser]);
    let run = login(&env.denier("alice"));
    assert!(run.fails(5).contains("was denied in the browser"), "{run:?}");
    let run = login(&env.approver("dave"));
    let said = run.fails(4);
    assert!(
        said.contains("permission missing: signin:CreateOAuth2Token") && said.contains("awsx policy sign-in"),
        "{said}"
    );
    let run = login(&env.approver("carol"));
    let said = run.fails(5);
    assert!(said.contains("the browser signed in as arn:aws:iam::111122223333:user/carol"), "{said}");
    assert!(said.contains(ALICE) && said.contains("awsx login p --console"), "{said}");
    // A code that was kept for too long.
    let slow = format!("#!/bin/sh\n{} \"$1\"\n", env.approver("alice"));
    let fault = |code: &str, oauth: &str| {
        json!({"action": "signin:CreateOAuth2Token", "kind": "error", "status": 400,
               "code": format!("{code}/{oauth}"), "message": "words"})
    };
    let slow = env.script("slow", &slow).to_str().unwrap().to_owned();
    sandbox.fault(&fault("AccessDeniedException", "AUTHCODE_EXPIRED"));
    let run = login(&slow);
    assert!(run.fails(5).contains("the code from the browser has expired"), "{run:?}");
    // An answer that is lost is asked for again, with another proof.
    sandbox.fault(&json!({"action": "signin:CreateOAuth2Token", "kind": "error500", "count": 1}));
    login(&slow).ok();
    no_violations(&sandbox);
    env.awsx(&["clear"]).ok();
    sandbox.advance(600);
    let other = env.awsx(&["login", "late", "--console", "--browser", &slow]);
    let said = other.fails(4);
    assert!(said.contains("this machine's clock is wrong") && said.contains("10m behind"), "{said}");
}

#[test]
fn what_the_aws_cli_has_signed_in_is_used_where_it_is() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new()
        .sandbox(&sandbox)
        .config("[profile console]\nregion = eu-west-1\nlogin_session = arn:aws:iam::111122223333:user/carol\n");
    let mut python = env.command(venv("python"));
    let parts =
        [include_str!("sandbox/common.py"), include_str!("sandbox/proof.py"), include_str!("sandbox/signed_in.py")];
    python.args(["-c", &parts.join("\n")]);
    Run::of(python, "").ok();
    let folder = env.path("home/.aws/login/cache");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let read = || -> Value { serde_json::from_slice(&fs::read(&file).unwrap()).unwrap() };
    let before = read();
    sandbox.forget_calls();
    let id = key_id(&env, "console");
    assert_eq!(sandbox.log(), ["signin:CreateOAuth2Token ok"]);
    let after = read();
    assert_eq!(after["accessToken"]["accessKeyId"], id);
    assert_ne!(after["refreshToken"], before["refreshToken"]);
    for field in ["clientId", "dpopKey", "idToken", "tokenType"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    for program in SDKS {
        assert_eq!(asked(&env, program, "console"), id, "{program:?} goes on with it");
    }
    assert_eq!(given(&sandbox), 1);
}

/// What asks an SDK which credentials it takes.
const SDKS: [&[&str]; 3] = [&["python", "ask.py", "boto3"], &["python", "ask.py", "aws-cli"], &["node", "ask.mjs"]];

/// The ID of the key that an SDK takes for a profile.
#[track_caller]
fn asked(env: &TestEnv, program: &[&str], profile: &str) -> String {
    let mut vars: Value = env.vars().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect();
    vars["AWS_PROFILE"] = profile.into();
    let list = env.write("situations.json", json!([vars]).to_string());
    let sdks = root().join("tests/sdks");
    let (name, arguments) = program.split_first().unwrap();
    let mut command = env.command(if *name == "node" { sdks.join("installed/node") } else { venv(name) });
    command.current_dir(sdks).args(arguments).arg(list);
    let run = Run::of(command, "");
    let line = run.ok().lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let answers: Value = serde_json::from_str(line).expect("JSON");
    let answer = answers.as_object().and_then(|of| of.values().next()).expect("an answer")[0].clone();
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn what_awsx_shares_the_sdks_read_and_refresh_and_awsx_goes_on() {
    for program in SDKS {
        let sandbox = short_lived();
        let env = env(&sandbox);
        let config = env.read("home/.aws/config").replace("[profile p]\n", "[profile p]\nawsx_share = true\n");
        let env = env.config(&config);
        signed_in(&env);
        sandbox.forget_calls();
        // Theirs are the tokens that awsx refreshes next.
        assert!(asked(&env, program, "p").starts_with("ASIA"), "{program:?}");
        assert_eq!(sandbox.log(), ["signin:CreateOAuth2Token ok"], "{program:?}");
        key_id(&env, "p");
        asked(&env, program, "p");
        key_id(&env, "p");
        assert_eq!(given(&sandbox), 4, "{program:?}: {:?}", sandbox.log());
        no_violations(&sandbox);
    }
}

#[test]
fn the_web_console_takes_no_session_of_a_user() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    signed_in(&env);
    sandbox.forget_calls();
    let run = env.awsx(&["console", "p", "--stdout"]);
    let said = run.fails(3);
    assert!(said.contains("the web console takes no session of a console login of a user"), "{said}");
    assert_eq!(sandbox.log(), [""; 0]);
    assert!(env.awsx(&["console", "admin", "--stdout"]).ok().contains("/federation?Action=login"));
}

#[test]
fn logout_forgets_it_here_and_where_the_aws_cli_keeps_it() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let config = env.read("home/.aws/config").replace("[profile p]\n", "[profile p]\nawsx_share = on\n");
    let env = env.config(&config);
    signed_in(&env);
    env.awsx(&["whoami", "admin"]).ok();
    let run = env.awsx(&["logout", "admin"]);
    run.ok();
    assert!(run.stderr.contains(&format!("the AWS CLI is signed out of {ALICE}, too")), "{run:?}");
    assert_eq!(fs::read_dir(env.path("home/.aws/login/cache")).unwrap().count(), 0);
    let left: Value = serde_json::from_str(env.awsx(&["list", "--json"]).ok()).unwrap();
    assert!(left.as_array().unwrap().iter().all(|row| row["session"].is_null()), "{left}");
    assert!(env.awsx(&["exec", "p", "--", "true"]).fails(125).contains("awsx login p"));
    // What no profile names any more is found in the keychain.
    signed_in(&env);
    let env = env.config("[profile other]\nregion = eu-west-1\n");
    let run = env.awsx(&["logout", "--all"]);
    run.ok();
    assert!(run.stderr.contains(&format!("signed out of {ALICE}")), "{run:?}");
}
