//! One AWS file: its text and where its sections are. Sections are read in full only when somebody asks for them.

use std::path::Path;
use std::sync::Arc;

use memchr::memchr3;
use zeroize::Zeroizing;

use super::SectionKind;
use super::lex::{Lexer, cut};
use super::settings::{self, Setting};
use crate::error::{Error, Result};

/// Which of the two files it is: they name profiles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[default]`, `[profile x]`, `[sso-session x]`, `[services x]`.
    Config,
    /// `~/.aws/credentials`: `[x]`.
    Credentials,
}

/// A file, read and indexed.
pub(super) struct File {
    path: Arc<Path>,
    text: Zeroizing<String>,
    sections: Vec<Section>,
    /// Names that are not written as they read, with quotes or backslashes.
    spelled: Vec<String>,
}

impl Drop for File {
    /// Wipes the text, which may hold keys. `Zeroizing` does it byte by byte: in a large file that takes longer than
    /// reading it.
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut *self.text).into_bytes();
        bytes.fill(0);
        zeroize::optimization_barrier(bytes.as_slice());
    }
}

/// A header and what follows it. Offsets are 32 bits wide to keep the index of a large file small.
struct Section {
    role: Role,
    name: Name,
    /// Tells most other names apart without a look at the text.
    tag: u32,
    /// What stands between the brackets.
    header: (u32, u32),
    /// Where the line after the header starts.
    body: u32,
    /// The line of the header, counted from one.
    line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Named(SectionKind),
    /// `[DEFAULT]`, which Python adds to every section of the file.
    Defaults,
    /// Something that is not ours; kept and passed over.
    Other,
}

#[derive(Clone, Copy)]
enum Name {
    Text(u32, u32),
    Spelled(u32),
}

impl File {
    /// Reads all of a text, so that what the AWS CLI would refuse is refused, and keeps where the sections are.
    ///
    /// # Errors
    /// [`crate::error::Kind::Config`] with file and line.
    pub fn new(kind: FileKind, path: Arc<Path>, text: Zeroizing<String>) -> Result<Self> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::config(format!("{} is too large", path.display())));
        }
        let mut file = File { path, text: Zeroizing::default(), sections: Vec::new(), spelled: Vec::new() };
        let mut lines = Lexer::new(&text);
        while let Some(line) = lines.next_header() {
            let line = line.map_err(|(number, fault)| {
                Error::config(format!("{}:{number} can't be read", file.path.display()))
                    .cause(fault.what())
                    .hint("correct that line; the AWS CLI refuses the file as well")
            })?;
            let (from, to) = line.header_span();
            let (role, name) = file.role(kind, &text, from, to);
            let tag = tag(file.name_in(&text, name));
            let header = (small(from), small(to));
            file.sections.push(Section { role, name, tag, header, body: small(line.next), line: line.number });
        }
        file.text = text;
        Ok(file)
    }

    /// What a header means, as botocore's `build_profile_map` has it: it looks at how the header starts, then takes
    /// the second of its two words, read as a shell would.
    fn role(&mut self, kind: FileKind, text: &str, from: usize, to: usize) -> (Role, Name) {
        let header = cut(text, from, to);
        // The short way for nearly every header there is.
        if kind == FileKind::Config
            && let Some(name) = header.as_bytes().strip_prefix(b"profile ")
            && !name.is_empty()
            && name.iter().all(|b| is_plain(*b))
        {
            return (Role::Named(SectionKind::Profile), Name::Text(small(from + 8), small(to)));
        }
        let whole = Name::Text(small(from), small(to));
        if header == "DEFAULT" {
            return (Role::Defaults, whole);
        }
        if kind == FileKind::Credentials || header == "default" {
            return (Role::Named(SectionKind::Profile), whole);
        }
        let section = if header.starts_with("profile") {
            SectionKind::Profile
        } else if header.starts_with("sso-session") {
            SectionKind::SsoSession
        } else if header.starts_with("services") {
            SectionKind::Services
        } else {
            return (Role::Other, whole);
        };
        if memchr3(b'"', b'\'', b'\\', header.as_bytes()).is_some() {
            let Some([_, name]) = super::words::split(header).and_then(|words| <[String; 2]>::try_from(words).ok())
            else {
                return (Role::Other, whole);
            };
            self.spelled.push(name);
            return (Role::Named(section), Name::Spelled(small(self.spelled.len() - 1)));
        }
        let mut words = header.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
        let (Some(_), Some(name), None) = (words.next(), words.next(), words.next()) else {
            return (Role::Other, whole);
        };
        let start = from + (name.as_ptr().addr() - header.as_ptr().addr());
        (Role::Named(section), Name::Text(small(start), small(start + name.len())))
    }

    fn name_in<'a>(&'a self, text: &'a str, name: Name) -> &'a str {
        match name {
            Name::Text(from, to) => cut(text, from as usize, to as usize),
            Name::Spelled(index) => self.spelled.get(index as usize).map_or("", String::as_str),
        }
    }

    fn header(&self, section: &Section) -> &str {
        cut(&self.text, section.header.0 as usize, section.header.1 as usize)
    }

    /// Where the file is.
    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The names of every section of a kind, as often as they occur.
    pub fn names(&self, kind: SectionKind) -> impl Iterator<Item = &str> {
        self.sections
            .iter()
            .filter(move |section| section.role == Role::Named(kind))
            .map(|section| self.name_in(&self.text, section.name))
    }

    /// The sections that make up `name`.
    ///
    /// botocore refuses a file in which a header occurs twice; here the parts are joined, the later one wins, as the
    /// SDKs have it. Where different headers mean the same name (`[default]`, `[profile default]`), botocore takes
    /// the last one alone, and so does this.
    fn parts(&self, kind: SectionKind, name: &str) -> Vec<&Section> {
        let wanted = tag(name);
        let mut parts: Vec<&Section> = self
            .sections
            .iter()
            .filter(|s| s.tag == wanted && s.role == Role::Named(kind) && self.name_in(&self.text, s.name) == name)
            .collect();
        if let Some(last) = parts.last().map(|section| self.header(section)) {
            parts.retain(|section| self.header(section) == last);
        }
        parts
    }

    /// Everything that is set for `name`, `[DEFAULT]` included; `None` if there is no such section.
    pub fn settings(&self, kind: SectionKind, name: &str) -> Option<Vec<Setting>> {
        let parts = self.parts(kind, name);
        if parts.is_empty() {
            return None;
        }
        let mut settings = Vec::new();
        let defaults = self.sections.iter().filter(|section| section.role == Role::Defaults);
        for section in defaults.chain(parts) {
            settings::read(&self.text, section.body as usize, section.line + 1, &self.path, &mut settings);
        }
        Some(settings)
    }

    /// The line of the header of `name`; of the last one, if it has several.
    pub fn line(&self, kind: SectionKind, name: &str) -> Option<u32> {
        self.parts(kind, name).last().map(|section| section.line)
    }

    /// Where the settings of the last part of `name` start, the number of that line, and the parts before it.
    pub fn bodies(&self, kind: SectionKind, name: &str) -> Vec<(usize, u32)> {
        self.parts(kind, name).iter().map(|section| (section.body as usize, section.line + 1)).collect()
    }

    /// All of the text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Needs no quotes and ends no word.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\')
}

/// The length and the last four bytes: names that are numbered differ there.
fn tag(name: &str) -> u32 {
    let tail = name.as_bytes().last_chunk::<4>().map_or(0, |chunk| u32::from_le_bytes(*chunk));
    tail ^ small(name.len()).rotate_left(5)
}

/// Offsets are checked once, when a file is taken in.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
