//! A stand-in for the AWS CLI where there is none, for two commands: enough to see real work being done.

use awsx::base::env::Env;

use crate::client;
use crate::wire::Request;

/// Status of the AWS CLI when AWS refused.
const REFUSED: u8 = 254;
/// Status of the AWS CLI for a wrong command line.
const USAGE: u8 = 252;

/// Runs `aws ARGS…`; its exit status.
pub fn run(env: &Env, args: &[String]) -> u8 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["--version"] => Ok("aws-cli/2.32.0 awsx-sandbox\n".into()),
        ["s3", "ls"] => list_buckets(env),
        ["sts", "get-caller-identity"] => caller_identity(env),
        _ => {
            eprintln!("aws: a stand-in of awsx-sandbox, for a machine without the AWS CLI; it knows");
            eprintln!("  aws s3 ls\n  aws sts get-caller-identity");
            return USAGE;
        }
    };
    match result {
        Ok(text) => {
            print!("{text}");
            0
        }
        Err(why) => {
            eprintln!("\n{why}");
            REFUSED
        }
    }
}

fn list_buckets(env: &Env) -> Result<String, String> {
    let request = Request { method: "GET".into(), path: "/".into(), ..Request::default() };
    let xml = answer(env, "s3", "ListBuckets", request)?;
    let buckets = xml.split("<Bucket>").skip(1);
    Ok(buckets.fold(String::new(), |lines, bucket| {
        let date = field(bucket, "CreationDate").replace('T', " ");
        lines + date.split('.').next().unwrap_or_default() + " " + field(bucket, "Name") + "\n"
    }))
}

fn caller_identity(env: &Env) -> Result<String, String> {
    let request = Request {
        method: "POST".into(),
        path: "/".into(),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: b"Action=GetCallerIdentity&Version=2011-06-15".to_vec(),
        ..Request::default()
    };
    let xml = answer(env, "sts", "GetCallerIdentity", request)?;
    let [id, account, arn] = ["UserId", "Account", "Arn"].map(|name| field(&xml, name));
    Ok(format!("{{\n    \"UserId\": \"{id}\",\n    \"Account\": \"{account}\",\n    \"Arn\": \"{arn}\"\n}}\n"))
}

fn answer(env: &Env, service: &str, operation: &str, request: Request) -> Result<String, String> {
    let (status, xml) = client::call(env, service, request)?;
    if status == 200 {
        return Ok(xml);
    }
    let (code, message) = (field(&xml, "Code"), field(&xml, "Message"));
    Err(format!("An error occurred ({code}) when calling the {operation} operation: {message}"))
}

fn field<'a>(xml: &'a str, name: &str) -> &'a str {
    let inside = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    inside.map_or("", |(text, _)| text)
}
