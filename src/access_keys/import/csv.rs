//! Keys in a CSV file of the AWS console.

use std::fs::{self, File};
use std::path::Path;

use super::{Findings, Found, Left};
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret;
use crate::sources::keys;

/// How the console names the file of a new access key, behind the name of the user.
const OF_A_USER: &str = "_accessKeys.csv";

/// The keys of a file, each for the profile that is named, else for one with the name of its user.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: no such file, or `profile` for several keys;
/// [`crate::base::error::ErrorKind::Input`] if nobody can be asked for a name.
pub fn find(app: &App, path: &Path, profile: Option<&str>) -> Result<Findings> {
    let shown = path.display();
    let text = File::open(path)
        .and_then(secret::read_text)
        .map_err(|e| Error::config(format!("can't read {shown}")).cause(e))?;
    let rows = keys::csv_rows(&text).map_err(|e| Error { what: format!("{shown}: {}", e.what), ..e })?;
    if profile.is_some() && rows.len() > 1 {
        return Err(Error::config(format!(
            "{shown} holds {} access keys, and --profile names one profile",
            rows.len()
        ))
        .hint("leave --profile out: each is stored under the name of its user"));
    }
    let mut findings = Findings::default();
    for row in rows {
        let known = profile.or(row.user.as_deref()).or_else(|| path.file_name()?.to_str()?.strip_suffix(OF_A_USER));
        let known = known.filter(|name| !name.is_empty()).map(str::to_owned);
        let name = known.map_or_else(|| ask(app, row.shown()), Ok)?;
        match row.check() {
            Ok(keys) => findings.found.push(Found { profile: name, keys }),
            Err(error) => findings.left.push(Left { name, why: error.brief() }),
        }
    }
    Ok(findings)
}

fn ask(app: &App, id: &str) -> Result<String> {
    let nobody = |e: Error| e.hint("--profile NAME says which profile it is for");
    let name = app.prompter.line(&format!("Profile for the key {id}: ")).map_err(nobody)?;
    if name.is_empty() {
        return Err(nobody(Error::input("no profile was named")));
    }
    Ok(name)
}

/// Offers to delete the file.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if it can't be deleted.
pub fn offer_to_delete(app: &App, path: &Path) -> Result<()> {
    let shown = path.display();
    let question = format!("Delete {shown}, which holds the keys in plain text?");
    let agreed = app.global.yes || (app.prompter.can_ask() && app.prompter.confirm(&question, false)?);
    if !agreed {
        app.prompter.say(&format!("{shown} still holds the keys in plain text: delete it"));
        return Ok(());
    }
    fs::remove_file(path).map_err(|e| Error::failed(format!("can't delete {shown}")).cause(e))?;
    app.prompter.say(&format!("deleted {shown}"));
    Ok(())
}
