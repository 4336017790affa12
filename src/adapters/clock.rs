//! The system clock.
