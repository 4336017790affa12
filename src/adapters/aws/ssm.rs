//! Systems Manager Parameter Store.

use aws_sdk_ssm::Client;

use super::Network;
use super::call::Calling;
use crate::ports::{Call, Caller, Ssm};

/// SSM through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsSsm(pub Network);

/// What one call of
/// [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html) takes.
const NAMES_PER_CALL: usize = 10;

impl Ssm for AwsSsm {
    fn get_parameters(&self, caller: Caller<'_>, names: &[String]) -> Call<Vec<(String, String)>> {
        let calling = Calling { action: "ssm:GetParameters", network: &self.0, caller };
        calling.run(|config| async move {
            let client = Client::new(&config);
            let mut found = Vec::new();
            for names in names.chunks(NAMES_PER_CALL) {
                let output = client.get_parameters().set_names(Some(names.to_vec())).send().await?;
                let parameters = output.parameters.unwrap_or_default();
                found.extend(parameters.into_iter().filter_map(|p| Some((p.name?, p.value?))));
            }
            Ok(found)
        })
    }
}
