//! `credential_process` and headers of profiles: splitting a line into words never panics, and words that were quoted are
//! read back.

use awsx::deliver::quote::word;
use awsx::profile::words::split;

/// What separates words, and what keeps them together.
pub const WORDS: &[&str] = &[
    "/usr/bin/tool",
    "--profile",
    "a b",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "'",
    "\"",
    "\\",
    "\\\"",
    "\\\\",
    "''",
    "\"\"",
    "#",
    ";",
    "$HOME",
    "~",
    "=",
    "é",
    "\u{a0}",
    "\0",
];

/// The input is a line, and with a zero byte after each the words of one.
pub fn holds(data: &[u8]) {
    let text = super::text(data);
    if let Ok(words) = split(&text) {
        let line = words.iter().map(|text| word(text)).collect::<Vec<_>>().join(" ");
        assert_eq!(split(&line), Ok(words), "{line}");
    }
    let words: Vec<String> = text.split('\0').map(str::to_owned).collect();
    let line = words.iter().map(|text| word(text)).collect::<Vec<_>>().join(" ");
    assert_eq!(split(&line), Ok(words), "{line}");
}
