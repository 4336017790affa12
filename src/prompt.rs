//! The prompt fragment (spec section 4). Pure.
