//! The session cache: one sealed file per session.
