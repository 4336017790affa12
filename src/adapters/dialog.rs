//! Asks in a desktop dialog where there is no terminal.
