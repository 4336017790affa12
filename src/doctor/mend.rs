//! What `--fix` does to mend a finding. Pure.

use std::path::PathBuf;

use crate::profile::edit::Change;

/// A change that is safe: the AWS CLI reads the same before and after it, unless it refused the file, or ignored or
/// misread what the change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    /// Pieces of the finding's file, and what replaces them.
    Text(Vec<Change>),
    /// These settings of a profile go from the credentials file to the config.
    Move {
        /// The profile.
        profile: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// A person picks where the credentials of this profile come from.
    Source {
        /// The profile.
        profile: String,
    },
    /// These bits of a file's mode are taken away.
    Mode(PathBuf, u32),
}
