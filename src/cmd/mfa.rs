//! `awsx mfa`.

use serde_json::{Value, json};

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::base::signals;
use crate::cli::{self, MfaTarget, MfaVerb};
use crate::devices::{self, Target};
use crate::ports::MfaDevice;
use crate::profile::Profiles;

/// Runs `awsx mfa`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Mfa) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    match &args.verb {
        MfaVerb::Status(args) => {
            let mut devices = devices::status(app, &profiles, target(&args.target))?;
            if let Some(serial) = &args.target.mfa_serial {
                devices.retain(|d| d.serial == *serial);
            }
            if args.json {
                output::json(&as_json(&devices))?;
            } else {
                output::lines(as_lines(&devices))?;
            }
        }
        MfaVerb::Remove(args) => {
            let serial = args.target.mfa_serial.as_deref();
            let target = target(&args.target);
            // A signal doesn't stop it between deactivating and deleting.
            signals::held(
                |error| app.prompter.failure(error),
                || devices::remove(app, &profiles, target, serial, args.deactivate_only),
            )?;
        }
        MfaVerb::Resync(args) => {
            devices::resync(app, &profiles, target(&args.target), args.target.mfa_serial.as_deref())?;
        }
        MfaVerb::Code(args) => {
            let code = devices::code(app, &profiles, args.profile.as_deref(), args.mfa_serial.as_deref())?;
            output::text(&format!("{}\n", code.expose()))?;
        }
    }
    Ok(0)
}

fn target(args: &MfaTarget) -> Target<'_> {
    Target {
        profile: args.profile.as_deref(),
        with_profile: args.with_profile.as_deref(),
        code: args.code.as_deref(),
        code_from: args.code_from.as_deref(),
    }
}

/// See docs/reference.md.
fn as_json(devices: &[MfaDevice]) -> Value {
    let object = |d: &MfaDevice| json!({"serial": d.serial, "kind": devices::kind(&d.serial), "enabled": d.enabled.map(|at| at.to_string())});
    devices.iter().map(object).collect()
}

fn as_lines(devices: &[MfaDevice]) -> Vec<String> {
    if devices.is_empty() {
        return vec!["no MFA devices".into()];
    }
    let line = |d: &MfaDevice| {
        let since = d.enabled.map(|at| format!("  since {at}")).unwrap_or_default();
        format!("{:<9} {}{since}", devices::kind(&d.serial), d.serial)
    };
    devices.iter().map(line).collect()
}
