//! What a prompt and a fresh `aws` start: nothing of ours, counted with strace.

use super::*;

/// The processes that were started and the programs that were run, after the first `skip` lines of a trace.
fn started(trace: &str, skip: usize) -> Vec<String> {
    let starts = |line: &&str| ["execve(", "fork(", "clone(", "clone3("].iter().any(|call| line.contains(call));
    let lines = trace.lines().skip(skip).filter(starts);
    // fish colours what is typed in threads.
    lines.filter(|line| !line.contains("CLONE_THREAD") && !line.contains("resumed>")).map(str::to_owned).collect()
}

/// What is started until the first prompt of a shell has been answered.
fn started_by(env: &TestEnv, command: &str) -> Vec<String> {
    let trace = env.path("tmp/trace");
    let tmux = env.tmux_sized(
        &format!("exec strace -f -qq -e trace=execve,fork,vfork,clone,clone3 -o {} {command}", trace.display()),
        120,
        50,
    );
    tmux.expect("READY>");
    tmux.send_line("");
    tmux.expect_that("the next prompt", |screen| screen.matches("READY>").count() == 2);
    drop(tmux);
    let _ = fs::remove_file(env.path("run/tmux"));
    let seen = started(&env.read("tmp/trace"), 0);
    seen.into_iter().filter(|line| !line.contains("= -1 ")).collect()
}

#[test]
fn the_start_of_a_session_starts_nothing_but_the_shell() {
    for shell in SHELLS {
        let env = env(shell);
        env.write(rc(shell), ready(shell));
        env.awsx(&["exec", "prod", "--", "true"]).ok();
        // The very first start of fish in a home makes folders.
        started_by(&env, &path(shell));
        let alone = started_by(&env, &path(shell));
        // awsx itself is the one more.
        let session = started_by(&env, "awsx shell prod");
        assert_eq!(session.len(), alone.len() + 1, "{shell}: {session:#?} {alone:#?}");
    }
}

#[test]
fn prompts_start_nothing_and_a_fresh_aws_only_itself() {
    for shell in SHELLS {
        let env = env(shell);
        env.write(rc(shell), ready(shell));
        let trace = env.path("tmp/trace");
        let line = format!(
            "exec strace -f -qq -e trace=execve,fork,vfork,clone,clone3 -o {} awsx shell prod",
            trace.display()
        );
        let tmux = env.tmux_sized(&line, 120, 50);
        tmux.expect("(prod 59m) READY>");
        let prompts = |count: usize| {
            tmux.expect_that("prompts", |screen| screen.matches("(prod 59m) READY>").count() == count);
        };
        let read = || env.read("tmp/trace");
        // The first command may still be met by what the start-up has left to do.
        tmux.send_line("");
        prompts(2);
        let before = read().lines().count();
        for count in 3..8 {
            tmux.send_line("");
            prompts(count);
        }
        assert_eq!(started(&read(), before), [""; 0], "{shell}");

        let before = read().lines().count();
        tmux.send_line("aws s3 ls");
        prompts(8);
        let started = started(&read(), before);
        let (programs, processes): (Vec<&String>, Vec<&String>) =
            started.iter().partition(|line| line.contains("execve("));
        let ran: Vec<&&String> = programs.iter().filter(|line| line.ends_with("= 0")).collect();
        assert!(ran.len() == 1 && ran[0].contains("/bin/aws\""), "{shell} {started:#?}");
        assert_eq!(processes.len(), 1, "{shell} {started:#?}");
    }
}
