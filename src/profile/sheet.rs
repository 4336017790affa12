//! An AWS file as its text has it: every section and every setting with its place, and the lines that can't be read.
//! For `awsx doctor`, which judges the text itself. Pure.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::SectionKind;
use super::parse::file::{self, FileKind, Role};
use super::parse::lex::{Lexer, Line, LineKind, cut, is_space, trim};

pub use super::parse::lex::BadLine;

/// A file, line by line.
#[derive(Clone)]
pub struct Sheet {
    /// Which of the two it is.
    pub kind: FileKind,
    /// Where it is.
    pub path: Arc<Path>,
    /// Its sections, in their order.
    pub blocks: Vec<Block>,
    /// The lines for which the AWS CLI refuses the file.
    pub faults: Vec<Fault>,
    text: Zeroizing<String>,
}

/// A line that can't be read.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its number, counted from one.
    pub line: u32,
    /// What is wrong with it.
    pub what: BadLine,
    /// The line, without its break.
    pub span: Range<usize>,
}

/// What a header stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heading {
    /// A profile, an `sso-session` or a `services` section, and its name.
    Named(SectionKind, String),
    /// `[DEFAULT]`, which Python adds to every section of the file.
    Defaults,
    /// What the AWS CLI ignores.
    Other,
}

/// A section.
#[derive(Debug, Clone)]
pub struct Block {
    /// The number of its header's line, counted from one.
    pub line: u32,
    /// What it stands for.
    pub heading: Heading,
    /// The text between the brackets.
    pub header: Range<usize>,
    /// The line of the header, without its break.
    pub span: Range<usize>,
    /// From the line after the header to the next header, or the end of the text.
    pub body: Range<usize>,
    /// Its settings, in their order.
    pub entries: Vec<Entry>,
}

/// A setting.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The number of its line, counted from one.
    pub line: u32,
    /// Its key.
    pub key: Range<usize>,
    /// Its value, as far as it stands on the line of the key.
    pub value: Range<usize>,
    /// All its lines, with their breaks.
    pub span: Range<usize>,
    /// The lines that continue its value.
    pub more: Vec<More>,
}

/// A line that continues a value.
#[derive(Debug, Clone)]
pub struct More {
    /// Its number, counted from one.
    pub line: u32,
    /// The white space in front.
    pub indent: Range<usize>,
    /// What it says, without the white space around.
    pub text: Range<usize>,
}

impl Sheet {
    /// Reads a text. Lines with a fault are left out.
    pub fn new(kind: FileKind, path: &Path, text: Zeroizing<String>) -> Self {
        let mut sheet = Sheet { kind, path: Arc::from(path), blocks: Vec::new(), faults: Vec::new(), text };
        let mut at = if sheet.text.starts_with('\u{feff}') { 3 } else { 0 };
        let text = std::mem::take(&mut *sheet.text);
        let mut lexer = Lexer::new(&text);
        while let Some(line) = lexer.next() {
            match line {
                Ok(line) => {
                    sheet.add(&text, &line);
                    at = line.next;
                }
                Err((line, what)) => {
                    let (end, next) = line_end(&text, at);
                    sheet.faults.push(Fault { line, what, span: at..end });
                    if what == BadLine::OpenHeader {
                        // What follows is meant for this section.
                        let name = trim(cut(&text, at, end));
                        let start = end - cut(&text, at, end).trim_start_matches(is_space).len();
                        sheet.open(&text, start + 1..start + name.len(), at..end, (line, next));
                        lexer = Lexer::body(&text, next, line + 1);
                    }
                    at = next;
                }
            }
        }
        if let Some(last) = sheet.blocks.last_mut() {
            last.body.end = text.len();
        }
        *sheet.text = text;
        sheet
    }

    fn add(&mut self, text: &str, line: &Line) {
        match line.kind {
            LineKind::Blank | LineKind::Comment => {}
            LineKind::Header(close) => {
                self.open(text, line.first + 1..close, line.start..line.end, (line.number, line.next));
            }
            LineKind::Key(_) => {
                let (from, to) = line.value_span(text);
                let key = line.first..line.key_end(text);
                let entry =
                    Entry { line: line.number, key, value: from..to, span: line.start..line.next, more: Vec::new() };
                if let Some(block) = self.blocks.last_mut() {
                    block.entries.push(entry);
                }
            }
            LineKind::Continuation => {
                let entry = self.blocks.last_mut().and_then(|block| block.entries.last_mut());
                if let Some(entry) = entry {
                    let end = line.first + line.content(text).len();
                    entry.more.push(More { line: line.number, indent: line.start..line.first, text: line.first..end });
                    entry.span.end = line.next;
                }
            }
        }
    }

    /// Begins a section.
    fn open(&mut self, text: &str, header: Range<usize>, span: Range<usize>, (line, body): (u32, usize)) {
        if let Some(last) = self.blocks.last_mut() {
            last.body.end = span.start;
        }
        let heading = match file::meaning(self.kind, cut(text, header.start, header.end)) {
            (Role::Named(kind), name) => Heading::Named(kind, name.into_owned()),
            (Role::Defaults, _) => Heading::Defaults,
            (Role::Other, _) => Heading::Other,
        };
        self.blocks.push(Block { line, heading, header, span, body: body..body, entries: Vec::new() });
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a section sets this key to a value of several lines.
    pub fn has_long(&self, block: &Block, key: &str) -> bool {
        block.entries.iter().any(|entry| !entry.more.is_empty() && self.cut(&entry.key).to_lowercase() == key)
    }

    /// A piece of the text.
    pub fn cut(&self, range: &Range<usize>) -> &str {
        cut(&self.text, range.start, range.end)
    }

    /// The same text with a comment in place of each line that can't be read, open headers closed, and without a byte
    /// order mark. Lines keep their numbers.
    pub fn readable(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(self.text.len() + self.faults.len()));
        let mut at = if self.text.starts_with('\u{feff}') { 3 } else { 0 };
        for fault in &self.faults {
            out.push_str(cut(&self.text, at, fault.span.start));
            match trim(self.cut(&fault.span)).strip_prefix('[').filter(|_| fault.what == BadLine::OpenHeader) {
                Some("") => out.push_str("[?]"),
                Some(name) => out.extend(["[", name, "]"]),
                None => out.push('#'),
            }
            at = fault.span.end;
        }
        out.push_str(cut(&self.text, at, self.text.len()));
        out
    }
}

/// Where the line that starts there ends, and where the next one starts.
fn line_end(text: &str, at: usize) -> (usize, usize) {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) else { return (text.len(), text.len()) };
    let pair = rest.get(end..end + 2) == Some(b"\r\n");
    (at + end, at + end + if pair { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        Sheet::new(FileKind::Config, Path::new("config"), Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn every_part_has_its_place() {
        let text = "# top\n[profile a]\nregion = eu-west-1\ns3 =\n  x = 1\n\n  y = 2\n[default] # me\n[odd]\nk=v";
        let sheet = sheet(text);
        let heads: Vec<_> = sheet.blocks.iter().map(|b| (b.line, sheet.cut(&b.header), sheet.cut(&b.body))).collect();
        assert_eq!(
            heads,
            [(2, "profile a", "region = eu-west-1\ns3 =\n  x = 1\n\n  y = 2\n"), (8, "default", ""), (9, "odd", "k=v")]
        );
        let keys: Vec<_> = sheet.blocks[0].entries.iter().map(|e| (e.line, sheet.cut(&e.key), e.more.len())).collect();
        assert_eq!(keys, [(3, "region", 0), (4, "s3", 2)]);
        assert_eq!(sheet.cut(&sheet.blocks[0].entries[1].span), "s3 =\n  x = 1\n\n  y = 2\n");
        assert_eq!(sheet.blocks[1].heading, Heading::Named(SectionKind::Profile, "default".into()));
        assert_eq!((sheet.cut(&sheet.blocks[1].span), &sheet.blocks[2].heading), ("[default] # me", &Heading::Other));
    }

    #[test]
    fn lines_with_a_fault_are_set_aside() {
        for eol in ["\n", "\r\n", "\r"] {
            let text = "\u{feff}region = x\n[a\n[profile b]\nnonsense\noutput = json\n= v\n".replace('\n', eol);
            let sheet = sheet(&text);
            let faults: Vec<_> = sheet.faults.iter().map(|f| (f.line, f.what, sheet.cut(&f.span))).collect();
            let want = [
                (1, BadLine::OutsideSection, "region = x"),
                (2, BadLine::OpenHeader, "[a"),
                (4, BadLine::NoSign, "nonsense"),
                (6, BadLine::NoName, "= v"),
            ];
            assert_eq!(faults, want, "{eol:?}");
            let want = "#\n[a]\n[profile b]\n#\noutput = json\n#\n".replace('\n', eol);
            assert_eq!(*sheet.readable(), want);
            assert_eq!((sheet.cut(&sheet.blocks[0].header), sheet.blocks[1].entries[0].line), ("a", 5));
        }
    }
}
