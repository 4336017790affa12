//! The wall clock, as a trait.

use crate::base::time::Timestamp;

/// The wall clock.
pub trait Clock {
    /// Now, in whole seconds.
    fn now(&self) -> Timestamp;
    /// Waits that long; Ctrl-C ends the process as usual.
    fn sleep(&self, seconds: u32);
}
