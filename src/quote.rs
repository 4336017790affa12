//! Quoting for the dialects of bash, zsh, fish and others. Pure.
