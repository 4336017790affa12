//! One AWS file: its text and where its sections are. Sections are read in full only when somebody asks for them. Pure.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::profile::SectionKind;
use crate::profile::parse::lex::{BadLine, Lexer, cut};
use crate::profile::settings::{self, Setting};

/// Which of the two files it is: they name profiles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[default]`, `[profile x]`, `[sso-session x]`, `[services x]`.
    Config,
    /// `~/.aws/credentials`: `[x]`.
    Credentials,
}

/// A file, read and indexed.
pub(in crate::profile) struct File {
    kind: FileKind,
    path: Arc<Path>,
    text: Zeroizing<String>,
    sections: Vec<Section>,
    /// The tag and the index of every section, sorted. Made when all names are listed, because each is looked up then.
    by_tag: OnceCell<Vec<(u32, u32)>>,
    /// How many sections were read in full.
    #[cfg(test)]
    pub reads: std::cell::Cell<usize>,
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

/// Where a header is. Small, because a file may have ten thousand; the header is read again when it is needed.
pub(in crate::profile) struct Section {
    /// A hash of its name. Different names nearly always have different tags: see [`tag_of`].
    tag: u32,
    /// Where its line starts.
    pub at: u32,
    /// The number of that line, counted from one.
    line: u32,
}

impl Section {
    /// The same section at another offset.
    pub fn moved(&self, at: u32) -> Self {
        Section { at, ..*self }
    }

    /// The sections of `all` that may be one of these profiles, and all that are no profile.
    pub fn wanted<'a>(all: &'a [Section], names: &BTreeSet<String>) -> impl Iterator<Item = (usize, &'a Section)> {
        let tags: Vec<u32> = names.iter().map(|name| tag_of(name, true)).collect();
        all.iter().enumerate().filter(move |(_, section)| !section.is_profile() || tags.contains(&section.tag))
    }

    fn is_profile(&self) -> bool {
        self.tag & PROFILE != 0
    }
}

/// Adds the sections of a text that starts `from` bytes into its file.
///
/// # Errors
/// The first fault and its line.
pub(in crate::profile) fn index(
    kind: FileKind,
    lexer: &mut Lexer,
    from: usize,
    sections: &mut Vec<Section>,
) -> std::result::Result<(), (u32, BadLine)> {
    lexer.headers(|at, line, header| sections.push(Section { tag: tag(kind, header), at: small(from + at), line }))
}

/// The bit of a tag that says whether it is a profile's.
const PROFILE: u32 = 1;

/// The tag of `[DEFAULT]`.
const DEFAULTS: u32 = 0;

/// A header and what follows it, up to the next header.
struct Header<'a> {
    role: Role,
    name: Cow<'a, str>,
    /// What stands between the brackets.
    text: &'a str,
    /// Where the line after it starts.
    body: usize,
    /// Where the next header starts, or the text ends.
    end: usize,
    line: u32,
}

/// The headers that lead to what is set for a name.
#[derive(Default)]
struct Parts<'a> {
    defaults: Vec<Header<'a>>,
    own: Vec<Header<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::profile) enum Role {
    Named(SectionKind),
    /// `[DEFAULT]`, which Python adds to every section of the file.
    Defaults,
    /// A section of another program, which is ignored.
    Other,
}

impl File {
    /// Reads all of a text, so that what the AWS CLI would refuse is refused, and keeps where the sections are.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] with file and line.
    pub fn new(kind: FileKind, path: Arc<Path>, text: Zeroizing<String>) -> Result<Self> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::config(format!("{} is too large", path.display())));
        }
        // Enough for nearly every file. Memory that is not touched costs nothing, but growing a vector copies it.
        let mut sections = Vec::with_capacity(text.len() / 64);
        index(kind, &mut Lexer::new(&text), 0, &mut sections).map_err(|(number, fault)| {
            Error::config(format!("{}:{number} can't be read", path.display()))
                .cause(fault.what())
                .hint("correct that line; the AWS CLI refuses the file as well")
        })?;
        Ok(File::part(kind, path, text, sections))
    }

    /// Sections that were cut out of a larger file. Their offsets are those in `text`, and their line numbers those
    /// in the larger file.
    pub fn part(kind: FileKind, path: Arc<Path>, text: Zeroizing<String>, sections: Vec<Section>) -> Self {
        File {
            kind,
            path,
            text,
            sections,
            by_tag: OnceCell::new(),
            #[cfg(test)]
            reads: std::cell::Cell::new(0),
        }
    }

    fn header(&self, index: usize) -> Option<Header<'_>> {
        let section = self.sections.get(index)?;
        let end = self.sections.get(index + 1).map_or(self.text.len(), |next| next.at as usize);
        let line = Lexer::body(&self.text, section.at as usize, section.line).next()?.ok()?;
        let text = line.header(&self.text);
        let (role, name) = meaning(self.kind, text);
        Some(Header { role, name, text, body: line.next, end, line: line.number })
    }

    /// The headers that have this tag, and `[DEFAULT]`, in the order of the file.
    fn headers(&self, tag: u32) -> Vec<Header<'_>> {
        let wanted = |of: u32| of == tag || of == DEFAULTS;
        let Some(by_tag) = self.by_tag.get() else {
            let near = self.sections.iter().enumerate().filter(|(_, section)| wanted(section.tag));
            return near.filter_map(|(index, _)| self.header(index)).collect();
        };
        let run = |tag| {
            let from = by_tag.partition_point(|(of, _)| *of < tag);
            by_tag.iter().skip(from).take_while(move |(of, _)| *of == tag).map(|(_, index)| *index as usize)
        };
        let mut near: Vec<usize> = run(DEFAULTS).chain(run(tag)).collect();
        near.sort_unstable();
        near.into_iter().filter_map(|index| self.header(index)).collect()
    }

    /// Where the file is.
    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The name of every profile. One with several sections occurs several times.
    pub fn profiles(&self) -> impl Iterator<Item = String> {
        self.by_tag.get_or_init(|| {
            let tags = self.sections.iter().enumerate().map(|(index, section)| (section.tag, small(index)));
            let mut tags: Vec<(u32, u32)> = tags.collect();
            tags.sort_unstable();
            tags
        });
        let headers = self.sections.iter().enumerate().filter(|(_, section)| section.is_profile());
        headers.filter_map(|(index, _)| Some(self.header(index)?.name.into_owned()))
    }

    /// The name of every section of a kind that is no profile.
    pub fn named(&self, kind: SectionKind) -> impl Iterator<Item = String> {
        let others = self.sections.iter().enumerate().filter(|(_, section)| !section.is_profile());
        let headers = others.filter_map(|(index, _)| self.header(index));
        headers.filter(move |header| header.role == Role::Named(kind)).map(|header| header.name.into_owned())
    }

    /// The sections that make up `name`.
    ///
    /// botocore refuses a file in which a header occurs twice. Here such sections are joined, and later values win,
    /// as in the SDKs. Where different headers mean the same name (`[default]`, `[profile default]`), only the last
    /// one counts, as in botocore.
    fn parts(&self, kind: SectionKind, name: &str) -> Parts<'_> {
        let mut found = Parts::default();
        for header in self.headers(tag_of(name, kind == SectionKind::Profile)) {
            match header.role {
                Role::Defaults => found.defaults.push(header),
                Role::Named(of) if of == kind && header.name == name => found.own.push(header),
                _ => {}
            }
        }
        if let Some(last) = found.own.last().map(|header| header.text) {
            found.own.retain(|header| header.text == last);
        }
        found
    }

    /// Everything that is set for `name`, `[DEFAULT]` included; `None` if there is no such section.
    pub fn settings(&self, kind: SectionKind, name: &str) -> Option<Vec<Setting>> {
        let Parts { defaults, own } = self.parts(kind, name);
        if own.is_empty() {
            return None;
        }
        #[cfg(test)]
        self.reads.set(self.reads.get() + 1);
        let mut settings = Vec::new();
        for header in defaults.into_iter().chain(own) {
            // Cut at the known end of the section. Its lines don't show it: in a part of a file the next header may
            // look like a continuation of the line above.
            let text = cut(&self.text, 0, header.end);
            settings::read(text, header.body, header.line + 1, &self.path, &mut settings);
        }
        Some(settings)
    }

    /// The line of the header of `name`; of the last one, if it has several.
    pub fn line(&self, kind: SectionKind, name: &str) -> Option<u32> {
        self.parts(kind, name).own.last().map(|header| header.line)
    }

    /// A header that was meant for the profile `name` and has the wrong form: its line, its text, and the right form. A
    /// profile is `[profile x]` in the config and `[x]` in the credentials file.
    pub fn mistaken(&self, name: &str) -> Option<(u32, &str, String)> {
        let meant = |header: &Header| match self.kind {
            FileKind::Config => {
                let word = header.text.split_once([' ', '\t']).filter(|(word, _)| word.eq_ignore_ascii_case("profile"));
                header.role == Role::Other && word.map_or(header.text, |(_, rest)| rest).trim() == name
            }
            FileKind::Credentials => header.text.strip_prefix("profile ").is_some_and(|rest| rest.trim() == name),
        };
        let mut all = (0..self.sections.len()).filter_map(|index| self.header(index));
        let header = all.find(meant)?;
        let right = match self.kind {
            FileKind::Config if name.contains(char::is_whitespace) => format!("[profile \"{name}\"]"),
            FileKind::Config => format!("[profile {name}]"),
            FileKind::Credentials => format!("[{name}]"),
        };
        Some((header.line, header.text, right))
    }

    /// Where the settings of each section of `name` start, and the numbers of those lines.
    pub fn bodies(&self, kind: SectionKind, name: &str) -> Vec<(usize, u32)> {
        self.parts(kind, name).own.iter().map(|header| (header.body, header.line + 1)).collect()
    }

    /// All of the text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a header means, as botocore's `build_profile_map` has it: it looks at how the header starts, then takes the
/// second of its two words, read as a shell would.
pub(in crate::profile) fn meaning(kind: FileKind, header: &str) -> (Role, Cow<'_, str>) {
    // A fast path for nearly every header.
    if kind == FileKind::Config
        && let Some(name) = header.strip_prefix("profile ")
        && !name.is_empty()
        && name.bytes().all(is_plain)
    {
        return (Role::Named(SectionKind::Profile), name.into());
    }
    if header == "DEFAULT" {
        return (Role::Defaults, header.into());
    }
    if kind == FileKind::Credentials || header == "default" {
        return (Role::Named(SectionKind::Profile), header.into());
    }
    let section = if header.starts_with("profile") {
        SectionKind::Profile
    } else if header.starts_with("sso-session") {
        SectionKind::SsoSession
    } else if header.starts_with("services") {
        SectionKind::Services
    } else {
        return (Role::Other, header.into());
    };
    if header.contains(['"', '\'', '\\']) {
        return match crate::profile::words::split(header).ok().and_then(|words| <[String; 2]>::try_from(words).ok()) {
            Some([_, name]) => (Role::Named(section), name.into()),
            None => (Role::Other, header.into()),
        };
    }
    let mut words = header.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(_), Some(name), None) => (Role::Named(section), name.into()),
        _ => (Role::Other, header.into()),
    }
}

/// Whether a byte is part of a word and needs no quotes.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\')
}

/// The tag of a header.
#[inline]
fn tag(kind: FileKind, header: &str) -> u32 {
    match meaning(kind, header) {
        (Role::Defaults, _) => DEFAULTS,
        (role, name) => tag_of(&name, role == Role::Named(SectionKind::Profile)),
    }
}

/// A hash of a name, with the bit [`PROFILE`] set or not; never [`DEFAULTS`]. It need not resist collisions on purpose:
/// anybody who can write the file can slow awsx down with a long one as well.
#[inline]
fn tag_of(name: &str, is_profile: bool) -> u32 {
    // Each step multiplies by 2^64 divided by the golden ratio: Fibonacci hashing, whose high bits are the good ones.
    let mix = |hash: u64, word: u64| (hash.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let hash = words.iter().chain([&last]).fold(name.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let high = u32::try_from(hash >> 32).unwrap_or_default();
    // The second bit is always set, so that no tag is zero.
    (high | 2) & !PROFILE | u32::from(is_profile)
}

/// Always fits: the size of a file is checked when it is read.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_ten_thousand_names_is_found_at_the_first_look() {
        let schemes: [fn(usize) -> String; 4] = [
            |n| format!("prod-team-{n}"),
            |n| format!("team-{n}-prod"),
            |n| format!("{n:08}-production"),
            |n| format!("a-company-with-a-long-name/{n}/eu-central-1/administrator"),
        ];
        for scheme in schemes {
            let names: Vec<String> = (0..10_000).map(scheme).collect();
            let sections: Vec<String> =
                names.iter().map(|name| format!("[profile {name}]\n[services {name}]\n")).collect();
            let text = Zeroizing::new(format!("[DEFAULT]\noutput = json\n{}", sections.concat()));
            let file = File::new(FileKind::Config, Path::new("config").into(), text).unwrap();
            assert_eq!(file.profiles().count(), 10_000);
            assert!(file.by_tag.get().is_some(), "a look-up is not a walk through all of them");
            // The second header is [DEFAULT].
            let looks = |kind| names.iter().map(|name| file.headers(tag_of(name, kind)).len() - 1).sum::<usize>();
            let (profiles, services) = (looks(true), looks(false));
            assert!(profiles < 10_010 && services < 10_010, "{profiles} {services}: {}", names[0]);
            assert!(names.iter().all(|name| file.settings(SectionKind::Profile, name).is_some()));
        }
    }
}
