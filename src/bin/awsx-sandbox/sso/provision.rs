//! The roles that Identity Center makes in the accounts.

use serde_json::json;

use crate::policy::Policy;
use crate::wire::random_id;
use crate::world::{Role, World};

/// Makes the roles of all assignments, as Identity Center does in the accounts.
pub fn provision(world: &mut World) {
    let center = &world.identity_center;
    let mut missing: Vec<Role> = Vec::new();
    for at in center.users.iter().flat_map(|u| &u.assignments) {
        let arn = center.role_arn(&at.account, &at.role);
        let set = center.permission_sets.iter().find(|s| s.name == at.role);
        let known = world.role(&arn).is_some() || missing.iter().any(|r| r.arn == arn);
        let (Some(set), false) = (set, known) else { continue };
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": format!("arn:aws:iam::{}:saml-provider/AWSSSO_sandbox_DO_NOT_DELETE", at.account)},
                "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]
            }]
        });
        let Ok(trust) = Policy::parse(&trust.to_string()) else { continue };
        let id = format!("AROA{}", random_id(17));
        missing.push(Role { arn, id, max_session: 43_200, trust, policies: set.policies.clone() });
    }
    world.roles.extend(missing);
}
