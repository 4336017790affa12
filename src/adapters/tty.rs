//! Asks on `/dev/tty`.
