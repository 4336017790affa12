//! The guided shell: `awsx-sandbox` alone.

use std::io;
use std::os::unix::process::ExitStatusExt;

use nix::sys::signal::{SigHandler, Signal, signal};

use super::ending;
use super::playground::{PASSPHRASE, Playground};

/// Opens the user's shell in a place to try awsx in; its exit status.
///
/// # Errors
/// If the place can't be made or the shell can't be started.
pub fn run() -> io::Result<u8> {
    ending::watch(&[Signal::SIGTERM, Signal::SIGHUP])?;
    let place = Playground::new(false)?;
    eprintln!("{}", tour(&place));
    let shell = std::env::var_os("SHELL").filter(|s| !s.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    let mut child = place.command(&shell).spawn().map_err(|e| io::Error::other(format!("{}: {e}", shell.display())))?;
    ending::shell(i32::try_from(child.id()).unwrap_or_default());
    // Ctrl-C is for what runs in the shell. Set after the start: ignored signals would be inherited.
    for name in [Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { signal(name, SigHandler::SigIgn) }?;
    }
    let status = child.wait()?;
    ending::shell(0);
    if let Some(signal) = ending::caught() {
        return Ok(u8::try_from(128 + signal as i32).unwrap_or(1));
    }
    let code = status.code().or_else(|| status.signal().map(|s| 128 + s)).unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}

fn tour(place: &Playground) -> String {
    let phone = place.path("bin/phone").display().to_string();
    format!(
        "\
This is NOT AWS: a sandbox on this machine, with a HOME of its own. Nothing of
yours is touched, and all of it is gone when you leave (exit).

alice has an access key, a phone, and a policy that wants MFA for everything.
`phone alice` shows her code, here or, while awsx asks, in another terminal:
  {phone} alice

  awsx add prod --csv keys/alice.csv   her keys into the keychain, checked first
  awsx exec prod -- aws s3 ls          asks for one code
  awsx shell prod                      asks nothing now: a subshell, the time left
                                       in its prompt; exit leaves it
  awsx exec admin -- aws sts get-caller-identity
                                       a role over the same session, no code
  awsx explain admin                   what awsx does for it, and why
  awsx list; awsx whoami prod          what is there, and whose it is
  awsx add new --csv keys/bob.csv
  awsx provision-mfa new               bob has no MFA device yet: scan the QR code
                                       with a phone of your own, or see
                                       {phone} mfa/bob
  awsx remove prod                     the keys and all sessions made from them

The keychain here is a file. If it asks for its passphrase: {PASSPHRASE}
"
    )
}
