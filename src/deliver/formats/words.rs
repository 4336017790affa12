//! How each format writes a value as one word. Pure.

use crate::deliver::quote::{Dialect, is_bare_value, is_bare_word};

/// How much longer a word can be than its value, at most.
pub const LONGER: usize = 12;

type Written = std::result::Result<(), &'static str>;

/// For bash, zsh, dash and ksh.
pub fn posix(text: &mut String, value: &str) {
    text.push_str(&Dialect::Posix.quote(value));
}

/// For fish.
pub fn fish(text: &mut String, value: &str) {
    text.push_str(&Dialect::Fish.quote(value));
}

/// For whatever shell a person pastes it into. In single quotes POSIX shells know no escapes and fish does, so quotes
/// and backslashes stand outside of them.
pub fn any_shell(text: &mut String, value: &str) {
    if is_bare_word(value) {
        text.push_str(value);
        return;
    }
    text.push('\'');
    for c in value.chars() {
        match c {
            '\'' => text.push_str(r"'\''"),
            '\\' => text.push_str(r"'\\'"),
            _ => text.push(c),
        }
    }
    text.push('\'');
}

/// For PowerShell: a verbatim string, which knows no escape but the doubled quote. Four other characters are quotes
/// to it too. Line ends stand outside, as `Invoke-Expression` gets one line after the other.
pub fn powershell(text: &mut String, value: &str) {
    text.push('\'');
    for c in value.chars() {
        match c {
            '\'' | '\u{2018}'..='\u{201b}' => text.extend([c, c]),
            '\n' => text.push_str("' + \"`n\" + '"),
            '\r' => text.push_str("' + \"`r\" + '"),
            _ => text.push(c),
        }
    }
    text.push('\'');
}

/// For the Windows command prompt, between `set "NAME=` and `"`. There `&|<>^()` are characters like others. `%` can be
/// written in a batch file or on the command line, but not for both; `!` is special where delayed expansion is on.
pub fn cmd(text: &mut String, value: &str) -> Written {
    if value.contains(['"', '%', '!']) {
        return Err("the Windows command prompt has no safe way to write \", % and !");
    }
    if value.chars().any(char::is_control) {
        return Err("it has a line end or another control character");
    }
    text.push_str(value);
    Ok(())
}

/// For a `.env` file. There is no standard: what all readers take alike is a bare word, and text in single quotes
/// without escapes. Some replace `${NAME}` wherever it stands, and some take two backslashes for one.
pub fn dotenv(text: &mut String, value: &str) -> Written {
    if value.chars().any(char::is_control) {
        return Err("it has a line end or another control character");
    }
    if value.contains("${") || value.contains(r"\\") || value.ends_with('\\') {
        return Err("readers of .env files disagree about ${ and about backslashes");
    }
    if is_bare_value(value) {
        text.push_str(value);
    } else if !value.contains('\'') {
        text.extend(["'", value, "'"]);
    } else if !value.contains(['"', '$', '`', '\\', '!']) {
        text.extend(["\"", value, "\""]);
    } else {
        return Err("readers of .env files disagree about ' beside \", $, ` and backslashes");
    }
    Ok(())
}
