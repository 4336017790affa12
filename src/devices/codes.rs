//! Two consecutive codes of a device, each checked before AWS sees it.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::{Timestamp, show_duration};
use crate::mfa::codes::six_digits;
use crate::mfa::totp;

/// How many pairs AWS may refuse. Codes that are found wrong here don't count: they are asked for again.
const TRIES: u32 = 3;
/// How far off, in steps of 30 s, a device may be for AWS to take its codes.
const TAKEN: i64 = 1;
/// How far off, in steps, a clock can be and still be recognised as wrong: 15 h, enough for a wrong time zone. That is
/// 3600 codes, so one mistyped code in 280 equals one of them and is taken for a wrong clock.
const RECOGNISED: i64 = 15 * 120;

/// What a typed code is, judged by the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// A code of the device that AWS takes now: its step, and how many steps it is ahead.
    Good { step: i64, ahead: i64 },
    /// A code of the device, so many steps ahead of this machine's clock.
    ClockOff(i64),
    /// No code of the device.
    Wrong,
}

fn judge(seed: &Secret, code: &Secret, now: Timestamp) -> Verdict {
    match totp::matching_step(seed, code, now, RECOGNISED) {
        None => Verdict::Wrong,
        Some(step) => {
            let ahead = step - totp::step(now);
            if ahead.abs() <= TAKEN { Verdict::Good { step, ahead } } else { Verdict::ClockOff(ahead) }
        }
    }
}

/// The dialogue about the codes of one device.
pub struct Codes<'a> {
    app: &'a App,
    /// The device's seed, where it is known.
    seed: Option<&'a Secret>,
    refused: u32,
    sent: Vec<Secret>,
    /// Whether the code that the device shows now is of no use, so that its next one is waited for.
    wait: bool,
}

/// The first of two codes, once it is good.
struct First {
    code: Secret,
    step: Option<i64>,
}

impl<'a> Codes<'a> {
    /// Nothing asked yet.
    pub fn new(app: &'a App, seed: Option<&'a Secret>) -> Self {
        Codes { app, seed, refused: 0, sent: Vec::new(), wait: false }
    }

    /// Asks for two codes that follow one another, which may be typed at once. Enter alone calls `again` (to draw the picture once more).
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if nobody answers.
    pub fn pair(&mut self, again: &mut dyn FnMut() -> Result<()>) -> Result<[Secret; 2]> {
        let prompter = &self.app.prompter;
        let mut first: Option<First> = None;
        let mut second: Option<Secret> = None;
        loop {
            let prompt = if first.is_none() { "Code the app shows: " } else { "Next code: " };
            let wait = std::mem::take(&mut self.wait);
            let mut typed = match second.take_if(|_| first.is_some()) {
                Some(code) => code,
                None if wait => Secret::new(prompter.next_code(prompt, totp::seconds_to_next(self.app.clock.now()))?),
                None => Secret::new(prompter.line(prompt)?),
            };
            // The second of a pair counts only behind a first one that is good.
            second = None;
            if let (true, Some([one, two])) = (first.is_none(), both(typed.expose())) {
                (typed, second) = (one, Some(two));
            }
            if typed.expose().trim().is_empty() {
                again()?;
                continue;
            }
            let Some(code) = six_digits(typed.expose()) else {
                prompter.warn("a code is six digits");
                continue;
            };
            if first.as_ref().is_some_and(|first| first.code == code) {
                prompter.warn("that is the first code again: two different ones are needed, one after the other");
                self.wait = true;
                continue;
            }
            if self.sent.contains(&code) {
                prompter.warn("AWS has seen that code already; it takes each one once");
                self.wait = true;
                continue;
            }
            let now = self.app.clock.now();
            let Some(seed) = self.seed else {
                // Without the seed only AWS can check it.
                match first.take() {
                    None => first = Some(self.first(code, None, 0)),
                    Some(first) => return Ok(self.send(first.code, code)),
                }
                continue;
            };
            match judge(seed, &code, now) {
                Verdict::Wrong => prompter.warn(
                    "that is no code of this device: mistyped, or of another entry in the app. Nothing was sent; type the \
                     one it shows now",
                ),
                Verdict::ClockOff(ahead) => {
                    prompter.warn(&clock_off(ahead));
                    first = None;
                }
                Verdict::Good { step, ahead } => {
                    match first.take() {
                        // The first must still count when the second arrives.
                        Some(before) if before.step == Some(step - 1) && ahead >= 0 => {
                            return Ok(self.send(before.code, code));
                        }
                        Some(before) if before.step.is_some_and(|first| first >= step) => {
                            prompter.warn("that code came before the first one; type the one it shows now");
                            first = Some(before);
                            continue;
                        }
                        Some(_) => prompter.say("That one doesn't follow the first at once; it counts as the first now."),
                        None => {}
                    }
                    first = Some(self.first(code, Some(step), ahead));
                }
            }
        }
    }

    /// AWS has refused the pair that was sent last.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if that was once too often.
    pub fn refused(&mut self) -> Result<()> {
        self.refused += 1;
        if self.refused >= TRIES {
            return Err(Error::failed(format!("AWS refused two codes {TRIES} times")));
        }
        self.app.prompter.warn("AWS refused these two codes; two new ones are needed");
        self.wait = true;
        Ok(())
    }

    /// Takes the first code.
    fn first(&mut self, code: Secret, step: Option<i64>, ahead: i64) -> First {
        // If it has just run out (`ahead` is negative), the device shows the next one already.
        self.wait = ahead >= 0;
        First { code, step }
    }

    fn send(&mut self, first: Secret, second: Secret) -> [Secret; 2] {
        self.sent.extend([first.clone(), second.clone()]);
        [first, second]
    }
}

/// Two codes that were typed at once.
fn both(text: &str) -> Option<[Secret; 2]> {
    let mut digits = String::with_capacity(text.len());
    digits.extend(text.chars().filter(|c| !c.is_whitespace() && *c != ','));
    let digits = Secret::new(digits);
    let (one, two) = digits.expose().split_at_checked(6)?;
    Some([six_digits(one)?, six_digits(two)?])
}

fn clock_off(ahead: i64) -> String {
    let off = show_duration(u32::try_from(ahead.abs() * totp::PERIOD).unwrap_or(u32::MAX));
    let way = if ahead > 0 { "ahead of" } else { "behind" };
    format!(
        "that is a right code at the wrong time: the app's clock is about {off} {way} this machine's. Nothing was sent. \
         Switch on automatic date and time on the phone (or set this machine's clock, if that one is wrong), then type \
         the code it shows"
    )
}

/// Two consecutive codes computed from the seed, without a wait: the one before this and this one.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the seed is none.
pub fn computed(seed: &Secret, now: Timestamp) -> Result<[Secret; 2]> {
    let step = totp::step(now);
    Ok([totp::code_of_step(seed, step - 1)?, totp::code_of_step(seed, step)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Kit, START};

    fn seed() -> Secret {
        Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into())
    }

    fn code(step: i64) -> String {
        totp::code_of_step(&seed(), totp::step(START) + step).unwrap().expose().to_owned()
    }

    /// Answers with these and returns the pair that would be sent, or why there is none, and what was said.
    fn pair(answers: &[&str], seed: Option<&Secret>) -> (Result<[String; 2]>, Vec<String>) {
        let kit = Kit::new();
        for answer in answers {
            kit.prompter.answer(answer);
        }
        let result = Codes::new(&kit.app, seed).pair(&mut || {
            kit.app.prompter.say("drawn again");
            Ok(())
        });
        (result.map(|codes| codes.map(|c| c.expose().to_owned())), kit.prompter.transcript())
    }

    fn said(transcript: &[String], part: &str) -> bool {
        transcript.iter().any(|line| line.contains(part))
    }

    #[test]
    fn the_straight_way() {
        let (codes, said) = pair(&[&code(0), &code(1)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(0), code(1)]);
        assert_eq!(said, ["ask: Code the app shows: ", "wait 30s: next code", "ask: Next code: "]);
    }

    #[test]
    fn a_code_that_has_just_run_out_needs_no_wait() {
        let (codes, transcript) = pair(&[&code(-1), &code(0)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(-1), code(0)]);
        assert!(!said(&transcript, "wait"));
    }

    #[test]
    fn two_codes_can_be_typed_at_once() {
        for between in ["", " ", ", "] {
            let line = format!("{}{between}{}", code(-1), code(0));
            let (codes, said) = pair(&[&line], Some(&seed()));
            assert_eq!(codes.unwrap(), [code(-1), code(0)]);
            assert_eq!(said, ["ask: Code the app shows: "]);
        }
        // Without the seed, and behind a mistake.
        let (codes, _) = pair(&["111111 222222"], None);
        assert_eq!(codes.unwrap(), ["111111", "222222"]);
        let (codes, transcript) = pair(&[&format!("000000 {}", code(0)), &code(0), &code(1)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(0), code(1)]);
        assert_eq!(transcript.iter().filter(|line| line.contains("mistyped")).count(), 1);
        let (codes, transcript) = pair(&[&format!("{0} {0}", code(0)), &code(1)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(0), code(1)]);
        assert!(said(&transcript, "the first code again"));
    }

    #[test]
    fn blanks_in_a_code_and_enter_alone() {
        let spaced = format!(" {} {} ", &code(0)[..3], &code(0)[3..]);
        let (codes, transcript) = pair(&["", &spaced, "", &code(1)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(0), code(1)]);
        assert_eq!(transcript.iter().filter(|line| line.contains("drawn again")).count(), 2);
    }

    #[test]
    fn each_mistake_is_told_apart() {
        let cases: [(Vec<String>, &str); 6] = [
            (vec!["12345".into()], "six digits"),
            (vec!["abcdef".into()], "six digits"),
            (vec!["000000".into()], "mistyped"),
            (vec![code(0), code(0)], "the first code again"),
            (vec![code(-20)], "about 10m behind"),
            (vec![code(120)], "about 1h ahead of"),
        ];
        for (wrong, expected) in cases {
            // After the mistake the two that follow are good, whatever has been waited meanwhile.
            let kit = Kit::new();
            for answer in &wrong {
                kit.prompter.answer(answer);
            }
            let seed = seed();
            let mut codes = Codes::new(&kit.app, Some(&seed));
            let error = codes.pair(&mut || Ok(())).unwrap_err();
            assert_eq!(error.kind, crate::base::error::ErrorKind::Input, "{expected}: the person went away");
            assert!(kit.prompter.has_said(expected), "{expected}: {:?}", kit.prompter.transcript());
            assert!(!kit.prompter.transcript().concat().contains(seed.expose()));
        }
    }

    #[test]
    fn a_code_that_was_skipped_makes_a_new_first_one() {
        let (codes, transcript) = pair(&[&code(0), &code(2), &code(3)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(2), code(3)]);
        assert!(said(&transcript, "counts as the first now"));
    }

    #[test]
    fn an_older_code_than_the_first_is_wrong_and_the_first_stays() {
        let (codes, transcript) = pair(&[&code(0), &code(0), &code(1)], Some(&seed()));
        assert!(said(&transcript, "the first code again"));
        // The wait after the mistake has let the second one run out, so it counts as the first.
        assert!(codes.is_err());
        let (codes, transcript) = pair(&[&code(1), &code(0), &code(2)], Some(&seed()));
        assert_eq!(codes.unwrap(), [code(1), code(2)]);
        assert!(said(&transcript, "came before the first"));
    }

    #[test]
    fn what_aws_has_not_seen_never_ends_it() {
        let mut answers = vec![code(0)];
        answers.extend(["1", "000000", "x", "000001", ""].map(str::to_owned));
        answers.push(code(1));
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        let (codes, _) = pair(&answers, Some(&seed()));
        assert_eq!(codes.unwrap(), [code(0), code(1)]);
    }

    #[test]
    fn a_code_that_is_given_before_it_is_due_counts() {
        let kit = Kit::new();
        kit.prompter.hurry();
        for answer in [code(0), code(1)] {
            kit.prompter.answer(&answer);
        }
        let codes = Codes::new(&kit.app, Some(&seed())).pair(&mut || Ok(())).unwrap();
        assert_eq!(codes.map(|c| c.expose().to_owned()), [code(0), code(1)]);
        assert_eq!(kit.prompter.transcript(), ["ask: Code the app shows: ", "ask: Next code: "]);
    }

    #[test]
    fn without_the_seed_aws_judges() {
        let (codes, transcript) = pair(&["111111", "111111", "222222"], None);
        assert_eq!(codes.unwrap(), ["111111", "222222"]);
        assert!(said(&transcript, "the first code again"));
    }

    #[test]
    fn refused_codes_are_not_sent_again() {
        let kit = Kit::new();
        for answer in ["111111", "222222"] {
            kit.prompter.answer(answer);
        }
        let mut codes = Codes::new(&kit.app, None);
        codes.pair(&mut || Ok(())).unwrap();
        codes.refused().unwrap();
        kit.prompter.answer("222222");
        assert_eq!(codes.pair(&mut || Ok(())).unwrap_err().kind, crate::base::error::ErrorKind::Input);
        assert!(kit.prompter.has_said("seen that code already"));
        codes.refused().unwrap();
        let error = codes.refused().unwrap_err();
        assert_eq!(
            (error.kind, error.what.as_str()),
            (crate::base::error::ErrorKind::Failed, "AWS refused two codes 3 times")
        );
    }

    #[test]
    fn a_seed_gives_two_at_once() {
        assert_eq!(computed(&seed(), START).unwrap().map(|c| c.expose().to_owned()), [code(-1), code(0)]);
    }
}
