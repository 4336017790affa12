//! Splits an AWS file into lines as Python's `RawConfigParser`, and so the AWS CLI, understands them.
//!
//! One pass, no allocation: ten thousand profiles are read on every command. What a line holds is cut out of the text
//! only when somebody asks for it.

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but white space.
    Blank,
    /// `#` or `;` comes first, wherever the line stands.
    Comment,
    /// `[…]`; the offset is that of the last `]`.
    Header(usize),
    /// `key = value` or `key: value`; the offset is that of the sign between them.
    Key(usize),
    /// Belongs to the value above, because it is indented further than its key.
    Continuation,
}

/// A line, as offsets into the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub kind: Kind,
    /// Where the line starts.
    pub start: usize,
    /// Its first character that is no white space.
    pub first: usize,
    /// Its line break, or the end of the text.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    /// Counted from one.
    pub number: u32,
}

impl Line {
    /// The white space in front.
    pub fn indent<'a>(&self, text: &'a str) -> &'a str {
        cut(text, self.start, self.first)
    }

    /// All of it, without the white space around.
    pub fn content<'a>(&self, text: &'a str) -> &'a str {
        trim(cut(text, self.first, self.end))
    }

    /// The text between the brackets of a header.
    pub fn header<'a>(&self, text: &'a str) -> &'a str {
        match self.kind {
            Kind::Header(close) => cut(text, self.first + 1, close),
            _ => "",
        }
    }

    /// Where the name of a key ends.
    pub fn key_end(&self, text: &str) -> usize {
        match self.kind {
            Kind::Key(sign) => self.first + trim(cut(text, self.first, sign)).len(),
            _ => self.first,
        }
    }

    /// The name of a key, as it is written; names are compared in lower case.
    pub fn key<'a>(&self, text: &'a str) -> &'a str {
        cut(text, self.first, self.key_end(text))
    }

    /// From where to where the value stands on the line of its key.
    pub fn value_span(&self, text: &str) -> (usize, usize) {
        let Kind::Key(sign) = self.kind else { return (self.end, self.end) };
        let start = first_nonspace(text, sign + 1, self.end);
        (start, start + trim(cut(text, start, self.end)).len())
    }
}

/// Why the AWS CLI refuses a whole file. What the line says is left out: it may be half of a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A setting in front of the first header.
    OutsideSection,
    /// Neither header nor setting.
    NoSign,
    /// `[` that is not closed.
    OpenHeader,
    /// Nothing in front of the sign.
    NoName,
    /// A line of a nested section without `=`.
    NotNested,
}

impl Fault {
    /// What is wrong, for a person.
    pub fn what(self) -> &'static str {
        match self {
            Fault::OutsideSection => "expected a section such as [default] before the first setting",
            Fault::NoSign => "expected `key = value`",
            Fault::OpenHeader => "the section header must end with `]`",
            Fault::NoName => "there is no key in front of the `=`",
            Fault::NotNested => "expected `key = value` in the indented lines of a setting that is empty itself",
        }
    }
}

/// The lines of a text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    number: u32,
    /// Whether carriage returns may stand for themselves, and not only in front of a line feed.
    lone_cr: bool,
    in_section: bool,
    /// How far the key above is indented, in characters; `None` right after a header.
    key_indent: Option<usize>,
    /// The key above has no value on its own line.
    nested: bool,
}

impl<'a> Lexer<'a> {
    /// A whole file. A byte order mark in front is passed over (the AWS CLI would refuse the file).
    pub fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let bytes = text.as_bytes();
        // Looks at every byte instead of stopping at the first, so that the compiler can take sixteen at a time.
        let some_cr = bytes.iter().fold(0, |found, byte| found | u8::from(*byte == b'\r')) != 0;
        let lone_cr =
            some_cr && (text.ends_with('\r') || bytes.windows(2).any(|two| two[0] == b'\r' && two[1] != b'\n'));
        Lexer { text, at, number: 1, lone_cr, in_section: false, key_indent: None, nested: false }
    }

    /// What follows a header: `from` is where the line after it starts, `number` its number.
    pub fn body(text: &'a str, from: usize, number: u32) -> Self {
        Lexer { text, at: from, number, lone_cr: true, in_section: true, key_indent: None, nested: false }
    }

    /// The end of the line at `self.at`, and where the next one starts.
    fn line_break(&self) -> (usize, usize) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = if self.lone_cr { rest.iter().position(|b| matches!(b, b'\n' | b'\r')) } else { line_feed(rest) };
        let Some(offset) = found else { return (self.text.len(), self.text.len()) };
        let (end, pair) = (self.at + offset, (rest.get(offset), rest.get(offset + 1)));
        match pair {
            (Some(b'\r'), Some(b'\n')) => (end, end + 2),
            (Some(b'\n'), _) if offset > 0 && rest.get(offset - 1) == Some(&b'\r') => (end - 1, end + 1),
            _ => (end, end + 1),
        }
    }

    /// The next header. What lies before it is read for faults alone, most of it in one tight loop.
    #[inline]
    pub fn next_header(&mut self) -> Option<Result<Line, (u32, Fault)>> {
        loop {
            if let Some(header) = self.pass_plain() {
                return Some(Ok(header));
            }
            match self.next()? {
                Ok(line) if !matches!(line.kind, Kind::Header(_)) => {}
                header_or_fault => return Some(header_or_fault),
            }
        }
    }

    /// Passes over what nearly every line is, a key at the margin with its value after it or nothing at all, up to a
    /// header that is as plain; `None` if it comes to a line that needs a closer look.
    #[inline]
    fn pass_plain(&mut self) -> Option<Line> {
        if self.lone_cr {
            return None;
        }
        let mut rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let header = loop {
            let length = match rest.first() {
                Some(b'[') => break plain_header(rest),
                Some(b'\n') => 1,
                Some(byte) if byte.is_ascii_alphanumeric() && self.in_section => {
                    let Some(length) = plain_key(rest) else { break None };
                    (self.key_indent, self.nested) = (Some(0), false);
                    length
                }
                _ => break None,
            };
            rest = rest.get(length..).unwrap_or_default();
            self.number += 1;
        };
        self.at = self.text.len() - rest.len();
        let end = self.at + header?;
        (self.in_section, self.key_indent, self.nested) = (true, None, false);
        Some(self.pass(Kind::Header(end - 1), self.at, end, end + 1))
    }

    fn pass(&mut self, kind: Kind, first: usize, end: usize, next: usize) -> Line {
        let line = Line { kind, start: self.at, first, end, next, number: self.number };
        self.at = next;
        self.number += 1;
        line
    }

    fn classify(&mut self, first: usize, end: usize) -> Result<Kind, Fault> {
        let line = self.text.as_bytes().get(first..end).unwrap_or_default();
        let Some(&byte) = line.first() else { return Ok(Kind::Blank) };
        if matches!(byte, b'#' | b';') {
            return Ok(Kind::Comment);
        }
        let indent = if first == self.at { 0 } else { cut(self.text, self.at, first).chars().count() };
        if self.key_indent.is_some_and(|key| indent > key) {
            return if self.nested && !line.contains(&b'=') { Err(Fault::NotNested) } else { Ok(Kind::Continuation) };
        }
        if byte == b'['
            && let Some(close) = line.iter().rposition(|b| *b == b']')
            && close > 1
        {
            (self.in_section, self.key_indent, self.nested) = (true, None, false);
            return Ok(Kind::Header(first + close));
        }
        let sign = line.iter().position(|b| matches!(b, b'=' | b':'));
        match sign {
            _ if !self.in_section && byte == b'[' => Err(Fault::OpenHeader),
            _ if !self.in_section => Err(Fault::OutsideSection),
            None if byte == b'[' => Err(Fault::OpenHeader),
            None => Err(Fault::NoSign),
            Some(0) => Err(Fault::NoName),
            Some(sign) => {
                let sign = first + sign;
                self.key_indent = Some(indent);
                self.nested = first_nonspace(self.text, sign + 1, end) == end;
                Ok(Kind::Key(sign))
            }
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<Line, (u32, Fault)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let (end, next) = self.line_break();
        let first = first_nonspace(self.text, self.at, end);
        match self.classify(first, end) {
            Ok(kind) => Some(Ok(self.pass(kind, first, end, next))),
            Err(fault) => {
                let line = self.pass(Kind::Blank, first, end, next);
                Some(Err((line.number, fault)))
            }
        }
    }
}

/// What ends a key, or shows that it is none.
static STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut signs = b"=:\r\n".as_slice();
    while let [sign, rest @ ..] = signs {
        stops[*sign as usize] = true;
        signs = rest;
    }
    stops
};

/// Where the line ends: eight bytes at a time, as a library's search would cost more than most lines are long.
#[inline]
fn line_feed(text: &[u8]) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let (mut rest, mut at) = (text, 0);
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        // A byte becomes zero where it is a line feed; subtracting one then borrows into its highest bit. What a borrow
        // sets wrongly lies behind the first.
        let zero = u64::from_le_bytes(*chunk) ^ (EACH * u64::from(b'\n'));
        let found = zero.wrapping_sub(EACH) & !zero & (EACH << 7);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        (rest, at) = (after, at + 8);
    }
    rest.iter().position(|byte| *byte == b'\n').map(|offset| at + offset)
}

/// The length of a line, break included, that starts with a letter and plainly is a key with its value.
#[inline]
fn plain_key(rest: &[u8]) -> Option<usize> {
    let sign = rest.iter().position(|byte| STOPS[usize::from(*byte)])?;
    let after = rest.get(sign..)?;
    let ([b'=' | b':', b' ', value, ..] | [b'=' | b':', value, ..]) = after else { return None };
    if !value.is_ascii_graphic() {
        return None;
    }
    Some(sign + line_feed(after)? + 1)
}

/// The length of a line, its break left out, that starts with `[` and ends with the `]` that belongs to it.
#[inline]
fn plain_header(rest: &[u8]) -> Option<usize> {
    let length = line_feed(rest)?;
    (length > 2 && rest.get(length - 1) == Some(&b']')).then_some(length)
}

/// A piece of the text; empty where the offsets are not of this text.
pub(super) fn cut(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// White space as Python sees it.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Without the white space around.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The first offset from `from` that holds no white space, else `end`.
#[inline]
fn first_nonspace(text: &str, from: usize, end: usize) -> usize {
    let line = text.as_bytes().get(from..end).unwrap_or_default();
    match line.iter().position(|b| !matches!(b, b' ' | b'\t')) {
        None => end,
        Some(offset) if line.get(offset).is_some_and(u8::is_ascii_graphic) => from + offset,
        Some(_) => end - cut(text, from, end).trim_start_matches(is_space).len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> String {
        Lexer::new(text)
            .map(|line| match line {
                Ok(line) => match line.kind {
                    Kind::Blank => "_".into(),
                    Kind::Comment => "#".into(),
                    Kind::Header(close) => format!("[{}]", cut(text, line.first + 1, close)),
                    Kind::Key(_) => {
                        let (from, to) = line.value_span(text);
                        format!("{}={}", line.key(text), cut(text, from, to))
                    }
                    Kind::Continuation => format!(">{}", line.content(text)),
                },
                Err((number, fault)) => format!("!{number} {fault:?}"),
            })
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn lines_are_what_python_takes_them_for() {
        let table = [
            ("", ""),
            ("\u{feff}[a]\nk=v", "[a]|k=v"),
            ("[a]\r\nk = v \r\n\r\nx: y\r", "[a]|k=v|_|x=y"),
            ("[a]\rk = v", "[a]|k=v"),
            ("[a]\nk =\n  n = 1\n # c\n\n  m=2\nz=", "[a]|k=|>n = 1|#|_|>m=2|z="),
            ("  [a] x ]y\n  k = v\n  l = w\n   more\n l2 = x", "[a] x ]|k=v|l=w|>more|l2=x"),
            ("[a]\nk = v\n [b]", "[a]|k=v|>[b]"),
            ("[a]\n\u{a0}k\u{a0}=\u{a0}v\u{a0}\n\u{1f}x = y", "[a]|k=v|x=y"),
            ("[a]\nk = a=b:c", "[a]|k=a=b:c"),
            ("[a]\nk : a=b", "[a]|k=a=b"),
            ("[a", "!1 OpenHeader"),
            ("k = v", "!1 OutsideSection"),
            ("[]", "!1 OpenHeader"),
            ("[a]\n[]", "[a]|!2 OpenHeader"),
            ("[a]\nword", "[a]|!2 NoSign"),
            ("[a]\n = v", "[a]|!2 NoName"),
            ("[a]\nk =\n  word", "[a]|k=|!3 NotNested"),
        ];
        for (text, want) in table {
            assert_eq!(kinds(text), want, "{text:?}");
        }
    }

    #[test]
    fn every_byte_belongs_to_one_line() {
        let text = "\u{feff}[a]\r\nk = v\r\r\n\n  more\u{a0}\n";
        let mut at = 3;
        for line in Lexer::new(text) {
            let line = line.unwrap();
            assert_eq!(line.start, at);
            at = line.next;
        }
        assert_eq!(at, text.len());
    }

    /// Where the headers are, up to the first fault.
    fn headers(next: impl FnMut() -> Option<Result<Line, (u32, Fault)>>) -> Vec<(usize, usize, u32, Kind)> {
        std::iter::from_fn(next)
            .map_while(Result::ok)
            .filter(|line| matches!(line.kind, Kind::Header(_)))
            .map(|line| (line.start, line.next, line.number, line.kind))
            .collect()
    }

    proptest! {
        #[test]
        fn the_short_way_to_the_headers_is_the_same_way(
            lines in prop::collection::vec("(\\[a{0,2}\\]|k|k ?[=:] ?v?|#| ?\u{a0}?)[\\]= \\[]{0,2}(\n|\n|\r\n|\r)", 0..12),
            start in prop::sample::select(vec!["", "\u{feff}", "[a]\n", "[a]\r\n"]),
        ) {
            let text = format!("{start}{}", lines.concat());
            let (mut short, mut whole) = (Lexer::new(&text), Lexer::new(&text));
            prop_assert_eq!(headers(|| short.next_header()), headers(|| whole.next()), "{:?}", text);
            prop_assert_eq!(short.at, whole.at);
        }

        #[test]
        fn a_line_feed_is_found_where_it_is(text in prop::collection::vec(8u8..13, 0..40)) {
            prop_assert_eq!(line_feed(&text), text.iter().position(|byte| *byte == b'\n'));
        }
    }
}
