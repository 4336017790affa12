//! The lines of a file: those that can't be read, those that are read as something else than they look like, and what
//! stands there twice. Pure.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use super::finding::{Finding, said};
use super::mend::Mend;
use super::{checks, keys};
use crate::profile::edit;
use crate::profile::sheet::{BadLine, Block, Entry, Fault, Sheet};

/// Checks a file.
pub fn check(sheet: &Sheet, found: &mut Vec<Finding>) {
    found.extend(byte_order_mark(sheet));
    found.extend(sheet.faults.iter().map(|fault| bad_line(sheet, fault)));
    let headers: HashSet<&str> = sheet.blocks.iter().map(|block| sheet.cut(&block.header)).collect();
    let mut first: HashMap<&str, (&Block, bool)> = HashMap::new();
    for (index, block) in sheet.blocks.iter().enumerate() {
        match first.entry(sheet.cut(&block.header)) {
            Slot::Occupied(mut there) => {
                let (first, joins) = there.get_mut();
                let finding = second_section(sheet, first, block);
                // One at a time: the third may differ from the second.
                found.push(if std::mem::take(joins) { finding } else { finding.mend(None) });
            }
            Slot::Vacant(free) => {
                free.insert((block, true));
            }
        }
        duplicate_keys(sheet, block, found);
        indented(sheet, block, sheet.blocks.get(index + 1), found);
        let mut taken: HashSet<String> = block.entries.iter().map(|entry| name(sheet, entry)).collect();
        for entry in &block.entries {
            continued(sheet, entry, (&headers, &mut taken), found);
        }
    }
}

fn byte_order_mark(sheet: &Sheet) -> Option<Finding> {
    let mark = '\u{feff}';
    let what = "it starts with a byte order mark, and the AWS CLI refuses the whole file; awsx skips the mark";
    let finding =
        Finding::new(checks::BYTE_ORDER_MARK, what).at(&sheet.path, 1).fix("save it as UTF-8 without the mark");
    sheet.text().starts_with(mark).then(|| finding.mend(Mend::Text(vec![(0..mark.len_utf8(), String::new())])))
}

/// What the line says is left out: it may be half of a key pair.
fn bad_line(sheet: &Sheet, fault: &Fault) -> Finding {
    let (check, fix) = match fault.what {
        BadLine::OutsideSection => {
            (checks::SETTING_BEFORE_SECTION, "move it below the header of the section that it belongs to")
        }
        BadLine::OpenHeader => (checks::UNCLOSED_HEADER, "close the bracket"),
        BadLine::NoSign => (checks::BAD_LINE, "write it as `key = value`, or put a # in front"),
        BadLine::NoName => (checks::BAD_LINE, "name the key in front of the `=`"),
        BadLine::NotNested => (checks::BAD_LINE, "write it as `key = value`, or take its indent away"),
    };
    let what = format!("{}; the AWS CLI refuses the whole file", fault.what.what());
    let mend = (fault.what == BadLine::OpenHeader).then(|| closed(sheet, fault)).flatten();
    Finding::new(check, what).at(&sheet.path, fault.line).fix(fix).mend(mend)
}

/// The bracket, if it is clear where it is missing.
fn closed(sheet: &Sheet, fault: &Fault) -> Option<Mend> {
    let line = sheet.cut(&fault.span).trim_end();
    let name = line.trim_start().strip_prefix('[')?;
    let plain = |c: char| c.is_alphanumeric() || "-_./@ ".contains(c);
    let end = fault.span.start + line.len();
    (!name.trim().is_empty() && name.chars().all(plain)).then(|| Mend::Text(vec![(end..end, "]".into())]))
}

fn second_section(sheet: &Sheet, first: &Block, again: &Block) -> Finding {
    let header = said(sheet.cut(&again.header));
    let what = format!(
        "[{header}] stands in line {} already: the AWS CLI refuses the whole file; awsx and other SDKs join the two",
        first.line
    );
    let differs = differing(sheet, first, again);
    let fix = match differs {
        None => "join the two sections".to_owned(),
        Some(key) => format!("join the two sections; they set {} to different values", keys::said(&key)),
    };
    Finding::new(checks::DUPLICATE_SECTION, what).at(&sheet.path, again.line).fix(fix).mend(joined(sheet, first, again))
}

/// A key that two sections set to different values.
fn differing(sheet: &Sheet, one: &Block, other: &Block) -> Option<String> {
    let values: HashMap<String, Vec<&str>> = one.entries.iter().map(|e| (name(sheet, e), value(sheet, e))).collect();
    let mut keys = other.entries.iter().map(|entry| (name(sheet, entry), value(sheet, entry)));
    keys.find(|(key, value)| values.get(key).is_some_and(|there| there != value)).map(|(key, _)| key)
}

/// The settings of the second section behind those of the first. Comments that may belong to the section after it stay.
fn joined(sheet: &Sheet, first: &Block, again: &Block) -> Option<Mend> {
    // A line that continues a value may turn out to be a setting.
    let continued = |entry: &Entry| !entry.value.is_empty() && !entry.more.is_empty();
    if differing(sheet, first, again).is_some() || first.entries.iter().chain(&again.entries).any(continued) {
        return None;
    }
    let end = again.entries.last().map_or(again.body.start, |entry| entry.span.end);
    let gone = again.span.start..end;
    let there: HashSet<String> = first.entries.iter().map(|entry| name(sheet, entry)).collect();
    let (known, new): (Vec<&Entry>, Vec<&Entry>) =
        again.entries.iter().partition(|entry| there.contains(&name(sheet, entry)));
    let cuts = known
        .iter()
        .map(|entry| (entry.span.start - again.body.start..entry.span.end - again.body.start, String::new()));
    let mut moved = edit::apply(sheet.cut(&(again.body.start..end)), cuts.collect()).to_string();
    if let (Some(above), Some(below)) = (first.entries.last(), new.first()) {
        // With another indent they would be read as a part of the value above.
        if indent(sheet, above) != indent(sheet, below) {
            return None;
        }
    }
    if !moved.is_empty() && !moved.ends_with(['\n', '\r']) {
        moved.push_str(edit::line_break(sheet.text()));
    }
    let at = first.entries.last().map_or(first.body.start, |entry| entry.span.end);
    Some(Mend::Text(vec![(at..at, moved), (gone, String::new())]))
}

fn duplicate_keys(sheet: &Sheet, block: &Block, found: &mut Vec<Finding>) {
    let mut first: HashMap<String, &Entry> = HashMap::new();
    for entry in &block.entries {
        match first.entry(name(sheet, entry)) {
            Slot::Vacant(free) => {
                free.insert(entry);
            }
            Slot::Occupied(there) => {
                let (key, line) = (keys::said(there.key()), there.get().line);
                let same = value(sheet, there.get()) == value(sheet, entry);
                let what = format!(
                    "{key} is set in line {line} already: the AWS CLI refuses the whole file; awsx and other SDKs take the last one"
                );
                let fix = if same { "remove one of the two lines" } else { "remove the one that you don't mean" };
                let mend = same.then(|| Mend::Text(vec![(entry.span.clone(), String::new())]));
                found.push(Finding::new(checks::DUPLICATE_KEY, what).at(&sheet.path, entry.line).fix(fix).mend(mend));
            }
        }
    }
}

/// Settings that are indented themselves. If the header below is indented too, it would be read as a part of the last
/// one.
fn indented(sheet: &Sheet, block: &Block, next: Option<&Block>, found: &mut Vec<Finding>) {
    let shifted: Vec<&Entry> = block.entries.iter().filter(|entry| !indent(sheet, entry).is_empty()).collect();
    let Some(first) = shifted.first() else { return };
    let what = format!(
        "{} indented: the AWS CLI takes the settings of [{}] even so, other SDKs take an indented line for a part of the one above",
        if shifted.len() == 1 { "it is" } else { "it and lines below are" },
        said(sheet.cut(&block.header))
    );
    let header = next.map(|next| next.span.start..next.header.start - 1).filter(|indent| !indent.is_empty());
    let indents = shifted.iter().map(|entry| entry.span.start..entry.key.start);
    let changes = indents.chain(header).map(|indent| (indent, String::new())).collect();
    let finding = Finding::new(checks::INDENTED_SETTING, what).at(&sheet.path, first.line);
    found.push(finding.fix("let settings start at the beginning of the line").mend(Mend::Text(changes)));
}

/// Lines that look like settings or headers and are read as a part of the value above. They are mended only if each is
/// clear, and none then stands there twice: there is no such header, and no such key in the section.
fn continued(sheet: &Sheet, entry: &Entry, taken: (&HashSet<&str>, &mut HashSet<String>), found: &mut Vec<Finding>) {
    if entry.value.is_empty() {
        return;
    }
    let (headers, keys_here) = taken;
    let above = keys::said(sheet.cut(&entry.key));
    let from = found.len();
    for more in &entry.more {
        let text = sheet.cut(&more.text);
        let header = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let key = text.split_once(['=', ':']).map(|(key, _)| key.trim().to_lowercase()).unwrap_or_default();
        let known = keys::find(&key);
        let looks = match known {
            Some(key) => key.name,
            None if header.is_some() => "the header",
            None => "it",
        };
        let what =
            format!("{looks} is indented, and so it is read as a part of the value of {above} in line {}", entry.line);
        let clear = header.is_some() || known.is_some();
        let free = match header {
            Some(header) => !header.is_empty() && !headers.contains(header),
            None => known.is_some() && !text.ends_with(['=', ':']) && keys_here.insert(key),
        };
        let mend = free.then(|| Mend::Text(vec![(more.indent.clone(), String::new())]));
        let fix = if clear {
            "take its indent away"
        } else {
            "a value stands on one line: take the indent away, or join the lines"
        };
        found.push(Finding::new(checks::CONTINUED_LINE, what).at(&sheet.path, more.line).fix(fix).mend(mend));
    }
    let group = found.get_mut(from..).unwrap_or_default();
    if group.iter().any(|finding| finding.mend.is_none()) {
        for finding in group {
            finding.mend = None;
        }
    }
}

fn name(sheet: &Sheet, entry: &Entry) -> String {
    sheet.cut(&entry.key).to_lowercase()
}

/// The lines of a value.
fn value<'a>(sheet: &'a Sheet, entry: &Entry) -> Vec<&'a str> {
    let more = entry.more.iter().map(|more| sheet.cut(&more.text));
    std::iter::once(sheet.cut(&entry.value)).chain(more).collect()
}

/// The white space in front of a key.
fn indent<'a>(sheet: &'a Sheet, entry: &Entry) -> &'a str {
    sheet.cut(&(entry.span.start..entry.key.start))
}
