//! The `phone` command of the guided shell: what the authenticator app of the sandbox's people shows.

use std::path::Path;
use std::time::Duration;

use awsx::base::env::Env;
use serde_json::Value;

use crate::client::control;

/// The name of the file beside the `bin` folder that says where the sandbox is, for a terminal that was not told.
pub const URL_FILE: &str = "url";

/// Runs `phone [USER]`: with one device the code alone, so that it can be used in `--code "$(phone)"` and in
/// `mfa_process`; with several a table.
///
/// # Errors
/// What went wrong, in words.
pub fn run(env: &Env, program: &Path, args: &[String]) -> Result<(), String> {
    let beside = program.parent().and_then(Path::parent).map(|folder| folder.join(URL_FILE));
    let url = match (beside.and_then(|file| std::fs::read_to_string(file).ok()), env.get("AWS_ENDPOINT_URL")) {
        (Some(url), _) => url,
        (None, Some(url)) => url.to_owned(),
        (None, None) => return Err("no sandbox here: run it by its full path, or in the guided shell".into()),
    };
    let url = url.trim();
    let shown = control(url, "codes")?;
    let user = args.first();
    let devices: Vec<&Value> = shown
        .as_array()
        .into_iter()
        .flatten()
        .filter(|d| {
            user.is_none_or(|u| d["user"] == u.as_str() || d["serial"].as_str().is_some_and(|s| s.ends_with(u)))
        })
        .collect();
    match devices[..] {
        [] => Err("no authenticator app has been set up yet".into()),
        [device] => one(url, device["serial"].as_str().unwrap_or_default()),
        _ => {
            for device in devices {
                let text = |name: &str| device[name].as_str().unwrap_or("-").to_owned();
                let code = device["code"].as_str().unwrap_or("(used)");
                println!("{code:8}{:12}{:>3} s  {}", text("user"), device["left"], text("serial"));
            }
            Ok(())
        }
    }
}

fn one(url: &str, serial: &str) -> Result<(), String> {
    loop {
        let answer = control(url, &format!("code?serial={serial}"))?;
        if let Some(code) = answer["code"].as_str() {
            println!("{code}");
            return Ok(());
        }
        let wait = answer["wait"].as_u64().unwrap_or(1).max(1);
        eprintln!("phone: this code has been used; the next one comes in {wait} s");
        std::thread::sleep(Duration::from_secs(wait));
    }
}
