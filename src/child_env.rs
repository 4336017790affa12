//! What a child gets: (session, settings, parent environment) → variables to set and to remove (spec section 3). Pure.
