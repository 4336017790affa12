//! Splits an AWS file into lines as Python's `RawConfigParser`, and so the AWS CLI, understands them. Pure.
//!
//! One pass, no allocation: a file may have ten thousand profiles, and every command reads it. A line is a set of
//! offsets; its parts are cut out of the text only when they are needed.

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::profile) enum LineKind {
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
pub(in crate::profile) struct Line {
    pub kind: LineKind,
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

    /// Where the text between the brackets of a header stands.
    pub fn between_brackets(&self) -> Option<std::ops::Range<usize>> {
        match self.kind {
            LineKind::Header(close) => Some(self.first + 1..close),
            _ => None,
        }
    }

    /// The text between the brackets of a header.
    pub fn header<'a>(&self, text: &'a str) -> &'a str {
        match self.kind {
            LineKind::Header(close) => cut(text, self.first + 1, close),
            _ => "",
        }
    }

    /// Where the name of a key ends.
    pub fn key_end(&self, text: &str) -> usize {
        match self.kind {
            LineKind::Key(sign) => self.first + trim(cut(text, self.first, sign)).len(),
            _ => self.first,
        }
    }

    /// The name of a key, as it is written; names are compared in lower case.
    pub fn key<'a>(&self, text: &'a str) -> &'a str {
        cut(text, self.first, self.key_end(text))
    }

    /// From where to where the value stands on the line of its key.
    pub fn value_span(&self, text: &str) -> (usize, usize) {
        let LineKind::Key(sign) = self.kind else { return (self.end, self.end) };
        let start = first_nonspace(text, sign + 1, self.end);
        (start, start + trim(cut(text, start, self.end)).len())
    }
}

/// Why the AWS CLI refuses a whole file. What the line says is left out: it may be half of a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLine {
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

impl BadLine {
    /// What is wrong, for a person.
    pub fn what(self) -> &'static str {
        match self {
            BadLine::OutsideSection => "expected a section such as [default] before the first setting",
            BadLine::NoSign => "expected `key = value`",
            BadLine::OpenHeader => "the section header must end with `]`",
            BadLine::NoName => "there is no key in front of the `=`",
            BadLine::NotNested => "expected `key = value` in the indented lines of a setting that is empty itself",
        }
    }
}

/// What the lines so far mean for the next one. With it a text can be read in parts, each of which ends with a line.
#[derive(Debug, Clone, Copy)]
pub(in crate::profile) struct Context {
    /// The number of the next line, counted from one.
    pub number: u32,
    in_section: bool,
    /// How far the key above is indented, in characters; `None` right after a header.
    key_indent: Option<usize>,
    /// The key above has no value on its own line.
    nested: bool,
}

impl Context {
    const START: Context = Context { number: 1, in_section: false, key_indent: None, nested: false };

    fn after_header(number: u32) -> Self {
        Context { number, in_section: true, key_indent: None, nested: false }
    }
}

/// The lines of a text.
pub(in crate::profile) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Whether there may be a carriage return without a line feed; it ends a line too.
    lone_cr: bool,
    context: Context,
}

impl<'a> Lexer<'a> {
    /// A whole file, or the first part of one. A byte order mark at its start is skipped (the AWS CLI would refuse
    /// the file).
    pub fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Lexer { at, ..Lexer::part(text, Context::START) }
    }

    /// The next part of a file. `context` is the [`Lexer::context`] at the end of the part before it.
    pub fn part(text: &'a str, context: Context) -> Self {
        let bytes = text.as_bytes();
        // Looks at every byte instead of stopping at the first, so that the compiler can vectorize the loop.
        let some_cr = bytes.iter().fold(0, |found, byte| found | u8::from(*byte == b'\r')) != 0;
        let lone_cr =
            some_cr && (text.ends_with('\r') || bytes.windows(2).any(|two| two[0] == b'\r' && two[1] != b'\n'));
        Lexer { text, at: 0, lone_cr, context }
    }

    /// The lines after a header. `from` is where the first of them starts, `number` is its number.
    pub fn body(text: &'a str, from: usize, number: u32) -> Self {
        Lexer { text, at: from, lone_cr: true, context: Context::after_header(number) }
    }

    /// What the lines so far mean for the next one.
    pub fn context(&self) -> Context {
        self.context
    }

    /// The end of the line at `self.at`, and where the next one starts.
    fn line_break(&self) -> (usize, usize) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found =
            if self.lone_cr { rest.iter().position(|b| matches!(b, b'\n' | b'\r')) } else { find(b'\n', rest, 0) };
        let Some(offset) = found else { return (self.text.len(), self.text.len()) };
        let (end, pair) = (self.at + offset, (rest.get(offset), rest.get(offset + 1)));
        match pair {
            (Some(b'\r'), Some(b'\n')) => (end, end + 2),
            (Some(b'\n'), _) if offset > 0 && rest.get(offset - 1) == Some(&b'\r') => (end - 1, end + 1),
            _ => (end, end + 1),
        }
    }

    /// Reads to the end. For each header `found` gets the start of its line, the number of that line, and the text
    /// between the brackets. Other lines are only checked for faults.
    ///
    /// # Errors
    /// The first fault and its line.
    #[inline]
    pub fn headers(&mut self, mut found: impl FnMut(usize, u32, &'a str)) -> Result<(), (u32, BadLine)> {
        loop {
            self.pass_plain(&mut found);
            match self.next() {
                None => return Ok(()),
                Some(Err(fault)) => return Err(fault),
                Some(Ok(line)) if matches!(line.kind, LineKind::Header(_)) => {
                    found(line.start, line.number, line.header(self.text));
                }
                Some(Ok(_)) => {}
            }
        }
    }

    /// A fast path for the most common lines: a plain header, a key without indent and with a value, and an empty line.
    /// Ends before the first line that is something else.
    #[inline]
    fn pass_plain(&mut self, found: &mut impl FnMut(usize, u32, &'a str)) {
        if self.lone_cr {
            return;
        }
        let (mut at, mut context) = (self.at, self.context);
        loop {
            let rest = self.text.as_bytes().get(at..).unwrap_or_default();
            let length = match rest.first() {
                Some(b'[') => {
                    let Some(length) = plain_header(rest) else { break };
                    found(at, context.number, cut(self.text, at + 1, at + length - 2));
                    context = Context::after_header(context.number);
                    length
                }
                Some(b'\n') => 1,
                Some(byte) if byte.is_ascii_alphanumeric() && context.in_section => {
                    let Some(length) = plain_key(rest) else { break };
                    (context.key_indent, context.nested) = (Some(0), false);
                    length
                }
                _ => break,
            };
            at += length;
            context.number += 1;
        }
        (self.at, self.context) = (at, context);
    }

    fn pass(&mut self, kind: LineKind, first: usize, end: usize, next: usize) -> Line {
        let line = Line { kind, start: self.at, first, end, next, number: self.context.number };
        self.at = next;
        self.context.number += 1;
        line
    }

    fn classify(&mut self, first: usize, end: usize) -> Result<LineKind, BadLine> {
        let line = self.text.as_bytes().get(first..end).unwrap_or_default();
        let Some(&byte) = line.first() else { return Ok(LineKind::Blank) };
        if matches!(byte, b'#' | b';') {
            return Ok(LineKind::Comment);
        }
        let indent = if first == self.at { 0 } else { cut(self.text, self.at, first).chars().count() };
        if self.context.key_indent.is_some_and(|key| indent > key) {
            return if self.context.nested && !line.contains(&b'=') {
                Err(BadLine::NotNested)
            } else {
                Ok(LineKind::Continuation)
            };
        }
        if byte == b'['
            && let Some(close) = line.iter().rposition(|b| *b == b']')
            && close > 1
        {
            self.context = Context::after_header(self.context.number);
            return Ok(LineKind::Header(first + close));
        }
        let sign = line.iter().position(|b| matches!(b, b'=' | b':'));
        match sign {
            _ if !self.context.in_section && byte == b'[' => Err(BadLine::OpenHeader),
            _ if !self.context.in_section => Err(BadLine::OutsideSection),
            None if byte == b'[' => Err(BadLine::OpenHeader),
            None => Err(BadLine::NoSign),
            Some(0) => Err(BadLine::NoName),
            Some(sign) => {
                let sign = first + sign;
                self.context.key_indent = Some(indent);
                self.context.nested = first_nonspace(self.text, sign + 1, end) == end;
                Ok(LineKind::Key(sign))
            }
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<Line, (u32, BadLine)>;

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
                let line = self.pass(LineKind::Blank, first, end, next);
                Some(Err((line.number, fault)))
            }
        }
    }
}

/// Finds a byte among eight at once. The lowest bit that is set in the result is the highest bit of the first match.
/// Bits above it may be wrong, because of borrows. Most lines are so short that a library's search would be slower.
#[inline]
fn matches_in(word: u64, wanted: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let zero = word ^ (EACH * u64::from(wanted));
    zero.wrapping_sub(EACH) & !zero & (EACH << 7)
}

/// The offset of the first such byte, from `from` on.
#[inline]
fn find(wanted: u8, text: &[u8], from: usize) -> Option<usize> {
    let (mut rest, mut at) = (text.get(from..)?, from);
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let found = matches_in(u64::from_le_bytes(*chunk), wanted);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        (rest, at) = (after, at + 8);
    }
    rest.iter().position(|byte| *byte == wanted).map(|offset| at + offset)
}

/// The length, break included, of a line that starts with a letter or a digit. `None` if it is not clearly a key with a
/// value.
#[inline]
fn plain_key(rest: &[u8]) -> Option<usize> {
    let mut sign = 0;
    let sign = loop {
        let word = u64::from_le_bytes(*rest.get(sign..)?.first_chunk::<8>()?);
        // If there is a colon before the `=`, the key ends there. It has a value even so.
        let (signs, ends) = (matches_in(word, b'='), matches_in(word, b'\n'));
        if signs != 0 {
            let offset = signs.trailing_zeros();
            if ends.trailing_zeros() < offset {
                return None;
            }
            break sign + (offset / 8) as usize;
        }
        if ends != 0 {
            return None;
        }
        sign += 8;
    };
    let ([b' ', value, ..] | [value, ..]) = rest.get(sign + 1..)? else { return None };
    if !value.is_ascii_graphic() {
        return None;
    }
    Some(find(b'\n', rest, sign + 2)? + 1)
}

/// The length, break included, of a line that starts with `[`. `None` if it doesn't end with `]`.
#[inline]
fn plain_header(rest: &[u8]) -> Option<usize> {
    let end = find(b'\n', rest, 0)?;
    (end > 2 && rest.get(end - 1) == Some(&b']')).then_some(end + 1)
}

/// A piece of the text; empty if the offsets don't fit it.
pub(in crate::profile) fn cut(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// White space as Python sees it.
pub(in crate::profile) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Without the white space around.
pub(in crate::profile) fn trim(text: &str) -> &str {
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
mod tests;
