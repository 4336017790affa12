//! `awsx list`.

use std::borrow::Cow;
use std::path::Path;

use serde_json::json;

use crate::access_keys::rotate;
use crate::app::App;
use crate::base::columns;
use crate::base::error::Result;
use crate::base::output;
use crate::base::terminal_text;
use crate::cli;
use crate::profile::Profiles;
use crate::select::listing::{self, HEAD, Row};
use crate::store::folders;

/// Prints the profiles: where their keys are, MFA, sessions and time left.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the AWS files can't be read.
pub fn run(app: &App, args: &cli::List) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    if args.folders {
        return folders(app, &profiles, args.json);
    }
    let rows = listing::rows(app, &profiles);
    if args.json {
        output::json(&rows.iter().map(Row::json).collect::<Vec<_>>())?;
    } else if rows.is_empty() {
        app.prompter.say("no profiles yet; awsx add PROFILE makes one");
    } else {
        let lines: Vec<[Cow<str>; 6]> =
            std::iter::once(HEAD.map(Cow::from)).chain(rows.iter().map(Row::cells)).collect();
        let table = columns::table(&lines);
        match table.split_once('\n') {
            Some((heading, rows)) if app.colored_results() => {
                output::text(&format!("\x1b[1m{heading}\x1b[0m\n{rows}"))?;
            }
            _ => output::text(&table)?,
        }
    }
    rotate::remind(app);
    Ok(0)
}

/// Prints the folders that are bound to a profile, and what is wrong with those that lead nowhere.
fn folders(app: &App, profiles: &Profiles, json: bool) -> Result<u8> {
    let all = folders::all(&app.state_dir()?)?;
    if json {
        let row = |(folder, profile): (&String, &String)| {
            json!({
                "folder": folder,
                "profile": profile,
                "folder_exists": Path::new(folder).is_dir(),
                "profile_exists": profiles.contains(profile),
            })
        };
        output::json(&all.iter().map(row).collect::<Vec<_>>())?;
    } else if all.is_empty() {
        app.prompter.say("no folder is bound to a profile; awsx use --here PROFILE binds the one you are in");
    } else {
        let note = |folder: &str, profile: &str| match (Path::new(folder).is_dir(), profiles.contains(profile)) {
            (false, _) => "there is no such folder",
            (_, false) => "there is no such profile",
            _ => "",
        };
        let row = |(folder, profile): (&String, &String)| {
            [folder.as_str(), profile, note(folder, profile)].map(terminal_text::line)
        };
        let head = ["FOLDER", "PROFILE", ""].map(str::to_owned);
        let rows: Vec<[String; 3]> = std::iter::once(head).chain(all.iter().map(row)).collect();
        output::text(&columns::table(&rows))?;
    }
    Ok(0)
}
