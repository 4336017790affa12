//! One lock per item, so that parallel callers wait for the one who asks.
