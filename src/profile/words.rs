//! Words as Python's `shlex.split` finds them. The AWS CLI reads `[profile "a name"]` and `credential_process` so. Pure.

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The words: white space separates them, quotes and backslashes keep them together, and nothing else has a meaning.
///
/// # Errors
/// A quote is not closed, or nothing follows a backslash; in words.
pub fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if SPACE.contains(&c) => words.extend(word.take()),
            '\\' => word.get_or_insert_default().push(chars.next().ok_or("a backslash stands at its end")?),
            '"' | '\'' => {
                quoted(c, &mut chars, word.get_or_insert_default()).ok_or("a quotation mark is not closed")?;
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Reads the rest of a quoted part; `None` if it is not closed. In double quotes a backslash escapes `"` and `\`, and stands
/// for itself before anything else.
fn quoted(quote: char, chars: &mut std::str::Chars, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            c if c == quote => return Some(()),
            '\\' if quote == '"' => {
                let next = chars.next()?;
                if !matches!(next, '"' | '\\') {
                    word.push('\\');
                }
                word.push(next);
            }
            c => word.push(c),
        }
    }
}

/// The name as one word, quoted only where it must be.
pub(super) fn quote(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./%@:+,=".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_shlex_does() {
        // Right-hand sides printed by Python's shlex.split.
        let table: [(&str, Option<&[&str]>); 21] = [
            ("profile a", Some(&["profile", "a"])),
            (" profile \t a ", Some(&["profile", "a"])),
            (r#"profile "a b""#, Some(&["profile", "a b"])),
            ("profile 'a b'", Some(&["profile", "a b"])),
            (r"profile a\ b", Some(&["profile", "a b"])),
            (r#"profile a"b c"d"#, Some(&["profile", "ab cd"])),
            (r#"profile """#, Some(&["profile", ""])),
            (r#"profile "a\"b\\c\d""#, Some(&["profile", r#"a"b\c\d"#])),
            (r"profile 'a\b'", Some(&["profile", r"a\b"])),
            (r#"profile "a"#, None),
            (r"profile a\", None),
            ("profile a\u{a0}b", Some(&["profile", "a\u{a0}b"])),
            ("  a \t b\n c ", Some(&["a", "b", "c"])),
            ("a'b'\"c\"d", Some(&["abcd"])),
            (r#""a \" \\ \n $x" 'a \n'"#, Some(&[r#"a " \ \n $x"#, r"a \n"])),
            ("a '' \"\"", Some(&["a", "", ""])),
            ("a # b", Some(&["a", "#", "b"])),
            ("~/x | y > z; $HOME", Some(&["~/x", "|", "y", ">", "z;", "$HOME"])),
            ("é'ü '", Some(&["éü "])),
            ("", Some(&[])),
            (r#""a\"#, None),
        ];
        for (text, want) in table {
            let got = split(text).ok();
            assert_eq!(
                got.as_ref().map(|w| w.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                want,
                "{text}"
            );
        }
    }

    #[test]
    fn a_quoted_name_reads_back() {
        for name in ["a", "a b", "a\"b", r"a\b", "a'b", "", "ä", "a]b", "#x"] {
            assert_eq!(split(&quote(name)), Ok(vec![name.to_owned()]), "{name}");
        }
    }
}
