//! State without secrets: which access key belongs to a profile, remembered serials, known limits.
