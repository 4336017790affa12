//! Text from elsewhere (profile names, what AWS says) made harmless for a terminal: shown, never obeyed. Pure.

/// What stands for a character that is not shown; the scripts in `shell/` have the same, for control characters.
const INSTEAD: char = '?';

/// One line: no control character at all, line ends and tabs included.
pub fn line(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// Text of any length: line ends, tabs and colours stay.
pub fn text(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let color = color_length(rest);
        let (piece, after) = rest.split_at(color.unwrap_or(c.len_utf8()));
        rest = after;
        if color.is_some() || matches!(c, '\n' | '\t') { all.push_str(piece) } else { all.push(shown(c)) }
    }
    all
}

/// Neither acts on the terminal nor makes a line read differently from what it is.
fn shown(c: char) -> char {
    let direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || direction { INSTEAD } else { c }
}

/// The length of a colour sequence (`ESC [ 1;33 m`) that the text starts with.
fn color_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters.get(end..)?.starts_with('m').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_and_never_obeyed() {
        let table = [
            ("plain äöü 日本\tx\ny", "plain äöü 日本\tx\ny"),
            ("\x1b[1;31mred\x1b[0m\x1b[m", "\x1b[1;31mred\x1b[0m\x1b[m"),
            ("\x1b]0;title\x07", "?]0;title?"),
            ("a\x1b[2Jb\rc\x08\x7f", "a?[2Jb?c??"),
            ("\x1b[31", "?[31"),
            ("\x1b[é", "?[é"),
            ("\u{9b}2J\u{202e}txt", "?2J?txt"),
            ("", ""),
        ];
        for (given, shown) in table {
            assert_eq!(text(given), shown, "{given:?}");
        }
    }

    #[test]
    fn a_line_stays_one_and_has_no_colours() {
        for (given, shown) in [("prod ü", "prod ü"), ("a\tb\nc", "a?b?c"), ("\x1b[31mred\u{2066}", "?[31mred?")] {
            assert_eq!(line(given), shown, "{given:?}");
        }
    }
}
