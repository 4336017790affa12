//! The last step: replaces this process with the command.
