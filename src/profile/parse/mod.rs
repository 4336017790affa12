//! From bytes to sections and keys: the lexer, one file with an index, and the part of a large file that a command needs.

pub mod file;
pub mod lex;
pub mod reach;
