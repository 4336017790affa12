//! Sign-ins by browser: what AWS gives a person who has signed in, kept and renewed, so that a person is needed as
//! seldom as can be.

pub mod import;
