//! `awsx-sandbox demo`: the whole story, unattended. Every step says what it saw; one that is not as it should be makes
//! the demo fail.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::playground::Playground;
use super::step::{Done, awsx, calls, check, on_a_terminal};
use super::{ending, in_clear, sign_ins};
use crate::totp;
use crate::world::Who;

const ALICE: &str = "arn:aws:iam::111122223333:mfa/alice";
const BOB: &str = "arn:aws:iam::111122223333:mfa/bob";
const BUCKET: &str = "sandbox-bucket-one";
/// Seconds that typing two codes may take.
const TYPING: i64 = 8;

/// A step: what it is about, and what does it and says what was seen.
type Step = (&'static str, fn(&Playground) -> Result<String, String>);

const STEPS: &[Step] = &[
    ("awsx add prod --stdin: the keys are checked and go into the keychain", add),
    ("awsx list: the profile has its keys there", list),
    ("the keys alone are not enough: the policy wants MFA", refused_without_mfa),
    ("awsx exec prod: asks one code, the command runs", exec_asks),
    ("awsx exec prod again: asks nothing, calls nobody", exec_asks_nothing),
    ("awsx exec admin: a role over the same session", role),
    ("awsx whoami and explain: who it is and how it comes about", whoami),
    ("awsx shell prod: a subshell whose prompt shows the time left", shell),
    ("awsx shell admin: renewed in place before a command, without a code", renewal),
    ("awsx provision-mfa new: bob gets his first device", provision),
    ("awsx exec new: and works with it", first_login),
    ("awsx doctor: finds what is wrong in a file, and --fix mends it", doctor),
    ("awsx import: keys move from the credentials file into the keychain", import),
    ("awsx login center: IAM Identity Center in the browser, without a key", sign_ins::center),
    ("awsx import sso: a profile for each account and role there", sign_ins::import),
    ("awsx login web --console: a user of the web console, without a key", sign_ins::console),
    ("no secret is on the disk in clear", in_clear::nothing),
    ("awsx persist prod: a session and a link for other programs", persist),
    ("awsx rotate prod: another access key takes the old one's place", rotate),
    ("awsx remove prod: keys and sessions are gone", remove),
];

/// Runs all of it; whether every step did what it should.
///
/// # Errors
/// If there is no place to run it in, or nowhere to write to.
pub fn run() -> io::Result<bool> {
    ending::watch(&[Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP])?;
    let place = Playground::new(true)?;
    let mut out = io::stdout();
    writeln!(out, "This is NOT AWS: a sandbox on this machine, gone at the end.\n")?;
    let (green, red, plain) = if out.is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        ("\x1b[32m", "\x1b[31m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let mut failed = 0;
    for (about, step) in STEPS {
        if let Some(signal) = ending::caught() {
            return Err(io::Error::other(format!("ended by {signal}")));
        }
        match step(&place) {
            Ok(seen) => writeln!(out, "{green}✓{plain} {about}\n    {seen}")?,
            Err(why) => {
                failed += 1;
                writeln!(out, "{red}✗ {about}{plain}\n    {}", why.trim_end().replace('\n', "\n    "))?;
            }
        }
        out.flush()?;
    }
    writeln!(out, "\n{} of {} steps did what they should", STEPS.len() - failed, STEPS.len())?;
    Ok(failed == 0)
}

/// Key ID and secret of a user, as lines.
fn key(place: &Playground, user: &str) -> Result<String, String> {
    let sandbox = place.sandbox();
    let key = sandbox.world.access_keys.iter().find(|k| k.user == user && k.active).ok_or("no such user")?;
    Ok(format!("{}\n{}\n", key.id, key.secret))
}

/// A code of a device that has not been used. Like AWS, the sandbox also takes the next one, so nobody waits for it.
fn code(place: &Playground, serial: &str) -> Result<String, String> {
    let sandbox = place.sandbox();
    let device = sandbox.world.mfa_devices.iter().find(|d| d.serial == serial).ok_or("no such device")?;
    let now = totp::step(sandbox.now());
    let fresh = device.last_step.map_or(now, |last| now.max(last + 1));
    device.seed.as_deref().and_then(|s| totp::code(s, fresh)).ok_or("it shows no codes".into())
}

/// The code that a device has just shown and the one that it shows now: both count, so nobody waits for a third.
/// Early in a step, lest it end while they are typed.
fn two_codes(place: &Playground, serial: &str) -> Result<[String; 2], String> {
    let left = totp::STEP - place.sandbox().now().rem_euclid(totp::STEP);
    if left < TYPING {
        if io::stdout().is_terminal() {
            println!("  waiting for the next code of the phone, {left} s");
        }
        std::thread::sleep(Duration::from_secs(left.unsigned_abs()));
    }
    let sandbox = place.sandbox();
    let device = sandbox.world.mfa_devices.iter().find(|d| d.serial == serial).ok_or("no such device")?;
    let step = totp::step(sandbox.now());
    let of = |step| device.seed.as_deref().and_then(|s| totp::code(s, step)).ok_or("it shows no codes");
    Ok([of(step - 1)?, of(step)?])
}

fn add(place: &Playground) -> Result<String, String> {
    awsx(place, &["add", "prod", "--stdin"], &key(place, "alice")?)?.ok()?;
    check(calls(place, "sts:GetCallerIdentity") == 1, || "AWS was not asked whose keys they are".into())?;
    Ok("AWS was asked whose they are: alice's".into())
}

fn profile(place: &Playground, name: &str) -> Result<Value, String> {
    let text = awsx(place, &["list", "--json"], "")?.ok()?;
    let list: Vec<Value> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    list.into_iter().find(|p| p["profile"] == name).ok_or_else(|| format!("no {name} in {text}"))
}

fn list(place: &Playground) -> Result<String, String> {
    let prod = profile(place, "prod")?;
    check(prod["keys"] == "keychain" && prod["kind"] == "keys", || prod.to_string())?;
    Ok("kind keys, in the keychain, no session yet".into())
}

fn doctor(place: &Playground) -> Result<String, String> {
    let config = place.path("home/.aws/config");
    let before = fs::read_to_string(&config).map_err(|e| e.to_string())?;
    let broken = format!("{before}\n[profile prod]\noutput = json\n");
    fs::write(&config, &broken).map_err(|e| e.to_string())?;
    let found = |done: Done| done.stdout.contains("duplicate-section");
    let first = awsx(place, &["doctor", "--json"], "")?;
    check(first.status == 1 && first.stdout.contains("duplicate-section"), || first.stdout.clone())?;
    awsx(place, &["doctor", "--fix", "-y"], "")?;
    let after = fs::read_to_string(&config).map_err(|e| e.to_string())?;
    check(!found(awsx(place, &["doctor", "--json"], "")?) && after != broken, || after.clone())?;
    Ok("a section that stood there twice, for which the AWS CLI refuses the file; now it stands there once".into())
}

fn refused_without_mfa(place: &Playground) -> Result<String, String> {
    let done = awsx(place, &["exec", "prod", "--no-session", "--", "aws", "s3", "ls"], "")?;
    check(done.status == 254 && done.stderr.contains("explicit deny"), || format!("{} {}", done.status, done.stderr))?;
    Ok("AccessDenied … with an explicit deny in an identity-based policy; status 254 came through".into())
}

fn exec_asks(place: &Playground) -> Result<String, String> {
    let mut pty = on_a_terminal(place.command("awsx"), &["exec", "prod", "--", "aws", "s3", "ls"])?;
    pty.expect("MFA code")?;
    pty.expect(": ")?;
    pty.send_line(&code(place, ALICE)?)?;
    let (status, text) = pty.wait()?;
    check(status == 0 && text.contains(BUCKET), || text)?;
    check(calls(place, "sts:GetSessionToken") == 1, || "not exactly one GetSessionToken".into())?;
    Ok("one code, one GetSessionToken, two buckets".into())
}

fn exec_asks_nothing(place: &Playground) -> Result<String, String> {
    let before = place.sandbox().calls.len();
    let text = awsx(place, &["exec", "prod", "--", "aws", "s3", "ls"], "")?.ok()?;
    check(text.contains(BUCKET), || text)?;
    let after: Vec<String> = place.sandbox().calls.iter().skip(before).map(|c| c.action.clone()).collect();
    check(after == ["s3:ListAllMyBuckets"], || format!("calls: {after:?}"))?;
    Ok("the only call was that of the command".into())
}

fn role(place: &Playground) -> Result<String, String> {
    let text = awsx(place, &["exec", "admin", "--", "aws", "sts", "get-caller-identity"], "")?.ok()?;
    check(text.contains(":assumed-role/admin/"), || text)?;
    check(calls(place, "sts:GetSessionToken") == 1, || "it took another GetSessionToken".into())?;
    Ok("assumed-role/admin, no code, no further GetSessionToken".into())
}

fn whoami(place: &Playground) -> Result<String, String> {
    let who = awsx(place, &["whoami", "prod"], "")?.ok()?;
    check(who.contains("alice") && who.contains("awsx-sandbox"), || who)?;
    let how = awsx(place, &["explain", "admin", "--json"], "")?.ok()?;
    let how: Value = serde_json::from_str(&how).map_err(|e| e.to_string())?;
    let steps: Vec<&str> = how["steps"].as_array().into_iter().flatten().filter_map(|s| s["action"].as_str()).collect();
    check(steps.last() == Some(&"assume-role"), || how.to_string())?;
    Ok(format!("alice of awsx-sandbox; admin: {}", steps.join(" → ")))
}

fn shell(place: &Playground) -> Result<String, String> {
    let mut pty = on_a_terminal(place.command("awsx"), &["shell", "prod"])?;
    let prompt = pty.expect("sandbox ~ ")?;
    check(prompt.contains("(prod 12h00m) ") || prompt.contains("(prod 11h59m) "), || prompt)?;
    pty.send_line("aws s3 ls")?;
    pty.expect(BUCKET)?;
    pty.send_line("exit 7")?;
    let (status, text) = pty.wait()?;
    check(status == 7, || text)?;
    Ok("(prod 11h59m) sandbox ~ # aws s3 ls; its exit status came through".into())
}

fn renewal(place: &Playground) -> Result<String, String> {
    let before = calls(place, "sts:AssumeRole");
    let mut command = place.command("awsx");
    // A session of a quarter of an hour is too short from the start.
    command.env("AWSX_REFRESH_MARGIN", "1000");
    let mut pty = on_a_terminal(command, &["shell", "admin", "--duration", "15m"])?;
    pty.expect("(admin ")?;
    pty.send_line("echo \"first=$AWS_ACCESS_KEY_ID.\"")?;
    pty.expect("first=ASIA")?;
    let first = pty.expect(".")?;
    pty.send_line("aws sts get-caller-identity")?;
    pty.expect(":assumed-role/admin/")?;
    pty.send_line("echo \"second=$AWS_ACCESS_KEY_ID.\"")?;
    pty.expect("second=ASIA")?;
    let second = pty.expect(".")?;
    pty.send_line("exit")?;
    let (_, text) = pty.wait()?;
    check(first != second, || format!("the same session as before: {text}"))?;
    let made = calls(place, "sts:AssumeRole") - before;
    check(made == 2 && calls(place, "sts:GetSessionToken") == 1, || format!("{made} AssumeRole: {text}"))?;
    Ok("another key ID in the same shell; two AssumeRole, no code".into())
}

fn provision(place: &Playground) -> Result<String, String> {
    awsx(place, &["add", "new", "--stdin"], &key(place, "bob")?)?.ok()?;
    let mut pty = on_a_terminal(place.command("awsx"), &["provision-mfa", "new"])?;
    pty.expect("Code the app shows: ")?;
    let [first, second] = two_codes(place, BOB)?;
    pty.send_line(&first)?;
    pty.expect("Next code: ")?;
    pty.send_line(&second)?;
    pty.expect("Log in with it now?")?;
    pty.send_line("n")?;
    let (status, text) = pty.wait()?;
    check(status == 0, || text)?;
    let enabled = place.sandbox().world.devices_of("bob").any(|d| d.serial == BOB);
    let config = fs::read_to_string(place.path("home/.aws/config")).map_err(|e| e.to_string())?;
    check(enabled && config.contains(&format!("mfa_serial = {BOB}")), || format!("enabled: {enabled}\n{config}"))?;
    Ok("two codes, device enabled, mfa_serial in the profile".into())
}

fn first_login(place: &Playground) -> Result<String, String> {
    let code = code(place, BOB)?;
    let text = awsx(place, &["exec", "new", "--code", &code, "--", "aws", "s3", "ls"], "")?.ok()?;
    check(text.contains(BUCKET), || text)?;
    let strong = |s: &crate::world::Session| s.who == Who::User("bob".into()) && s.mfa_at.is_some();
    check(place.sandbox().world.sessions.iter().any(strong), || "bob's session has no MFA".into())?;
    Ok("a session with MFA, two buckets".into())
}

fn import(place: &Playground) -> Result<String, String> {
    let file = place.path("home/.aws/credentials");
    let (id, secret) =
        key(place, "carol")?.trim().split_once('\n').map(|(id, s)| (id.to_owned(), s.to_owned())).ok_or("no key")?;
    let text = format!("# mine\n[old]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\noutput = json\n");
    fs::write(&file, text).map_err(|e| e.to_string())?;
    awsx(place, &["import", "--yes"], "")?.ok()?;
    let left = fs::read_to_string(&file).map_err(|e| e.to_string())?;
    check(left == "# mine\n[old]\noutput = json\n", || left)?;
    let old = profile(place, "old")?;
    check(old["keys"] == "keychain", || old.to_string())?;
    Ok("carol's key is in the keychain; every other byte of the file is still there".into())
}

fn persist(place: &Playground) -> Result<String, String> {
    let name = awsx(place, &["persist", "prod", "--yes"], "")?.ok()?;
    let text = fs::read_to_string(place.path("home/.aws/credentials")).map_err(|e| e.to_string())?;
    let written = text.contains("[prod-mfasession]\naws_access_key_id = ASIA") && text.contains("\nexpiration = ");
    check(name == "prod-mfasession\n" && written, || name + &text)?;
    awsx(place, &["persist", "prod", "--link"], "")?.ok()?;
    let config = fs::read_to_string(place.path("home/.aws/config")).map_err(|e| e.to_string())?;
    check(config.contains("[profile prod-awsx]\ncredential_process = "), || config)?;
    Ok("prod-mfasession in the credentials file, with its end; prod-awsx asks awsx each time".into())
}

fn rotate(place: &Playground) -> Result<String, String> {
    let ids = || -> Vec<String> {
        let keys = &place.sandbox().world.access_keys;
        keys.iter().filter(|k| k.user == "alice" && k.active).map(|k| k.id.clone()).collect()
    };
    let (before, codes) = (ids(), calls(place, "sts:GetSessionToken"));
    awsx(place, &["rotate", "prod", "--yes"], "")?.ok()?;
    let after = ids();
    check(before.len() == 1 && after.len() == 1 && before != after, || format!("{before:?}, then {after:?}"))?;
    check(calls(place, "sts:GetSessionToken") == codes, || "it took another session".into())?;
    let tests = calls(place, "sts:GetCallerIdentity");
    check(tests >= 3, || format!("the new key was tested {tests} times"))?;
    Ok(format!("{} instead of {}, which is deleted; no code", after.concat(), before.concat()))
}

fn remove(place: &Playground) -> Result<String, String> {
    awsx(place, &["remove", "prod", "--yes"], "")?.ok()?;
    let prod = profile(place, "prod")?;
    check(prod["keys"] == "none" && prod["session"].is_null(), || prod.to_string())?;
    let done = awsx(place, &["exec", "prod", "--", "true"], "")?;
    check(done.status == 125, || format!("exec prod still works: {}", done.status))?;
    Ok("exec prod fails with status 125, as awsx itself can't".into())
}
