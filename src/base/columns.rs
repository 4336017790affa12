//! Text in columns. Widths are those that a terminal shows, not bytes or characters. Pure.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks the place where a text was cut.
const CUT: char = '…';
/// Between two columns.
const GAP: &str = "  ";

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    // What nearly every text is, where a look at each character for its width takes the longest.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { text.width() }
}

/// As much of the text as fits, with a mark where it was cut.
pub fn cut(text: &str, to: usize) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let mut room = to.saturating_sub(1);
    let fits = |c: &char| {
        let left = room.checked_sub(c.width().unwrap_or(0));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let mut short: String = text.chars().take_while(fits).collect();
    if to > 0 {
        short.push(CUT);
    }
    short
}

/// How wide each column is.
pub fn widths<R: AsRef<[C]>, C: AsRef<str>>(rows: &[R]) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        for (i, cell) in row.as_ref().iter().enumerate() {
            let width = width(cell.as_ref());
            match widths.get_mut(i) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    widths
}

/// A row of a table with columns of these widths, without blanks at its end.
pub fn row(cells: &[impl AsRef<str>], widths: &[usize]) -> String {
    let mut row = String::with_capacity(widths.iter().map(|width| width + GAP.len()).sum());
    for (cell, to) in cells.iter().zip(widths) {
        let cell = cell.as_ref();
        row.push_str(cell);
        let blanks = to.saturating_sub(width(cell)) + GAP.len();
        row.extend(std::iter::repeat_n(' ', blanks));
    }
    row.truncate(row.trim_end().len());
    row
}

/// Rows as lines of a table.
pub fn table<R: AsRef<[C]>, C: AsRef<str>>(rows: &[R]) -> String {
    let widths = widths(rows);
    rows.iter().map(|cells| row(cells.as_ref(), &widths) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_align() {
        let rows = [["日本", "x"], ["e\u{301}a", "x"], ["abcdef", "x"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "日本    x\ne\u{301}a      x\nabcdef  x\n");
        assert_eq!(table::<[String; 0], _>(&[]), "");
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let table = [
            ("prod", 4, "prod"),
            ("prod", 3, "pr…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("prod", 1, "…"),
            ("prod", 0, ""),
        ];
        for (text, to, short) in table {
            assert_eq!(cut(text, to), short, "{text} {to}");
            assert!(width(short) <= to);
        }
    }
}
