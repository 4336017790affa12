//! Any `docker-credential-NAME` program: pass, 1Password wrappers, your own script;
//! [the protocol](https://github.com/docker/docker-credential-helpers#development).
//!
//! An item is a URL like `https://awsx/keys/prod`, with its name percent-encoded. Every helper accepts that, also
//! those that parse the URL. The user name is always `awsx`, so that a new key replaces the old one.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::limit::Limit;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::programs;
use crate::base::secret::Secret;
use crate::base::signals;
use crate::base::subprocess;
use crate::cli::is_helper;
use crate::ports::{Item, Keychain};

const BASE: &str = "https://awsx/";
const USER: &str = "awsx";
/// Escapes everything but the unreserved characters of RFC 3986, section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What helpers say (with exit status 1) when there is no such item.
const MISSING: &str = "credentials not found in native keychain";
/// The longest answer that is read.
const LONGEST: usize = 1024 * 1024;

/// A helper program.
pub struct Helper {
    name: String,
    env: Env,
    limit: Limit,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Store<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'a str,
    secret: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Got {
    secret: String,
}

impl Helper {
    /// The program `docker-credential-NAME`; it is started with the first call.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if that can't be the name of one.
    pub fn new(name: &str, env: &Env, limit: Limit) -> Result<Self> {
        if !is_helper(name) {
            return Err(Error::config(format!("helper:{name} names no docker-credential helper"))
                .hint("write helper:NAME for the program docker-credential-NAME on the PATH"));
        }
        Ok(Helper { name: name.into(), env: env.clone(), limit })
    }

    fn program(&self) -> String {
        format!("docker-credential-{}", self.name)
    }

    /// Runs `docker-credential-NAME verb`; `None` if it says that there is no such item.
    fn run(&self, verb: &'static str, input: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let failed = |cause: String| Error::keychain(format!("{} {verb} failed", self.program())).cause(cause);
        let program = programs::find(&self.env, self.program()).ok_or_else(|| {
            Error::keychain(format!("{} is not on the PATH", self.program()))
                .cause("awsx takes its helpers from absolute folders alone")
                .hint("install it, or choose another --backend (AWSX_BACKEND)")
        })?;
        let mut command = Command::new(program);
        subprocess::environment(&mut command, &self.env);
        command.arg(verb).stdin(Stdio::piped()).stdout(Stdio::piped());
        signals::keep_statuses();
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
        // An error here is ignored: a helper that doesn't read its input fails, and its own message is better.
        let written = stdin.as_mut().map(|pipe| pipe.write_all(input));
        drop((stdin, written));
        let (sender, answer) = channel();
        thread::spawn(move || {
            let mut output = Zeroizing::new(Vec::with_capacity(LONGEST.min(64 * 1024)));
            let read = stdout.map_or(Ok(0), |pipe| pipe.take(LONGEST as u64).read_to_end(&mut output));
            let _ = sender.send(read.map(|_| output));
        });
        let answer = self.limit.wait(&answer, &self.program()).and_then(|output| {
            let status = self.end(&mut child)?;
            Ok((output.map_err(|e| failed(e.to_string()))?, status))
        });
        if answer.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let (output, status) = answer?;
        if status.success() {
            return Ok(Some(output));
        }
        match message(&output, status) {
            missing if missing.contains(MISSING) => Ok(None),
            cause => Err(failed(cause).hint(format!("run `{} list` to see for yourself", self.program()))),
        }
    }

    /// Waits for a helper that has closed its output.
    fn end(&self, child: &mut Child) -> Result<ExitStatus> {
        let until = Instant::now() + self.limit.duration();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
                Ok(None) => return Err(self.limit.up(&self.program())),
                Err(e) => return Err(Error::keychain(format!("{} failed", self.program())).cause(e)),
            }
        }
    }

    fn nonsense(&self, verb: &str) -> Error {
        Error::keychain(format!("the answer of {} {verb} makes no sense", self.program()))
    }
}

/// The message of a helper that failed: its first line, unless that could be JSON with a secret.
fn message(output: &[u8], status: ExitStatus) -> String {
    let text = String::from_utf8_lossy(output);
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) if !line.contains(['{', '"']) => line.chars().filter(|c| !c.is_control()).take(200).collect(),
        _ => status.to_string(),
    }
}

fn url(item: &Item) -> String {
    let account = item.account();
    match account.split_once(':') {
        Some((kind, name)) => format!("{BASE}{kind}/{}", utf8_percent_encode(name, ESCAPED)),
        None => format!("{BASE}{account}"),
    }
}

fn item(url: &str) -> Option<Item> {
    let path = url.strip_prefix(BASE)?;
    let account = match path.split_once('/') {
        Some((kind, name)) => format!("{kind}:{}", percent_decode_str(name).decode_utf8().ok()?),
        None => path.to_owned(),
    };
    Item::from_account(&account)
}

impl Keychain for Helper {
    fn backend(&self) -> String {
        format!("helper:{}", self.name)
    }

    fn get(&self, item: &Item) -> Result<Option<Secret>> {
        let Some(output) = self.run("get", url(item).as_bytes())? else { return Ok(None) };
        let got: Got = serde_json::from_slice(&output).map_err(|_| self.nonsense("get"))?;
        // docker-credential-pass 0.6 answers with an empty secret if there is no such item.
        Ok(Some(Secret::new(got.secret)).filter(|secret| !secret.is_empty()))
    }

    fn set(&self, item: &Item, secret: &Secret) -> Result<()> {
        let store = Store { server_url: &url(item), username: USER, secret: secret.expose() };
        // Large enough even if every character is escaped: a buffer that grows leaves unwiped copies behind.
        let mut input = Zeroizing::new(Vec::with_capacity(6 * (secret.expose().len() + store.server_url.len()) + 100));
        serde_json::to_writer(&mut *input, &store).map_err(|_| self.nonsense("store"))?;
        self.run("store", &input)?.map(|_| ()).ok_or_else(|| self.nonsense("store"))
    }

    fn remove(&self, item: &Item) -> Result<bool> {
        // Some helpers report success for an item that doesn't exist.
        if self.get(item)?.is_none() {
            return Ok(false);
        }
        Ok(self.run("erase", url(item).as_bytes())?.is_some())
    }

    fn list(&self) -> Result<Vec<Item>> {
        let Some(output) = self.run("list", b"")? else { return Ok(Vec::new()) };
        let urls: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&output).map_err(|_| self.nonsense("list"))?;
        let mut items: Vec<Item> = urls.keys().filter_map(|url| item(url)).collect();
        items.sort();
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_items() {
        let table = [
            (Item::Keys("prod".into()), "https://awsx/keys/prod"),
            (Item::Keys("my team/prod ü".into()), "https://awsx/keys/my%20team%2Fprod%20%C3%BC"),
            (
                Item::Seed("arn:aws:iam::123456789012:mfa/x".into()),
                "https://awsx/seed/arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fx",
            ),
            (Item::NextKeys("prod".into()), "https://awsx/next-keys/prod"),
            (Item::SignIn("sso/work".into()), "https://awsx/sign-in/sso%2Fwork"),
            (Item::CacheKey, "https://awsx/cache-key"),
        ];
        for (one, at) in table {
            assert_eq!(url(&one), at);
            assert_eq!(item(at), Some(one));
        }
        assert_eq!(item("https://index.docker.io/v1/"), None);
        assert_eq!(item("https://awsx/keys/"), None);
    }
}
