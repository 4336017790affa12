//! `awsx doctor`: what it finds in small files, what `--fix` makes of them, and what the real program says about a machine.

mod cases;
mod machine;
mod oracle;
mod program;

use std::collections::BTreeSet;
use std::path::PathBuf;

use awsx::base::env::Env;
use awsx::base::time::Timestamp;
use awsx::doctor::{Files, Finding, Mend, Repair, in_profiles, in_texts};
use awsx::profile::Locations;
use snapbox::Data;
use snapbox::assert::{Action, Assert};

use crate::support::root;

/// Both files of a case; an empty text is a file that is missing.
pub fn files(config: &str, credentials: &str) -> Files {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let at = Locations { config: PathBuf::from("config"), credentials: PathBuf::from("credentials") };
    Files::new(at, text(config), text(credentials))
}

/// Everything that is found in both files, at the start of 2026. The keychain has keys of `stored`.
pub fn all(files: &Files) -> Vec<Finding> {
    let stored = BTreeSet::from(["stored".to_owned()]);
    let mut found = in_texts(files);
    let profiles = files.profiles().expect("it can be read");
    found.extend(in_profiles(files, &profiles, &Env::default(), (&stored, true), Timestamp(1_767_225_600)));
    found
}

/// Compares a text with its file, or writes the file anew.
pub fn compare(file: &str, text: String) {
    let action = if std::env::var_os("AWSX_UPDATE").is_some() { Action::Overwrite } else { Action::Verify };
    let kept = Data::read_from(&root().join("tests/texts/doctor").join(file), None);
    Assert::new().action(action).normalize_paths(false).eq(Data::text(text), kept);
}

/// A finding in one line or two.
pub fn shown(finding: &Finding) -> String {
    let mends = if finding.mend.is_some() { " (--fix)" } else { "" };
    let place = awsx::doctor::location(finding);
    let fix = finding.fix.as_ref().map(|fix| format!("\n    fix{mends}: {fix}")).unwrap_or_default();
    format!("{place} {} {}: {}{fix}\n", finding.check.severity.name(), finding.check.id, finding.message)
}

/// The findings, and the files after `--fix` with what is found then.
pub fn told(config: &str, credentials: &str) -> String {
    let before = files(config, credentials);
    let found = all(&before);
    let mut text: String = found.iter().map(shown).collect();
    let repair = Repair::of(&before).expect("it can be mended");
    for draft in &repair.drafts {
        text += &format!("-- {} after --fix --\n{}", draft.path.display(), *draft.after);
        if !draft.after.ends_with(['\n', '\r']) {
            text += "\n(no line end)\n";
        }
    }
    if repair.drafts.is_empty() {
        return text;
    }
    let after = |file: &str, text: &str| {
        let draft = repair.drafts.iter().find(|draft| draft.path.to_str() == Some(file));
        draft.map_or(text.to_owned(), |draft| draft.after.to_string())
    };
    let left = all(&files(&after("config", config), &after("credentials", credentials)));
    let by_itself = |finding: &Finding| finding.mend.as_ref().is_some_and(|mend| !matches!(mend, Mend::Source { .. }));
    assert!(!left.iter().any(by_itself), "a second run would mend more: {left:#?}");
    let left: Vec<&str> = left.iter().map(|finding| finding.check.id).collect();
    text + &format!("-- left: {}\n", if left.is_empty() { "nothing".into() } else { left.join(", ") })
}
