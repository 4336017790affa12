//! What `awsx doctor` can find: the table of its checks, and one finding. Pure.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::mend::Mend;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something doesn't work, or not as it is written.
    Error,
    /// Something works and is dangerous, or works with some programs alone.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its name, which never changes.
    pub id: &'static str,
    /// How bad its findings are.
    pub severity: Severity,
    /// What it looks for, in one line.
    pub about: &'static str,
}

/// Something that was found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Which check has found it.
    pub check: Check,
    /// The file that it is in.
    pub file: Option<Arc<Path>>,
    /// The line, counted from one.
    pub line: Option<u32>,
    /// What is wrong, and what happens because of it. Never a secret: a line that may hold one is not quoted.
    pub message: String,
    /// What mends it.
    pub fix: Option<String>,
    /// How `--fix` mends it.
    pub mend: Option<Mend>,
}

impl Finding {
    /// A finding about this machine.
    pub fn new(check: Check, message: impl Into<String>) -> Self {
        Finding { check, file: None, line: None, message: redacted(message.into()), fix: None, mend: None }
    }

    /// Says which file it is about.
    #[must_use]
    pub fn file(mut self, file: &Path) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, file: &Arc<Path>, line: u32) -> Self {
        (self.file, self.line) = (Some(Arc::clone(file)), Some(line));
        self
    }

    /// Says what mends it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(redacted(fix.into()));
        self
    }

    /// Says how `--fix` mends it.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<Option<Mend>>) -> Self {
        self.mend = mend.into();
        self
    }

    /// As `--json` shows it.
    pub fn json(&self) -> impl Serialize + '_ {
        Shown {
            id: self.check.id,
            severity: self.check.severity,
            file: self.file.as_deref().map(Path::to_string_lossy),
            line: self.line,
            message: &self.message,
            fix: self.fix.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'static str,
    severity: Severity,
    file: Option<Cow<'a, str>>,
    line: Option<u32>,
    message: &'a str,
    fix: Option<&'a str>,
}

/// Text of a file, to be quoted in a message. Long text is cut.
pub fn said(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 120;
    if text.chars().count() <= LONGEST {
        return text.into();
    }
    // Redacted first: half a secret would not be recognised.
    (redacted(text.to_owned()).chars().take(LONGEST).collect::<String>() + "…").into()
}

/// The text without what could be a secret access key, a token, or a good part of one: many letters and digits in a
/// row, of every sort.
fn redacted(text: String) -> String {
    const SHORTEST: usize = 32;
    let of_secrets = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let is_secret = |run: &str| {
        let has = |sort: fn(&u8) -> bool| run.as_bytes().iter().any(sort);
        run.len() >= SHORTEST && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
    };
    if !text.split(|c| !of_secrets(c)).any(is_secret) {
        return text;
    }
    let mut out = String::new();
    for piece in text.split_inclusive(|c| !of_secrets(c)) {
        let run = piece.trim_end_matches(|c| !of_secrets(c));
        out.push_str(if is_secret(run) { "…" } else { run });
        out.push_str(piece.get(run.len()..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_quoted() {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        for text in [SECRET.to_owned(), format!("region can't be {SECRET}"), format!("[{SECRET}] a"), SECRET.repeat(9)]
        {
            let finding = Finding::new(super::super::checks::BAD_VALUE, said(&text)).fix(said(&text));
            let shown = serde_json::to_string(&finding.json()).unwrap();
            assert!(!shown.contains(&SECRET[..12]) && shown.contains('…'), "{shown}");
        }
        for text in [
            "arn:aws:iam::123456789012:role/aws-reserved/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            "AdministratorAccessForAllDevelopers",
        ] {
            assert_eq!(redacted(text.to_owned()), text);
        }
    }
}
