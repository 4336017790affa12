//! The peers: which are there, and what each of them is given to work with.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::Bench;
use crate::measure::{Contender, run, silent};
use crate::support::{Run, Sandbox, TestEnv, root};

/// How many seconds a peer may take for what it is measured at, when it is tried.
const LIMIT: &str = "20";

/// Which are there.
pub struct Peers {
    pub aws_vault: Option<PathBuf>,
    pub granted: Option<PathBuf>,
    pub aws_sso_cli: Option<PathBuf>,
    pub aws_session: Option<PathBuf>,
    pub aws_cli: Option<PathBuf>,
}

impl Peers {
    /// Looks for each, and names those that aren't there.
    pub fn find() -> Self {
        let find = |name: &str, program: &str, otherwise: Option<PathBuf>| {
            let variable = format!("AWSX_BENCH_{}", name.to_ascii_uppercase().replace(['-', ' '], "_"));
            let said = std::env::var_os(&variable).map(PathBuf::from);
            let path = std::env::var_os("PATH").unwrap_or_default();
            let on_path =
                || std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
            let found = said.or_else(on_path).or(otherwise).filter(|file| file.is_file());
            match &found {
                Some(found) => println!("{name}: {}", found.display()),
                None => println!("{name}: not here ({variable}, or {program} on the PATH)"),
            }
            found
        };
        Peers {
            aws_vault: find("aws-vault", "aws-vault", None),
            granted: find("granted", "granted", None),
            aws_sso_cli: find("aws-sso-cli", "aws-sso", None),
            aws_session: find("aws-session", "aws-session", None),
            aws_cli: find("AWS CLI", "aws", Some(root().join("tests/.venv/bin/aws"))),
        }
    }
}

/// A home for a peer. What it would send to anywhere but this machine goes to a proxy that isn't there.
pub fn closed(env: TestEnv) -> TestEnv {
    env.var("HTTPS_PROXY", "http://127.0.0.1:9").var("HTTP_PROXY", "http://127.0.0.1:9").var("NO_PROXY", "127.0.0.1")
}

/// aws-vault with the keys in its encrypted file; it is used without a session, as it has none that needs no call to AWS.
pub fn vault(bench: &Bench, config: &str, name: &str) -> Option<(PathBuf, Rc<TestEnv>)> {
    let program = bench.peers.aws_vault.clone()?;
    let (id, secret) = bench.sandbox.keys("alice");
    let mut env = closed(TestEnv::new().sandbox(&bench.sandbox).config(config))
        .var("AWS_VAULT_BACKEND", "file")
        .var("AWS_VAULT_FILE_PASSPHRASE", "correct horse battery staple")
        .var("AWS_VAULT_PROMPT", "zenity")
        .var("AWS_ACCESS_KEY_ID", id)
        .var("AWS_SECRET_ACCESS_KEY", secret);
    assert!(silent(&env, &program, &["add", "--env", name]).status().expect("starts").success());
    env.unset("AWS_ACCESS_KEY_ID");
    env.unset("AWS_SECRET_ACCESS_KEY");
    Some((program, Rc::new(env)))
}

/// The keys of alice in the files in clear, for tools that want them so.
pub fn in_clear(bench: &Bench, sandbox: &Sandbox, config: &str, name: &str) -> TestEnv {
    let (id, secret) = sandbox.keys("alice");
    let credentials = format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let env = closed(TestEnv::new().sandbox(sandbox).config(config).credentials(&credentials));
    // Without these both ask a person first.
    for folder in [".granted", ".dgranted"] {
        env.write(&format!("home/{folder}/config"), "DefaultBrowser = \"STDOUT\"\nDisableUsageTips = true\n");
    }
    let start = "https://sandbox.awsapps.com/start";
    let sso =
        format!("SSOConfig:\n  Default:\n    SSORegion: eu-central-1\n    StartUrl: {start}\nSecureStore: json\n");
    env.write("home/.config/aws-sso/config.yaml", sso);
    if let Some(granted) = &bench.peers.granted {
        // It goes by its name: this is what its shell function `assume` calls.
        symlink(granted, env.path("bin/assumego")).expect("a new folder");
    }
    env.var("FORCE_NO_ALIAS", "true")
}

/// A command of a peer as a contender, if it can do that here; else says why not.
pub fn tried(name: &str, env: &Rc<TestEnv>, program: &Path, args: &[&str]) -> Option<Contender<'static>> {
    let mut command = env.command("timeout");
    command.arg(LIMIT).arg(program).args(args);
    let trial = Run::of(command, "");
    if trial.status == 0 {
        return Some(run(name, env, program, args));
    }
    let said = || trial.stderr.lines().filter(|line| !line.trim().is_empty());
    let tells = |line: &&str| ["error", "fatal"].iter().any(|word| line.to_ascii_lowercase().contains(word));
    let why = said().rfind(tells).or_else(|| said().next());
    println!("{name}: not possible here, status {}: {}", trial.status, why.unwrap_or("it says nothing").trim());
    None
}
