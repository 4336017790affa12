//! Picks a row of a table by typing: which rows match, in what order, and what the screen shows. Pure.

use crate::base::columns;
use crate::ports::Choices;

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
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
    /// This row was taken.
    Chosen(usize),
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

/// The rank of a match outside the name column. Lower is better, and every match in a name ranks below this.
const OTHER_COLUMN: usize = 1000;

/// A row as it is searched: in lower case, character by character, so that positions are those of the shown text.
struct Searched {
    cells: Vec<Vec<char>>,
}

/// The picker between two keys.
pub struct Picker<'a> {
    prompt: &'a str,
    choices: Choices<'a>,
    widths: Vec<usize>,
    searched: Vec<Searched>,
    query: String,
    found: Vec<usize>,
    at: usize,
    top: usize,
    page: usize,
}

impl<'a> Picker<'a> {
    /// Nothing is typed, and the first row is the one to take.
    pub fn new(prompt: &'a str, choices: Choices<'a>) -> Self {
        let mut widths = columns::widths(choices.rows);
        for (width, title) in widths.iter_mut().zip(choices.head) {
            *width = columns::width(title).max(*width);
        }
        let searched = choices.rows.iter().map(|row| Searched { cells: row.iter().map(|cell| small(cell)).collect() });
        Picker {
            prompt,
            choices,
            widths,
            searched: searched.collect(),
            query: String::new(),
            found: (0..choices.rows.len()).collect(),
            at: 0,
            top: 0,
            page: 10,
        }
    }

    /// Does what a key asks for.
    pub fn press(&mut self, key: Key) -> Outcome {
        let last = self.found.len().saturating_sub(1);
        match key {
            Key::Char(c) => self.typed(|query| query.push(c)),
            Key::Backspace => self.typed(|query| {
                query.pop();
            }),
            Key::DeleteWord => self.typed(|query| {
                let kept = query.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
                query.truncate(kept);
            }),
            Key::DeleteLine => self.typed(String::clear),
            Key::Up => self.at = self.at.checked_sub(1).unwrap_or(last),
            Key::Down => self.at = if self.at >= last { 0 } else { self.at + 1 },
            Key::PageUp => self.at = self.at.saturating_sub(self.page),
            Key::PageDown => self.at = (self.at + self.page).min(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            Key::Enter => {
                if let Some(row) = self.found.get(self.at) {
                    return Outcome::Chosen(*row);
                }
            }
            Key::Escape => return Outcome::GivenUp,
            Key::EndOfInput if self.query.is_empty() => return Outcome::GivenUp,
            Key::EndOfInput | Key::Other => {}
        }
        Outcome::Open
    }

    fn typed(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.query);
        self.found = self.matching();
        (self.at, self.top) = (0, 0);
    }

    fn words(&self) -> Vec<Vec<char>> {
        self.query.split_whitespace().map(small).collect()
    }

    /// The rows in which every word is found, the best first.
    fn matching(&self) -> Vec<usize> {
        let words = self.words();
        let rank = |row: &Searched| words.iter().map(|word| rank(row, word)).sum::<Option<usize>>();
        let ranked = self.searched.iter().enumerate().filter_map(|(i, row)| Some((rank(row)?, i)));
        let mut ranked: Vec<(usize, usize)> = ranked.collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, row)| row).collect()
    }

    /// The screen, for a terminal of that size.
    pub fn view(&mut self, columns: usize, lines: usize, colours: bool) -> View {
        // A terminal that is full to its last column goes on to the next line.
        let width = columns.saturating_sub(1).max(1);
        let head = usize::from(!self.choices.head.is_empty());
        self.page = lines.saturating_sub(2 + head).clamp(1, MOST_ROWS);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(self.page));

        let typed = format!("{}: {}", self.prompt, self.query);
        let mut view = View { cursor: columns::width(&typed).min(width), lines: vec![columns::cut(&typed, width)] };
        if head == 1 {
            let titles: Vec<String> = self.choices.head.iter().map(|title| (*title).to_owned()).collect();
            let line = columns::cut(&format!("  {}", columns::row(&titles, &self.widths)), width);
            view.lines.push(if colours { format!("\x1b[2m{line}\x1b[0m") } else { line });
        }
        let words = self.words();
        for (place, row) in self.found.iter().enumerate().skip(self.top).take(self.page) {
            view.lines.push(self.line(*row, place == self.at, &words, width, colours));
        }
        let (found, all) = (self.found.len(), self.choices.rows.len());
        let count = if found == 0 { "  nothing found".into() } else { format!("  {found} of {all}") };
        if found < all || found > self.page {
            view.lines.push(columns::cut(&count, width));
        }
        view.lines.truncate(lines.max(1));
        view
    }

    /// A row, with what matches marked.
    fn line(&self, row: usize, chosen: bool, words: &[Vec<char>], width: usize, colours: bool) -> String {
        let cells = self.choices.rows.get(row).map(Vec::as_slice).unwrap_or_default();
        let plain = columns::cut(&columns::row(cells, &self.widths), width.saturating_sub(2));
        let mark = columns::cut(if chosen { "> " } else { "  " }, width);
        if !colours {
            return format!("{mark}{plain}");
        }
        let marked = self.marked(row, words);
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

    /// Which characters of a row's line are part of a match.
    fn marked(&self, row: usize, words: &[Vec<char>]) -> Vec<bool> {
        let Some(searched) = self.searched.get(row) else { return Vec::new() };
        let mut marked = Vec::new();
        let named = |word: &[char]| searched.cells.first().is_some_and(|name| rank_in_name(name, word).is_some());
        for (column, (cell, width)) in searched.cells.iter().zip(&self.widths).enumerate() {
            let mut cells = vec![false; cell.len()];
            for word in words.iter().filter(|word| (column == 0) == named(word)) {
                match find(cell, word) {
                    Some(at) => cells.iter_mut().skip(at).take(word.len()).for_each(|mark| *mark = true),
                    None if column == 0 => spread(cell, word).into_iter().flatten().for_each(|i| cells[i] = true),
                    None => {}
                }
            }
            let shown: String =
                self.choices.rows.get(row).and_then(|cells| cells.get(column)).cloned().unwrap_or_default();
            marked.extend(cells);
            marked.extend(vec![false; width.saturating_sub(columns::width(&shown)) + 2]);
        }
        marked
    }
}

fn small(text: &str) -> Vec<char> {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// How well a word matches a row; `None` if it is nowhere in it.
fn rank(row: &Searched, word: &[char]) -> Option<usize> {
    let (name, others) = row.cells.split_first()?;
    let elsewhere = || others.iter().any(|cell| find(cell, word).is_some()).then_some(OTHER_COLUMN);
    rank_in_name(name, word).or_else(elsewhere)
}

fn rank_in_name(name: &[char], word: &[char]) -> Option<usize> {
    let at = find(name, word);
    let begins = |at: usize| at == 0 || name.get(at - 1).is_some_and(|c| !c.is_alphanumeric());
    Some(match at {
        Some(_) if name.len() == word.len() => 0,
        Some(0) => 1,
        Some(at) if begins(at) => 2,
        Some(_) => 3,
        None => 10 + spread(name, word).map(|places| gaps(&places))?,
    })
}

/// Where a word begins in a text; at the beginning of one of its parts, if it can be.
fn find(text: &[char], word: &[char]) -> Option<usize> {
    let places: Vec<usize> =
        text.windows(word.len().max(1)).enumerate().filter(|(_, at)| *at == word).map(|(i, _)| i).collect();
    let begins = |at: &&usize| **at == 0 || text.get(**at - 1).is_some_and(|c| !c.is_alphanumeric());
    places.iter().find(begins).or(places.first()).copied()
}

/// The places of the characters of a word that stand apart in a text, in this order.
fn spread(text: &[char], word: &[char]) -> Option<Vec<usize>> {
    let mut from = 0;
    word.iter()
        .map(|c| {
            let at = from + text.get(from..)?.iter().position(|d| d == c)?;
            from = at + 1;
            Some(at)
        })
        .collect()
}

fn gaps(places: &[usize]) -> usize {
    let (first, last) = (places.first().copied().unwrap_or(0), places.last().copied().unwrap_or(0));
    (last + 1).saturating_sub(first + places.len()).min(OTHER_COLUMN - 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: [&str; 3] = ["PROFILE", "ACCOUNT", "KEYS"];

    fn rows(names: &[&str]) -> Vec<Vec<String>> {
        names.iter().map(|line| line.split('|').map(str::to_owned).collect()).collect()
    }

    fn found(names: &[&str], query: &str) -> Vec<String> {
        let rows = rows(names);
        let mut picker = Picker::new("Profile", Choices { head: &HEAD, rows: &rows });
        query.chars().for_each(|c| assert_eq!(picker.press(Key::Char(c)), Outcome::Open));
        picker.found.iter().map(|row| rows[*row][0].clone()).collect()
    }

    #[test]
    fn names_come_before_other_columns_and_words_are_anded() {
        let all =
            ["team-prod|111", "prod-eu|222", "dev|prod 333", "prod|444", "Prod-us|555", "p-r-o-d|666", "nonprod|777"];
        let table: [(&str, &[&str]); 11] = [
            ("", &["team-prod", "prod-eu", "dev", "prod", "Prod-us", "p-r-o-d", "nonprod"]),
            ("prod", &["prod", "prod-eu", "Prod-us", "team-prod", "nonprod", "p-r-o-d", "dev"]),
            ("PROD", &["prod", "prod-eu", "Prod-us", "team-prod", "nonprod", "p-r-o-d", "dev"]),
            ("prod eu", &["prod-eu"]),
            ("eu prod ", &["prod-eu"]),
            ("team 111", &["team-prod"]),
            ("333", &["dev"]),
            ("pdeu", &["prod-eu"]),
            ("team dev", &[]),
            ("prod 333", &["dev"]),
            ("zzz", &[]),
        ];
        for (query, names) in table {
            assert_eq!(found(&all, query), names, "{query:?}");
        }
    }

    #[test]
    fn keys_edit_what_is_typed_and_move() {
        use Key::{Backspace, Char, DeleteLine, DeleteWord, Down, End, EndOfInput, Enter, Escape, Home, PageDown, Up};
        let rows = rows(&["a|1", "b|2", "ab|3"]);
        let choices = Choices { head: &HEAD, rows: &rows };
        let after = |keys: &[Key]| {
            let mut picker = Picker::new("Profile", choices);
            let mut outcome = Outcome::Open;
            for key in keys {
                outcome = picker.press(*key);
            }
            (picker.query, picker.at, outcome)
        };
        let open = |query: &str, at| (query.to_owned(), at, Outcome::Open);
        assert_eq!(after(&[Char('a'), Char('b'), Backspace]), open("a", 0));
        assert_eq!(after(&[Char('a'), Char(' '), Char('b'), DeleteWord]), open("a ", 0));
        assert_eq!(after(&[Char('a'), Char(' '), DeleteWord, Backspace]), open("", 0));
        assert_eq!(after(&[Char('a'), Char(' '), Char('b'), DeleteLine]), open("", 0));
        assert_eq!(after(&[Down, Down]), open("", 2));
        assert_eq!(after(&[Down, Down, Down]), open("", 0));
        assert_eq!(after(&[Up]), open("", 2));
        assert_eq!(after(&[PageDown]), open("", 2));
        assert_eq!(after(&[End, Home]), open("", 0));
        assert_eq!(after(&[Char('b'), Down, Enter]).2, Outcome::Chosen(2));
        assert_eq!(after(&[Char('x'), Enter]), open("x", 0));
        assert_eq!(after(&[Char('x'), EndOfInput]), open("x", 0));
        assert_eq!(after(&[EndOfInput]).2, Outcome::GivenUp);
        assert_eq!(after(&[Char('x'), Escape]).2, Outcome::GivenUp);
    }

    #[test]
    fn the_screen_has_a_heading_is_cut_to_the_width_and_says_what_is_found() {
        let rows = rows(&["prod|123456789012|keychain", "日本|-|-", "dev|-|-"]);
        let mut picker = Picker::new("Profile", Choices { head: &HEAD, rows: &rows });
        let lines = |view: View| view.lines;
        assert_eq!(
            lines(picker.view(80, 24, false)),
            [
                "Profile: ",
                "  PROFILE  ACCOUNT       KEYS",
                "> prod     123456789012  keychain",
                "  日本     -             -",
                "  dev      -             -"
            ]
        );
        assert_eq!(
            lines(picker.view(20, 24, false)),
            ["Profile: ", "  PROFILE  ACCOUNT…", "> prod     1234567…", "  日本     -      …", "  dev      -      …"]
        );
        picker.press(Key::Char('x'));
        let view = picker.view(80, 24, false);
        assert_eq!((view.lines.len(), view.lines[2].as_str(), view.cursor), (3, "  nothing found", 10));
        picker.press(Key::Backspace);
        picker.press(Key::End);
        assert_eq!(
            lines(picker.view(80, 4, false)),
            ["Profile: ", "  PROFILE  ACCOUNT       KEYS", "> dev      -             -", "  3 of 3"]
        );
        picker.press(Key::Char('D'));
        let view = picker.view(80, 24, true);
        assert_eq!(view.lines[1], "\x1b[2m  PROFILE  ACCOUNT       KEYS\x1b[0m");
        assert_eq!(view.lines[2], "\x1b[0;7m> \x1b[1;4md\x1b[0;7mev      -             -\x1b[0m");
        assert_eq!(view.lines[3], "\x1b[0m  pro\x1b[1;4md\x1b[0m     123456789012  keychain\x1b[0m");
        assert_eq!(view.lines[4], "  2 of 3");
        for columns in 0..40 {
            for lines in 0..6 {
                let view = picker.view(columns, lines, false);
                assert!(view.lines.len() <= lines.max(1));
                assert!(view.lines.iter().all(|line| columns::width(line) < columns.max(2)), "{view:?}");
            }
        }
    }

    #[test]
    fn ten_thousand_rows_are_no_burden() {
        let names: Vec<Vec<String>> =
            (0..10_000).map(|n| vec![format!("team-{n}-prod"), "123456789012".into()]).collect();
        let mut picker = Picker::new("Profile", Choices { head: &[], rows: &names });
        for c in "team 4711".chars() {
            picker.press(Key::Char(c));
        }
        assert_eq!(picker.press(Key::Enter), Outcome::Chosen(4711));
        assert_eq!(picker.view(80, 24, false).lines.len(), 3);
    }
}
