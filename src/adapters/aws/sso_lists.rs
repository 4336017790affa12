//! What a sign-in with IAM Identity Center grants: accounts and their roles. There may be thousands, so they are asked for a
//! few at a time over one client, and more slowly where AWS wants that.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sso::Client;
use aws_sdk_sso::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sso::operation::list_account_roles::ListAccountRolesError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::sleep;

use super::call::{Calling, pages};
use super::{Limits, Network};
use crate::aws::answer;
use crate::base::secret::Secret;
use crate::ports::{Call, Endpoint, SsoAccount};
use crate::profile::is_account;

/// How many accounts are asked about at once.
const AT_ONCE: usize = 8;
/// How many entries a page has at most.
const PAGE: i32 = 100;
/// How often a call is made again that AWS found one too many. Each wait is twice as long as the one before.
const PATIENCE: u32 = 5;

/// ListAccounts.
pub fn accounts(network: &Network, at: &Endpoint, token: &Secret) -> Call<Vec<SsoAccount>> {
    let patient = patient(network, 1);
    let calling = Calling::unsigned("sso:ListAccounts", &patient, at);
    let wait = network.limits.backoff;
    let list = calling.run(|config| {
        let client = Client::new(&config);
        let mut next = Some(None);
        pages(async move || {
            let from: Option<String> = next.take()?;
            let call = || client.list_accounts().access_token(token.expose()).max_results(PAGE);
            let page = patiently(wait, async || call().set_next_token(from.clone()).send().await).await;
            next = page.as_ref().ok().and_then(|page| more(page.next_token())).map(Some);
            Some(page)
        })
    })?;
    let account = |it: aws_sdk_sso::types::AccountInfo| {
        let id = it.account_id.unwrap_or_default();
        calling.usable(if is_account(&id) { Ok(()) } else { Err("an accountId in it is none".into()) })?;
        Ok(SsoAccount { id, name: it.account_name.unwrap_or_default() })
    };
    calling.whole(list)?.into_iter().flat_map(|page| page.account_list.unwrap_or_default()).map(account).collect()
}

/// ListAccountRoles of each account.
pub fn account_roles(
    network: &Network,
    at: &Endpoint,
    token: &Secret,
    accounts: &[String],
    done: &dyn Fn(usize),
) -> Call<Vec<Vec<String>>> {
    let patient = patient(network, accounts.len());
    let calling = Calling::unsigned("sso:ListAccountRoles", &patient, at);
    let wait = network.limits.backoff;
    let mut listed: Vec<Vec<Vec<String>>> = vec![Vec::new(); accounts.len()];
    // Everything happens in this thread, so nothing has to be able to go to another one.
    let here = LocalSet::new();
    let mut ask = async |config: SdkConfig| {
        let client = Client::new(&config);
        let mut waiting = accounts.iter().enumerate();
        let mut asking = JoinSet::new();
        let mut answered = 0;
        loop {
            while asking.len() < AT_ONCE
                && let Some((index, account)) = waiting.next()
            {
                let roles = roles_of(client.clone(), token.clone(), account.clone(), wait);
                asking.spawn_local(async move { (index, roles.await) });
            }
            let Some(answer) = asking.join_next().await else { return Ok(()) };
            let (index, roles) = answer.map_err(SdkError::construction_failure)?;
            if let Some(place) = listed.get_mut(index) {
                *place = roles?;
            }
            answered += 1;
            done(answered);
        }
    };
    calling.run(async |config| here.run_until(ask(config)).await)?;
    let names = |pages| {
        let names: Vec<String> = calling.whole(pages)?.into_iter().flatten().collect();
        names.iter().try_for_each(|name| calling.usable(answer::word("roleName", name)))?;
        Ok(names)
    };
    listed.into_iter().map(names).collect()
}

/// The pages of one account's roles.
async fn roles_of(
    client: Client,
    token: Secret,
    account: String,
    wait: Duration,
) -> Result<Vec<Vec<String>>, SdkError<ListAccountRolesError, HttpResponse>> {
    let mut next = Some(None);
    let list = pages(async || {
        let from: Option<String> = next.take()?;
        let call = || client.list_account_roles().access_token(token.expose()).account_id(&account).max_results(PAGE);
        let page = patiently(wait, async || call().set_next_token(from.clone()).send().await).await;
        next = page.as_ref().ok().and_then(|page| more(page.next_token())).map(Some);
        Some(page)
    });
    let names = |page: aws_sdk_sso::operation::list_account_roles::ListAccountRolesOutput| {
        page.role_list.unwrap_or_default().into_iter().map(|role| role.role_name.unwrap_or_default()).collect()
    };
    Ok(list.await?.into_iter().map(names).collect())
}

fn more(token: Option<&str>) -> Option<String> {
    token.filter(|token| !token.is_empty()).map(str::to_owned)
}

/// Makes a call, and makes it again after a while as long as AWS says that there are too many.
async fn patiently<T, E: ProvideErrorMetadata>(
    mut wait: Duration,
    mut call: impl AsyncFnMut() -> Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, SdkError<E, HttpResponse>> {
    for _ in 0..PATIENCE {
        match call().await {
            Err(SdkError::ServiceError(answer)) if answer.raw().status().as_u16() == 429 => {}
            other => return other,
        }
        sleep(wait).await;
        wait *= 2;
    }
    call().await
}

/// The same network with a limit of all attempts that is long enough for as many lists as `count`, each of which may have
/// to wait.
fn patient(network: &Network, count: usize) -> Network {
    let rounds = u32::try_from(count / AT_ONCE).unwrap_or(u32::MAX).saturating_add(2);
    let Limits { total, .. } = network.limits;
    network.clone().limits(Limits { total: total.saturating_mul(rounds), ..network.limits })
}
