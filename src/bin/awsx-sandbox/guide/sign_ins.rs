//! The steps of the demo with a browser sign-in. `awsx-sandbox approve` is the browser and the person.

use std::fs;

use serde_json::Value;

use super::playground::Playground;
use super::step::{awsx, calls, check, on_a_terminal};

/// Signs in on a terminal, and gives back what was shown.
fn login(place: &Playground, args: &[&str]) -> Result<String, String> {
    let pty = on_a_terminal(place.command("awsx"), args)?;
    let (status, text) = pty.wait()?;
    check(status == 0, || format!("status {status}: {text}"))?;
    Ok(text)
}

fn who(place: &Playground, profile: &str) -> Result<String, String> {
    let text = awsx(place, &["exec", profile, "--", "aws", "sts", "get-caller-identity"], "")?.ok()?;
    let answer: Value = serde_json::from_str(&text).map_err(|e| format!("{e}: {text}"))?;
    Ok(answer["Arn"].as_str().unwrap_or_default().to_owned())
}

/// `awsx login center`, and a command with it.
pub fn center(place: &Playground) -> Result<String, String> {
    login(place, &["login", "center"])?;
    let arn = who(place, "center")?;
    check(arn.contains(":assumed-role/AWSReservedSSO_ReadOnlyAccess_") && arn.ends_with("/erin"), || arn.clone())?;
    let made = [calls(place, "sso-oauth:Authorize"), calls(place, "sso-oauth:CreateToken")];
    check(made == [1, 1], || format!("pages opened and tokens made: {made:?}"))?;
    let violations = place.sandbox().violations.len();
    check(violations == 0, || "awsx broke a rule of the protocol".into())?;
    Ok(format!("one page in the browser, one token; {arn}"))
}

/// `awsx import sso`, and a command with one of the profiles that it writes.
pub fn import(place: &Playground) -> Result<String, String> {
    awsx(place, &["import", "sso", "--yes"], "")?.ok()?;
    let arn = who(place, "444455556666.data.team+etl")?;
    check(arn.starts_with("arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_data.team+etl_"), || arn.clone())?;
    let opened = calls(place, "sso-oauth:Authorize");
    check(opened == 1, || format!("{opened} pages were opened"))?;
    Ok(format!("no further page in the browser; {arn}"))
}

/// `awsx login web --console`, and a command with it.
pub fn console(place: &Playground) -> Result<String, String> {
    login(place, &["login", "web", "--console", "--region", "eu-central-1"])?;
    let config = fs::read_to_string(place.path("home/.aws/config")).map_err(|e| e.to_string())?;
    check(config.contains("[profile web]") && config.contains("login_session = arn:aws:iam::"), || config.clone())?;
    let arn = who(place, "web")?;
    check(arn == "arn:aws:iam::111122223333:user/engineering/alice", || arn.clone())?;
    let violations = place.sandbox().violations.len();
    check(violations == 0, || "awsx broke a rule of the protocol".into())?;
    Ok(format!("the profile is in the config, without a key; {arn}"))
}
