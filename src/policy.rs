//! The IAM policy documents of spec section 8. Pure.
