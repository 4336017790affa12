use super::*;

fn context(facts: &[(&str, &str)]) -> Context {
    let mut c = Context::default();
    for (key, value) in facts {
        c.set(key, *value);
    }
    c
}

fn verdict(policy: &str, action: &str, resource: &str, facts: &[(&str, &str)]) -> Verdict {
    let context = context(facts);
    Policy::parse(policy).unwrap().verdict(Ask { action, resource, context: &context }, None)
}

const ALLOW: Verdict = Verdict::Allow { by_name: true };

#[test]
fn wildcards() {
    for (pattern, text, yes) in [
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*c", "abbd", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("arn:aws:iam::*:user/${x}", "arn:aws:iam::1:user/${x}", true),
        ("*:user/*/bob", "arn:aws:iam::1:user/a/b/bob", true),
        ("a\u{1}", "ab", false),
        ("a\u{1}", "a*", true),
    ] {
        assert_eq!(matches(pattern, text), yes, "{pattern} {text}");
    }
}

#[test]
fn actions_resources_and_variables() {
    let own = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:*MFADevice","IAM:get*"],
        "Resource":["arn:aws:iam::*:mfa/*","arn:aws:iam::*:user/*/${aws:username}","arn:aws:iam::*:user/${aws:username}"]}}"#;
    let me = [("aws:username", "alice")];
    assert_eq!(verdict(own, "iam:EnableMFADevice", "arn:aws:iam::1:user/x/alice", &me), ALLOW);
    assert_eq!(verdict(own, "iam:GetUser", "arn:aws:iam::1:user/alice", &me), ALLOW);
    assert_eq!(verdict(own, "iam:GetUser", "arn:aws:iam::1:user/bob", &me), Verdict::Silent);
    assert_eq!(verdict(own, "iam:GetUser", "arn:aws:iam::1:user/alice", &[]), Verdict::Silent, "no such variable");
    assert_eq!(verdict(own, "iam:DeleteUser", "arn:aws:iam::1:user/alice", &me), Verdict::Silent);

    let not = r#"{"Statement":[{"Effect":"Deny","NotAction":"iam:*","NotResource":"arn:aws:s3:::open/*"},
        {"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert_eq!(verdict(not, "iam:GetUser", "arn", &[]), ALLOW);
    assert_eq!(verdict(not, "s3:GetObject", "arn:aws:s3:::open/x", &[]), ALLOW);
    assert_eq!(verdict(not, "s3:GetObject", "arn:aws:s3:::shut/x", &[]), Verdict::Deny);
}

fn holds(condition: &str, facts: &[(&str, &str)]) -> bool {
    let policy = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#);
    verdict(&policy, "a:B", "*", facts) == ALLOW
}

#[test]
fn mfa_conditions_tell_absent_from_false() {
    let mfa = |v| [("aws:MultiFactorAuthPresent", v)];
    let bool_true = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    assert!(holds(bool_true, &mfa("true")) && !holds(bool_true, &mfa("false")) && !holds(bool_true, &[]));
    let bool_false = r#"{"Bool":{"aws:MultiFactorAuthPresent":false}}"#;
    assert!(holds(bool_false, &mfa("false")) && !holds(bool_false, &mfa("true")) && !holds(bool_false, &[]));
    let if_exists = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
    assert!(holds(if_exists, &mfa("false")) && !holds(if_exists, &mfa("true")) && holds(if_exists, &[]));
    let null = r#"{"Null":{"aws:multifactorauthage":"true"}}"#;
    assert!(holds(null, &[]) && !holds(null, &[("aws:MultiFactorAuthAge", "5")]));
}

#[test]
fn operators() {
    let age = |v| [("aws:MultiFactorAuthAge", v)];
    let fresh = r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#;
    assert!(holds(fresh, &age("3599")) && !holds(fresh, &age("3600")) && !holds(fresh, &[]));
    let stale = r#"{"NumericGreaterThanEqualsIfExists":{"aws:MultiFactorAuthAge":3600}}"#;
    assert!(holds(stale, &age("3600")) && !holds(stale, &age("0")) && holds(stale, &[]));
    let id = r#"{"StringEquals":{"sts:ExternalId":["a","b"]}}"#;
    assert!(holds(id, &[("sts:externalid", "b")]) && !holds(id, &[("sts:ExternalId", "c")]) && !holds(id, &[]));
    let not = r#"{"StringNotEquals":{"aws:username":["a","b"]}}"#;
    assert!(holds(not, &[("aws:username", "c")]) && !holds(not, &[("aws:username", "a")]) && holds(not, &[]));
    let like = r#"{"StringLike":{"sts:RoleSessionName":"${aws:username}-*"}}"#;
    assert!(holds(like, &[("aws:username", "al"), ("sts:RoleSessionName", "al-x")]));
    assert!(!holds(like, &[("aws:username", "al"), ("sts:RoleSessionName", "bo-x")]));
    let arn = r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ad*"}}"#;
    assert!(holds(arn, &[("aws:PrincipalArn", "arn:aws:iam::1:role/admin")]));
    assert!(!holds(arn, &[("aws:PrincipalArn", "arn:aws:iam::1:user/admin")]));
    let date = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#;
    assert!(holds(date, &[("aws:CurrentTime", "2026-01-01T00:00:01Z")]));
    assert!(!holds(date, &[("aws:CurrentTime", "2026-01-01T00:00:00Z")]));
    let both = [("aws:TagKeys", "a"), ("aws:TagKeys", "b")];
    assert!(!holds(r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#, &both));
    assert!(holds(r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}"#, &both));
    assert!(holds(r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#, &[]));
}

#[test]
fn trust() {
    let trust = |principal: &str, names: &[&str]| {
        let text =
            format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#);
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let c = Context::default();
        let ask = Ask { action: "sts:AssumeRole", resource: "arn:aws:iam::1:role/r", context: &c };
        Policy::parse(&text).unwrap().verdict(ask, Some(&names))
    };
    let alice = ["arn:aws:iam::1:user/alice", "1"];
    assert_eq!(trust(r#"{"AWS":"arn:aws:iam::1:root"}"#, &alice), Verdict::Allow { by_name: false });
    assert_eq!(trust(r#"{"AWS":["2","1"]}"#, &alice), Verdict::Allow { by_name: false });
    assert_eq!(trust(r#"{"AWS":"arn:aws:iam::1:user/alice"}"#, &alice), ALLOW);
    assert_eq!(trust(r#""*""#, &alice), ALLOW);
    assert_eq!(trust(r#"{"AWS":"arn:aws:iam::2:root"}"#, &alice), Verdict::Silent);
    assert_eq!(trust(r#"{"Service":"ec2.amazonaws.com"}"#, &alice), Verdict::Silent);
}

#[test]
fn malformed_documents_are_refused() {
    for text in [
        "{",
        "[]",
        r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Perhaps","Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Boolean":{"a":"b"}}}]}"#,
        r#"{"Version":"2026-01-01","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ] {
        assert!(Policy::parse(text).is_err(), "{text}");
    }
}
