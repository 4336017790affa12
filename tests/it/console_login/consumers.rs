//! A console login, and all that can use it: many commands at once, servers, shells.

use serde_json::{Value, json};

use super::{ALICE, env, given, key_id, no_violations, short_lived, signed_in};
use crate::support::{Background, Pty, Run, Sandbox, TestEnv, venv, wait_for};

#[test]
fn however_many_wait_one_tab_opens_and_a_refusal_is_for_all() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (yes, no) = (env.approver("alice"), env.denier("alice"));
    let at_once = |browser: &str, many: usize| {
        let script = format!(
            "for i in $(seq {many}); do awsx login p --browser '{browser}' 2>$i.err & pids=\"$pids $!\"; done; \
             for p in $pids; do wait $p; echo $?; done; cat *.err"
        );
        env.sh("sh", &script)
    };
    let refused = at_once(&no, 12);
    assert_eq!(refused.ok().lines().filter(|line| *line == "5").count(), 12, "{refused:?}");
    assert_eq!(refused.stdout.matches("was denied in the browser").count(), 12, "{refused:?}");
    assert_eq!(env.opened().len(), 1, "{refused:?}");
    let run = at_once(&yes, 200);
    assert_eq!(run.ok().lines().filter(|line| *line == "0").count(), 200, "{run:?}");
    assert_eq!((env.opened().len(), given(&sandbox)), (2, 1), "{run:?}");
    no_violations(&sandbox);
}

#[test]
fn a_new_login_ends_the_sessions_made_from_the_one_before() {
    let sandbox = short_lived();
    let env = env(&sandbox);
    signed_in(&env);
    let assumed = || sandbox.done("sts:AssumeRole");
    for _ in 0..2 {
        env.awsx(&["exec", "admin", "--", "true"]).ok();
    }
    key_id(&env, "p");
    env.awsx(&["exec", "admin", "--", "true"]).ok();
    assert_eq!(assumed(), 1, "a refresh is no new login");
    sandbox.request("POST", "sign-ins", &json!({"which": ["alice"], "do": "revoke"}));
    signed_in(&env);
    env.awsx(&["exec", "admin", "--", "true"]).ok();
    assert_eq!((assumed(), env.opened().len()), (2, 2));
}

/// Asks a server for the ID of the key that it gives out, until it is another one.
const CLIENT: &str = "import json, os, time, urllib.request\n\
    def key():\n\
    \x20   token = open(os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']).read()\n\
    \x20   ask = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'], headers={'Authorization': token})\n\
    \x20   return json.load(urllib.request.urlopen(ask))['AccessKeyId']\n\
    seen = [key()]\n\
    while len(seen) < 2:\n\
    \x20   time.sleep(0.05)\n\
    \x20   if key() not in seen: seen.append(key())\n\
    print('renewed:', *seen)\n";

/// A client of a server whose session is due every other second.
fn renewed(env: &TestEnv, vars: &Value) -> Run {
    let mut command = env.command(venv("python"));
    command.args(["-c", CLIENT]);
    for (name, value) in vars.as_object().expect("variables") {
        command.env(name, value.as_str().unwrap_or_default());
    }
    Run::of(command, "")
}

#[test]
fn a_server_renews_it_ahead_of_its_end() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    signed_in(&env);
    let client = env.write("client.py", CLIENT);
    let (python, client) = (venv("python"), client.to_str().expect("text").to_owned());
    let args = ["exec", "p", "--via", "server", "--min-ttl", "899", "--", python.to_str().expect("text"), &client];
    let run = env.awsx(&args);
    assert!(run.ok().starts_with("renewed: ASIA"), "{run:?}");
    let before = given(&sandbox);
    assert!(before >= 2, "{:?}", sandbox.log());
    let mut command = env.command("awsx");
    command.args(["serve", "p", "--min-ttl", "899", "--format", "json"]);
    let server = Background::spawn(&command);
    let told: Value = serde_json::from_str(&server.line()).expect("JSON");
    let run = renewed(&env, &told);
    assert!(run.ok().starts_with("renewed: ASIA"), "{run:?}");
    assert!(given(&sandbox) > before, "{:?}", sandbox.log());
    // It is over. What was given out stays, and a person hears of it; a new login elsewhere is found.
    sandbox.request("POST", "sign-ins", &json!({"which": ["alice"], "do": "revoke"}));
    wait_for("the failure", || server.complaints().contains("p was not renewed: ").then_some(()));
    assert!(server.complaints().contains("(hint: awsx login p)"), "{}", server.complaints());
    assert_eq!(env.opened().len(), 1);
    no_violations(&sandbox);
}

#[test]
fn a_shell_and_use_begin_it_and_have_its_session() {
    for shell in ["bash", "zsh", "fish"] {
        let sandbox = Sandbox::start();
        let env = env(&sandbox).var("SHELL", format!("/usr/bin/{shell}"));
        let browser = env.approver("alice");
        let env = env.var("BROWSER", browser);
        let config = if shell == "fish" { "home/.config/fish/config.fish" } else { "home/.zshrc" };
        let init = if shell == "fish" { "awsx init fish | source" } else { &format!("eval \"$(awsx init {shell})\"") };
        env.write(config, "");
        let mut command = env.command(shell);
        let end = if shell == "fish" { "exit $status" } else { "exit $?" };
        command.args(["-c", &format!("{init}; awsx use p; awsx whoami; {end}")]);
        let mut pty = Pty::spawn(command);
        pty.expect("sign in to the web console for p in the browser");
        let (status, said) = pty.wait();
        assert!(status == 0 && said.contains(ALICE), "{shell}: {said}");
        let mut pty = env.pty(&["shell", "p"]);
        pty.expect("(p ");
        pty.send_line("awsx whoami");
        pty.expect(ALICE);
        pty.send_line("exit");
        assert_eq!(pty.wait().0, 0, "{shell}");
        assert_eq!((env.opened().len(), given(&sandbox)), (1, 1), "{shell}: one login for both");
    }
}
