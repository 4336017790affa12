//! The keys of a terminal, out of the bytes that it sends for them. Pure.

use crate::select::picker::Key;

/// What some bytes start with.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// A key, and how many bytes it takes.
    Key(Key, usize),
    /// The beginning of one; more bytes may come.
    Unfinished,
}

/// The first key of some bytes.
pub fn first(bytes: &[u8]) -> Read {
    let Some(&byte) = bytes.first() else { return Read::Unfinished };
    let key = match byte {
        0x1b => return escape(bytes),
        b'\r' | b'\n' => Key::Enter,
        0x7f | 0x08 => Key::Backspace,
        0x15 => Key::DeleteLine,
        0x17 => Key::DeleteWord,
        0x04 => Key::EndOfInput,
        0x07 => Key::Escape,
        0x10 => Key::Up,
        0x0e => Key::Down,
        0x01..=0x1a => Key::Ctrl(char::from(b'a' + byte - 1)),
        0x00..0x20 => Key::Other,
        _ => return character(bytes),
    };
    Read::Key(key, 1)
}

fn escape(bytes: &[u8]) -> Read {
    let rest = match bytes.get(1) {
        None => return Read::Unfinished,
        Some(b'[' | b'O') => bytes.get(2..).unwrap_or_default(),
        // A key with Alt.
        Some(_) => return Read::Key(Key::Other, 2),
    };
    let Some(length) = rest.iter().position(|b| (0x40..=0x7e).contains(b)) else { return Read::Unfinished };
    let key = match (rest.get(..length).unwrap_or_default(), rest.get(length)) {
        (b"", Some(b'A')) => Key::Up,
        (b"", Some(b'B')) => Key::Down,
        (b"", Some(b'H')) | (b"1" | b"7", Some(b'~')) => Key::Home,
        (b"", Some(b'F')) | (b"4" | b"8", Some(b'~')) => Key::End,
        (b"5", Some(b'~')) => Key::PageUp,
        (b"6", Some(b'~')) => Key::PageDown,
        _ => Key::Other,
    };
    Read::Key(key, length + 3)
}

fn character(bytes: &[u8]) -> Read {
    let (text, broken) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(e) => {
            let good = bytes.get(..e.valid_up_to()).unwrap_or_default();
            (std::str::from_utf8(good).unwrap_or_default(), Some(e.error_len()))
        }
    };
    match (text.chars().next(), broken) {
        // Nobody types control characters beyond ASCII.
        (Some(c), _) => Read::Key(if c.is_control() { Key::Other } else { Key::Char(c) }, c.len_utf8()),
        (None, Some(Some(length))) => Read::Key(Key::Other, length),
        (None, _) => Read::Unfinished,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_keys() {
        let table: [(&[u8], Read); 26] = [
            (b"", Read::Unfinished),
            (b"ab", Read::Key(Key::Char('a'), 1)),
            ("é".as_bytes(), Read::Key(Key::Char('é'), 2)),
            ("日".as_bytes(), Read::Key(Key::Char('日'), 3)),
            (&[0xe6, 0x97], Read::Unfinished),
            (&[0xff, b'a'], Read::Key(Key::Other, 1)),
            ("\u{9b}".as_bytes(), Read::Key(Key::Other, 2)),
            (b"\r", Read::Key(Key::Enter, 1)),
            (b"\x7f", Read::Key(Key::Backspace, 1)),
            (b"\x15x", Read::Key(Key::DeleteLine, 1)),
            (b"\x17", Read::Key(Key::DeleteWord, 1)),
            (b"\x04", Read::Key(Key::EndOfInput, 1)),
            (b"\x01", Read::Key(Key::Ctrl('a'), 1)),
            (b"\x18", Read::Key(Key::Ctrl('x'), 1)),
            (b"\x1f", Read::Key(Key::Other, 1)),
            (b"\x1b", Read::Unfinished),
            (b"\x1b[", Read::Unfinished),
            (b"\x1b[A", Read::Key(Key::Up, 3)),
            (b"\x1bOBx", Read::Key(Key::Down, 3)),
            (b"\x1b[5~", Read::Key(Key::PageUp, 4)),
            (b"\x1b[6~", Read::Key(Key::PageDown, 4)),
            (b"\x1b[H", Read::Key(Key::Home, 3)),
            (b"\x1b[4~", Read::Key(Key::End, 4)),
            (b"\x1b[1;5A", Read::Key(Key::Other, 6)),
            (b"\x1b[200~x", Read::Key(Key::Other, 6)),
            (b"\x1bx", Read::Key(Key::Other, 2)),
        ];
        for (bytes, read) in table {
            assert_eq!(first(bytes), read, "{bytes:?}");
        }
    }
}
