//! Picks a row of a table by typing: which rows match, in what order, and what the screen shows. Pure.
//!
//! A row is made when it is first looked at: the first screen doesn't wait for ten thousand of them. The others are
//! made while nobody types ([`Picker::prepare`]).

mod rank;
#[cfg(test)]
mod tests;

use crate::base::columns;
use crate::ports::{Choices, Shortcut};

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A letter with Ctrl that has no other meaning here.
    Ctrl(char),
    /// Takes the last character away.
    Backspace,
    /// Takes the last word away (Ctrl-W).
    DeleteWord,
    /// Takes everything away (Ctrl-U).
    DeleteLine,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// To the first row.
    Home,
    /// To the last row.
    End,
    /// Takes the row.
    Enter,
    /// Gives up.
    Escape,
    /// Gives up, unless something was typed (Ctrl-D).
    EndOfInput,
    /// Anything else.
    Other,
}

/// What a key has led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Open,
    /// This row was taken, with this one of the shortcuts.
    Chosen(usize, usize),
    /// None will be.
    GivenUp,
}

/// What the screen shows: the line that is typed into, then the others.
#[derive(Debug, PartialEq, Eq)]
pub struct View {
    /// The lines, with colours if they are wanted.
    pub lines: Vec<String>,
    /// The column of the cursor in the first line.
    pub cursor: usize,
}

/// How many rows are shown at once: what was on the screen before stays in sight.
const MOST_ROWS: usize = 15;

/// A row that was made.
struct Row {
    cells: Vec<String>,
    searched: Vec<Vec<char>>,
}

/// The picker between two keys.
pub struct Picker<'a> {
    prompt: &'a str,
    choices: Choices<'a>,
    shortcuts: &'a [Shortcut],
    /// Those of the rows that were made, and of the head.
    widths: Vec<usize>,
    rows: Vec<Option<Row>>,
    /// All rows below this one have been made.
    made: usize,
    query: String,
    found: Vec<usize>,
    at: usize,
    top: usize,
    page: usize,
}

impl<'a> Picker<'a> {
    /// Nothing is typed, and the first row is the one to take. No row is made yet.
    pub fn new(prompt: &'a str, choices: Choices<'a>, shortcuts: &'a [Shortcut]) -> Self {
        let count = choices.rows.count();
        Picker {
            prompt,
            choices,
            shortcuts,
            widths: choices.head.iter().map(|title| columns::width(title)).collect(),
            rows: std::iter::repeat_with(|| None).take(count).collect(),
            made: 0,
            query: String::new(),
            found: (0..count).collect(),
            at: 0,
            top: 0,
            page: 10,
        }
    }

    /// Makes that many more rows; `true` if there are none left to make.
    pub fn prepare(&mut self, most: usize) -> bool {
        for _ in 0..most.min(self.rows.len() - self.made) {
            self.make(self.made);
            self.made += 1;
        }
        self.made == self.rows.len()
    }

    fn make(&mut self, row: usize) {
        let Some(place @ None) = self.rows.get_mut(row) else { return };
        let cells = self.choices.rows.cells(row);
        for (i, cell) in cells.iter().enumerate() {
            let width = columns::width(cell);
            match self.widths.get_mut(i) {
                Some(widest) => *widest = width.max(*widest),
                None => self.widths.push(width),
            }
        }
        *place = Some(Row { searched: cells.iter().map(|cell| rank::small(cell)).collect(), cells });
    }

    /// Does what a key asks for.
    pub fn press(&mut self, key: Key) -> Outcome {
        let last = self.found.len().saturating_sub(1);
        match key {
            Key::Char(c) => self.typed(true, |query| query.push(c)),
            Key::Backspace => self.typed(false, |query| {
                query.pop();
            }),
            Key::DeleteWord => self.typed(false, |query| {
                let kept = query.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
                query.truncate(kept);
            }),
            Key::DeleteLine => self.typed(false, String::clear),
            Key::Up => self.at = self.at.checked_sub(1).unwrap_or(last),
            Key::Down => self.at = if self.at >= last { 0 } else { self.at + 1 },
            Key::PageUp => self.at = self.at.saturating_sub(self.page),
            Key::PageDown => self.at = (self.at + self.page).min(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            Key::Enter => return self.take(0),
            Key::Ctrl(c) => {
                if let Some(shortcut) = self.shortcuts.iter().position(|shortcut| shortcut.ctrl == Some(c)) {
                    return self.take(shortcut);
                }
            }
            Key::Escape => return Outcome::GivenUp,
            Key::EndOfInput if self.query.is_empty() => return Outcome::GivenUp,
            Key::EndOfInput | Key::Other => {}
        }
        Outcome::Open
    }

    fn take(&self, shortcut: usize) -> Outcome {
        self.found.get(self.at).map_or(Outcome::Open, |row| Outcome::Chosen(*row, shortcut))
    }

    /// Changes what is typed. If that only got longer, no other rows can match than those that did.
    fn typed(&mut self, longer: bool, change: impl FnOnce(&mut String)) {
        change(&mut self.query);
        self.prepare(usize::MAX);
        if !longer {
            self.found = (0..self.rows.len()).collect();
        }
        self.found = self.matching();
        (self.at, self.top) = (0, 0);
    }

    fn words(&self) -> Vec<Vec<char>> {
        self.query.split_whitespace().map(rank::small).collect()
    }

    /// Of the rows found so far, those in which every word is found, the best first.
    fn matching(&self) -> Vec<usize> {
        let words = self.words();
        let rank = |row: usize| {
            let row = self.rows.get(row)?.as_ref()?;
            words.iter().map(|word| rank::rank(&row.searched, word)).sum::<Option<usize>>()
        };
        let mut ranked: Vec<(usize, usize)> = self.found.iter().filter_map(|&row| Some((rank(row)?, row))).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, row)| row).collect()
    }

    /// The screen, for a terminal of that size.
    pub fn view(&mut self, columns: usize, lines: usize, colours: bool) -> View {
        // A terminal that is full to its last column goes on to the next line.
        let width = columns.saturating_sub(1).max(1);
        let around = 2 + usize::from(!self.choices.head.is_empty()) + usize::from(!self.shortcuts.is_empty());
        self.page = lines.saturating_sub(around).clamp(1, MOST_ROWS);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(self.page));
        let shown: Vec<usize> = self.found.iter().skip(self.top).take(self.page).copied().collect();
        for row in &shown {
            self.make(*row);
        }
        // A long name leaves room for what is said of it.
        let mut widths = self.widths.clone();
        if let Some(name) = widths.first_mut().filter(|_| self.widths.len() > 1) {
            *name = (*name).min(width * 3 / 5).max(1);
        }

        let dim = |line: String| if colours { format!("\x1b[2m{line}\x1b[0m") } else { line };
        let typed = format!("{}: {}", self.prompt, self.query);
        let mut view = View { cursor: columns::width(&typed).min(width), lines: vec![columns::cut(&typed, width)] };
        if !self.choices.head.is_empty() {
            let titles = cut_name(self.choices.head, &widths);
            view.lines.push(dim(columns::cut(&format!("  {}", columns::row(&titles, &widths)), width)));
        }
        let words = self.words();
        for (place, row) in (self.top..).zip(&shown) {
            view.lines.push(self.line(*row, place == self.at, &words, &widths, width, colours));
        }
        let (found, all) = (self.found.len(), self.rows.len());
        let count = if found == 0 { "  nothing found".into() } else { format!("  {found} of {all}") };
        if found < all || found > self.page {
            view.lines.push(columns::cut(&count, width));
        }
        if !self.shortcuts.is_empty() {
            view.lines.push(dim(columns::cut(&self.footer(), width)));
        }
        view.lines.truncate(lines.max(1));
        view
    }

    /// What the keys do.
    fn footer(&self) -> String {
        let key = |shortcut: &Shortcut| match shortcut.ctrl {
            Some(c) => format!("^{} {}", c.to_ascii_uppercase(), shortcut.does),
            None => format!("Enter {}", shortcut.does),
        };
        let keys: Vec<String> = self.shortcuts.iter().map(key).chain(["Esc quit".to_owned()]).collect();
        format!("  {}", keys.join("  "))
    }

    /// A row, with what matches marked.
    fn line(
        &self,
        row: usize,
        chosen: bool,
        words: &[Vec<char>],
        widths: &[usize],
        width: usize,
        colours: bool,
    ) -> String {
        let Some(Some(row)) = self.rows.get(row) else { return String::new() };
        let cells = cut_name(&row.cells, widths);
        let plain = columns::cut(&columns::row(&cells, widths), width.saturating_sub(2));
        let mark = columns::cut(if chosen { "> " } else { "  " }, width);
        if !colours {
            return format!("{mark}{plain}");
        }
        let mut marked = Vec::new();
        for ((marks, cell), width) in rank::marks(&row.searched, words).into_iter().zip(&cells).zip(widths) {
            let (from, length) = (marked.len(), cell.chars().count());
            marked.extend(marks.into_iter().take(length));
            marked.resize(from + length + width.saturating_sub(columns::width(cell)) + 2, false);
        }
        let base = if chosen { "\x1b[0;7m" } else { "\x1b[0m" };
        let (strong, mut text, mut is_strong) = ("\x1b[1;4m", format!("{base}{mark}"), false);
        for (i, c) in plain.chars().enumerate() {
            let wanted = marked.get(i).copied().unwrap_or_default();
            if wanted != is_strong {
                text.push_str(if wanted { strong } else { base });
                is_strong = wanted;
            }
            text.push(c);
        }
        text + "\x1b[0m"
    }
}

/// The cells with a name that is no wider than its column.
fn cut_name(cells: &[impl AsRef<str>], widths: &[usize]) -> Vec<String> {
    let mut cells: Vec<String> = cells.iter().map(|cell| cell.as_ref().to_owned()).collect();
    if let (Some(name), Some(width)) = (cells.first_mut(), widths.first()) {
        *name = columns::cut(name, *width);
    }
    cells
}
