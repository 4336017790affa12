//! Parameters of STS against their constraints, in AWS's words.

use crate::wire::{ApiError, Params};

/// Parameters that break their constraints, all reported at once.
#[derive(Default)]
pub struct Violations(Vec<String>);

impl Violations {
    /// The role and the name of its session.
    pub fn role(&mut self, params: &Params) -> (String, String) {
        let arn = self.text(params, "RoleArn", 20, 2048, &|_| true);
        let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        (arn, self.text(params, "RoleSessionName", 2, 64, &fits))
    }

    fn add(&mut self, name: &str, value: Option<&str>, constraint: &str) {
        let field = name.get(..1).unwrap_or_default().to_lowercase() + name.get(1..).unwrap_or_default();
        let value = value.map_or("null".to_owned(), |v| format!("'{v}'"));
        self.0.push(format!("Value {value} at '{field}' failed to satisfy constraint: {constraint}"));
    }

    /// A text of that many characters at least and at most; empty if there is none.
    pub fn text(
        &mut self,
        params: &Params,
        name: &str,
        least: usize,
        most: usize,
        allowed: &dyn Fn(char) -> bool,
    ) -> String {
        let Some(value) = params.get(name) else {
            self.add(name, None, "Member must not be null");
            return String::new();
        };
        if value.len() < least {
            self.add(name, Some(value), &format!("Member must have length greater than or equal to {least}"));
        }
        if value.len() > most {
            self.add(name, Some(value), &format!("Member must have length less than or equal to {most}"));
        }
        if !value.chars().all(allowed) {
            self.add(name, Some(value), "Member must satisfy regular expression pattern: [\\w+=,.@-]*");
        }
        value.to_owned()
    }

    /// `DurationSeconds`, if it is there.
    pub fn duration(&mut self, params: &Params, most: i64) -> Option<i64> {
        let text = params.get("DurationSeconds")?;
        let value: i64 = text.parse().unwrap_or(-1);
        if value < 900 {
            self.add("DurationSeconds", Some(text), "Member must have value greater than or equal to 900");
        } else if value > most {
            self.add("DurationSeconds", Some(text), &format!("Member must have value less than or equal to {most}"));
        }
        Some(value)
    }

    /// `SerialNumber` and `TokenCode`, if they are there.
    pub fn mfa(&mut self, params: &Params) {
        if let Some(code) = params.get("TokenCode") {
            if code.len() != 6 {
                let side = if code.len() < 6 { "greater" } else { "less" };
                self.add("TokenCode", Some(code), &format!("Member must have length {side} than or equal to 6"));
            }
            if !code.bytes().all(|b| b.is_ascii_digit()) {
                self.add("TokenCode", Some(code), "Member must satisfy regular expression pattern: [\\d]*");
            }
        }
        if params.get("SerialNumber").is_some() {
            self.text(params, "SerialNumber", 9, 256, &|c| c.is_ascii_alphanumeric() || "=/:,.@_-".contains(c));
        }
    }

    /// Refuses the call if any parameter was wrong.
    ///
    /// # Errors
    /// All that was wrong.
    pub fn finish(self) -> Result<(), ApiError> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(ApiError::validation(format!("1 validation error detected: {}", self.0.join("")))),
            n => Err(ApiError::validation(format!("{n} validation errors detected: {}", self.0.join("; ")))),
        }
    }
}
