//! The report of `awsx doctor env`, for a person and as JSON. Pure.

use serde_json::{Value, json};

use super::class::{Report, masked};
use super::sdks::{Choice, Remark, Source};
use crate::base::{columns, terminal_text};

/// Everything that `awsx doctor env` tells.
pub struct Whole {
    /// Whose the credentials in the environment are.
    pub report: Report,
    /// What each SDK takes.
    pub choices: Vec<Choice>,
    /// What there is to say of them together.
    pub remarks: Vec<Remark>,
}

impl Whole {
    /// The lines for a person. `colors`: with colours for a terminal.
    pub fn lines(&self, colors: bool) -> Vec<String> {
        let paint = |text: &str, code: &str| if colors { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() };
        let title = |text: &str| paint(text, "1");
        let mut lines = vec![title("this environment")];
        lines.extend(self.report.lines().iter().map(|line| format!("  {}", terminal_text::line(line))));
        lines.extend([String::new(), title("what each SDK takes")]);
        let rows: Vec<[String; 3]> = self.choices.iter().map(row).collect();
        lines.extend(columns::table(&rows).lines().map(|line| format!("  {line}")));
        let all = self.choices.iter().flat_map(|choice| choice.notes.iter().map(|note| (note, choice.sdk.name())));
        let mut notes: Vec<(&String, Vec<&str>)> = Vec::new();
        for (note, name) in all {
            match notes.iter_mut().find(|(known, _)| *known == note) {
                Some((_, names)) => names.push(name),
                None => notes.push((note, vec![name])),
            }
        }
        if !notes.is_empty() {
            lines.extend([String::new(), title("why")]);
            let line = |(note, names): &(&String, Vec<&str>)| format!("  {}: {note}", names.join(", "));
            lines.extend(notes.iter().map(|note| terminal_text::line(&line(note))));
        }
        if !self.remarks.is_empty() {
            lines.extend([String::new(), title("look at this")]);
        }
        for remark in &self.remarks {
            lines.push(format!("  {} {}", paint("!", "33"), terminal_text::line(&remark.what)));
            lines.extend(remark.details.iter().map(|detail| format!("    {}", terminal_text::line(detail))));
            lines.extend(remark.advice.iter().map(|advice| format!("    → {}", terminal_text::line(advice))));
        }
        lines
    }

    /// As JSON for programs.
    pub fn json(&self) -> Value {
        let report = &self.report;
        json!({
            "environment": {
                "class": report.class,
                "profile": report.profile,
                "named_by": report.named_by,
                "access_key_id": report.access_key_id.as_deref().map(masked),
                "is_session": report.is_session,
                "expires": report.expires.map(|at| at.to_string()),
                "summary": report.summary,
                "notes": report.notes,
                "advice": report.advice,
            },
            "sdks": self.choices.iter().map(choice).collect::<Vec<_>>(),
            "remarks": self.remarks.iter().map(remark).collect::<Vec<_>>(),
        })
    }
}

fn row(choice: &Choice) -> [String; 3] {
    let region = match &choice.region {
        Some(region) => format!("{} ({})", region.name, region.from),
        None => "no region".into(),
    };
    [choice.sdk.name().into(), choice.source_in_words(), region].map(|cell| terminal_text::line(&cell))
}

fn choice(choice: &Choice) -> Value {
    json!({
        "sdk": choice.sdk.id(),
        "name": choice.sdk.name(),
        "profile": choice.profile,
        "selected_by": choice.selected_by,
        "source": source(&choice.source),
        "in_words": choice.source_in_words(),
        "notes": choice.notes,
        "region": choice.region.as_ref().map(|region| &region.name),
        "region_from": choice.region.as_ref().map(|region| &region.from),
    })
}

fn source(from: &Source) -> Value {
    let (role_arn, base, error) = match from {
        Source::Role(arn, base) => (Some(arn), source(base), None),
        Source::Error(text) => (None, Value::Null, Some(text)),
        _ => (None, Value::Null, None),
    };
    json!({
        "kind": from.kind(),
        "access_key_id": from.access_key_id().map(masked),
        "role_arn": role_arn,
        "from": base,
        "error": error,
    })
}

fn remark(remark: &Remark) -> Value {
    json!({"what": remark.what, "details": remark.details, "advice": remark.advice})
}
