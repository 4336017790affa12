//! Lines, and the short ways over them.

use crate::profile::parse::lex::*;
use proptest::prelude::*;

fn kinds(text: &str) -> String {
    Lexer::new(text)
        .map(|line| match line {
            Ok(line) => match line.kind {
                LineKind::Blank => "_".into(),
                LineKind::Comment => "#".into(),
                LineKind::Header(close) => format!("[{}]", cut(text, line.first + 1, close)),
                LineKind::Key(_) => {
                    let (from, to) = line.value_span(text);
                    format!("{}={}", line.key(text), cut(text, from, to))
                }
                LineKind::Continuation => format!(">{}", line.content(text)),
            },
            Err((number, fault)) => format!("!{number} {fault:?}"),
        })
        .collect::<Vec<_>>()
        .join("|")
}

#[test]
fn lines_are_what_python_takes_them_for() {
    let table = [
        ("", ""),
        ("\u{feff}[a]\nk=v", "[a]|k=v"),
        ("[a]\r\nk = v \r\n\r\nx: y\r", "[a]|k=v|_|x=y"),
        ("[a]\rk = v", "[a]|k=v"),
        ("[a]\nk =\n  n = 1\n # c\n\n  m=2\nz=", "[a]|k=|>n = 1|#|_|>m=2|z="),
        ("  [a] x ]y\n  k = v\n  l = w\n   more\n l2 = x", "[a] x ]|k=v|l=w|>more|l2=x"),
        ("[a]\nk = v\n [b]", "[a]|k=v|>[b]"),
        ("[a]\n\u{a0}k\u{a0}=\u{a0}v\u{a0}\n\u{1f}x = y", "[a]|k=v|x=y"),
        ("[a]\nk = a=b:c", "[a]|k=a=b:c"),
        ("[a]\nk : a=b", "[a]|k=a=b"),
        ("[a", "!1 OpenHeader"),
        ("k = v", "!1 OutsideSection"),
        ("[]", "!1 OpenHeader"),
        ("[a]\n[]", "[a]|!2 OpenHeader"),
        ("[a]\nword", "[a]|!2 NoSign"),
        ("[a]\n = v", "[a]|!2 NoName"),
        ("[a]\nk =\n  word", "[a]|k=|!3 NotNested"),
    ];
    for (text, want) in table {
        assert_eq!(kinds(text), want, "{text:?}");
    }
}

#[test]
fn every_byte_belongs_to_one_line() {
    let text = "\u{feff}[a]\r\nk = v\r\r\n\n  more\u{a0}\n";
    let mut at = 3;
    for line in Lexer::new(text) {
        let line = line.unwrap();
        assert_eq!(line.start, at);
        at = line.next;
    }
    assert_eq!(at, text.len());
}

/// Where the headers are, and the first fault.
type Headers<'a> = (Vec<(usize, u32, &'a str)>, Option<(u32, BadLine)>);

fn quickly(text: &str) -> Headers<'_> {
    let mut found = Vec::new();
    let end = Lexer::new(text).headers(|at, number, header| found.push((at, number, header)));
    (found, end.err())
}

fn line_by_line(text: &str) -> Headers<'_> {
    let mut found = Vec::new();
    for line in Lexer::new(text) {
        match line {
            Ok(line) if matches!(line.kind, LineKind::Header(_)) => {
                found.push((line.start, line.number, line.header(text)));
            }
            Ok(_) => {}
            Err(fault) => return (found, Some(fault)),
        }
    }
    (found, None)
}

proptest! {
    #[test]
    fn the_short_way_to_the_headers_is_the_same_way(
        lines in prop::collection::vec("(\\[a{0,2}\\]|k|k{1,9} ?[=:] ?[v:=]{0,9}|#| ?\u{a0}?)[\\]= \\[]{0,2}(\n|\n|\r\n|\r)", 0..12),
        start in prop::sample::select(vec!["", "\u{feff}", "[a]\n", "[a]\r\n"]),
    ) {
        let text = format!("{start}{}", lines.concat());
        prop_assert_eq!(quickly(&text), line_by_line(&text), "{:?}", text);
    }

    #[test]
    fn a_byte_is_found_where_it_is(
        text in prop::collection::vec(8u8..13, 0..40), wanted in 8u8..13, from in 0usize..50,
    ) {
        let rest = text.get(from..).unwrap_or_default();
        let expected = rest.iter().position(|byte| *byte == wanted).map(|offset| from + offset);
        prop_assert_eq!(find(wanted, &text, from), expected);
    }
}
