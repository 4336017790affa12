//! Whether a role's trust policy asks for MFA
//! ([condition keys](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)). Pure.
//!
//! Only the two keys about MFA are judged. Every other condition, such as an external ID, is taken to hold.

use serde_json::Value;

const PRESENT: &str = "aws:multifactorauthpresent";
const AGE: &str = "aws:multifactorauthage";

/// Whether nobody can assume the role without MFA; `None` if the text is no policy that lets anybody assume it.
pub fn needs_mfa(policy: &str) -> Option<bool> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements: Vec<&Value> = many(&policy["Statement"]).filter(|s| is_about_assuming(s)).collect();
    let has_effect = |statement: &Value, effect: &str| statement["Effect"] == effect;
    if !statements.iter().any(|s| has_effect(s, "Allow")) {
        return None;
    }
    // Keys of a user have no MFA keys in the context of the call. A session without MFA says that there was none.
    let lets_in = |present: Option<&str>| {
        let hit = |effect: &str| {
            statements.iter().any(|s| {
                let about_mfa = conditions(s).any(|(_, key, _)| key == PRESENT || key == AGE);
                has_effect(s, effect) && (about_mfa || effect == "Allow") && holds(s, present)
            })
        };
        hit("Allow") && !hit("Deny")
    };
    Some(!lets_in(None) && !lets_in(Some("false")))
}

/// One or several.
fn many(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

fn is_about_assuming(statement: &Value) -> bool {
    let is_it = |pattern: &Value| {
        let pattern = pattern.as_str().unwrap_or_default().to_ascii_lowercase();
        let (head, tail) = pattern.split_once('*').unwrap_or((&pattern, ""));
        let action = "sts:assumerole";
        pattern == action || (pattern.contains('*') && action.starts_with(head) && action.ends_with(tail))
    };
    match (&statement["Action"], &statement["NotAction"]) {
        (Value::Null, Value::Null) => false,
        (Value::Null, not) => !many(not).any(is_it),
        (actions, _) => many(actions).any(is_it),
    }
}

/// Operator, key and values of each condition; operator and key in lower case.
fn conditions(statement: &Value) -> impl Iterator<Item = (String, String, &Value)> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| (operator.to_ascii_lowercase(), key.to_ascii_lowercase(), values))
    })
}

/// Whether the conditions about MFA hold for a call without it.
fn holds(statement: &Value, present: Option<&str>) -> bool {
    conditions(statement).all(|(operator, key, values)| match key.as_str() {
        PRESENT => compares(&operator, present, values),
        AGE => compares(&operator, None, values),
        _ => true,
    })
}

fn compares(operator: &str, has: Option<&str>, values: &Value) -> bool {
    let (operator, without_key) = match (operator.strip_prefix("forallvalues:"), operator.strip_prefix("foranyvalue:"))
    {
        (Some(operator), _) => (operator, Some(true)),
        (_, Some(operator)) => (operator, Some(false)),
        _ => (operator, None),
    };
    let (operator, if_exists) = operator.strip_suffix("ifexists").map_or((operator, false), |rest| (rest, true));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_ascii_lowercase);
    if operator == "null" {
        return many(values).any(|value| (text(value) == "true") == has.is_none());
    }
    let negated = operator.contains("not");
    let Some(has) = has else { return if_exists || without_key.unwrap_or(negated) };
    // There is no age without MFA, so all that is compared is `true` or `false`.
    let like = |pattern: String| pattern == has || pattern == "*";
    many(values).any(|value| like(text(value))) != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(condition: &str) -> String {
        let condition = if condition.is_empty() { String::new() } else { format!(r#","Condition":{condition}"#) };
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:root"}},"Action":"sts:AssumeRole"{condition}}}"#
        )
    }

    fn of(statements: &[String]) -> Option<bool> {
        needs_mfa(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")))
    }

    #[test]
    fn every_operator_that_can_ask_for_it() {
        for (condition, needs) in [
            ("", false),
            (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, true),
            (r#"{"Bool":{"aws:multifactorauthpresent":true}}"#, true),
            (r#"{"StringEquals":{"aws:MultiFactorAuthPresent":"true"}}"#, true),
            (r#"{"StringLike":{"aws:MultiFactorAuthPresent":["true"]}}"#, true),
            (r#"{"StringNotEquals":{"aws:MultiFactorAuthPresent":"false"}}"#, false),
            (r#"{"Null":{"aws:MultiFactorAuthAge":"false"}}"#, true),
            (r#"{"Null":{"aws:MultiFactorAuthAge":"true"}}"#, false),
            (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}"#, true),
            (r#"{"NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#, false),
            // With long-lived keys there is no such key, so this asks for nothing.
            (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#, false),
            (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, false),
            (r#"{"ForAnyValue:Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, true),
            (r#"{"ForAllValues:Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, false),
            (r#"{"StringEquals":{"sts:ExternalId":"x"}}"#, false),
            (r#"{"StringEquals":{"sts:ExternalId":"x"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, true),
        ] {
            assert_eq!(of(&[with(condition)]), Some(needs), "{condition}");
        }
    }

    #[test]
    fn all_statements_count() {
        let mfa = with(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#);
        let external = with(r#"{"StringEquals":{"sts:ExternalId":"x"}}"#);
        let deny = |condition: &str| with(condition).replace("Allow", "Deny");
        assert_eq!(of(&[mfa.clone(), mfa.clone()]), Some(true));
        assert_eq!(of(&[mfa.clone(), external.clone()]), Some(false), "the second lets others in");
        let other = with("").replace("sts:AssumeRole", "sts:TagSession");
        assert_eq!(of(&[mfa.clone(), other.clone()]), Some(true), "the second is about something else");
        assert_eq!(of(&[with("").replace(r#""sts:AssumeRole""#, r#"["sts:TagSession","sts:*"]"#)]), Some(false));
        let without = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
        assert_eq!(of(&[external.clone(), deny(without)]), Some(true));
        assert_eq!(of(&[external, deny(r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#)]), Some(false));
        assert_eq!(of(&[other]), None);
        for text in ["", "{}", "[]", r#"{"Statement":"x"}"#] {
            assert_eq!(needs_mfa(text), None, "{text}");
        }
        assert_eq!(needs_mfa(&format!(r#"{{"Statement":{mfa}}}"#)), Some(true), "one that is no list");
    }
}
