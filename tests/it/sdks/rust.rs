//! Asks the AWS SDK for Rust, in a process of its own: it reads the environment of its process.

use std::path::Path;
use std::process::Command;

use aws_config::BehaviorVersion;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use serde_json::{Value, json};

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
