//! One door: whatever gives out credentials, keys or codes keeps to `awsx_confirm`, `awsx_account_id`, `awsx_agent` and
//! session policies, each way in turn.

use serde_json::Value;

use crate::support::{Background, Pty, Run, Sandbox, TestEnv, wait_for};

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const AGENT: (&str, &str) = ("CLAUDECODE", "1");

/// `prod` has keys; `ops` is a role over `base`, which has the same keys. Each has this line.
fn env(sandbox: &Sandbox, line: &str) -> TestEnv {
    let config = format!(
        "[profile prod]\nregion = eu-central-1\n{line}\n[profile base]\nregion = eu-central-1\n[profile ops]\n\
         role_arn = arn:aws:iam::111122223333:role/team/deploy\nsource_profile = base\nregion = eu-central-1\n{line}\n\
         [profile other]\nregion = eu-central-1\n"
    );
    let env = TestEnv::new().sandbox(sandbox).var("AWSX_ADVERTISED", "0").var("SHELL", "/bin/sh").config("");
    env.write("home/.aws/config", "[profile prod]\n[profile base]\n[profile other]\n");
    let env = env.stored(sandbox, "prod", "dave").stored(sandbox, "base", "dave").stored(sandbox, "other", "bob");
    env.write("home/.aws/config", config);
    sandbox.forget_calls();
    env.aws_cli()
}

/// Every command that gives out a session, and what it is given of the options of sessions.
const SESSIONS: [&[&str]; 21] = [
    &["exec", "P", "S", "--", "true"],
    &["exec", "P", "S", "--via", "process", "--", "true"],
    &["exec", "P", "S", "--via", "server", "--", "true"],
    &["exec", "other,P", "--", "true"],
    &["shell", "P", "S"],
    &["shell", "P", "S", "--via", "process"],
    &["shell", "P", "S", "--via", "server"],
    &["env", "P", "S"],
    &["env", "P", "S", "--format", "json"],
    &["env", "P", "S", "--format", "sql"],
    &["credential-process", "P", "S"],
    &["use", "P", "S", "--shell", "bash"],
    &["refresh", "P", "S", "--lines"],
    &["each", "P", "S", "--", "true"],
    &["aws", "--profile", "P", "sts", "get-caller-identity"],
    &["token", "eks", "P", "S", "--cluster", "blue"],
    &["token", "rds", "P", "S", "--host", "h", "--port", "1", "--user", "u"],
    &["console", "P", "S", "--stdout"],
    &["persist", "P", "S"],
    &["whoami", "P", "S"],
    &["advertise", "show", "P", "S"],
];

/// Every command that takes away or replaces stored keys.
const CHANGES: [&[&str]; 2] = [&["remove", "P"], &["add", "P", "--env", "--no-verify"]];

/// Every command that uses the keys of a profile's user, or gives a code.
const KEYS: [&[&str]; 6] = [
    &["mfa", "code", "P", "--mfa-serial", "arn:aws:iam::111122223333:mfa/dave"],
    &["mfa", "status", "P"],
    &["mfa", "remove", "P"],
    &["mfa", "resync", "P"],
    &["rotate", "P"],
    &["provision-mfa", "P", "--store-seed", "--no-qr"],
];

/// Changes the config.
fn change(env: &TestEnv, from: &str, to: &str) {
    env.write("home/.aws/config", env.read("home/.aws/config").replace(from, to));
}

/// A command for a profile, with these options of its session.
fn words<'a>(command: &[&'a str], profile: &'a str, options: &[&'a str]) -> Vec<String> {
    let word = |word: &&str| match *word {
        "P" => vec![profile.to_owned()],
        "S" => options.iter().map(|option| (*option).to_owned()).collect(),
        "other,P" => vec![format!("other,{profile}")],
        word => vec![word.to_owned()],
    };
    command.iter().flat_map(word).collect()
}

fn run(env: &TestEnv, command: &[&str], profile: &str, yes: bool, options: &[&str]) -> Run {
    let words = words(command, profile, options);
    let before = if yes { vec!["-y"] } else { vec![] };
    env.awsx(&before.into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>())
}

/// No command gives anything: each says `why`, and none has got as far as a call that gives something.
#[track_caller]
fn assert_shut(sandbox: &Sandbox, env: &TestEnv, commands: &[&[&str]], profile: &str, yes: bool, why: &str) {
    for command in commands.iter().chain([&["serve", "P"][..]].iter()) {
        // The session of `other` is none of this.
        if command.contains(&"other,P") {
            run(env, &["exec", "P", "--", "true"], "other", false, &[]).ok();
        }
        sandbox.forget_calls();
        let ran = run(env, command, profile, yes, &[]);
        assert!(ran.status != 0 && ran.stderr.contains(why), "{command:?}: {ran:#?}");
        let given: Vec<String> = sandbox.log().into_iter().filter(|call| !call.contains("GetCallerIdentity")).collect();
        assert_eq!(given, Vec::<String>::new(), "{command:?}");
        assert!(!ran.stdout.contains("ASIA") && !ran.stdout.contains("AKIA"), "{command:?}");
    }
}

#[test]
fn every_consumer_asks_first() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "awsx_confirm = true");
    let all = [&SESSIONS[..], &KEYS[..]].concat();
    assert_shut(&sandbox, &env, &all, "prod", false, "nobody can be asked");
    for command in SESSIONS {
        let run = run(&env, command, "ops", true, &[]);
        assert!(run.status == 0, "{command:?}: {run:#?}");
    }
    // What an agent adds is no answer.
    let env = env.var(AGENT.0, AGENT.1);
    for command in SESSIONS {
        let run = run(&env, command, "ops", true, &[]);
        assert!(
            run.status != 0 && run.stderr.contains("-y of an agent is no person's answer"),
            "{command:?}: {run:#?}"
        );
    }
}

#[test]
fn every_consumer_looks_at_the_account() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "awsx_account_id = 999988887777");
    let all = [&SESSIONS[..], &KEYS[..]].concat();
    assert_shut(&sandbox, &env, &all, "prod", true, "leads to the account 111122223333, not to 999988887777");
    assert_shut(&sandbox, &env, &SESSIONS, "ops", true, "leads to the account 111122223333, not to 999988887777");
}

#[test]
fn every_consumer_keeps_to_the_rules() {
    let sandbox = Sandbox::start();
    let all = [&SESSIONS[..], &KEYS[..]].concat();
    let env = env(&sandbox, "awsx_agent = deny").var(AGENT.0, AGENT.1);
    assert_shut(&sandbox, &env, &all, "prod", true, "is not for an AI agent to use");
    assert_shut(&sandbox, &env, &SESSIONS, "ops", true, "is not for an AI agent to use");
    assert_shut(&sandbox, &env, &CHANGES, "prod", true, "is not for an AI agent to use");
    change(&env, "= deny", "= ask");
    assert_shut(&sandbox, &env, &all, "prod", true, "-y of an agent is no person's answer");
    assert_shut(&sandbox, &env, &CHANGES, "prod", true, "-y of an agent is no person's answer");
    change(&env, "= ask", "= readonly");
    for command in SESSIONS {
        let said = run(&env, command, "prod", true, &[]).stderr;
        assert!(said.contains("can't be narrowed") || said.contains("is not for an AI agent"), "{command:?}: {said}");
    }
    for command in KEYS {
        let run = run(&env, command, "prod", true, &[]);
        assert!(run.stderr.contains("is not for an AI agent to use"), "{command:?}: {run:#?}");
    }
    // A person's own session stands under the plain name.
    let persisted = run(&env, &["persist", "P"], "ops", true, &[]);
    assert_eq!(persisted.ok().trim(), "ops-awsx-agent-claude-code-rolesession");
    for command in SESSIONS {
        assert_narrowed(&sandbox, &env, command, &[]);
    }
    change(&env, "= readonly", "= other");
    sandbox.forget_calls();
    for command in SESSIONS.iter().filter(|command| !command.contains(&"advertise")) {
        let run = run(&env, command, "ops", true, &["--no-cache"]);
        assert!(run.stderr.contains("claude-code gets other instead of ops"), "{command:?}: {run:#?}");
    }
    assert_eq!(sandbox.done("sts:AssumeRole"), 0, "nothing of ops");
}

/// The newest session that the sandbox has made for the role.
fn newest(sandbox: &Sandbox) -> Value {
    let sessions = sandbox.state()["sessions"].clone();
    let of_role = |session: &&Value| session["who"].to_string().contains("role/team/deploy");
    sessions.as_array().expect("sessions").iter().rfind(of_role).cloned().unwrap_or_default()
}

#[track_caller]
fn assert_narrowed(sandbox: &Sandbox, env: &TestEnv, command: &[&str], options: &[&str]) {
    env.awsx(&["clear"]).ok();
    sandbox.forget_calls();
    let before = newest(sandbox)["id"].clone();
    let ran = run(env, command, "ops", true, options);
    let session = newest(sandbox);
    assert_ne!(session["id"], before, "{command:?}: {ran:#?}");
    let policies = session["policies"].as_array().cloned().unwrap_or_default();
    assert_eq!(policies.len(), 1, "{command:?}: {ran:#?}");
}

#[test]
fn every_consumer_passes_session_policies_on() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "");
    for command in SESSIONS.iter().filter(|command| command.contains(&"S")) {
        assert_narrowed(&sandbox, &env, command, &["--readonly"]);
    }
    env.write(
        "home/p.json",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}"#,
    );
    for options in [&["--policy-arn", READ_ONLY][..], &["--policy", "p.json"]] {
        for via in ["env", "process", "server"] {
            assert_narrowed(&sandbox, &env, &["exec", "P", "S", "--via", via, "--", "true"], options);
        }
    }
    // AWS adds policies up, so a second one would take the limit away.
    let run = env.awsx(&["exec", "ops", "--readonly", "--policy-arn", READ_ONLY, "--", "true"]);
    assert!(run.fails(125).contains("--readonly goes with no other session policy"), "{run:#?}");
}

#[test]
fn renewals_keep_the_policy() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "");
    let put = "aws ssm put-parameter --name /x --value y --type String --overwrite";
    // Of 15 minutes 899 seconds are to be left, so the second call needs a new session. A server makes it within 3 s.
    let refused =
        format!("for i in 1 2 3 4; do sleep 1.1; {put} 2>&1 | grep -q 'no session policy allows' || exit 3; done");
    for via in ["process", "server"] {
        for (options, script) in [(&[][..], put), (&["--readonly"], refused.as_str())] {
            sandbox.forget_calls();
            let args = ["exec", "ops", "-d", "15m", "--min-ttl", "899", "--via", via];
            env.awsx(&[&args[..], options, &["--", "sh", "-c", script]].concat()).ok();
        }
        assert!(sandbox.done("sts:AssumeRole") > 1, "{via}: it was renewed");
    }
}

#[test]
fn one_question_for_all_that_an_sdk_asks_for_later() {
    let sandbox = Sandbox::start();
    // The last one has no terminal: an SDK's renewal needs nobody.
    let twice = "aws sts get-caller-identity >/dev/null && aws sts get-caller-identity --profile ops >/dev/null && \
                 awsx exec prod -- true && setsid -w aws sts get-caller-identity --profile ops </dev/null >/dev/null && \
                 echo both-done";
    for (line, question, agent) in
        [("awsx_confirm = true", "Use ", false), ("awsx_agent = ask", "Let the AI agent claude-code use ", true)]
    {
        let mut env = env(&sandbox, line);
        if agent {
            env.set(AGENT.0, AGENT.1);
        }
        let mut pty = env.pty(&["exec", "prod,ops", "--no-cache", "--via", "process", "--", "sh", "-c", twice]);
        for name in ["prod", "ops"] {
            pty.expect(&format!("{question}{name}?"));
            pty.send_line("y");
        }
        pty.expect("both-done");
        assert_eq!(pty.text().matches(question).count(), 2, "{}", pty.text());
    }
}

#[test]
fn options_of_awsx_itself_go_along() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox, "awsx_confirm = true");
    env.unset("AWSX_BACKEND");
    let inside = ["--backend", "file", "-y", "--no-input"];
    let show = ["--", "sh", "-c", "echo $AWSX_BACKEND; cat $AWS_CONFIG_FILE 2>/dev/null"];
    let shown = |via: &[&str]| env.awsx(&[&inside[..], &["exec", "prod"], via, &show].concat()).ok().to_owned();
    assert!(shown(&[]).starts_with("file\n"));
    let config = shown(&["--via", "process"]);
    assert!(config.contains(" --no-input --yes credential-process --backend=file "), "{config}");
}

#[test]
fn an_agent_in_a_persons_session_is_told_and_gets_its_own() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "");
    let inside = |script: &str| env.awsx(&["exec", "ops", "--", "sh", "-c", script]);
    assert!(!inside("awsx status").ok().contains("agent"));
    let status = inside("CLAUDECODE=1 awsx status").ok().to_owned();
    assert!(status.contains("claude-code: this session was not made for it"), "{status}");
    let json: Value = serde_json::from_str(inside("CLAUDECODE=1 awsx status --json").ok()).expect("JSON");
    assert_eq!((&json["agent"]["name"], &json["agent"]["own_session"]), (&"claude-code".into(), &false.into()));
    let own = "CLAUDECODE=1 awsx exec ops -- sh -c 'awsx status --json'";
    let json: Value = serde_json::from_str(inside(own).ok()).expect("JSON");
    assert_eq!(json["agent"]["own_session"], true);
    assert!(json["arn"].as_str().is_some_and(|arn| arn.ends_with("/awsx-agent-claude-code")), "{json}");
    let doctor = inside("CLAUDECODE=1 awsx doctor --json || true").ok().to_owned();
    assert!(doctor.contains("agent-in-session"), "{doctor}");
    assert!(!inside("awsx doctor --json || true").ok().contains("agent-in-session"));
    // Where awsx is asked each time, the agent gets its own.
    let via = env.awsx(&["exec", "ops", "--via", "process", "--", "sh", "-c", "CLAUDECODE=1 awsx status"]);
    assert!(via.ok().contains("agent    claude-code: a session of its own"), "{via:#?}");
    let who = "CLAUDECODE=1 aws sts get-caller-identity --query Arn --output text";
    let via = env.awsx(&["exec", "ops", "--via", "process", "--", "sh", "-c", who]);
    assert!(via.ok().trim_end().ends_with("/awsx-agent-claude-code"), "{via:#?}");
    // By its rule, from there on.
    change(&env, "source_profile", "awsx_agent = deny\nsource_profile");
    let run = env.awsx(&["exec", "ops", "--", "sh", "-c", "CLAUDECODE=1 awsx exec ops -- true"]);
    assert!(run.status == 125 && run.stderr.contains("is not for an AI agent to use"), "{run:#?}");
}

#[test]
fn explain_shows_what_the_rules_come_to() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "awsx_agent = other");
    let guards = |env: &TestEnv| env.awsx(&["explain", "ops"]).ok().to_owned();
    assert!(guards(&env).contains("guard: awsx_agent: pass: no AI agent runs this"), "{}", guards(&env));
    let mut env = env.var(AGENT.0, AGENT.1);
    assert!(guards(&env).contains("gives claude-code other instead"), "{}", guards(&env));
    assert!(guards(&env).starts_with("other\n"), "the steps are those of the other one");
    for (rule, says) in [
        ("deny", "refuse: AWSX_AGENT_RULE gives claude-code nothing"),
        ("ask", "refuse: AWSX_AGENT_RULE is about claude-code: nobody can be asked"),
    ] {
        env.set("AWSX_AGENT_RULE", rule);
        assert!(guards(&env).contains(says), "{}", guards(&env));
    }
}

#[test]
fn a_server_keeps_to_the_rules_from_one_renewal_to_the_next() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "awsx_agent = readonly").var(AGENT.0, AGENT.1);
    let mut command = env.command("awsx");
    command.args(["serve", "ops", "-d", "15m", "--min-ttl", "899", "--format", "json"]);
    let server = Background::spawn(&command);
    server.line();
    wait_for("three sessions", || (sandbox.done("sts:AssumeRole") > 2).then_some(()));
    let sessions = sandbox.state()["sessions"].clone();
    let roles: Vec<&Value> =
        sessions.as_array().expect("all").iter().filter(|s| s["who"].to_string().contains("deploy")).collect();
    assert!(
        roles.len() > 2 && roles.iter().all(|session| session["policies"].as_array().is_some_and(|p| p.len() == 1))
    );
}

#[test]
fn with_a_desktop_a_person_is_asked_about_an_agent_there() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox, "awsx_agent = ask\nawsx_confirm = yes").var("DISPLAY", ":none");
    env.script("zenity", "#!/bin/sh\necho \"$*\" >>~/asked; exit $(cat ~/says)\n");
    let run = |env: &TestEnv| env.pty(&["exec", "prod", "--", "echo", "got-it"]);
    env.set(AGENT.0, AGENT.1);
    for (says, status) in [("0", 0), ("1", 125)] {
        env.write("home/says", says);
        let _ = std::fs::remove_file(env.path("home/asked"));
        let (ended, text) = run(&env).wait();
        assert!(ended == status && !text.contains("Let the AI agent"), "{text}");
        let asked = env.read("home/asked");
        assert!(asked.lines().count() == 1 && asked.contains("Let the AI agent claude-code use prod?"), "{asked}");
    }
    // A display that is gone shows nothing: the terminal is left.
    for gone in [":4999", "localhost:4999.0"] {
        env.set("DISPLAY", gone);
        let mut pty = run(&env);
        pty.expect("Let the AI agent claude-code use prod?");
        pty.send_line("y");
        pty.expect("got-it");
    }
    env.set("DISPLAY", ":none");
    // --no-input asks nobody. Another person's terminal is their own.
    assert!(env.awsx(&["--no-input", "exec", "prod", "--", "true"]).fails(125).contains("--no-input"));
    assert_eq!(env.read("home/asked").lines().count(), 1);
    env.unset(AGENT.0);
    let mut pty = run(&env);
    pty.expect("Use prod?");
    pty.send_line("y");
    pty.expect("got-it");
    assert_eq!(env.read("home/asked").lines().count(), 1);
}

#[test]
fn a_persisted_session_keeps_to_the_rules_of_its_profile() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "");
    let name = env.awsx(&["-y", "persist", "ops"]).ok().trim().to_owned();
    assert_eq!(name, "ops-rolesession");
    env.awsx(&["exec", &name, "--", "true"]).ok();
    let config = env.read("home/.aws/config");
    let with = |line: &str| {
        env.write("home/.aws/config", config.replace("source_profile", &format!("{line}\nsource_profile")));
    };
    with("awsx_confirm = yes");
    assert!(env.awsx(&["exec", &name, "--", "true"]).fails(125).contains("nobody can be asked"));
    env.awsx(&["-y", "exec", &name, "--", "true"]).ok();
    with("awsx_account_id = 444455556666");
    assert!(env.awsx(&["exec", &name, "--", "true"]).fails(125).contains("not to 444455556666"));
    with("awsx_agent = deny");
    env.awsx(&["exec", &name, "--", "true"]).ok();
    let agents = env.var(AGENT.0, AGENT.1);
    let refused = agents.awsx(&["exec", &name, "--", "true"]).fails(125).to_owned();
    assert!(refused.contains("awsx_agent of ops-rolesession"), "{refused}");
}

#[test]
fn a_question_on_a_terminal_is_a_persons() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, "awsx_agent = ask").var(AGENT.0, AGENT.1);
    let ask = |answer: &str| {
        let mut pty: Pty =
            env.pty(&["-y", "exec", "ops", "--", "sh", "-c", "echo got-it; awsx exec ops -- echo again"]);
        pty.expect("Let the AI agent claude-code use ops?");
        pty.send_line(answer);
        pty.wait()
    };
    let (status, text) = ask("n");
    assert!(status == 125 && text.contains("the answer about claude-code was no"), "{text}");
    let (status, text) = ask("y");
    assert!(status == 0 && text.contains("again"), "inside its session nobody is asked again: {text}");
    assert_eq!(text.matches("Let the AI agent").count(), 1, "{text}");
}
