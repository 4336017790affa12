//! The picker on the terminal: keys in, lines out.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::time::Duration;

use super::guard::{Guard, Mode};
use super::keys::{self, Read};
use super::terminal::{Terminal, Waited, wait};
use crate::base::signals;
use crate::ports::{Choices, Shortcut};
use crate::select::picker::{Key, Outcome, Picker};

/// The bytes of one key follow its Escape within this time. Nobody types that fast.
const KEY_GAP: Duration = Duration::from_millis(50);
/// How often the size of the terminal is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How many rows are made before the first screen: all of a short table, so that its columns stay where they are.
const AT_FIRST: usize = 50;
/// How many rows are made between two looks for a key.
const AT_ONCE: usize = 200;
/// The size of a terminal that doesn't tell.
const USUAL: (u16, u16) = (80, 24);

impl Terminal {
    /// Lets a person pick one of the rows. Typing filters them, arrows move, Enter or a shortcut chooses, Escape
    /// gives up (`None`). It is removed from the screen, whatever ends it.
    ///
    /// # Errors
    /// What the terminal reports.
    pub fn pick(
        &self,
        prompt: &str,
        choices: Choices,
        shortcuts: &[Shortcut],
        colours: bool,
    ) -> io::Result<Option<(usize, usize)>> {
        let mut picker = Picker::new(prompt, choices, shortcuts);
        loop {
            let guard = Guard::new(&self.0, Mode::Keys)?;
            let chosen = self.picking(&mut picker, colours);
            let mut end = String::from("\r\x1b[J");
            if let Ok(Some((row, _))) = &chosen {
                let name = choices.rows.cells(*row).into_iter().next();
                end += &format!("{prompt}: {}\n", name.unwrap_or_default());
            }
            let shown = self.show(&end);
            if !guard.end() || signals::pending().is_some() {
                return shown.and(chosen);
            }
        }
    }

    fn picking(&self, picker: &mut Picker, colours: bool) -> io::Result<Option<(usize, usize)>> {
        let (mut typed, mut size) = (Vec::new(), None);
        let mut whole = picker.prepare(AT_FIRST);
        loop {
            let now = self.size().unwrap_or(USUAL);
            if size != Some(now) || !typed.is_empty() {
                size = Some(now);
                loop {
                    let key = match keys::first(&typed) {
                        Read::Key(key, length) => {
                            typed.drain(..length);
                            key
                        }
                        Read::Unfinished if typed == [0x1b] && !self.more(KEY_GAP)? => {
                            typed.clear();
                            Key::Escape
                        }
                        Read::Unfinished => break,
                    };
                    match picker.press(key) {
                        Outcome::Open => {}
                        Outcome::Chosen(row, shortcut) => return Ok(Some((row, shortcut))),
                        Outcome::GivenUp => return Ok(None),
                    }
                }
                self.draw(picker, now, colours)?;
            }
            while !whole && !self.more(Duration::ZERO)? {
                whole = picker.prepare(AT_ONCE);
                if whole {
                    self.draw(picker, now, colours)?;
                }
            }
            if self.more(LOOK)? {
                let mut bytes = [0; 1024];
                match (&self.0).read(&mut bytes) {
                    Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                    Ok(length) => typed.extend_from_slice(bytes.get(..length).unwrap_or_default()),
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
        }
    }

    /// Whether something was typed within that time.
    fn more(&self, within: Duration) -> io::Result<bool> {
        match wait(&self.0, Some(within))? {
            Waited::Typed => Ok(true),
            Waited::Elapsed => Ok(false),
            Waited::Interrupted => Err(ErrorKind::Interrupted.into()),
        }
    }

    /// Draws from the cursor's line downwards, then puts the cursor back behind the typed text.
    fn draw(&self, picker: &mut Picker, (columns, lines): (u16, u16), colours: bool) -> io::Result<()> {
        let view = picker.view(columns.into(), lines.into(), colours);
        let up = match view.lines.len() {
            0 | 1 => String::new(),
            lines => format!("\x1b[{}A", lines - 1),
        };
        let right = if view.cursor > 0 { format!("\x1b[{}C", view.cursor) } else { String::new() };
        let screen = format!("\r\x1b[J{}{up}\r{right}", view.lines.join("\n"));
        (&self.0).write_all(screen.as_bytes())
    }
}
