//! Names, partitions, ages and sizes. What the documents allow is judged by the sandbox's evaluator.

use crate::iam_policy::*;

#[test]
fn every_partition_and_nothing_else() {
    for partition in ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"] {
        for (name, _) in NAMES {
            let text = document(name, None, partition).unwrap().json();
            let arns = text.matches("\"arn:").count();
            assert_eq!(text.matches(&format!("\"arn:{partition}:")).count(), arns, "{name}");
            assert!(name == "session-user" || arns > 0);
        }
    }
    for partition in ["", "AWS", "aws-", "aws--cn", "aws-*", "gcp", "aws-cn\"", "aws:"] {
        assert_eq!(
            document("boundary", None, partition).unwrap_err().kind,
            crate::base::error::ErrorKind::Usage,
            "{partition}"
        );
    }
}

#[test]
fn names_ages_and_sizes() {
    assert_eq!(document("enforce", None, "aws").unwrap_err().kind, crate::base::error::ErrorKind::Usage);
    assert_eq!(document("boundary", Some(0), "aws").unwrap_err().kind, crate::base::error::ErrorKind::Usage);
    for (name, about) in NAMES {
        let document = document(name, Some(129_600), "aws-us-gov").unwrap();
        let json = document.json();
        assert!(
            document.size() <= 6144,
            "{name}: a managed policy holds 6144 characters, this has {}",
            document.size()
        );
        let explanation = document.explanation();
        assert!(explanation.starts_with(&format!("{name}: {about}\n")));
        let parsed: Value = serde_json::from_str(&json).unwrap();
        for statement in parsed["Statement"].as_array().unwrap() {
            let sid = statement["Sid"].as_str().unwrap();
            assert!(sid.bytes().all(|b| b.is_ascii_alphanumeric()), "IAM takes letters and digits alone: {sid}");
            assert!(explanation.contains(&format!("\n{sid}\n    ")), "{name} {sid}");
        }
        assert!(explanation.lines().all(|line| line.len() <= 100));
    }
}

#[test]
fn where_a_document_fits() {
    let ends = |name: &str, end: &str| document(name, None, "aws").unwrap().room().ends_with(end);
    assert!(ends("self-provision", "group may have 5120, those of a user may have 2048."));
    assert!(ends("allow-mfa", "group may have 5120, those of a user only 2048."));
}
