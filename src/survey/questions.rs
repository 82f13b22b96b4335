//! The questions about one stack, each requested once while its answer is valid.
//!
//! # What this may not do
//!
//! Combine answers: [`super::Facts`] and [`super::LiveGraph`] do.

use super::answers::Answers;
use super::unavailable::{Outage, Unavailable};
use crate::cloud::{
    About, Client, CloudError, DeploymentPage, DeploymentSettings, HeldOutputs, LiveWebhook,
    MAX_AT_ONCE, Pauses, StackOutputs, StackState, StackSummary, Update,
};
use crate::domain::{Scope, StackRef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Requests facts about stacks, and keeps the answers while they are valid. Clones share them.
///
/// ```
/// use auto_deploy::cloud::{Client, Endpoint, Patience};
/// use auto_deploy::domain::StackRef;
/// use auto_deploy::survey::Survey;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let app = local_cloud::App::builder("pul-0123").organization("acme").open()?;
/// # let server = local_cloud::Server::start(app).await?;
/// # let url = server.url().parse()?;
/// // `url` is that of a cloud with the organization `acme`, and no stacks.
/// let cloud = Client::new(Endpoint::new(url, "pul-0123"), Patience::default());
/// let survey = Survey::new(cloud);
/// let stack = StackRef::new("acme", "app", "prod")?;
/// // "Not found" is an answer. One that is found is kept, and its next reader makes no request.
/// assert!(survey.webhooks(&stack).await?.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Survey(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cloud: Client,
    /// As many as the client sends at once: a caller that waits here learns about an outage before it sends a request.
    turns: Semaphore,
    outage: Outage,
    webhooks: Answers<Arc<Vec<LiveWebhook>>>,
    first_webhooks: Answers<Arc<Vec<LiveWebhook>>>,
    settings: Answers<DeploymentSettings>,
    pauses: Answers<Pauses>,
    downstream: Answers<Arc<Vec<StackRef>>>,
    upstream: Answers<Arc<Vec<StackRef>>>,
    states: Answers<Arc<StackState>>,
    ids: Answers<String>,
}

impl Survey {
    /// A survey of `cloud`, without any answers yet.
    pub fn new(cloud: Client) -> Survey {
        Survey(Arc::new(Inner {
            cloud,
            turns: Semaphore::new(MAX_AT_ONCE),
            outage: Outage::default(),
            webhooks: Answers::default(),
            first_webhooks: Answers::default(),
            settings: Answers::default(),
            pauses: Answers::default(),
            downstream: Answers::default(),
            upstream: Answers::default(),
            states: Answers::default(),
            ids: Answers::default(),
        }))
    }

    /// The webhooks of a stack; `None` if the stack does not exist.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], as for every question here.
    pub async fn webhooks(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Arc<Vec<LiveWebhook>>>, Unavailable> {
        let ask = |survey: Survey, stack: StackRef| async move {
            let scope = Scope::from(&stack);
            survey.ask(|| survey.0.cloud.webhooks(&scope)).await
        };
        self.kept(&self.0.webhooks, About::Webhooks, stack, ask)
            .await
    }

    /// The webhooks of a stack when they were first requested, whatever this process has changed since; `None` if the stack
    /// did not exist.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn first_webhooks(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Arc<Vec<LiveWebhook>>>, Unavailable> {
        let ask = || {
            let (survey, stack) = (self.clone(), stack.clone());
            async move { survey.webhooks(&stack).await }
        };
        self.0.first_webhooks.get(stack, 0, ask).await
    }

    /// Like [`Survey::webhooks`], but requested again. Callers that come at about the same time share a request.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn webhooks_now(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Arc<Vec<LiveWebhook>>>, Unavailable> {
        let n_changes = self.0.cloud.n_changes(stack, About::Webhooks);
        let scope = Scope::from(stack);
        let found = self.ask(|| self.0.cloud.webhooks_together(&scope)).await?;
        if let Some(found) = &found {
            self.0.webhooks.put(stack, n_changes, Arc::clone(found));
        }
        Ok(found)
    }

    /// The relevant deployment settings of a stack; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn settings(
        &self,
        stack: &StackRef,
    ) -> Result<Option<DeploymentSettings>, Unavailable> {
        let ask = |survey: Survey, stack: StackRef| async move {
            survey
                .ask(|| survey.0.cloud.deployment_settings(&stack))
                .await
        };
        self.kept(&self.0.settings, About::Rest, stack, ask).await
    }

    /// Whether a stack's deployments are paused; `None` if the stack does not exist.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn pauses(&self, stack: &StackRef) -> Result<Option<Pauses>, Unavailable> {
        let ask = |survey: Survey, stack: StackRef| async move {
            survey
                .ask(|| survey.0.cloud.deployment_pauses(&stack))
                .await
        };
        self.kept(&self.0.pauses, About::Rest, stack, ask).await
    }

    /// The stacks that have a `StackReference` to this one; `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn downstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Arc<Vec<StackRef>>>, Unavailable> {
        let ask = |survey: Survey, stack: StackRef| async move {
            let found = survey.ask(|| survey.0.cloud.downstream_references(&stack));
            Ok(found.await?.map(Arc::new))
        };
        self.kept(&self.0.downstream, About::Rest, stack, ask).await
    }

    /// The stacks to which this one has a `StackReference`; `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn upstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Arc<Vec<StackRef>>>, Unavailable> {
        let ask = |survey: Survey, stack: StackRef| async move {
            let found = survey.ask(|| survey.0.cloud.upstream_references(&stack));
            Ok(found.await?.map(Arc::new))
        };
        self.kept(&self.0.upstream, About::Rest, stack, ask).await
    }

    /// The state of a stack when it was first requested; `None` if the stack does not exist.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn state(&self, stack: &StackRef) -> Result<Option<Arc<StackState>>, Unavailable> {
        let ask = || {
            let (survey, stack) = (self.clone(), stack.clone());
            async move {
                let found = survey.ask(|| survey.0.cloud.state(&stack));
                Ok(found.await?.map(Arc::new))
            }
        };
        // The engine changes it, not this process.
        self.0.states.get(stack, 0, ask).await
    }

    /// What distinguishes a stack from an earlier one of the same name; `None` if it does not exist, or the cloud does not
    /// say.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn stack_id(&self, stack: &StackRef) -> Result<Option<String>, Unavailable> {
        let ask = |survey: Survey, stack: StackRef| async move {
            survey.ask(|| survey.0.cloud.stack_id(&stack)).await
        };
        self.kept(&self.0.ids, About::Rest, stack, ask).await
    }

    /// The outputs of other stacks that the state of a stack holds; `None` if it does not exist or the request failed. Not
    /// cached.
    pub(super) async fn held(self, stack: StackRef) -> Option<HeldOutputs> {
        self.ask(|| self.0.cloud.held_outputs(&stack)).await.ok()?
    }

    /// The current outputs of a stack; `None` if it does not exist or the request failed. Not cached.
    pub(super) async fn outputs_now(self, stack: StackRef) -> Option<StackOutputs> {
        self.ask(|| self.0.cloud.outputs(&stack)).await.ok()?
    }

    /// The plaintexts of ciphertexts that were encrypted with the key of a stack. Not cached.
    pub(super) async fn decrypted_texts(
        &self,
        key_of: &StackRef,
        ciphertexts: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, String>, Unavailable> {
        self.ask(|| self.0.cloud.decrypted(key_of, ciphertexts))
            .await
    }

    /// All stacks of an organization, or of one project in it. Not cached.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub async fn stacks(
        &self,
        organization: &str,
        project: Option<&str>,
    ) -> Result<Vec<StackSummary>, Unavailable> {
        self.ask(|| self.0.cloud.stacks(organization, project))
            .await
    }

    /// A page of the updates of a stack, newest first; `None` if it does not exist. Not cached.
    pub(super) async fn updates(
        &self,
        stack: &StackRef,
        page: usize,
        page_size: usize,
    ) -> Result<Option<Vec<Update>>, Unavailable> {
        self.ask(|| self.0.cloud.updates(stack, page, page_size))
            .await
    }

    /// A page of the deployments of a stack, newest first; `None` if it does not exist. Not cached.
    pub(super) async fn stack_deployments(
        &self,
        stack: &StackRef,
        page: usize,
        page_size: usize,
    ) -> Result<Option<DeploymentPage>, Unavailable> {
        self.ask(|| self.0.cloud.stack_deployments_page(stack, page, page_size))
            .await
    }

    /// A page of the deployments of an organization, newest first. Not cached.
    pub(super) async fn organization_deployments(
        &self,
        organization: &str,
        page: usize,
    ) -> Result<DeploymentPage, Unavailable> {
        self.ask(|| {
            self.0
                .cloud
                .organization_deployments_page(organization, page)
        })
        .await
    }

    /// The number of queued or running deployments of an organization; `None` if the cloud does not say. Not cached.
    pub(super) async fn unfinished_deployments(
        &self,
        organization: &str,
    ) -> Result<Option<usize>, Unavailable> {
        self.ask(|| self.0.cloud.unfinished_deployments(organization))
            .await
    }

    /// The stored answer about a stack, if this process has not changed what it is `about`; otherwise the result of `ask`.
    async fn kept<V, F>(
        &self,
        answers: &Answers<V>,
        about: About,
        stack: &StackRef,
        ask: impl Fn(Survey, StackRef) -> F,
    ) -> Result<Option<V>, Unavailable>
    where
        V: Clone + Send + Sync + 'static,
        F: Future<Output = Result<Option<V>, Unavailable>> + Send + 'static,
    {
        let n_changes = self.0.cloud.n_changes(stack, about);
        let ask = || ask(self.clone(), stack.clone());
        answers.get(stack, n_changes, ask).await
    }

    /// Sends a request when its turn comes, unless the cloud was just found to be unavailable.
    ///
    /// A request takes kilobytes even before it is sent, so it is only created now: thousands may wait for their turn.
    async fn ask<T, F>(&self, request: impl FnOnce() -> F) -> Result<T, Unavailable>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        let turn = self.0.turns.acquire().await;
        let _turn = turn.expect("nobody closes the semaphore");
        self.0.outage.check()?;
        let answer = Box::pin(request()).await;
        answer.map_err(|error| self.0.outage.note(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{Endpoint, Patience};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn only_so_many_requests_are_under_way_at_once() {
        let url = "http://127.0.0.1:1".parse().expect("it is a URL");
        let survey = Survey::new(Client::new(
            Endpoint::new(url, "pul-0"),
            Patience::default(),
        ));
        let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let requests: Vec<_> = (0..5 * MAX_AT_ONCE)
            .map(|_| {
                let (survey, under_way, most) =
                    (survey.clone(), Arc::clone(&under_way), Arc::clone(&most));
                let request = async move {
                    most.fetch_max(
                        under_way.fetch_add(1, Ordering::SeqCst) + 1,
                        Ordering::SeqCst,
                    );
                    tokio::task::yield_now().await;
                    under_way.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                };
                tokio::spawn(async move { survey.ask(|| request).await })
            })
            .collect();
        for request in requests {
            request
                .await
                .expect("it does not panic")
                .expect("it is answered");
        }
        assert_eq!(most.load(Ordering::SeqCst), MAX_AT_ONCE);
    }
}
