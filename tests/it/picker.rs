//! `awsx` alone: the picker on a real screen.

use std::fs;

use crate::support::{Run, Sandbox, TestEnv, Tmux};

/// alice's keys are stored for `prod`; `ops` is a role over them.
const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice

[profile ops]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod

[profile billing]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 444455556666
sso_role_name = ReadOnly

[profile 日本]
credential_process = issue
";

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).stored(sandbox, "prod", "alice");
    env.write("home/.bashrc", "PS1='\\w$ '\n");
    env.var("TERM", "xterm-256color")
}

fn prompt(tmux: &Tmux) {
    tmux.expect_that("a prompt", |screen| screen.trim_end().ends_with("~$"));
}

/// The columns of a line, with TIME for what is left of a session.
fn cells(line: &str) -> Vec<&str> {
    let time = |cell: &str| cell.ends_with('m') && cell.starts_with(|c: char| c.is_ascii_digit());
    let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    cells.map(|cell| if time(cell) { "TIME" } else { cell }).collect()
}

#[test]
fn the_screen_has_recent_profiles_first_and_says_the_keys() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("NO_COLOR", "1");
    env.awsx(&["exec", "ops", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let tmux = env.tmux("exec bash");
    prompt(&tmux);
    tmux.send_line("awsx");
    let screen = tmux.expect("Esc quit");
    let lines = screen.lines().skip_while(|line| !line.starts_with("Profile:")).filter(|line| !line.trim().is_empty());
    assert_eq!(
        lines.map(cells).collect::<Vec<_>>(),
        [
            &["Profile:"][..],
            &["PROFILE", "LEFT", "ACCOUNT", "KIND"],
            &["> ops", "TIME", "111122223333", "role admin"],
            &["prod", "TIME", "111122223333", "keys"],
            &["billing", "-", "444455556666", "sso ReadOnly"],
            &["日本", "-", "-", "process"],
            &["Enter shell", "^E copy env", "^O console", "^X clear", "Esc quit"],
        ]
    );
    // Account, role and kind are searched as well as the name.
    for (typed, found) in
        [("4444", "billing"), ("readonly", "billing"), ("admin", "ops"), ("sso", "billing"), ("日", "日本")]
    {
        tmux.send(typed);
        tmux.expect_that(typed, |screen| {
            screen.contains(&format!("Profile: {typed}"))
                && screen.contains(&format!("> {found} "))
                && screen.contains("1 of 4")
        });
        tmux.key("C-u");
        tmux.expect("> ops ");
    }
    // A smaller window shows the same, cut.
    tmux.run(&["resize-window", "-x", "30", "-y", "8"]);
    tmux.expect_that("a narrow screen", |screen| screen.contains("  PROFILE  LEFT    ACCOUNT  …"));
    tmux.run(&["resize-window", "-x", "80", "-y", "24"]);
    tmux.expect("  PROFILE  LEFT    ACCOUNT       KIND");
    // Clear forgets what the row has, and the list comes again.
    tmux.key("C-x");
    let screen = tmux.expect_that("the list without the session", |screen| screen.contains("> ops      -  "));
    let prod = screen.lines().find(|line| line.starts_with("  prod ")).map(cells);
    assert_eq!(prod, Some(vec!["prod", "TIME", "111122223333", "keys"]), "{screen}");
    assert!(screen.contains("forgot one cached session of ops"), "{screen}");
    tmux.key("Enter");
    tmux.expect_that("a shell", |screen| screen.contains("(ops ") && screen.trim_end().ends_with(") ~$"));
    tmux.send_line("exit");
    prompt(&tmux);
    // The credentials go to the clipboard, and not to the screen.
    tmux.send_line("clear; awsx");
    tmux.expect("^E copy env");
    tmux.key("C-e");
    let screen = tmux.expect("copied to the clipboard");
    assert!(!screen.contains("AWS_SECRET_ACCESS_KEY") && !screen.contains("Esc quit"), "{screen}");
    tmux.send_line("clear; awsx; echo status=$?");
    tmux.expect("Esc quit");
    tmux.key("Escape");
    let screen = tmux.expect("status=130");
    assert!(!screen.contains("Esc quit") && !screen.contains("Profile"), "{screen}");
    assert!(!screen.contains("awsx:"), "who leaves knows it: {screen}");
}

#[test]
fn ten_thousand_profiles_open_at_once() {
    let sandbox = Sandbox::start();
    let role =
        |n| format!("[profile team-{n:05}]\nrole_arn = arn:aws:iam::111122223333:role/r{n}\nsource_profile = prod\n");
    let many: Vec<String> = (0..10_000).map(role).collect();
    let env = env(&sandbox);
    env.write("home/.aws/config", format!("{CONFIG}{}", many.concat()));
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let tmux = env.tmux("exec bash");
    prompt(&tmux);
    tmux.send_line("strace -f -qq -s 20 -o ~/trace awsx");
    // What is typed at once is searched for in all of them.
    tmux.expect("> prod ");
    tmux.send("4711");
    tmux.expect_that("the one", |screen| screen.contains("> team-04711  -"));
    tmux.key("Escape");
    prompt(&tmux);
    // Until the first screen is there: nothing for each profile, no keychain, no network.
    let trace = fs::read_to_string(env.path("home/trace")).unwrap();
    let calls: Vec<&str> = trace.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim())).collect();
    let first = calls.iter().position(|call| call.starts_with("write(") && call.contains("Profile: ")).unwrap();
    assert!(first < 400, "{first} system calls before the first screen");
    assert!(!calls[..first].iter().any(|call| call.starts_with("connect(") || call.starts_with("clone")), "{calls:#?}");
    let listed = calls[..first].iter().filter(|call| call.starts_with("getdents64(")).count();
    assert!(listed <= 4, "the cache and the state, each once: {listed}");
    assert_eq!(sandbox.log().last().map(String::as_str), Some("sts:GetSessionToken ok"));
}

#[test]
fn one_profile_has_a_short_form_and_none_an_explanation() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let mut pty = env.pty(&[]);
    pty.expect("there are no profiles yet");
    pty.expect("/home/.aws/config nor ");
    pty.expect("awsx add NAME");
    assert_eq!(pty.wait().0, 3);

    let env = env.config("[profile my prod]\nmfa_serial =\n").stored(&sandbox, "my prod", "dave");
    let mut pty = env.pty(&[]);
    let said = pty.expect("Open a shell with it? [Y/n] ");
    assert!(said.starts_with("PROFILE  KIND  ACCOUNT       KEYS      MFA  SESSION"), "{said}");
    assert!(said.contains("\nmy prod  keys  111122223333  keychain  -    -"), "{said}");
    assert!(said.contains("awsx exec 'my prod' -- CMD"), "{said}");
    pty.send_line("n");
    assert_eq!(pty.wait().0, 0);

    // Not on a terminal: help.
    let run: Run = env.awsx(&[]);
    assert!(run.fails(2).contains("Usage: awsx"), "{run:?}");
}

#[test]
fn whoever_names_none_is_told_why_they_pick() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut pty = env.pty(&["explain"]);
    pty.expect("no profile is named, and there is no default");
    pty.send("bill");
    pty.expect("> billing");
    pty.send("\r");
    pty.expect("no profile is named");
    pty.wait();
    env.write("home/.aws/config", format!("[default]\nregion = x\n{CONFIG}"));
    let mut pty = env.pty(&["explain"]);
    pty.expect("no profile is named, and default has nothing to start from");
    pty.send("\x1b");
    let (status, said) = pty.wait();
    assert!(status == 130 && !said.contains("awsx:"), "{status} {said}");
    // A command that would start another is left in the same way.
    let mut pty = env.pty(&["exec", "--", "true"]);
    pty.expect("no profile is named");
    pty.send("\x1b");
    assert_eq!(pty.wait().0, 130);
}

#[test]
fn full_asks_aws_once_for_each_key_and_remembers_what_it_says() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("dave");
    let env = env(&sandbox)
        .credentials(&format!(
            "[plain]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
             [twin]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
             [old]\naws_access_key_id = AKIAGONEGONEGONEGONE\naws_secret_access_key = gone\n"
        ))
        .var("NO_COLOR", "1");
    env.awsx(&["exec", "ops", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    sandbox.forget_calls();
    let tmux = env.tmux("exec bash");
    prompt(&tmux);
    tmux.send_line("awsx --full");
    let screen = tmux.expect("Esc quit");
    for line in [
        "works: 4",
        "AWS no longer takes the keys: old",
        "left out: 2 (neither keys of their own nor a session)",
        "  old      invalid  -                          keys",
        "  plain    -        111122223333 awsx-sandbox  keys",
    ] {
        assert!(screen.contains(&format!("{line}\n")), "{line}\n{screen}");
    }
    let mut log = sandbox.log();
    log.sort();
    let refused = "sts:GetCallerIdentity InvalidClientTokenId";
    let asked = [&["iam:ListAccountAliases ok"][..], &[refused], &["sts:GetCallerIdentity ok"; 3]].concat();
    assert_eq!(log, asked, "prod, ops, plain with its twin, old");
    tmux.key("Escape");
    prompt(&tmux);
    // From then on it is known without a call, and an alias can be searched for.
    tmux.send_line("clear; awsx");
    tmux.expect("Esc quit");
    tmux.send("sandbox ops");
    tmux.expect("> ops ");
    tmux.key("Escape");
    prompt(&tmux);
    let json: serde_json::Value = serde_json::from_str(env.awsx(&["list", "--json"]).ok()).unwrap();
    let since = |name: &str| {
        json.as_array().unwrap().iter().find(|row| row["profile"] == name).unwrap()["invalid_since"].clone()
    };
    assert!(since("old").as_str().unwrap().ends_with('Z') && since("plain").is_null(), "{json}");
    assert_eq!(sandbox.log().len(), log.len());
    // Another key in its place is not the one that was refused.
    env.write("home/.aws/credentials", format!("[old]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"));
    assert!(!env.awsx(&["list"]).ok().contains("invalid"));
    // It goes with the picker alone.
    assert!(env.awsx(&["--full", "list"]).fails(2).contains("--full goes with the picker"));
}

#[test]
fn ctrl_c_stops_the_check_and_shows_what_is_known() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("dave");
    let env = env(&sandbox)
        .credentials(&format!("[plain]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"))
        .var("NO_COLOR", "1");
    sandbox.fault(&serde_json::json!({"action": "sts:*", "kind": "delay", "ms": 600_000, "count": 1}));
    let tmux = env.tmux("exec bash");
    prompt(&tmux);
    tmux.send_line("awsx --full");
    tmux.expect("checking 1 of 2; Ctrl-C shows what is known");
    tmux.key("C-c");
    let screen = tmux.expect("Esc quit");
    assert!(screen.contains("works: 1\n") && screen.contains("stopped before all were checked\n"), "{screen}");
    assert!(!screen.contains("checking"), "{screen}");
    // The picker is as ever: Ctrl-C ends it.
    tmux.key("C-c");
    prompt(&tmux);
}

#[test]
fn the_credentials_around_are_told_above_the_picker() {
    let sandbox = Sandbox::start();
    let (id, _) = sandbox.keys("alice");
    let masked = |id: &str| format!("{}…{}", &id[..4], &id[id.len() - 4..]);
    let keys = |id: &str| vec![("AWS_ACCESS_KEY_ID", id.to_owned()), ("AWS_SECRET_ACCESS_KEY", "s".to_owned())];
    let with = |id: &str, more: &[(&'static str, &str)]| {
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        keys(id).into_iter().chain(more).collect::<Vec<_>>()
    };
    let table = [
        (vec![], ""),
        (vec![("AWS_REGION", "eu-west-1".to_owned())], ""),
        (vec![("AWS_PROFILE", "ops".to_owned())], "AWS_PROFILE selects ops; no credentials in this environment"),
        (vec![("AWS_PROFILE", "opps".to_owned())], "AWS_PROFILE selects opps, and there is no such profile"),
        (with(&id, &[("AWS_PROFILE", "prod")]), "long-lived keys of prod (ID)"),
        (with("AKIAGONEGONEGONEGONE", &[("AWS_PROFILE", "prod")]), "a long-lived key (ID) that prod doesn't have"),
        (
            with("ASIAELSEELSEELSEELSE", &[("AWS_SESSION_TOKEN", "t"), ("AWSX_PROFILE", "ops"), ("AWSX_EXPIRES", "1")]),
            "a session of ops (ID), and not the one that is kept for it: they expired at \
             1970-01-01T00:00:01Z; AWS refuses them",
        ),
        (
            with("ASIAELSEELSEELSEELSE", &[("AWS_VAULT", "gone")]),
            "a session (ID) of gone, and there is no such profile (AWS_VAULT)",
        ),
        (with("AKIAELSEELSEELSEELSE", &[]), "long-lived keys (ID) of no known profile"),
    ];
    let mut env = env(&sandbox);
    for (variables, want) in table {
        for (name, value) in &variables {
            env.set(name, value);
        }
        let id = variables.iter().find(|(name, _)| *name == "AWS_ACCESS_KEY_ID").map_or("", |(_, id)| id);
        let want = if id.is_empty() { want.to_owned() } else { want.replace("ID)", &format!("{})", masked(id))) };
        let mut pty = env.pty(&[]);
        let shown = pty.expect("Profile: ");
        pty.send("\x1b");
        pty.wait();
        let above: Vec<&str> = shown.lines().map(|line| line.trim_end_matches('\r')).collect();
        assert_eq!(above.first().copied().filter(|line| !line.contains("Profile:")).unwrap_or_default(), want);
        assert!(above.len() <= 3, "{shown}");
        for (name, _) in &variables {
            env.unset(name);
        }
    }
}

#[test]
fn the_profile_of_the_folder_is_the_first() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("NO_COLOR", "1");
    env.awsx(&["use", "--here", "billing"]).ok();
    let mut pty = env.pty(&[]);
    pty.expect("> billing");
    pty.send("\x1b");
    pty.wait();
}

#[test]
fn the_console_is_a_key_away() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("DISPLAY", ":none");
    env.script("xdg-open", "#!/bin/sh\necho \"$*\" >~/opened\n");
    env.awsx(&["exec", "ops", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let mut pty = env.pty(&[]);
    pty.expect("^O console");
    pty.send("\x0f");
    let opened =
        crate::support::wait_for("the browser", || Some(env.read("home/opened")).filter(|url| url.ends_with('\n')));
    assert!(opened.starts_with("http://127.0.0.1:"), "{opened}");
}
