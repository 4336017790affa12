//! What awsx knows about AWS itself.

pub mod answer;
pub mod arn;
pub mod errors;
pub mod trust;
