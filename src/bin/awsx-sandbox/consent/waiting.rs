//! What a person is asked, and the questions that wait for their answers.

use crate::codes::Asked;
use crate::world::{ROOT, World};

/// What is asked.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Whether a program may be signed in with Identity Center.
    Authorization(Asked),
    /// Whether a device may.
    Device {
        /// The code that it shows.
        user_code: String,
        /// The client.
        client: String,
    },
    /// Whether a program may act as a user of the web console.
    Console(Asked),
}

impl Ask {
    /// The decision, as the log names it.
    pub fn action(&self) -> &'static str {
        match self {
            Ask::Authorization(_) | Ask::Device { .. } => "sso-oauth:Decide",
            Ask::Console(_) => "signin:AuthorizeOAuth2Access",
        }
    }

    /// Who can say yes: the users of Identity Center, or those of the account and its owner.
    pub fn users(&self, world: &World) -> Vec<String> {
        match self {
            Ask::Console(_) => world.users.iter().map(|u| u.name.clone()).chain([ROOT.to_owned()]).collect(),
            _ => world.identity_center.users.iter().map(|u| u.name.clone()).collect(),
        }
    }
}

/// A question that waits for its answer.
#[derive(Debug, Clone)]
pub struct Consent {
    /// Known to the page only, so that no other site's form is taken for this one's.
    pub ticket: String,
    /// Epoch seconds.
    pub until: i64,
    /// What is asked.
    pub ask: Ask,
}
