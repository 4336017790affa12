//! Findings as a person reads them: by file, with line numbers, and counted at the end. Pure.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::finding::{Finding, Severity};
use crate::base::terminal_text;

/// How many findings of one check are shown for a file. The others are counted.
const MOST: usize = 20;

/// The lines. `seen`: what was looked at. `colors`: with colours for a terminal.
pub fn lines(found: &[Finding], seen: &[String], colors: bool) -> Vec<String> {
    let paint = |text: &str, code: &str| if colors { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() };
    let mut lines = Vec::new();
    for group in found.chunk_by(|one, next| one.file == next.file) {
        let file: Option<&Arc<Path>> = group.first().and_then(|finding| finding.file.as_ref());
        let title = file.map_or("this machine".into(), |path| terminal_text::line(&path.to_string_lossy()));
        lines.push(paint(&title, "1"));
        let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in group {
            let id = finding.check.id;
            let count = shown.entry(id).or_default();
            *count += 1;
            if *count <= MOST {
                let severity = finding.check.severity;
                let line = finding.line.map_or(String::new(), |line| format!("line {line}: "));
                let severity = paint(severity.name(), color(severity));
                lines.push(format!("  {line}{severity}: {} [{id}]", terminal_text::line(&finding.message)));
                lines.extend(finding.fix.as_ref().map(|fix| format!("    fix: {}", terminal_text::line(fix))));
            }
        }
        let more = shown.iter().filter(|(_, count)| **count > MOST);
        lines.extend(more.map(|(id, count)| format!("  … and {} more of {id} (--json shows all)", count - MOST)));
        lines.push(String::new());
    }
    let seen = if seen.is_empty() { String::new() } else { format!(" ({})", terminal_text::line(&seen.join(", "))) };
    let mends = found.iter().filter(|finding| finding.mend.is_some()).count();
    let mends = if mends > 0 { format!("; `awsx doctor --fix` mends {mends}") } else { String::new() };
    lines.push(summary(found) + &mends + &seen);
    lines
}

/// Where a finding is, in front of a line of its own.
pub fn location(finding: &Finding) -> String {
    match (&finding.file, finding.line) {
        (Some(file), Some(line)) => format!("{}:{line}", file.display()),
        (Some(file), None) => file.display().to_string(),
        (None, _) => "this machine".into(),
    }
}

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "1;31",
        Severity::Warning => "33",
        Severity::Info => "36",
    }
}

/// How many of each there are.
fn summary(found: &[Finding]) -> String {
    let count = |severity, one: &str, many: &str| {
        let count = found.iter().filter(|finding| finding.check.severity == severity).count();
        (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
    };
    let counts = [
        count(Severity::Error, "error", "errors"),
        count(Severity::Warning, "warning", "warnings"),
        count(Severity::Info, "note", "notes"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() { "nothing is wrong".into() } else { counts.join(", ") }
}
