//! The keychain: whether it can be reached, and whether its keys and the profiles fit together. Nobody is asked for
//! anything.

use std::collections::BTreeSet;

use super::super::finding::{Finding, said};
use super::super::{checks, remembered};
use crate::app::App;
use crate::base::error::ErrorKind;

/// The profiles whose keys it holds, and whether that is known for certain.
pub fn check(
    app: &App,
    names: &[String],
    seen: &mut Vec<String>,
    found: &mut Vec<Finding>,
) -> (BTreeSet<String>, bool) {
    let known = remembered(app, names);
    let quiet = app.keychain.is_quiet();
    app.keychain.set_quiet(true);
    let listed = app.keychain.list();
    app.keychain.set_quiet(quiet);
    let backend = app.keychain.backend();
    let items = match listed {
        Ok(items) => items,
        Err(error) => {
            let locked = error.kind == ErrorKind::Input || error.what.contains("locked");
            let (check, what) = if locked {
                (
                    checks::KEYCHAIN_LOCKED,
                    format!("the keychain ({backend}) is locked, so its keys are not compared with the profiles"),
                )
            } else {
                (checks::KEYCHAIN_UNREACHABLE, format!("the keychain ({backend}) can't be used: {}", error.brief()))
            };
            let finding = Finding::new(check, what);
            found.push(match error.hint {
                Some(hint) => finding.fix(hint),
                None => finding,
            });
            return (known, false);
        }
    };
    seen.push(format!("keychain ({backend})"));
    let held: BTreeSet<String> = items.iter().filter_map(|item| item.profile()).map(str::to_owned).collect();
    for name in held.iter().filter(|name| names.binary_search(name).is_err()) {
        let name = said(name);
        let what = format!("the keychain holds keys of {name}, and there is no such profile");
        let fix = format!("add [profile {name}] to the config, or `awsx remove {name}`");
        found.push(Finding::new(checks::KEYS_WITHOUT_PROFILE, what).fix(fix));
    }
    for name in known.difference(&held) {
        let name = said(name);
        let what = format!(
            "awsx remembers keys of {name}, and the keychain ({backend}) doesn't hold them: another backend may"
        );
        let fix = format!("choose that backend with AWSX_BACKEND, or `awsx add {name}` again");
        found.push(Finding::new(checks::KEYS_GONE, what).fix(fix));
    }
    (held, true)
}
