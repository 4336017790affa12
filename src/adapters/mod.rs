//! The real implementations of the ports: keychains, the AWS SDK, the terminal, dialogs.

pub mod aws;
pub mod aws_vault;
pub mod clock;
pub mod dialog;
pub mod keychain;
pub mod process;
pub mod remembered;
pub mod sealing;
pub mod server;
pub mod tty;

use std::rc::Rc;
use std::sync::Arc;

use crate::app::App;
use crate::base::env::Env;
use crate::cli::Global;
use crate::ports::{Keychain, Prompter};

/// The real ports. Nothing is opened, connected to or read: each port does that when it is first used.
pub fn app(env: Env, global: Global) -> App {
    let network = || aws::Network::new(&env);
    let warn = once_each(tty::Tty::new(&env, &global));
    let telling = || network().warning(warn.clone());
    let person = Box::new(tty::Tty::new(&env, &global));
    let keychain: Rc<dyn Keychain> = keychain::open(&env, global.backend.as_deref(), global.debug, person).into();
    keychain.set_quiet(global.no_input);
    App {
        started: std::time::Instant::now(),
        clock: Box::new(clock::SystemClock),
        prompter: Box::new(tty::Tty::new(&env, &global)),
        keychain: Box::new(keychain.clone()),
        sealing: Box::new(sealing::OsSealingKey::new(&env, keychain)),
        sts: Arc::new(aws::AwsSts(telling())),
        iam: Arc::new(aws::AwsIam(telling())),
        // It runs while a person types a code, so it prints no warnings.
        ssm: Arc::new(aws::AwsSsm(network())),
        admitted: std::cell::RefCell::default(),
        agent: std::cell::OnceCell::new(),
        command: std::cell::OnceCell::new(),
        sign_in: std::cell::OnceCell::new(),
        oidc: Box::new(aws::AwsOidc(telling())),
        sso: Box::new(aws::AwsSso(telling())),
        console_sign_in: Box::new(aws::AwsConsoleSignIn(telling())),
        http: Arc::new(aws::PlainHttp(network())),
        presigner: Box::new(aws::AwsPresigner),
        server: Box::new(server::LoopbackServer),
        make: app,
        env,
        global,
    }
}

/// Prints the warnings of calls, each only once.
fn once_each(person: tty::Tty) -> aws::Warn {
    let said = std::sync::Mutex::new(std::collections::BTreeSet::new());
    Arc::new(move |line| {
        if said.lock().is_ok_and(|mut said| said.insert(line.to_owned())) {
            person.warn(line);
        }
    })
}
