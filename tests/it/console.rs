//! `awsx console`: a stand-in for a browser is led to the sandbox's sign-in page, and no URL that signs in is seen on the way.

use std::fs;

use crate::support::{Sandbox, TestEnv, venv};

const CONFIG: &str = "[profile prod]
region = eu-west-1
[profile ops]
source_profile = prod
role_arn = arn:aws:iam::111122223333:role/team/deploy
region = eu-central-1
";

/// A browser that goes where it is led, and writes down its arguments and the page.
fn browse(folder: &str) -> String {
    format!(
        "#!{}\nimport os, sys, urllib.request\nhome = os.environ['HOME']\nopen(home + '/{folder}.args', 'w').write('\\n'.join(sys.argv[1:]))\n\
         assert 'AWS_SECRET_ACCESS_KEY' not in os.environ and 'AWSX_FILE_PASSPHRASE' not in os.environ\n\
         page = urllib.request.urlopen(sys.argv[-1]).read().decode()\nopen(home + '/{folder}.tmp', 'w').write(page)\n\
         os.rename(home + '/{folder}.tmp', home + '/{folder}.page')\n",
        venv("python").display()
    )
}

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).var("AWSX_ADVERTISED", "0").var("DISPLAY", ":none").config(CONFIG);
    env.script("xdg-open", &browse("desktop"));
    env.stored(sandbox, "prod", "dave")
}

fn page(env: &TestEnv, name: &str) -> String {
    crate::support::wait_for("the page", || fs::read_to_string(env.path(format!("home/{name}.page"))).ok())
}

#[test]
fn a_role_signs_in_and_the_url_stays_out_of_the_arguments() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let run = env.awsx(&["console", "ops", "--service", "ec2", "--debug"]);
    assert_eq!(run.ok(), "");
    let shown = page(&env, "desktop");
    assert!(shown.contains("arn:aws:iam::111122223333:role/team/deploy"), "{shown}");
    assert!(shown.contains("https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1"), "{shown}");
    let args = env.read("home/desktop.args");
    assert!(args.starts_with("http://127.0.0.1:") && !args.contains("SigninToken"), "{args}");
    assert!(!run.stderr.contains("SigninToken"), "{run:?}");
    let log = sandbox.log();
    let signin: Vec<&str> = log.iter().filter(|call| call.starts_with("signin")).map(String::as_str).collect();
    assert_eq!(signin, ["signin:getSigninToken ok", "signin:logout ok", "signin:login ok"]);
    env.awsx(&["console", "ops", "--keep-sessions"]).ok();
    assert_eq!(sandbox.done("signin:logout"), 1);
}

#[test]
fn the_url_alone() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let url =
        env.awsx(&["console", "ops", "--stdout", "--path", "s3/buckets#x", "--region", "us-east-1"]).ok().to_owned();
    assert!(url.starts_with(&format!(
        "{}/federation?Action=login&Issuer=awsx&Destination=https%3A%2F%2Fus-east-1",
        sandbox.url
    )));
    let (status, _) = crate::support::http("GET", url.trim(), "");
    assert_eq!(status, 200);
    sandbox.advance(901);
    assert_eq!(crate::support::http("GET", url.trim(), "").0, 400, "15 minutes later it is void");
}

#[test]
fn keys_without_a_role_get_a_federated_session_and_a_warning() {
    let sandbox = Sandbox::with(|world| {
        let dave = world["users"].as_array_mut().unwrap().iter_mut().find(|user| user["name"] == "dave").unwrap();
        let allow = serde_json::json!({"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": "*"});
        dave["policies"].as_array_mut().unwrap().push(serde_json::json!({"Statement": [allow]}));
    });
    let env = env(&sandbox);
    let run = env.awsx(&["console", "prod"]);
    run.ok();
    assert!(run.stderr.contains("has no MFA"), "{run:?}");
    assert!(page(&env, "desktop").contains("federated user dave"));
    assert_eq!(sandbox.done("sts:GetFederationToken"), 1);
    assert!(env.awsx(&["whence", "--last", "1"]).ok().contains(" prod "), "that is a session, too");
    env.awsx(&["console", "prod", "--readonly"]).fails(3);
}

#[test]
fn no_device_is_advised_where_none_would_help() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).stored(&sandbox, "alice", "alice");
    let run = env.awsx(&["console", "alice", "--region", "eu-west-1"]);
    let said = run.fails(4);
    assert!(said.contains("ask an administrator to allow sts:GetFederationToken"), "{said}");
    assert!(said.contains("has no MFA") && !said.contains("mfa_serial"), "{said}");
}

#[test]
fn a_browser_profile_for_each_profile() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    env.script("chromium", &browse("chromium"));
    env.script("firefox", &browse("firefox"));
    for (browser, option) in [("chromium", "--user-data-dir="), ("firefox", "--profile\n")] {
        env.set("BROWSER", browser);
        env.awsx(&["console", "ops", "--isolated"]).ok();
        page(&env, browser);
        let folder = env.path("home/.local/share/awsx/browser/ops");
        let args = env.read(&format!("home/{browser}.args"));
        assert!(args.contains(&format!("{option}{}\n", folder.display())) && folder.is_dir(), "{args}");
    }
}

#[test]
fn without_a_browser_nothing_is_asked_for() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    sandbox.forget_calls();
    env.unset("DISPLAY");
    assert!(env.awsx(&["console", "ops"]).fails(5).contains("`awsx console PROFILE --stdout` prints the URL"));
    env.set("AWS_REGION", "us-iso-east-1");
    env.awsx(&["console", "prod", "--stdout", "--region", "us-iso-east-1"]).fails(3);
    assert_eq!(sandbox.log(), [""; 0]);
    env.unset("AWS_REGION");
    // A browser that ends at once.
    env.set("BROWSER", "false");
    assert!(env.awsx(&["console", "ops"]).fails(5).contains("the browser ended"));
}

/// The real Chromium, without a screen and with no way to any name: a stand-in for its program on the PATH, whose name tells
/// awsx what it is.
fn chromium(env: &TestEnv) {
    let as_root = if nix::unistd::geteuid().is_root() { "--no-sandbox" } else { "" };
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >>~/chromium.args\n\
         exec /usr/bin/chromium --headless {as_root} --disable-gpu --disable-dev-shm-usage --disable-background-networking \
         --disable-component-update --disable-sync --no-pings --no-proxy-server \
         '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --dump-dom \"$@\" >>~/chromium.page 2>>~/chromium.log\n"
    );
    env.script("chromium", &script);
}

#[test]
fn the_real_chromium_in_a_folder_of_its_own_comes_to_the_console() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    chromium(&env);
    env.set("BROWSER", "chromium");
    env.awsx(&["console", "ops", "--isolated"]).ok();
    let page = crate::support::wait_for("the page", || {
        fs::read_to_string(env.path("home/chromium.page")).ok().filter(|page| page.contains("</html>"))
    });
    assert!(page.contains("arn:aws:iam::111122223333:role/team/deploy"), "{page}");
    let folder = env.path("home/.local/share/awsx/browser/ops");
    let args = env.read("home/chromium.args");
    assert!(args.starts_with(&format!("--user-data-dir={}\n", folder.display())), "{args}");
    assert!(folder.join("Local State").exists() && !args.contains("SigninToken"), "{args}");
    assert_eq!((sandbox.done("signin:logout"), sandbox.done("signin:login")), (1, 1));
    // Without a folder of its own: what BROWSER names.
    fs::remove_file(env.path("home/chromium.page")).unwrap();
    env.awsx(&["console", "ops"]).ok();
    crate::support::wait_for("the page", || {
        fs::read_to_string(env.path("home/chromium.page")).ok().filter(|page| page.contains("</html>"))
    });
    assert_eq!(sandbox.done("signin:login"), 2);
}
