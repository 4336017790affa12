//! Large files. The whole file is read in pieces, to find faults and the places of its sections. Only the sections that one
//! profile leads to are kept: a command needs about three of ten thousand, and page faults for the others cost more than
//! reading them.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::vars;
use crate::profile::Profiles;
use crate::profile::io::Locations;
use crate::profile::io::is_file;
use crate::profile::own_keys::{agents_profile, named};
use crate::profile::parse::file::{File, FileKind, Section, index};
use crate::profile::parse::lex::Lexer;

/// Files of at most this many bytes are read whole.
const SMALL: u64 = 64 * 1024;
/// How many bytes of larger files are read at once. Small, because a page fault costs more than a call to the kernel.
const PIECE: usize = 16 * 1024;

/// The keys that always lead from one profile to another.
const REFERENCES: [&str; 2] = ["source_profile", "include_profile"];

impl Profiles {
    /// Reads both files for a command that needs only `name` and the profiles it leads to: its sources, what it includes,
    /// and `default`. Of a large file only these are kept. If anything is wrong, both files are read whole
    /// ([`Profiles::load`]), which reports it.
    ///
    /// # Errors
    /// As for [`Profiles::load`].
    pub fn load_for(env: &Env, name: &str) -> Result<Self> {
        let at = Locations::of(env)?;
        // The profile that an AI agent gets instead, whatever profile is asked for.
        let agents = env.get(vars::AWSX_AGENT_RULE).and_then(named);
        let large = |path: &Path| fs::metadata(path).is_ok_and(|file| file.len() > SMALL);
        if (large(&at.config) || large(&at.credentials))
            && let Ok(Some(profiles)) = reach(&at, &[Some(name), agents.as_deref()], PIECE)
        {
            return Ok(profiles);
        }
        Profiles::load(env)
    }
}

/// The part of both files that these names lead to; `None` if it leads to what isn't there, or a file has changed meanwhile.
fn reach(at: &Locations, wanted: &[Option<&str>], piece: usize) -> io::Result<Option<Profiles>> {
    let outline = |kind, path| Outline::read(kind, path, piece);
    let files = [outline(FileKind::Config, &at.config)?, outline(FileKind::Credentials, &at.credentials)?];
    let wanted = || wanted.iter().copied().flatten();
    let mut names: BTreeSet<String> = wanted().chain(["default"]).map(str::to_owned).collect();
    loop {
        let [config, credentials] = files.each_ref().map(|file| file.as_ref().map(|outline| outline.part(&names)));
        let profiles = Profiles::of(config.transpose()?, credentials.transpose()?);
        let mut more = BTreeSet::new();
        for known in &names {
            match profiles.get(known) {
                Some(profile) => {
                    more.extend(REFERENCES.iter().filter_map(|key| profile.get(key)).map(str::to_owned));
                    more.extend(agents_profile(&profile));
                }
                None if known == "default" && wanted().all(|name| name != "default") => {}
                None => return Ok(None),
            }
        }
        if more.is_subset(&names) {
            let mut still = files.iter().flatten().map(Outline::is_unchanged);
            return Ok(still.all(|same| same).then_some(profiles));
        }
        names.append(&mut more);
    }
}

/// A file that stays on the disk, and where its sections are.
struct Outline<'a> {
    kind: FileKind,
    path: &'a Path,
    file: fs::File,
    before: Metadata,
    sections: Vec<Section>,
}

impl<'a> Outline<'a> {
    /// Reads all of a file once; `None` if there is no regular file.
    ///
    /// # Errors
    /// If the file can't be read or has a fault. [`Profiles::load`] then says which.
    fn read(kind: FileKind, path: &'a Path, piece: usize) -> io::Result<Option<Self>> {
        if !is_file(path)? {
            return Ok(None);
        }
        let file = fs::File::open(path)?;
        let before = file.metadata()?;
        let length = u32::try_from(before.len()).ok().and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|_| before.is_file()).ok_or(ErrorKind::Unsupported)?;
        let mut outline = Outline { kind, path, file, before, sections: Vec::with_capacity(length / 64) };
        outline.scan(piece)?;
        Ok(Some(outline))
    }

    /// Finds the sections, piece by piece. Each piece ends with a line.
    fn scan(&mut self, piece: usize) -> io::Result<()> {
        let invalid = || io::Error::from(ErrorKind::InvalidData);
        let mut piece = Zeroizing::new(vec![0; piece]);
        let (mut filled, mut from, mut context) = (0, 0, None);
        loop {
            let room = piece.get_mut(filled..).filter(|room| !room.is_empty());
            // A line that is longer than a piece: the file is read whole instead.
            let read = self.file.read(room.ok_or_else(invalid)?)?;
            filled += read;
            let bytes = piece.get(..filled).unwrap_or_default();
            let end = if read == 0 { filled } else { bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1) };
            let text = bytes.get(..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or_else(invalid)?;
            let mut lexer = context.map_or_else(|| Lexer::new(text), |context| Lexer::part(text, context));
            index(self.kind, &mut lexer, from, &mut self.sections).map_err(|_| invalid())?;
            if read == 0 {
                return Ok(());
            }
            context = Some(lexer.context());
            piece.copy_within(end..filled, 0);
            (filled, from) = (filled - end, from + end);
        }
    }

    /// The sections of these profiles, and all that are no profile.
    fn part(&self, names: &BTreeSet<String>) -> io::Result<File> {
        let end = |index: usize| self.sections.get(index + 1).map_or(self.before.len(), |next| next.at.into());
        let wanted: Vec<(&Section, usize)> = Section::wanted(&self.sections, names)
            .map(|(index, section)| (section, end(index).saturating_sub(section.at.into())))
            .filter_map(|(section, length)| Some((section, usize::try_from(length).ok()?)))
            .collect();
        // Allocated once: a buffer that grows leaves unwiped copies behind.
        let mut bytes = Zeroizing::new(vec![0; wanted.iter().map(|(_, length)| length).sum()]);
        let mut sections = Vec::new();
        let mut rest = bytes.as_mut_slice();
        let mut at = 0;
        // Sections that follow one another are one read.
        for run in wanted.chunk_by(|(one, length), (next, _)| one.at as usize + length == next.at as usize) {
            let length = run.iter().map(|(_, length)| length).sum();
            let (room, after) = rest.split_at_mut_checked(length).ok_or(ErrorKind::InvalidData)?;
            self.file.read_exact_at(room, run.first().map_or(0, |(section, _)| section.at.into()))?;
            for (section, length) in run {
                sections.push(section.moved(at));
                at += u32::try_from(*length).map_err(|_| ErrorKind::InvalidData)?;
            }
            rest = after;
        }
        let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            ErrorKind::InvalidData
        })?;
        Ok(File::part(self.kind, self.path.into(), Zeroizing::new(text), sections))
    }

    /// Whether nobody has written to it since it was opened. A file that has taken its place doesn't matter: this is still
    /// the old one.
    fn is_unchanged(&self) -> bool {
        let of = |file: &Metadata| (file.len(), file.mtime(), file.mtime_nsec());
        self.file.metadata().is_ok_and(|now| of(&now) == of(&self.before))
    }
}

#[cfg(test)]
mod tests;
