//! The step of the demo that looks for secrets on the disk.

use std::fs;
use std::path::Path;

use super::playground::Playground;
use super::step::check;

/// Looks into every file of the place.
pub fn nothing(place: &Playground) -> Result<String, String> {
    let secrets: Vec<String> = {
        let world = &place.sandbox().world;
        let keys = world.access_keys.iter().map(|k| k.secret.clone());
        let sessions = world.sessions.iter().flat_map(|s| [s.secret.clone(), s.token.clone()]);
        let center = world.identity_center.sign_ins.iter();
        let tokens = center.flat_map(|s| s.access.iter().map(|(token, _)| token).chain(&s.refresh)).cloned();
        let clients = world.identity_center.clients.iter().map(|c| c.secret.clone());
        let logins = world.console_logins.logins.iter().flat_map(|l| l.refresh.iter().map(|r| r.token.clone()));
        let of_sign_ins = tokens.chain(clients).chain(logins);
        keys.chain(sessions).chain(of_sign_ins).chain(world.mfa_devices.iter().filter_map(|d| d.seed.clone())).collect()
    };
    check(secrets.len() > 10, || "there were no sessions".into())?;
    let mut looked_at = 0;
    for folder in ["home", "run", "tmp"] {
        search(&place.path(folder), &secrets, &mut looked_at)?;
    }
    check(looked_at > 2, || "there was nothing to look at".into())?;
    Ok(format!("{looked_at} files looked at for {} secrets", secrets.len()))
}

/// Looks for secrets in every file but the CSV files, which stand for what a person downloads.
fn search(folder: &Path, secrets: &[String], looked_at: &mut usize) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            search(&path, secrets, looked_at)?;
        } else if path.is_file() && path.extension().is_none_or(|e| e != "csv") {
            let bytes = fs::read(&path).map_err(|e| e.to_string())?;
            let text = String::from_utf8_lossy(&bytes);
            *looked_at += 1;
            check(!secrets.iter().any(|s| text.contains(s.as_str())), || format!("a secret is in {}", path.display()))?;
        }
    }
    Ok(())
}
