//! Questions that a page puts to a person: who wants what, and the form with the answer.

pub mod decision;
pub mod page;
pub mod waiting;
