//! Which profile is meant, and profiles as lists show them.

pub mod listing;
pub mod live;
pub mod menu;
pub mod options;
pub mod patterns;
pub mod picker;
pub mod request;
pub mod selection;
