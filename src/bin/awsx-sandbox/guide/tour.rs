//! The tour of the guided shell: what there is to try, each step ticked off once it has been done.
//!
//! What reached AWS is in the sandbox's log of calls. What stays on this machine (`explain`, `use`) is not: the
//! `awsx` of the guided shell notes it in a file.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use awsx::base::env::Env;
use awsx::cli;
use serde_json::Value;

use super::phone::URL_FILE;
use super::playground::PASSPHRASE;
use crate::client::control;

/// The variable that says where the guided shell's folder is; without it nothing is noted.
pub const PLACE: &str = "SANDBOX_PLACE";
/// The file in it that has a line for each command of awsx that has done its work.
const RAN: &str = "ran";
/// The file in it that says how many steps were ticked off when they were shown last.
const SHOWN: &str = "shown";
/// How wide a terminal is at least.
const COLUMNS: usize = 80;

/// By what it can be told that a step has been done.
enum Sign {
    /// That verb has done its work, with this word on its command line.
    Ran(&'static str, &'static str),
    /// That verb has done its work without any word behind it.
    Alone(&'static str),
    /// AWS has done that.
    Called(&'static str),
}

use Sign::{Alone, Called, Ran};

/// The steps: how it can be told that each was done, the command, and what it shows.
const STEPS: [(Sign, &str, &str); 16] = [
    (Ran("add", "prod"), "awsx add prod --csv keys/alice.csv", "her keys, checked, into the keychain"),
    (Called("s3:ListAllMyBuckets"), "awsx exec prod -- aws s3 ls", "asks for one code"),
    (Ran("shell", ""), "awsx shell prod", "a subshell, no code; exit leaves it"),
    (Ran("off", ""), "awsx use prod; awsx off", "in this very shell, and out again"),
    (Called("sts:AssumeRole"), "awsx exec admin -- aws sts get-caller-identity", "a role, no code"),
    (Ran("explain", ""), "awsx explain admin", "what is done for it, and why"),
    (Ran("list", ""), "awsx list", "what there is, and the time left"),
    (Ran("doctor", ""), "awsx doctor", "what could be better here, and how"),
    (Alone("import"), "awsx import", "keys in plain text, into the keychain"),
    (Ran("persist", ""), "awsx persist prod --link", "for programs that don't know awsx"),
    (Ran("import", "sso"), "awsx login center; awsx import sso", "Identity Center, in the browser"),
    (Called("signin:CreateOAuth2Token"), "awsx login web --console", "a user of the web console"),
    (Ran("add", "new"), "awsx add new --csv keys/bob.csv", "bob, who has no MFA device yet"),
    (Called("iam:EnableMFADevice"), "awsx provision-mfa new", "his codes: phone mfa/bob, as above"),
    (Ran("rotate", "prod"), "awsx rotate prod", "another key for alice"),
    (Ran("remove", "prod"), "awsx remove prod", "her keys and all sessions from them"),
];

/// The whole tour, for the folder of a guided shell, with `done` of [`done`]. It fits a terminal of 80×24.
pub fn text(place: &Path, done: &[bool]) -> String {
    let phone = format!("  {} alice", place.join("bin/phone").display());
    let elsewhere = if phone.len() < COLUMNS { &phone } else { "  \"$SANDBOX_PLACE\"/bin/phone alice" };
    format!(
        "\
This is NOT AWS: a sandbox with a HOME of its own, gone when you leave (exit).

alice has an access key, a phone, and a policy that wants MFA for everything.
`phone alice` shows her code, here or, while awsx asks, in another terminal:
{elsewhere}

{}Tab completes awsx. `tour` shows this again. Passphrase of the keychain: {PASSPHRASE}
",
        steps(done)
    )
}

/// The steps, a line each.
fn steps(done: &[bool]) -> String {
    let width = |(_, command, about): &(Sign, &str, &str)| (about.len() > 20).then_some(command.len());
    let width = STEPS.iter().filter_map(width).max().unwrap_or_default();
    let colored = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let tick = if colored { "\x1b[32m✓\x1b[0m" } else { "✓" };
    let line = |((_, command, about), done): (&(Sign, &str, &str), &bool)| {
        format!("{} {command:width$}  {about}\n", if *done { tick } else { " " })
    };
    STEPS.iter().zip(done).map(line).collect()
}

/// Which steps have been done, by the lines of [`RAN`] and the sandbox's log of calls.
fn done(ran: &str, calls: &Value) -> Vec<bool> {
    let ran_with = |verb: &str, word: &str| {
        ran.lines().any(|line| {
            let mut words = line.split(' ');
            words.next() == Some(verb) && (word.is_empty() || words.any(|w| w == word))
        })
    };
    let called = |action: &str| {
        calls.as_array().into_iter().flatten().any(|call| call["action"] == action && call["outcome"] == "ok")
    };
    STEPS
        .iter()
        .map(|(sign, ..)| match sign {
            Ran(verb, word) => ran_with(verb, word),
            Alone(verb) => ran.lines().any(|line| line.trim_end() == *verb),
            Called(action) => called(action),
        })
        .collect()
}

/// The tour before anything has been done.
pub fn beginning(place: &Path) -> String {
    text(place, &[false; STEPS.len()])
}

/// Runs `tour`, which shows all of it, or `tour new`, which shows the steps if one more has been done since they were
/// shown last.
///
/// # Errors
/// What went wrong, in words.
pub fn run(env: &Env, args: &[String]) -> Result<(), String> {
    let new = args.iter().any(|arg| arg == "new");
    let shown = show(env, new);
    // At a prompt nobody has asked.
    if new { Ok(()) } else { shown }
}

fn show(env: &Env, new: bool) -> Result<(), String> {
    let place = place(env).ok_or("no guided shell here; `awsx-sandbox` opens one")?;
    let url = fs::read_to_string(place.join(URL_FILE)).map_err(|e| e.to_string())?;
    let ran = fs::read_to_string(place.join(RAN)).unwrap_or_default();
    let done = done(&ran, &control(url.trim(), "calls")?);
    let count = done.iter().filter(|done| **done).count();
    let before = fs::read_to_string(place.join(SHOWN)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if new && count <= before {
        return Ok(());
    }
    let text = match (new, count == STEPS.len()) {
        (false, _) => text(&place, &done),
        (true, false) => format!("\n{}", steps(&done)),
        (true, true) => format!("\n{}That was all of it: exit leaves the sandbox.\n", steps(&done)),
    };
    let mut out = io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| e.to_string())?;
    fs::write(place.join(SHOWN), count.to_string()).map_err(|e| e.to_string())
}

/// Runs awsx; in the guided shell it is noted that its verb has done its work.
pub fn noted(env: &Env, args: &[OsString], awsx: impl FnOnce() -> u8) -> u8 {
    let (Some(place), Some(line)) = (place(env), line(args)) else { return awsx() };
    let note = || {
        // A tick that is missing is no reason to fail.
        let file = OpenOptions::new().create(true).append(true).open(place.join(RAN));
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    };
    if line.starts_with("shell ") {
        // It becomes the shell and comes back only if it can't.
        let before = fs::read(place.join(RAN)).unwrap_or_default();
        note();
        let status = awsx();
        let _ = fs::write(place.join(RAN), before);
        return status;
    }
    let status = awsx();
    if status == 0 {
        note();
    }
    status
}

/// The verb by its own name and the words behind it, as far as they are for awsx.
fn line(args: &[OsString]) -> Option<String> {
    let verb = cli::verb_index(args)?;
    let mut words = args.iter().skip(verb).take_while(|word| *word != "--").map(|word| word.to_string_lossy());
    let command = cli::command();
    let name = command.find_subcommand(words.next()?.as_ref())?.get_name();
    let line = words.fold(name.to_owned(), |line, word| line + " " + &word);
    Some(line.replace('\n', " ") + " \n")
}

fn place(env: &Env) -> Option<PathBuf> {
    env.os(PLACE).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_fits_a_terminal_of_80_by_24() {
        let folders =
            ["/tmp/awsx-sandbox-Ab3dE6", "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/awsx-sandbox-Ab3dE6"];
        for folder in folders {
            let text = beginning(Path::new(folder));
            // The last line is the prompt's.
            assert!(text.lines().count() < 24, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        }
    }

    #[test]
    fn each_step_is_ticked_off_by_its_own_sign() {
        let ran = "list --json \nadd prod --csv keys/alice.csv \nexplain admin \nimport sso \n";
        let calls = json!([
            {"action": "sts:AssumeRole", "outcome": "AccessDenied"},
            {"action": "s3:ListAllMyBuckets", "outcome": "ok"},
        ]);
        let done = done(ran, &calls);
        let commands: Vec<&str> =
            STEPS.iter().zip(&done).filter(|(_, done)| **done).map(|((_, command, _), _)| *command).collect();
        let want = [
            "awsx add prod --csv keys/alice.csv",
            "awsx exec prod -- aws s3 ls",
            "awsx explain admin",
            "awsx list",
            "awsx login center; awsx import sso",
        ];
        assert_eq!(commands, want);
        assert_eq!(steps(&done).lines().filter(|line| line.starts_with("✓ awsx ")).count(), want.len());
    }

    #[test]
    fn what_has_done_its_work_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let env = Env::from_iter([(PLACE, folder.path())]);
        let run = |line: &str, status: u8| {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(noted(&env, &args, || status), status);
        };
        run("awsx --backend file ls", 0);
        run("awsx explain nobody", 3);
        run("awsx add new --csv x", 0);
        // A shell that came back is one that could not be started.
        run("awsx shell prod", 0);
        run("awsx", 0);
        assert_eq!(fs::read_to_string(folder.path().join(RAN)).unwrap(), "list \nadd new --csv x \n");
        assert_eq!(noted(&Env::default(), &["awsx".into(), "list".into()], || 0), 0);
    }
}
