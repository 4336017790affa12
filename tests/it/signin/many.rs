//! Many commands want the same sign-in at once: one browser tab, one token, one answer for all.

use serde_json::json;

use super::{counts, env, opened, sandbox};
use crate::support::Pty;

/// A script that runs `awsx exec` this often at once, over so many profiles, and prints how often each status came.
fn at_once(count: usize, profiles: usize) -> String {
    format!(
        "for n in $(seq {count}); do (awsx exec p$((n % {profiles})) -- true; echo $? >>~/statuses) >>~/said 2>&1 & done; wait; \
         sort ~/statuses | uniq -c | tr '\\n' ' '; echo done"
    )
}

#[test]
fn two_hundred_commands_open_one_browser_tab_and_get_one_token() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 20, "");
    let mut command = env.command("sh");
    command.args(["-c", &at_once(200, 20)]);
    let said = Pty::spawn(command).expect("done");
    assert!(said.contains(" 200 0 done"), "{said}\n{}", env.read("home/said"));
    assert_eq!((counts(&sandbox), opened(&env)), ([1, 1, 1], 1));
    assert_eq!(sandbox.done("sso:GetRoleCredentials"), 2, "one for each role");
}

#[test]
fn the_same_with_a_real_keyring() {
    let sandbox = sandbox(&json!({}));
    let mut env = env(&sandbox, 10, "");
    let mut keyring = env.keyring();
    let mut command = env.command("sh");
    command.args(["-c", &at_once(30, 10)]);
    let said = Pty::spawn(command).expect("done");
    assert!(said.contains(" 30 0 done"), "{said}\n{}", env.read("home/said"));
    assert_eq!((counts(&sandbox), opened(&env)), ([1, 1, 1], 1));
    let look = "secret-tool lookup service awsx username sign-in:sso/work";
    assert!(env.sh("bash", look).stdout.contains("\"RefreshToken\":\""));
    // A locked one is not asked for where a person only looks.
    keyring.restart(&env, false);
    let said = env.awsx(&["explain", "p0"]).ok().to_owned();
    assert!(said.contains("whether somebody is signed in to work is not known"), "{said}");
    keyring.restart(&env, true);
    env.awsx(&["logout", "p0"]).ok();
    assert_eq!(env.sh("bash", look).stdout, "");
}

#[test]
fn a_refusal_is_the_answer_to_all_who_wait() {
    let sandbox = sandbox(&json!({}));
    // It refuses only when all the others have said that they wait.
    let env = env(&sandbox, 5, "").var("BROWSER", "slowly %s");
    let deny = env.denier("erin");
    let env = env.var("DENY", deny);
    env.script("slowly", "#!/bin/sh\nuntil [ \"$(grep -o 'waiting for another awsx' ~/said | wc -l)\" = 19 ]; do [ -d ~ ] || exit; sleep 0.05; done\nexec \"$DENY\" \"$1\"\n");
    let mut command = env.command("sh");
    command.args(["-c", &at_once(20, 5)]);
    let said = Pty::spawn(command).expect("done");
    assert!(said.contains(" 20 125 done"), "{said}\n{}", env.read("home/said"));
    assert_eq!((counts(&sandbox), opened(&env)), ([1, 1, 0], 1));
    assert_eq!(env.read("home/said").matches("was denied in the browser").count(), 20);
}

#[test]
fn a_killed_command_lets_another_one_sign_in() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 2, "").var("BROWSER", "first %s");
    // The first tab is never answered.
    let approve = format!("exec '{}' \"$1\"", env.approver("erin"));
    env.script("first", &format!("#!/bin/sh\n# Its parent is a shell that awsx has started.\nps -o ppid= -p $PPID >>~/asking\n[ $(wc -l <~/asking) = 1 ] && exit\n{approve}\n"));
    let mut command = env.command("sh");
    let script = "awsx exec p0 -- true & until [ -s ~/asking ]; do sleep 0.05; done; awsx exec p1 -- echo got it 2>~/second & \
                  until grep -q 'waiting for another awsx' ~/second; do sleep 0.05; done; kill -9 $(head -1 ~/asking); wait; echo done";
    command.args(["-c", script]);
    let said = Pty::spawn(command).expect("done");
    assert!(said.contains("got it"), "{said}");
    assert_eq!((counts(&sandbox), env.read("home/asking").lines().count()), ([1, 1, 1], 2), "it registers only once");
}
