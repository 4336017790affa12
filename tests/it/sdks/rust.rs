//! Asks the AWS SDK for Rust, in a process of its own: it reads the environment of its process.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_config::BehaviorVersion;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sts::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_http_client::Builder;
use serde_json::{Value, json};

/// How many sessions the process sees before it ends.
pub const UNTIL: &str = "AWSX_TEST_UNTIL";

/// Names the list of environments, in the process that asks.
const LIST: &str = "AWSX_TEST_SITUATIONS";

/// This test program, started so that it asks.
pub fn asker(list: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "sdks::rust::asks_where_it_is_told_to", "--nocapture", "--test-threads=1"]);
    command.env(LIST, list);
    command
}

#[test]
fn asks_where_it_is_told_to() {
    let Some(list) = std::env::var_os(LIST) else { return };
    let list: Vec<serde_json::Map<String, Value>> = serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answers: Vec<Value> = list
        .iter()
        .map(|situation| {
            let before: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
            // SAFETY: this process runs this one test, and its runtime has no other thread.
            unsafe {
                for name in &before {
                    std::env::remove_var(name);
                }
                for (name, value) in situation {
                    std::env::set_var(name, value.as_str().unwrap());
                }
            }
            runtime.block_on(ask())
        })
        .collect();
    println!("\n{}", json!({"rust": answers}));
}

/// This test program, started so that it goes on in its own environment until it has seen [`UNTIL`] sessions.
pub fn until() -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let program = program.to_str().unwrap();
    [program, "--exact", "sdks::rust::goes_on_until_it_is_told_to", "--nocapture", "--test-threads=1"]
        .map(Into::into)
        .into()
}

/// The SDK keeps credentials in a client; the request tells which ones it takes.
#[derive(Debug, Clone, Default)]
struct Signer(Arc<Mutex<String>>);

impl Intercept for Signer {
    fn name(&self) -> &'static str {
        "signer"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let header = context.request().headers().get("authorization").unwrap_or_default();
        let id = header.split_once("Credential=").and_then(|(_, rest)| rest.get(..20)).unwrap_or_default();
        id.clone_into(&mut self.0.lock().unwrap());
        Ok(())
    }
}

#[test]
fn goes_on_until_it_is_told_to() {
    let Some(sessions) = std::env::var(UNTIL).ok() else { return };
    println!();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = Builder::new().build_http();
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
        let signer = Signer::default();
        let config = aws_sdk_sts::config::Builder::from(&config).interceptor(signer.clone());
        let sts = aws_sdk_sts::Client::from_conf(config.build());
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < sessions.parse().unwrap() {
            let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
            sts.get_caller_identity().send().await.unwrap();
            let id = signer.0.lock().unwrap().clone();
            println!("{id} {at}");
            seen.insert(id);
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    });
}

async fn ask() -> Value {
    let retries = aws_config::retry::RetryConfig::disabled();
    let http = Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone()).retry_config(retries);
    let config = config.load().await;
    let region = config.region().map(ToString::to_string);
    match config.credentials_provider().unwrap().provide_credentials().await {
        Ok(credentials) => json!({"id": credentials.access_key_id(), "region": region}),
        Err(error) => json!({"error": format!("{error:?}"), "region": region}),
    }
}
