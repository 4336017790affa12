use super::*;

const HEAD: [&str; 3] = ["PROFILE", "ACCOUNT", "KEYS"];

fn rows(names: &[&str]) -> Vec<Vec<String>> {
    names.iter().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

fn found(names: &[&str], query: &str) -> Vec<String> {
    let rows = rows(names);
    let mut picker = Picker::new("Profile", Choices { head: &HEAD, rows: &rows }, &[]);
    query.chars().for_each(|c| assert_eq!(picker.press(Key::Char(c)), Outcome::Open));
    picker.found.iter().map(|row| rows[*row][0].clone()).collect()
}

#[test]
fn names_come_before_other_columns_and_words_are_anded() {
    let all = ["team-prod|111", "prod-eu|222", "dev|prod 333", "prod|444", "Prod-us|555", "p-r-o-d|666", "nonprod|777"];
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
        let mut picker = Picker::new("Profile", choices, &[]);
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
    assert_eq!(after(&[Char('b'), Down, Enter]).2, Outcome::Chosen(2, 0));
    assert_eq!(after(&[Char('x'), Enter]), open("x", 0));
    assert_eq!(after(&[Char('x'), EndOfInput]), open("x", 0));
    assert_eq!(after(&[EndOfInput]).2, Outcome::GivenUp);
    assert_eq!(after(&[Char('x'), Escape]).2, Outcome::GivenUp);
}

#[test]
fn the_screen_has_a_heading_is_cut_to_the_width_and_says_what_is_found() {
    let rows = rows(&["prod|123456789012|keychain", "日本|-|-", "dev|-|-"]);
    let mut picker = Picker::new("Profile", Choices { head: &HEAD, rows: &rows }, &[]);
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
    let names: Vec<Vec<String>> = (0..10_000).map(|n| vec![format!("team-{n}-prod"), "123456789012".into()]).collect();
    let mut picker = Picker::new("Profile", Choices { head: &[], rows: &names }, &[]);
    for c in "team 4711".chars() {
        picker.press(Key::Char(c));
    }
    assert_eq!(picker.press(Key::Enter), Outcome::Chosen(4711, 0));
    assert_eq!(picker.view(80, 24, false).lines.len(), 3);
}

const KEYS: [Shortcut; 3] = [
    Shortcut { ctrl: None, does: "shell" },
    Shortcut { ctrl: Some('e'), does: "env" },
    Shortcut { ctrl: Some('x'), does: "clear" },
];

#[test]
fn shortcuts_take_the_row_and_stand_in_the_last_line() {
    let rows = rows(&["a|1", "b|2"]);
    let mut picker = Picker::new("Profile", Choices { head: &HEAD, rows: &rows }, &KEYS);
    assert_eq!(picker.view(80, 24, false).lines.last().unwrap(), "  Enter shell  ^E env  ^X clear  Esc quit");
    assert_eq!(picker.view(24, 24, false).lines.last().unwrap(), "  Enter shell  ^E env …");
    assert!(picker.view(80, 24, true).lines.last().unwrap().starts_with("\x1b[2m  Enter"));
    picker.press(Key::Down);
    assert_eq!(picker.press(Key::Ctrl('e')), Outcome::Chosen(1, 1));
    assert_eq!(picker.press(Key::Ctrl('x')), Outcome::Chosen(1, 2));
    assert_eq!(picker.press(Key::Enter), Outcome::Chosen(1, 0));
    assert_eq!(picker.press(Key::Ctrl('o')), Outcome::Open);
    picker.press(Key::Char('z'));
    assert_eq!(picker.press(Key::Ctrl('x')), Outcome::Open, "there is no row to clear");
    // What says something goes before what helps.
    assert_eq!(picker.view(80, 3, false).lines.len(), 3);
}

#[test]
fn a_long_name_leaves_room_for_the_rest() {
    let rows = rows(&[
        "a-very-long-name-of-a-profile-that-goes-on-and-on|58m|keys",
        "日本日本日本日本日本日本|5m|keys",
        "b|-|-",
    ]);
    let mut picker = Picker::new("Profile", Choices { head: &["PROFILE", "LEFT", "KIND"], rows: &rows }, &[]);
    assert_eq!(
        picker.view(30, 24, false).lines,
        [
            "Profile: ",
            "  PROFILE            LEFT  K…",
            "> a-very-long-name…  58m   k…",
            "  日本日本日本日本…  5m    k…",
            "  b                  -     -"
        ]
    );
    "very".chars().for_each(|c| assert_eq!(picker.press(Key::Char(c)), Outcome::Open));
    let marked = &picker.view(60, 24, true).lines[2];
    assert!(marked.contains("a-\x1b[1;4mvery\x1b[0;7m-long"), "{marked:?}");
}

/// Counts the rows that are made.
struct Counted(std::cell::Cell<usize>);

impl crate::ports::Rows for Counted {
    fn count(&self) -> usize {
        10_000
    }

    fn cells(&self, row: usize) -> Vec<String> {
        self.0.set(self.0.get() + 1);
        vec![format!("team-{row}"), "-".into()]
    }
}

#[test]
fn rows_are_made_when_they_are_looked_at_and_once() {
    let rows = Counted(std::cell::Cell::new(0));
    let mut picker = Picker::new("Profile", Choices { head: &[], rows: &rows }, &[]);
    picker.view(80, 24, false);
    assert_eq!(rows.0.get(), MOST_ROWS);
    picker.press(Key::End);
    picker.view(80, 24, false);
    assert_eq!(rows.0.get(), 2 * MOST_ROWS);
    assert!(!picker.prepare(1_000));
    assert_eq!(rows.0.get(), 1_000 + MOST_ROWS);
    // Whoever types sees all that fit.
    picker.press(Key::Char('9'));
    assert_eq!((rows.0.get(), picker.prepare(1)), (10_000, true));
    picker.press(Key::Char('9'));
    picker.press(Key::Char('9'));
    assert_eq!(picker.view(80, 24, false).lines.last().unwrap(), "  37 of 10000");
    picker.press(Key::DeleteLine);
    assert_eq!((picker.found.len(), rows.0.get()), (10_000, 10_000));
}
