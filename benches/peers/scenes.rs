//! What is measured but the server: a table for each.

use std::path::Path;
use std::process::{Child, Command};
use std::rc::Rc;
use std::time::Instant;

use crate::Bench;
use crate::home::{SCHEMES, config, stored, warm as warm_home, without_mfa};
use crate::measure::{Contender, base, builds, floor, run, silent, table};
use crate::others::{in_clear, tried, vault};
use crate::support::{Pty, Run, TestEnv, venv};

/// How many commands start at once.
const MANY: usize = 50;

/// How many prompts are drawn in one go.
const PROMPTS: u32 = 500;

/// A command with a session in the cache: of keys and of a role, with 10 and with 10,000 profiles.
pub fn warm(bench: &Bench) {
    for (scheme, name) in SCHEMES {
        for count in [10, 10_000] {
            let (text, keys, role) = (config(count, name), name(0), name(1));
            let env = warm_home(&bench.sandbox, &text, &keys, &role);
            let builds = builds();
            let (floor, files) = floor(&env);
            let mut all = vec![base(&env), run("floor.c", &env, &floor, &files)];
            for (build, binary) in &builds {
                for (what, profile) in [("keys", &keys), ("role", &role)] {
                    all.push(run(format!("{build}: {what}"), &env, binary, &["exec", profile, "--", "true"]));
                }
            }
            let vault = vault(bench, &text, &keys);
            if let Some((program, env)) = &vault {
                let args = ["exec", "--no-session", &keys, "--", "true"];
                all.extend(tried("aws-vault: keys, no session", env, program, &args));
            }
            let clear = Rc::new(in_clear(bench, &bench.sandbox, &without_mfa(&text), &keys));
            if let Some(program) = &bench.peers.granted {
                let args = ["credential-process", "--profile", &keys];
                all.extend(tried("granted: credential-process, keys in clear", &clear, program, &args));
            }
            if let Some(program) = &bench.peers.aws_sso_cli {
                all.extend(tried("aws-sso-cli: exec", &clear, program, &["exec", "--profile", &keys, "true"]));
            }
            if let Some(program) = &bench.peers.aws_cli {
                let args = ["configure", "list", "--profile", &keys];
                all.extend(tried("AWS CLI: configure list, keys in clear", &clear, program, &args));
            }
            let rounds = bench.rounds(if count > 10 { 50 } else { 100 });
            table(&format!("warm command, {count} profiles {scheme}"), "ms", rounds, all);
        }
    }
}

/// A command with no session in the cache: one call to a local STS.
pub fn cold(bench: &Bench) {
    let (text, keys, role) = (config(10, SCHEMES[0].1), SCHEMES[0].1(0), SCHEMES[0].1(1));
    let env = stored(&bench.sandbox, &without_mfa(&text), &keys);
    let sourced = warm_home(&bench.sandbox, &text, &keys, &role);
    let mut all = vec![base(&env)];
    for (build, binary) in builds() {
        for (what, home, profile) in [("keys", &env, &keys), ("role, its source is warm", &sourced, &role)] {
            let (home, binary, profile) = (Rc::clone(home), binary.clone(), profile.clone());
            all.push(Contender::command(format!("{build}: {what}"), move || {
                home.awsx(&["clear", &profile]).ok();
                silent(&home, &binary, &["exec", &profile, "--", "true"])
            }));
        }
    }
    let text = without_mfa(&text);
    let vault = vault(bench, &text, &keys);
    if let Some((program, env)) = &vault {
        all.extend(tried("aws-vault: keys", env, program, &["exec", &keys, "--", "true"]));
    }
    let clear = Rc::new(in_clear(bench, &bench.sandbox, &text, &keys));
    if let Some(program) = &bench.peers.aws_cli {
        let args = ["sts", "get-session-token", "--profile", &keys];
        all.extend(tried("AWS CLI: sts get-session-token", &clear, program, &args));
    }
    table("cold command, the sandbox's STS", "ms", bench.rounds(30), all);
    with_code(bench);
}

/// The same with a new code each time. Each has a sandbox of its own, whose clock goes on with each code: after some rounds it
/// is further ahead than anybody takes.
fn with_code(bench: &Bench) {
    let (text, keys) = (config(10, SCHEMES[0].1), SCHEMES[0].1(0));
    let mut all = vec![base(&Rc::new(TestEnv::new()))];
    for (build, binary) in builds() {
        let (sandbox, keys) = (crate::sandbox(), keys.clone());
        let env = stored(&sandbox, &text, &keys);
        all.push(Contender::command(format!("{build}: exec"), move || {
            env.awsx(&["clear", &keys]).ok();
            silent(&env, &binary, &["exec", &keys, "--code", &sandbox.code("alice"), "--", "true"])
        }));
    }
    if let Some(aws) = bench.peers.aws_cli.clone() {
        if let Some(program) = bench.peers.aws_session.clone() {
            let (sandbox, keys) = (crate::sandbox(), keys.clone());
            let mut env = in_clear(bench, &sandbox, &text, &keys);
            let folder = aws.parent().unwrap_or(Path::new("/"));
            env.set("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()));
            all.push(Contender::command("aws-session: exec", move || {
                let code = sandbox.code("alice");
                silent(&env, &program, &["--profile", &keys, "--code", &code, "exec", "true"])
            }));
        }
        let sandbox = crate::sandbox();
        let env = in_clear(bench, &sandbox, &text, &keys);
        all.push(Contender::command("AWS CLI: sts get-session-token", move || {
            let (code, serial) = (sandbox.code("alice"), "arn:aws:iam::111122223333:mfa/alice");
            let args =
                ["sts", "get-session-token", "--profile", &keys, "--serial-number", serial, "--token-code", &code];
            silent(&env, &aws, &args)
        }));
    }
    table("cold command with a code", "ms", bench.rounds(5).min(5), all);
}

/// All profiles, and those that a press of Tab gives.
pub fn lists(bench: &Bench) {
    for (scheme, name) in SCHEMES {
        for count in [10, 1_000, 10_000] {
            let (text, keys) = (config(count, name), name(0));
            let env = stored(&bench.sandbox, &text, &keys);
            let builds = builds();
            let mut all = vec![base(&env)];
            for (build, binary) in &builds {
                for line in ["list", "list --json", "completions bash --at 2 -- awsx exec p"] {
                    let args: Vec<&str> = line.split(' ').collect();
                    all.push(run(format!("{build}: {line}"), &env, binary, &args));
                }
            }
            let vault = vault(bench, &text, &keys);
            if let Some((program, env)) = &vault {
                all.extend(tried("aws-vault: list", env, program, &["list"]));
                all.extend(tried("aws-vault: completion", env, program, &["--completion-bash", "exec", "p"]));
            }
            let clear = Rc::new(in_clear(bench, &bench.sandbox, &text, &keys));
            if bench.peers.granted.is_some() {
                let args = ["--generate-bash-completion"];
                all.extend(tried("granted: completion of assume", &clear, Path::new("assumego"), &args));
            }
            if let Some(program) = &bench.peers.aws_cli {
                all.extend(tried("AWS CLI: list-profiles", &clear, program, &["configure", "list-profiles"]));
            }
            table(&format!("lists, {count} profiles {scheme}"), "ms", bench.rounds(20), all);
        }
    }
}

/// From the command to the first prompt of an interactive shell that does what it is told.
pub fn shell(bench: &Bench) {
    let (text, keys) = (config(10, SCHEMES[0].1), SCHEMES[0].1(0));
    let env = warm_home(&bench.sandbox, &text, &keys, &SCHEMES[0].1(1));
    let vault = vault(bench, &text, &keys);
    for shell in ["bash", "zsh", "fish"] {
        let mut all = vec![started(&format!("{shell} alone"), shell, &env, Path::new(shell), &["-i"])];
        for (build, binary) in &builds() {
            all.push(started(&format!("{build}: shell"), shell, &env, binary, &["shell", &keys]));
        }
        if let Some((program, env)) = &vault {
            let args = ["exec", "--no-session", &keys];
            all.push(started("aws-vault: exec, no session", shell, env, program, &args));
        }
        table(&format!("{shell} in a session"), "ms", bench.rounds(20), all);
    }
}

/// How long it takes until a shell has run a line that waits for it.
fn started(name: &str, shell: &str, env: &Rc<TestEnv>, program: &Path, args: &[&str]) -> Contender<'static> {
    let (env, program, shell) = (Rc::clone(env), program.to_owned(), format!("/usr/bin/{shell}"));
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    Contender::new(name, move || {
        let mut command = env.command(&program);
        command.args(&args).env("SHELL", &shell);
        let start = Instant::now();
        let mut terminal = Pty::spawn(command);
        terminal.send_line("echo it is rea''dy");
        terminal.expect("it is ready");
        start.elapsed().as_secs_f64() * 1000.0
    })
}

/// What a prompt costs that shows the session: by a hook in the shell, and by a program.
pub fn prompt(bench: &Bench) {
    let (text, keys) = (config(10, SCHEMES[0].1), SCHEMES[0].1(0));
    let env = warm_home(&bench.sandbox, &text, &keys, &SCHEMES[0].1(1));
    // A script prints how long a number of prompts took, in microseconds.
    let bash = |hook: &str| {
        format!(
            "eval \"$(awsx init bash)\"; PS1='$ '; _awsx_hook; a=${{EPOCHREALTIME/[.,]}}
             for ((i = 0; i < {PROMPTS}; i++)); do {hook}; : \"${{PS1@P}}\"; done
             echo took $((${{EPOCHREALTIME/[.,]}} - a))"
        )
    };
    let measured = |env: &TestEnv, script: &str| {
        let mut command = env.command("awsx");
        command.args(["exec", &keys, "--", "bash", "--norc", "-i", "-c", script]);
        let done = Run::of(command, "");
        let took = done.ok().lines().find_map(|line| line.strip_prefix("took ")).expect("a time");
        took.parse::<f64>().expect("a number") / f64::from(PROMPTS)
    };
    let starship = venv("starship");
    let all = vec![
        Contender::new("bash: no hook", || measured(&env, &bash(":"))),
        Contender::new("bash: hook of awsx", || measured(&env, &bash("_awsx_hook"))),
        Contender::new("bash: starship, a program for each prompt", || {
            let start = Instant::now();
            assert!(silent(&env, &starship, &["prompt"]).status().expect("starts").success());
            start.elapsed().as_secs_f64() * 1e6
        }),
        Contender::new("awsx prompt, a program for each prompt", || {
            let start = Instant::now();
            let mut command = silent(&env, Path::new(env!("CARGO_BIN_EXE_awsx")), &["prompt"]);
            assert!(command.env("AWSX_PROFILE", &keys).status().expect("starts").success());
            start.elapsed().as_secs_f64() * 1e6
        }),
    ];
    table("one prompt", "µs", bench.rounds(10), all);
}

/// Fifty commands at once that find nothing in the cache: one call.
pub fn fifty(bench: &Bench) {
    let (text, keys) = (without_mfa(&config(10, SCHEMES[0].1)), SCHEMES[0].1(0));
    let env = stored(&bench.sandbox, &text, &keys);
    let at_once = |command: &dyn Fn() -> Command| {
        let start = Instant::now();
        let running: Vec<Child> = (0..MANY).map(|_| command().spawn().expect("starts")).collect();
        for mut child in running {
            assert!(child.wait().expect("our child").success());
        }
        start.elapsed().as_secs_f64() * 1000.0
    };
    let mut all =
        vec![Contender::new("env A=b true", || at_once(&|| silent(&env, Path::new("/usr/bin/env"), &["A=b", "true"])))];
    for (build, binary) in builds() {
        let (env, keys) = (&env, &keys);
        all.push(Contender::new(format!("{build}: cold, one call in all"), move || {
            env.awsx(&["clear", keys]).ok();
            bench.sandbox.forget_calls();
            let taken = at_once(&|| silent(env, &binary, &["exec", keys, "--", "true"]));
            assert_eq!(bench.sandbox.log(), ["sts:GetSessionToken ok"]);
            taken
        }));
    }
    if let Some((program, env)) = vault(bench, &text, &keys) {
        let args = ["exec", "--no-session", &keys, "--", "true"];
        all.push(Contender::new("aws-vault: no session, no call", move || at_once(&|| silent(&env, &program, &args))));
    }
    table("fifty at once", "ms", bench.rounds(10), all);
}

/// A token for a Kubernetes cluster, which is signed on this machine.
pub fn token(bench: &Bench) {
    let (text, keys) = (config(10, SCHEMES[0].1), SCHEMES[0].1(0));
    let env = warm_home(&bench.sandbox, &text, &keys, &SCHEMES[0].1(1));
    let clear = Rc::new(in_clear(bench, &bench.sandbox, &without_mfa(&text), &keys));
    let builds = builds();
    let mut all = vec![base(&env)];
    for (build, binary) in &builds {
        all.push(run(format!("{build}: exec"), &env, binary, &["exec", &keys, "--", "true"]));
        all.push(run(format!("{build}: token eks"), &env, binary, &["token", "eks", "--cluster", "prod", &keys]));
    }
    if let Some(program) = &bench.peers.aws_cli {
        let args = ["eks", "get-token", "--cluster-name", "prod", "--profile", &keys];
        all.extend(tried("AWS CLI: eks get-token, keys in clear", &clear, program, &args));
    }
    table("a token for EKS", "ms", bench.rounds(30), all);
}
