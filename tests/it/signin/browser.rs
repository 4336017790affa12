//! What has a person sign in, and the program that shows the page.

use serde_json::json;

use super::{counts, env, opened, sandbox};
use crate::support::Pty;

#[test]
fn a_browser_that_stays_is_nobodys_child() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "").var("BROWSER", "stays %s");
    let approve = env.approver("erin");
    env.script("stays", &format!("#!/bin/sh\necho $$ >~/browser\n'{approve}' \"$1\"\nexec sleep 600\n"));
    // What the command sees of itself, by what the shell can do alone.
    let script = "read -r children </proc/$$/task/$$/children; read -r browser <~/browser; \
                  echo \"children:$children:\"; ps -o ppid= -p $browser | tr -d ' ' | sed \"s/^$$\\$/mine/; s/^/parent:/\"; \
                  kill $browser && echo it was there";
    let mut pty = env.pty(&["exec", "p0", "--", "sh", "-c", script]);
    let mut said = pty.expect("it was there");
    said += &pty.wait().1;
    assert!(said.contains("children::") && said.contains("parent:") && !said.contains("parent:mine"), "{said}");
    assert_eq!(counts(&sandbox), [1, 1, 1]);
}

#[test]
fn a_shell_begins_it_too_and_so_does_use() {
    let shell = "awsx shell p0";
    for script in [shell, "eval \"$(awsx init bash)\"; awsx use p0; test -n \"$AWS_SESSION_TOKEN\""] {
        let sandbox = sandbox(&json!({}));
        let env = env(&sandbox, 1, "").var("SHELL", "/bin/sh");
        let mut command = env.command("bash");
        command.args(["-c", script]);
        let mut pty = Pty::spawn(command);
        pty.expect("sign in to work in the browser");
        if script == shell {
            pty.send_line("test -n \"$AWS_SESSION_TOKEN\"; exit $?");
        }
        let (status, said) = pty.wait();
        assert_eq!((status, counts(&sandbox), opened(&env)), (0, [1, 1, 1], 1), "{said}");
    }
}
