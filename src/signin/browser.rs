//! Finds a browser and starts it. A browser may live for days, so it becomes nobody's child: awsx goes on as the program of
//! `exec` or as a shell, which know nothing of it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::{programs, signals, subprocess, vars};
use crate::profile::words;

/// Programs that open an address in the person's browser.
const OPENERS: [&str; 4] = ["wslview", "xdg-open", "x-www-browser", "sensible-browser"];
/// Browsers that take a folder for their profile, with the words of their names that tell which kind they are.
const CHROMIUMS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "brave-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
    "vivaldi",
];
const FIREFOXES: [&str; 3] = ["firefox", "firefox-esr", "librewolf"];
/// The same as applications of macOS.
const MAC_CHROMIUM: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
const MAC_FIREFOX: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";

/// Variables with credentials, and with what leads to some: a browser may live for days.
const CREDENTIALS: [&str; 10] = [
    vars::AWS_ACCESS_KEY_ID,
    vars::AWS_SECRET_ACCESS_KEY,
    vars::AWS_SESSION_TOKEN,
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_PARENT_KEY",
    "AWS_SESSION_PARENT_SECRET",
    "AWS_SESSION_PARENT_TOKEN",
    vars::AWS_CONTAINER_AUTHORIZATION_TOKEN,
    vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    vars::AWS_CONTAINER_CREDENTIALS_FULL_URI,
];

/// A program and its first arguments; the address comes last, or where `%s` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    program: PathBuf,
    args: Vec<String>,
}

impl Browser {
    /// The person's: `$BROWSER`, which may list several, else what the desktop has.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if there is none.
    pub fn of_person(env: &Env) -> Result<Self> {
        if let Some(browser) = chosen(env).next() {
            return Ok(browser);
        }
        let found = |name| programs::find(env, name).map(|program| Browser { program, args: Vec::new() });
        if cfg!(target_os = "macos") {
            return found("open").ok_or_else(none);
        }
        // xdg-open would start a browser in the terminal.
        let desktop = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"];
        env.first(&desktop).and_then(|_| OPENERS.into_iter().find_map(found)).ok_or_else(none)
    }

    /// Those to try one after the other until one works: the one that a person names, else all of `$BROWSER`, else that of
    /// the desktop.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if there is none.
    pub fn to_try(env: &Env, named: Option<&str>) -> Result<Vec<Self>> {
        if let Some(command) = named {
            return Browser::named(env, command).map(|browser| vec![browser]);
        }
        let chosen: Vec<Browser> = chosen(env).collect();
        if chosen.is_empty() { Browser::of_person(env).map(|browser| vec![browser]) } else { Ok(chosen) }
    }

    /// The one that a person names: a command.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if it isn't there.
    fn named(env: &Env, command: &str) -> Result<Self> {
        let absent = || Error::input(format!("there is no browser {command}")).hint("--browser takes a command");
        Browser::of_command(env, command).ok_or_else(absent)
    }

    /// A command as `$BROWSER` has it; `None` if its program isn't there.
    fn of_command(env: &Env, command: &str) -> Option<Self> {
        let mut words = words::split(command).ok()?;
        let name = (!words.is_empty()).then(|| words.remove(0))?;
        let program = if name.contains('/') {
            Some(PathBuf::from(name)).filter(|path| programs::is_program(path))
        } else {
            programs::find(env, name)
        };
        Some(Browser { program: program?, args: words })
    }

    /// One whose profile is a folder of its own: `$BROWSER` if it can do that, else the first that is there.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if there is none.
    pub fn isolated(env: &Env, folder: &Path) -> Result<Self> {
        let own = chosen(env).find_map(|browser| Some((kind(&browser.program)?, browser.program)));
        let on_path = || {
            let names = CHROMIUMS.iter().chain(&FIREFOXES);
            names
                .into_iter()
                .find_map(|name| programs::find(env, name))
                .and_then(|program| Some((kind(&program)?, program)))
        };
        let on_mac = || {
            let apps = [MAC_CHROMIUM, MAC_FIREFOX].map(PathBuf::from);
            let app = apps.into_iter().find(|app| cfg!(target_os = "macos") && app.exists())?;
            Some((kind(&app)?, app))
        };
        let (kind, program) = own.or_else(on_path).or_else(on_mac).ok_or_else(|| {
            Error::input("no browser for --isolated")
                .cause("neither Chromium nor Firefox is on the PATH")
                .hint("name one in BROWSER, or leave --isolated out")
        })?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|e| Error::failed(format!("can't make the folder {}", folder.display())).cause(e))?;
        let folder = folder.to_string_lossy();
        let args = match kind {
            Kind::Chromium => {
                vec![format!("--user-data-dir={folder}"), "--no-first-run".into(), "--no-default-browser-check".into()]
            }
            Kind::Firefox => vec!["--profile".into(), folder.into_owned()],
        };
        Ok(Browser { program, args })
    }

    /// Starts it with an address. It gets neither secrets of awsx nor credentials, and Ctrl-C doesn't reach it.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if it can't be started.
    pub fn open(&self, address: &str, env: &Env) -> Result<Opened> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCH, "sh"]).arg(&self.program);
        let placed = self.args.iter().any(|arg| arg.contains("%s"));
        command.args(self.args.iter().map(|arg| arg.replace("%s", address)));
        if !placed {
            command.arg(address);
        }
        subprocess::environment(&mut command, env);
        for name in CREDENTIALS {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        signals::keep_statuses();
        command.spawn().map(Opened).map_err(|e| {
            Error::input(format!("{} can't be started", self.program.display()))
                .cause(e)
                .hint("name another browser in BROWSER, or use --stdout")
        })
    }
}

/// What a shell does that runs a browser: it stays the browser's parent, and ends as the browser does. The last command
/// keeps it from becoming the browser.
const WATCH: &str = r#""$@"; exit $?"#;

/// A browser that was started. Its parent is a shell, which is killed when this is dropped. The browser, if it is still
/// there, then has no parent but the system.
#[derive(Debug)]
pub struct Opened(Child);

impl Opened {
    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Chromium,
    Firefox,
}

/// The kind of a browser, by the name of its program.
fn kind(program: &Path) -> Option<Kind> {
    let name = program.file_name()?.to_string_lossy().to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if is(&["firefox", "librewolf"]) {
        return Some(Kind::Firefox);
    }
    is(&["chrom", "brave", "edge", "vivaldi"]).then_some(Kind::Chromium)
}

/// The browsers of `$BROWSER` that are there: commands separated by colons.
fn chosen(env: &Env) -> impl Iterator<Item = Browser> {
    env.get(vars::BROWSER).unwrap_or_default().split(':').filter_map(|command| Browser::of_command(env, command))
}

fn none() -> Error {
    Error::input("no browser to open")
        .cause("BROWSER names none, and there is no desktop with one")
        .hint("`awsx console PROFILE --stdout` prints the URL instead")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn env(folder: &Path, names: &[&str], more: &[(&str, &str)]) -> Env {
        for name in names {
            let path = folder.join(name);
            fs::write(&path, "#!/bin/sh\n").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        [("PATH", folder.to_str().unwrap())].iter().chain(more).copied().collect()
    }

    fn shown(browser: Result<Browser>) -> String {
        let browser = browser.unwrap();
        let name = browser.program.file_name().unwrap().to_string_lossy().into_owned();
        [vec![name], browser.args].concat().join(" ")
    }

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn the_persons_browser() {
        let folder = tempfile::tempdir().unwrap();
        let with = |more: &[(&str, &str)]| Browser::of_person(&env(folder.path(), &["xdg-open", "lynx"], more));
        assert_eq!(shown(with(&[("DISPLAY", ":0")])), "xdg-open");
        assert_eq!(shown(with(&[("BROWSER", "missing:lynx -x '%s y'")])), "lynx -x %s y");
        assert!(with(&[]).unwrap_err().hint.unwrap().contains("--stdout"));
    }

    #[test]
    fn it_gets_no_credentials() {
        let folder = tempfile::tempdir().unwrap();
        let mut more: Vec<(&str, &str)> = CREDENTIALS.iter().map(|name| (*name, "hush")).collect();
        let out = folder.path().join("out");
        more.extend([("BROWSER", "/bin/sh -c '/usr/bin/env >$OUT'"), ("OUT", out.to_str().unwrap()), ("KEPT", "yes")]);
        let env = env(folder.path(), &[], &more);
        let mut opened = Browser::of_person(&env).unwrap().open("http://x.test/", &env).unwrap();
        let status = std::iter::repeat_with(|| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            opened.ended()
        });
        assert!(status.flatten().next().unwrap().success());
        let seen = fs::read_to_string(out).unwrap();
        assert!(seen.contains("KEPT=yes") && !seen.contains("hush"), "{seen}");
    }

    #[test]
    fn a_browser_with_a_folder_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("data/prod");
        let with = |names: &[&str], more: &[(&str, &str)]| Browser::isolated(&env(folder.path(), names, more), &own);
        #[cfg(not(target_os = "macos"))]
        assert!(with(&["xdg-open"], &[("DISPLAY", ":0")]).is_err());
        assert_eq!(shown(with(&["firefox"], &[])), format!("firefox --profile {}", own.display()));
        let chromium = shown(with(&["chromium"], &[]));
        assert!(chromium.starts_with(&format!("chromium --user-data-dir={} ", own.display())), "{chromium}");
        assert!(shown(with(&[], &[("BROWSER", "firefox")])).starts_with("firefox "));
        assert_eq!(fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
