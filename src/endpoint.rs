//! Which endpoint a call goes to: flags, environment, profile, services section. Pure.
