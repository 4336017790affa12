//! What awsx knows about AWS itself.

pub mod errors;
