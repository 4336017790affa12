//! The web console's sign-in: federation of a session's credentials.

pub mod federation;
