//! A strict local AWS for trying awsx without an account, and for its tests. It is not AWS.

mod auth;
mod authz;
mod aws;
mod browser;
mod call;
mod client;
mod codes;
mod consent;
mod control;
mod faults;
mod guide;
mod http;
mod iam;
mod pages;
mod policy;
mod s3;
mod sandbox;
mod signin;
mod sigv4;
mod ssm;
mod sso;
mod sts;
mod totp;
mod violations;
mod web_identity;
mod wire;
mod world;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use clap::{Args, Parser, Subcommand};

use crate::sandbox::Sandbox;
use crate::world::World;

/// A strict local AWS for trying awsx without an account, and for its tests. It is not AWS.
#[derive(Parser)]
#[command(name = "awsx-sandbox", version)]
struct Cli {
    /// What to do. When left out, a shell opens for trying awsx, with its own HOME and a short tour.
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Run only the server: STS, IAM, SSM, both sign-ins and S3's list of buckets on 127.0.0.1
    Serve(Serve),
    /// Be the browser and the person of a sign-in: open the page at URL and approve
    Approve(browser::Visit),
    /// The same, but deny
    Deny(browser::Visit),
    /// Run the whole tour unattended and show each step; fails if a step does not give what it should
    Demo,
}

#[derive(Args)]
#[command(after_help = CONTROL)]
struct Serve {
    /// Port; 0 for any free one. The URL is printed on standard output
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What exists at the start: JSON as `GET /_sandbox/state` prints it
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

const CONTROL: &str = "\
The sandbox's own interface, JSON:
  GET    /_sandbox/state     everything that exists, seeds and secrets included; POST puts another world in its place
  GET    /_sandbox/calls     every AWS call so far; DELETE forgets them
  GET    /_sandbox/code      ?serial=ARN or ?user=NAME: the MFA code to type now; &ahead=1: or the next one
  GET    /_sandbox/codes     the codes of all devices
  GET    /_sandbox/time      POST {\"offset\": SECONDS} moves the clock
  POST   /_sandbox/faults    {\"action\": \"sts:*\", \"kind\": \"error500\", \"count\": 1, \"after\": 0}; DELETE forgets them
                             kinds: error500, throttle, drop_before, drop_after, garbage, delay (ms), skew (seconds),
                             error (status, code, message)
  POST   /_sandbox/settings  {\"propagation_seconds\": 0, \"page_size\": 0, \"token_seconds\": 3600,
                             \"sign_in_seconds\": 28800, \"code_seconds\": 600, \"poll_seconds\": 1,
                             \"login_seconds\": 43200, \"login_token_seconds\": 900,
                             \"session_seconds\": 0 (not 0: new temporary credentials end after as many at the latest)}
  POST   /_sandbox/revoke    {\"sessions\": \"all\"} or a list of key IDs; /_sandbox/expire likewise
  GET    /_sandbox/sign-ins  who is signed in with Identity Center, and who has a console login
  POST   /_sandbox/sign-ins  {\"which\": \"all\", \"do\": \"revoke\"}: or an ID, a user, a list of them; revoke,
                             expire_tokens (they can be refreshed), expire_codes (all that are not used yet),
                             change_password
  POST   /_sandbox/assignments {\"user\": NAME, \"account\": ID, \"role\": NAME, \"assigned\": false}
  GET    /_sandbox/violations what clients did that no correct one does; DELETE forgets it
  POST   /_sandbox/web-identity  claims of a token for AssumeRoleWithWebIdentity; what is left out is filled in
  POST   /_sandbox/reset     back to the first state";

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = PathBuf::from(args.next().unwrap_or_default());
    let words = || args.map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let env = || std::env::vars_os().collect::<awsx::base::env::Env>();
    // The guided shell and the demo put this one program under several names on their PATH.
    let result = match program.file_name().and_then(|n| n.to_str()) {
        Some("awsx") => {
            let words: Vec<_> = std::env::args_os().collect();
            return guide::tour::noted(&env(), &words, awsx::run_main).into();
        }
        Some("tour") => guide::tour::run(&env(), &words()).map(|()| 0),
        Some("phone") => guide::phone::run(&env(), &program, &words()).map(|()| 0),
        Some("aws") => Ok(guide::aws::run(&env(), &words())),
        name => match Cli::parse_from(line(name)).verb {
            None => guide::shell::run().map_err(|e| e.to_string()),
            Some(Verb::Demo) => guide::demo::run().map(|good| u8::from(!good)).map_err(|e| e.to_string()),
            Some(Verb::Serve(args)) => serve(&args).map(|()| 0),
            Some(Verb::Approve(visit)) => browser::run(&env(), &visit, true).map(|()| 0),
            Some(Verb::Deny(visit)) => browser::run(&env(), &visit, false).map(|()| 0),
        },
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(why) => {
            eprintln!("{}: {why}", program.file_name().unwrap_or_default().display());
            ExitCode::FAILURE
        }
    }
}

/// The arguments without a leading `--`, which somebody used to `cargo run … -- demo` may type. `approve` and `deny` are also
/// names of the program, for `BROWSER`.
fn line(program: Option<&str>) -> impl Iterator<Item = std::ffi::OsString> {
    let verb = program.filter(|name| ["approve", "deny"].contains(name)).map(std::ffi::OsString::from);
    let words = std::env::args_os().skip(1).enumerate().filter(|(at, word)| *at != 0 || word != "--");
    [std::ffi::OsString::from("awsx-sandbox")].into_iter().chain(verb).chain(words.map(|(_, word)| word))
}

fn serve(args: &Serve) -> Result<(), String> {
    let world = match &args.state {
        None => World::builtin()?,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
            World::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?
        }
    };
    let (listener, url) = http::bind(args.port).map_err(|e| format!("port {}: {e}", args.port))?;
    eprintln!("awsx-sandbox: this is NOT AWS; nothing here exists anywhere else, and its keys open nothing");
    let sandbox = Arc::new(Mutex::new(Sandbox::new(world)));
    let ready = || {
        let mut out = std::io::stdout();
        writeln!(out, "{url}").and_then(|()| out.flush())
    };
    http::serve(listener, sandbox, ready).map_err(|e| e.to_string())
}
