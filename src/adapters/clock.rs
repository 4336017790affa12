//! The system clock.

use std::time::{Duration, SystemTime};

use crate::base::signals::pause;
use crate::base::time::Timestamp;
use crate::ports::Clock;

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn sleep(&self, seconds: u32) {
        pause(Duration::from_secs(seconds.into()));
    }
}
