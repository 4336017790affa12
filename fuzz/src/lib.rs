//! What must hold whatever awsx reads: one module for each fuzz target. `fuzz/run` gives them to libFuzzer, and
//! `tests/it/fuzz.rs` runs them on some inputs made at random.

pub mod config_editor;
pub mod config_reader;
pub mod http_requests;
pub mod pasted_keys;
pub mod process_words;
pub mod sealed_items;
pub mod shell_quoting;
pub mod sign_in_callback;

/// A fuzz target.
pub struct Target {
    /// Its name, which is that of its module too.
    pub name: &'static str,
    /// Panics for an input for which something doesn't hold.
    pub holds: fn(&[u8]),
    /// How many bytes decide what is done with the rest.
    pub choices: usize,
    /// Inputs that mean something are made of these; many begin with the first.
    pub words: &'static [&'static str],
    /// What there are few of in such an input.
    pub parts: &'static [&'static str],
    /// How many inputs the tests make, and of how many words each at most.
    pub tests: (u32, usize),
}

impl Target {
    const fn new(name: &'static str, holds: fn(&[u8]), words: &'static [&'static str], tests: (u32, usize)) -> Target {
        Target { name, holds, choices: 0, words, parts: &[], tests }
    }
}

/// All of them.
pub const TARGETS: [Target; 8] = [
    Target {
        choices: 5,
        parts: config_reader::PARTS,
        ..Target::new("config_editor", config_editor::holds, config_reader::WORDS, (4_000, 24))
    },
    Target {
        parts: config_reader::PARTS,
        ..Target::new("config_reader", config_reader::holds, config_reader::WORDS, (2_000, 24))
    },
    Target::new("http_requests", http_requests::holds, http_requests::WORDS, (1_500, 16)),
    Target::new("pasted_keys", pasted_keys::holds, pasted_keys::WORDS, (4_000, 16)),
    Target::new("process_words", process_words::holds, process_words::WORDS, (4_000, 16)),
    Target { choices: 7, ..Target::new("sealed_items", sealed_items::holds, sealed_items::WORDS, (500, 16)) },
    // Each input starts six shells, and is many values.
    Target::new("shell_quoting", shell_quoting::holds, shell_quoting::WORDS, (4, 600)),
    // Each input opens a port of its own.
    Target::new("sign_in_callback", sign_in_callback::holds, sign_in_callback::WORDS, (400, 10)),
];

/// The first bytes of an input, which decide what is done, and the rest of it.
fn choices<const N: usize>(data: &[u8]) -> ([usize; N], &[u8]) {
    let (first, rest) = data.split_at(N.min(data.len()));
    let mut choices = [0; N];
    choices.iter_mut().zip(first).for_each(|(choice, byte)| *choice = usize::from(*byte));
    (choices, rest)
}

/// The input as text: what is no UTF-8 in it is replaced.
fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// One of several.
fn pick<T>(all: &[T], choice: usize) -> Option<&T> {
    all.get(choice % all.len().max(1))
}
