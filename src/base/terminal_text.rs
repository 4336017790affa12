//! Text from elsewhere (profile names, what AWS says) made harmless for a terminal: shown, never obeyed. Pure.

use std::borrow::Cow;

/// Replaces a character that must not reach the terminal. The scripts in `shell/` use the same one.
const INSTEAD: char = '?';

/// One field or one line. Nothing in the result acts on the terminal, starts a new line, or disguises what the text says.
pub fn line(text: &str) -> String {
    if is_printable_ascii(text.as_bytes()) {
        return text.to_owned();
    }
    made_plain(text)
}

/// The same as [`line`], without a copy where nothing has to change.
pub fn into_line(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_printable_ascii(text.as_bytes()) { text } else { made_plain(&text).into() }
}

fn made_plain(text: &str) -> String {
    text.chars().map(|c| if is_plain(c) { c } else { INSTEAD }).collect()
}

/// JSON with the same values, in which every character that could act on a terminal is escaped.
pub fn json(text: String) -> String {
    // JSON has no line ends but its own between values.
    if text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~' | b'\n')) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) || c == '\n' {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// The short way for nearly every text. It looks at every byte instead of stopping at the first, so that the compiler can
/// take sixteen at a time.
fn is_printable_ascii(text: &[u8]) -> bool {
    text.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// Whether it is safe to print: no control character, not invisible, no line end, and no change of the text's direction
/// ([bidirectional formatting](https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters)).
fn is_plain(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends_line = matches!(c, '\u{2028}' | '\u{2029}');
    let hidden = matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    !(c.is_control() || turns || ends_line || hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [(&str, &str); 9] = [
        ("plain äöü 日本 👩\u{200d}💻", "plain äöü 日本 👩\u{200d}💻"),
        ("a\tb\nc\r\nd", "a?b?c??d"),
        ("\x1b[31mred\x1b[0m", "?[31mred?[0m"),
        ("\x1b]0;title\x07", "?]0;title?"),
        ("c\x08\x7f\0", "c???"),
        ("\u{9b}2J\u{85}x", "?2J?x"),
        ("\u{202e}txt\u{2066}\u{200f}", "?txt??"),
        ("a\u{2028}b\u{200b}\u{e0041}", "a?b??"),
        ("", ""),
    ];

    #[test]
    fn a_line_is_shown_and_never_obeyed() {
        for (given, shown) in TABLE {
            assert_eq!(line(given), shown, "{given:?}");
        }
    }

    #[test]
    fn json_keeps_every_value() {
        for (given, _) in TABLE {
            let value = serde_json::json!([given, {given: 1}]);
            let shown = json(format!("{value:#}"));
            assert!(shown.lines().all(|text| line(text) == text), "{shown:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
