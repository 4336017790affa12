//! The lines of a file: what can't be read, and what stands there twice. Pure.

use std::collections::HashMap;

use super::checks;
use super::finding::Finding;
use crate::profile::sheet::{BadLine, Block, Fault, Sheet};

/// Checks a file.
pub fn check(sheet: &Sheet, found: &mut Vec<Finding>) {
    found.extend(sheet.faults.iter().map(|fault| bad_line(sheet, fault)));
    let mut headers = HashMap::new();
    for block in &sheet.blocks {
        let header = sheet.cut(&block.header);
        if let Some(first) = headers.get(header) {
            let what = format!(
                "[{header}] stands in line {first} already: the AWS CLI refuses the whole file, awsx and other SDKs join the two"
            );
            found.push(
                Finding::new(checks::DUPLICATE_SECTION, what).at(&sheet.path, block.line).fix("join the two sections"),
            );
        } else {
            headers.insert(header, block.line);
        }
        duplicate_keys(sheet, block, found);
    }
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
    Finding::new(check, what).at(&sheet.path, fault.line).fix(fix)
}

fn duplicate_keys(sheet: &Sheet, block: &Block, found: &mut Vec<Finding>) {
    let mut keys = HashMap::new();
    for entry in &block.entries {
        let key = sheet.cut(&entry.key).to_lowercase();
        if let Some(first) = keys.get(&key) {
            let what = format!(
                "{key} is set in line {first} already: the AWS CLI refuses the whole file, awsx and other SDKs take the last one"
            );
            found.push(
                Finding::new(checks::DUPLICATE_KEY, what)
                    .at(&sheet.path, entry.line)
                    .fix("remove one of the two lines"),
            );
        } else {
            keys.insert(key, entry.line);
        }
    }
}
