//! Every source of a code, refused and used-up ones, over fakes.

use std::sync::atomic::AtomicI32;

use crate::base::signals;
use crate::mfa::codes::*;
use crate::ports::{Caller, Endpoint, Fault, Item};
use crate::store::runtime;
use crate::testkit::{Kit, START, eventually, key_pair};

const ALICE: &str = "arn:aws:iam::123456789012:mfa/alice";
const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn ask() -> MfaAsk {
    MfaAsk { profile: "prod".into(), serial: ALICE.into(), ..MfaAsk::default() }
}

fn with_process(line: &str) -> MfaAsk {
    MfaAsk { mfa_process: Some(line.into()), ..ask() }
}

fn codes<'a>(kit: &'a Kit, ask: &MfaAsk) -> Codes<'a> {
    Codes::of(&kit.app, ask.clone(), false, || None::<()>).unwrap().unwrap()
}

fn refusal() -> Fault {
    Fault::Service {
        code: "AccessDenied".into(),
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ".into(),
        status: 403,
        server_time: None,
    }
}

/// Calls STS with codes until it takes one; what was sent is in `kit.sts.on`.
fn run(kit: &Kit, ask: &MfaAsk) -> std::result::Result<String, NoCode> {
    let mut codes = codes(kit, ask);
    loop {
        let code = codes.next()?;
        match kit.app.sts.get_session_token(Caller::new(&key_pair(), &Endpoint::default()), 900, Some(&code)) {
            Ok(session) => {
                codes.accepted();
                return Ok(session.access_key_id);
            }
            Err(error) => codes.refused(error).map_err(NoCode::Refused)?,
        }
    }
}

fn is_refused_code(no: &NoCode) -> bool {
    matches!(no, NoCode::Refused(error) if errors::is_mfa_refused(error))
}

fn sent(kit: &Kit) -> Vec<String> {
    kit.sts.on.calls().iter().filter_map(|call| call.code().map(Into::into)).collect()
}

fn code_error(outcome: std::result::Result<String, NoCode>) -> Error {
    match outcome.unwrap_err() {
        NoCode::Because(error) => error,
        NoCode::Refused(error) => panic!("{error:?}"),
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

#[test]
fn digits() {
    for text in ["123456", " 123456\n", "123 456", "1 2 3 4 5 6", "123\u{a0}456"] {
        assert_eq!(six_digits(text).unwrap().expose(), "123456", "{text:?}");
    }
    for text in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "123-456"] {
        assert_eq!(six_digits(text), None, "{text:?}");
    }
}

#[test]
fn a_person_is_asked_with_profile_and_device() {
    let kit = Kit::new();
    kit.prompter.answer("123 456");
    run(&kit, &ask()).unwrap();
    assert_eq!(sent(&kit), ["123456"]);
    assert_eq!(kit.prompter.transcript(), [format!("ask: MFA code for prod ({ALICE}): ")]);
}

#[test]
fn typing_errors_are_never_sent_and_refused_codes_are_asked_for_again() {
    let kit = Kit::new();
    for text in ["12345", "", "111111", "222222", "abcdef", "333333"] {
        kit.prompter.answer(text);
    }
    kit.sts.on.fail_next(refusal());
    kit.sts.on.fail_next(refusal());
    run(&kit, &ask()).unwrap();
    assert_eq!(sent(&kit), ["111111", "222222", "333333"]);
    assert!(kit.prompter.has_said("six digits") && kit.prompter.has_said("refused that code; try again"));
    assert!(!kit.prompter.transcript().iter().any(|line| line.starts_with("wait")), "a typo costs no time");
}

#[test]
fn three_refusals_are_final_and_so_is_any_other_failure() {
    let kit = Kit::new();
    for text in ["111111", "222222", "333333", "444444"] {
        kit.prompter.answer(text);
        kit.sts.on.fail_next(refusal());
    }
    let failure = run(&kit, &ask()).unwrap_err();
    assert!(is_refused_code(&failure) && sent(&kit).len() == 3, "{failure:?}");

    let kit = Kit::new();
    kit.prompter.answer("111111");
    kit.sts.on.fail_next(Fault::Unreachable("no route".into()));
    let failure = run(&kit, &ask()).unwrap_err();
    assert!(matches!(failure, NoCode::Refused(e) if e.fault == Fault::Unreachable("no route".into())));
    assert_eq!(Ledger::of(&kit.app, ALICE).spent(&secret("111111")), None, "it was never received");
}

#[test]
fn nothing_but_slips_ends_too() {
    let kit = Kit::new();
    for _ in 0..9 {
        kit.prompter.answer("nonsense");
    }
    let error = code_error(run(&kit, &ask()));
    assert_eq!((error.kind, sent(&kit).len()), (ErrorKind::Input, 0));
    assert!(!format!("{:?}", kit.prompter.transcript()).contains("nonsense"), "what was typed may be a password");
}

#[test]
fn nobody_to_ask_fails_at_once_and_says_what_was_needed() {
    let kit = Kit::new();
    let error = code_error(run(&kit, &ask()));
    let text = error.to_string();
    assert_eq!(error.kind, ErrorKind::Input);
    for part in ["prod", ALICE, "--code", "AWSX_MFA_CODE", &kit.app.prompter.why_not()] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_used_code_is_not_sent_again() {
    let kit = Kit::new();
    kit.clock.advance(10);
    for text in ["123456", "123456", "654321"] {
        kit.prompter.answer(text);
    }
    run(&kit, &ask()).unwrap();
    run(&kit, &ask()).unwrap();
    assert_eq!(sent(&kit), ["123456", "654321"]);
    assert!(kit.prompter.has_said("used already; the next one comes in 20 s"), "{:?}", kit.prompter.transcript());
}

#[test]
fn a_code_whose_answer_was_lost_counts_as_used() {
    let kit = Kit::new();
    kit.prompter.answer("123456");
    kit.sts.on.fail_next(Fault::TimedOut("30 s".into()));
    run(&kit, &ask()).unwrap_err();
    assert!(Ledger::of(&kit.app, ALICE).spent(&secret("123456")).is_some());
}

#[test]
fn a_given_code_comes_first_and_is_checked() {
    let kit = Kit::new();
    kit.keychain_seed();
    let given = secret("123456");
    let asked = MfaAsk { given: Some(given), ..with_process("echo 999999") };
    run(&kit, &asked).unwrap();
    assert_eq!(sent(&kit), ["123456"]);

    let bad = secret("12345x");
    let error = code_error(run(&kit, &MfaAsk { given: Some(bad), ..ask() }));
    assert!(error.kind == ErrorKind::Config && error.to_string().contains("--code"));
    assert!(!error.to_string().contains("12345x"));
}

#[test]
fn a_given_code_that_is_used_or_refused() {
    let given = secret("123456");
    let asked = MfaAsk { given: Some(given), ..ask() };

    let kit = Kit::new();
    run(&kit, &asked).unwrap();
    let error = code_error(run(&kit, &asked));
    assert!(error.kind == ErrorKind::Input && error.to_string().contains("comes in 30 s"), "{error}");
    assert_eq!(sent(&kit).len(), 1);

    // On a terminal both lead to the question.
    kit.prompter.answer("234567");
    run(&kit, &asked).unwrap();
    assert_eq!(sent(&kit), ["123456", "234567"]);

    let kit = Kit::new();
    kit.sts.on.fail_next(refusal());
    assert!(is_refused_code(&run(&kit, &asked).unwrap_err()));
    kit.sts.on.fail_next(refusal());
    kit.prompter.answer("234567");
    run(&kit, &asked).unwrap();
    assert!(kit.prompter.has_said("refused the given MFA code"));
    assert_eq!(sent(&kit), ["123456", "123456", "234567"]);
}

impl Kit {
    fn keychain_seed(&self) {
        self.app.keychain.set(&Item::Seed(ALICE.into()), &secret(SEED)).unwrap();
    }
}

fn seed_code(steps: i64) -> String {
    totp::code(&secret(SEED), START.plus(steps * totp::PERIOD)).unwrap().expose().to_owned()
}

#[test]
fn a_stored_seed_gives_codes_and_waits_for_fresh_ones() {
    let kit = Kit::new();
    kit.keychain_seed();
    kit.clock.advance(12);
    run(&kit, &ask()).unwrap();
    assert_eq!(kit.prompter.transcript(), [""; 0]);
    run(&kit, &ask()).unwrap();
    assert_eq!(sent(&kit), [seed_code(0), seed_code(1)]);
    let waited = ["wait 18s: that MFA code has been used; the next one comes in {} s"];
    assert_eq!(kit.prompter.transcript(), waited);
}

#[test]
fn a_refused_seed_code_is_tried_once_more_then_explained() {
    let kit = Kit::new();
    kit.keychain_seed();
    kit.sts.on.fail_next(refusal());
    run(&kit, &ask()).unwrap();
    assert_eq!(sent(&kit), [seed_code(0), seed_code(1)]);

    let kit = Kit::new();
    kit.keychain_seed();
    kit.sts.on.fail_next(refusal());
    kit.sts.on.fail_next(refusal());
    assert!(is_refused_code(&run(&kit, &ask()).unwrap_err()));
    assert!(kit.prompter.has_said("clock") && kit.prompter.has_said("the stored seed"));

    // Where a person can be asked, the third try is the person's.
    let kit = Kit::new();
    kit.keychain_seed();
    kit.prompter.answer("123456");
    kit.sts.on.fail_next(refusal());
    kit.sts.on.fail_next(refusal());
    run(&kit, &ask()).unwrap();
    assert_eq!(sent(&kit), [seed_code(0), seed_code(1), "123456".into()]);
}

#[test]
fn a_keychain_that_is_out_of_reach_is_no_reason_not_to_ask() {
    let kit = Kit::new();
    kit.keychain.set_broken(Some(Error::keychain("locked")));
    kit.prompter.answer("123456");
    run(&kit, &ask()).unwrap();
}

#[test]
fn mfa_process_prints_the_code() {
    let kit = Kit::new();
    kit.keychain_seed();
    for (line, code) in [
        ("echo 123456", "123456"),
        ("printf '234 567\\n'; cat", "234567"),
        ("echo 'AWS:alice@prod 2024  345678'", "345678"),
        ("test -z \"$AWSX_MFA_CODE\" && echo 456789", "456789"),
    ] {
        run(&kit, &with_process(line)).unwrap();
        assert_eq!(sent(&kit).last().unwrap(), code);
        assert_eq!(automatic(&kit.app, ALICE, Some(line)).unwrap().unwrap().expose(), code);
    }
    assert_eq!(automatic(&kit.app, ALICE, None).unwrap().unwrap().expose(), seed_code(0));
    assert_eq!(automatic(&kit.app, "another", None).unwrap(), None);
}

#[test]
fn mfa_process_that_repeats_itself_is_waited_for_but_not_for_ever() {
    let kit = Kit::new();
    let asked = with_process("echo 123456");
    run(&kit, &asked).unwrap();
    let error = code_error(run(&kit, &asked));
    assert!(error.what.contains("mfa_process gives the same MFA code"), "{error}");
    assert_eq!(kit.prompter.transcript().len(), 2);
    kit.clock.advance(30);
    // By now AWS no longer takes it, so it needs no remembering.
    run(&kit, &asked).unwrap();
    assert_eq!(sent(&kit), ["123456", "123456"]);
}

#[test]
fn mfa_process_that_fails_leads_to_the_person() {
    for line in ["exit 3", "echo 12345", "echo 123456 654321", "true", "/does/not/exist 2>/dev/null"] {
        let kit = Kit::new();
        let asked = with_process(line);
        let error = code_error(run(&kit, &asked));
        assert_eq!(error.kind, ErrorKind::Input);
        assert!(error.to_string().contains("mfa_process gave no MFA code"), "{error}");
        kit.prompter.answer("234567");
        run(&kit, &asked).unwrap();
        assert!(kit.prompter.has_said("warn: mfa_process gave no MFA code"));
    }
}

#[test]
fn nothing_to_write_on_is_no_reason_to_fail() {
    let kit = Kit::with_env(&[("XDG_RUNTIME_DIR", ""), ("TMPDIR", "/proc")]);
    assert!(runtime::locate(&kit.app.env).is_ok());
    kit.prompter.answer("123456");
    run(&kit, &ask()).unwrap();
}

#[test]
fn commands_for_one_device_go_one_by_one() {
    let kit = Kit::new();
    let ledger = Ledger::of(&kit.app, ALICE);
    let locked = |ledger: &Ledger| lock::try_lock(ledger.folder().unwrap(), &ledger.lock_name()).is_none();
    let held = codes(&kit, &ask());
    assert!(locked(&ledger) && !locked(&Ledger::of(&kit.app, "another")));
    // A waiting command needs no code once the session is there.
    let there = Codes::of(&kit.app, ask(), false, || Some(())).unwrap();
    assert!(there.is_none());
    drop(held);
    assert!(eventually(|| !locked(&ledger)));
}

#[test]
fn a_code_is_spent_from_the_moment_it_is_handed_out() {
    let kit = Kit::new();
    for _ in 0..2 {
        kit.prompter.answer("123456");
    }
    let ledger = Ledger::of(&kit.app, ALICE);
    let mut held = codes(&kit, &ask());
    held.next().unwrap();
    assert!(ledger.spent(&secret("123456")).is_some(), "as a killed process leaves it");
    held.next().unwrap();
    assert_eq!(kit.prompter.transcript().len(), 1, "it is asked for once");
    // Never sent after all.
    drop(held);
    assert_eq!(ledger.spent(&secret("123456")), None);
    run(&kit, &ask()).unwrap();
    assert!(ledger.spent(&secret("123456")).is_some());
}

#[test]
fn only_a_refusal_that_proves_it_makes_a_code_free() {
    let service = |code: &str, message: &str, status| Fault::Service {
        code: code.into(),
        message: message.into(),
        status,
        server_time: None,
    };
    let denied = "User: x is not authorized to perform: sts:AssumeRole on resource: y";
    for (fault, free) in [
        (Fault::Unreachable("no route".into()), true),
        (service("InvalidClientTokenId", "", 403), true),
        (service("Throttling", "", 400), true),
        (Fault::TimedOut("30 s".into()), false),
        (Fault::Protocol("the connection broke".into()), false),
        (service("InternalFailure", "", 500), false),
        (service("AccessDenied", denied, 403), false),
    ] {
        let kit = Kit::new();
        kit.prompter.answer("123456");
        kit.sts.on.fail_next(fault.clone());
        run(&kit, &ask()).unwrap_err();
        assert_eq!(Ledger::of(&kit.app, ALICE).spent(&secret("123456")).is_none(), free, "{fault:?}");
    }
}

#[test]
fn an_interruption_while_another_asks_sends_nothing() {
    static NOTED: AtomicI32 = AtomicI32::new(15);
    let kit = Kit::new();
    kit.prompter.answer("123456");
    let _held = codes(&kit, &ask());
    signals::note_in(Some(&NOTED));
    let result = Codes::of(&kit.app, ask(), false, || None::<()>);
    signals::note_in(None);
    assert!(matches!(result, Err(error) if error.kind == ErrorKind::Input && error.what == "interrupted"));
}

#[test]
fn the_line_of_mfa_process_is_not_shown() {
    let mut kit = Kit::new();
    kit.app.global.debug = true;
    run(&kit, &with_process("echo 123456 # SEED")).unwrap();
    assert!(kit.prompter.has_said("mfa_process is asked") && !kit.prompter.transcript().join("\n").contains("SEED"));
}

#[test]
fn giving_up_while_a_program_is_waited_for_ends_it() {
    let kit = Kit::new();
    kit.keychain_seed();
    run(&kit, &ask()).unwrap();
    kit.prompter.answer("123456");
    kit.prompter.give_up();
    let error = code_error(run(&kit, &ask()));
    assert_eq!((error.kind, sent(&kit).len()), (ErrorKind::Input, 1));
    assert!(!kit.prompter.has_said("ask: "), "{:?}", kit.prompter.transcript());
}
