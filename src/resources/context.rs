//! What the resources and functions of one configured provider share.
//!
//! # What this may not do
//!
//! Know a resource's inputs or outputs.

use super::component::begun::Begun;
use super::component::owed::Owed;
use super::component::programs::Programs;
use super::error::ResourceError;
use super::join::Joins;
use super::organization::{ProgramOrganization, Unknown};
use super::webhook::edge::edge;
use super::webhook::neighbours::Neighbours;
use super::webhook::proofs::Proofs;
use super::webhook::replacement::Holders;
use super::webhook::strict::Strict;
use super::webhook::surroundings::Surroundings;
use crate::cloud::{Client, StateResource};
use crate::config::Organizations;
use crate::domain::{StackRef, WebhookId};
use crate::engine::urn::Urn;
use crate::graph::Edge;
use crate::property::decode::shown_reason;
use crate::property::{CheckFailure, Map, Value};
use crate::survey::Survey;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The cloud of a configured provider, and what was learned about it.
#[derive(Debug)]
pub struct Context {
    /// The cloud.
    pub cloud: Client,
    /// Facts about stacks on the cloud, each requested once per configuration.
    pub survey: Survey,
    /// Which resource of this deployment has which webhook.
    pub holders: Holders,
    /// Duplicates of the webhooks that this deployment creates.
    pub neighbours: Neighbours,
    /// What the program's own state proves about webhooks.
    pub proofs: Proofs,
    /// The webhooks of components whose findings are errors.
    pub strict: Strict,
    /// This provider's own reference, `urn::id`; empty if the engine did not send it.
    pub provider: String,
    /// The webhooks of components whose creation has begun since the provider was configured.
    pub begun: Begun,
    /// The final checks that components have yet to make.
    pub owed: Owed,
    /// What is known about the organization of the program.
    pub organization: ProgramOrganization,
    /// The declarations of the programs that this process serves.
    pub programs: Arc<Programs>,
    /// What was learned for joins.
    pub joins: Joins,
    /// Whether it was reported that the program's own stack starts others.
    is_home_told: AtomicBool,
}

impl Context {
    /// The context of a cloud of which nothing is known yet. `organizations` is what the environment says about
    /// organizations on it, `programs` the declarations of the programs that this process serves, and `provider` this
    /// provider's own reference.
    pub fn new(
        cloud: Client,
        organizations: Organizations,
        programs: Arc<Programs>,
        provider: String,
    ) -> Context {
        Context {
            survey: Survey::new(cloud.clone()),
            cloud,
            holders: Holders::default(),
            neighbours: Neighbours::default(),
            proofs: Proofs::default(),
            strict: Strict::default(),
            provider,
            begun: Begun::default(),
            owed: Owed::default(),
            organization: ProgramOrganization::new(organizations),
            programs,
            joins: Joins::default(),
            is_home_told: AtomicBool::new(false),
        }
    }

    /// What the create of a webhook uses.
    pub fn around(&self) -> Surroundings<'_> {
        Surroundings {
            cloud: &self.cloud,
            holders: &self.holders,
            neighbours: &self.neighbours,
            proofs: &self.proofs,
            organization: &self.organization,
            survey: &self.survey,
            strict: &self.strict,
            provider: &self.provider,
        }
    }

    /// Declares edges outside of components. If they close a cycle with the program's declarations so far, that is a
    /// failure of `property`; it names no stacks if an input is secret.
    pub fn declared_alone(
        &self,
        edges: &[Edge],
        property: &str,
        inputs: &Map,
    ) -> Option<CheckFailure> {
        let refusal = self.programs.declare_alone(edges).err()?;
        let is_secret = inputs.values().any(Value::has_secret);
        let reason = shown_reason(is_secret, refusal.to_string());
        Some(CheckFailure::new(property, reason))
    }

    /// The note, once per deployment, about a new webhook on the program's own stack: unlike every other edge, it starts
    /// something immediately.
    pub fn home_note(&self, urn: &Urn, inputs: &Map) -> Option<String> {
        let edge = edge(inputs)?;
        let is_news = self.organization.is_home(urn, &edge.upstream)
            && !self.is_home_told.swap(true, Ordering::Relaxed);
        is_news.then(|| {
            format!(
                "`{}` is the stack of this program itself, so this `pulumi up` starts the stacks that follow it as soon as it \
                 succeeds; to declare edges without starting anything, declare them in the program of another stack",
                edge.upstream.short()
            )
        })
    }

    /// The stacks that have a StackReference to this one.
    ///
    /// # Errors
    ///
    /// [`ResourceError::NoSuchStack`] if it does not exist; any error of the cloud.
    pub async fn downstream_stacks(
        &self,
        stack: &StackRef,
    ) -> Result<BTreeSet<StackRef>, ResourceError> {
        let found = self.survey.downstream_references(stack).await?;
        let found = found.ok_or_else(|| ResourceError::NoSuchStack {
            stack: stack.clone(),
            cloud: self.cloud.cloud(),
        })?;
        Ok(found.iter().cloned().collect())
    }

    /// The default for the input `property` of a resource that does not name an organization, or why it is unknown; `None`
    /// if the input is present.
    pub async fn default_for(
        &self,
        inputs: &Map,
        property: &str,
        urn: &Urn,
    ) -> Option<Result<String, String>> {
        if inputs.get(property).is_some_and(|given| !given.is_null()) {
            return None;
        }
        let found = self.organization(urn.project(), urn.stack()).await;
        Some(found.map_err(|unknown| unknown.to_string()))
    }

    /// Whether the state of the program, if it is on this cloud, has webhooks of a component on a stack other than this
    /// one.
    pub async fn has_webhooks_elsewhere(
        &self,
        home: Option<&StackRef>,
        component: &Urn,
        stack: &StackRef,
    ) -> bool {
        let Some(home) = home else {
            return false;
        };
        let Ok(Some(state)) = self.survey.state(home).await else {
            return false;
        };
        let is_elsewhere = |resource: &StateResource| {
            let id: Option<WebhookId> = resource.id.parse().ok();
            resource.parent == component.as_str()
                && id.is_some_and(|id| id.scope.stack().as_ref() != Some(stack))
        };
        state.resources.iter().any(is_elsewhere)
    }

    /// Like [`Context::organization`], for an absent input `organization`.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Inputs`] if it is unknown.
    pub async fn required_organization(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<String, ResourceError> {
        let found = self.organization(project, stack).await;
        found.map_err(|unknown| unknown.of("organization"))
    }

    /// The program's stack on the cloud, if exactly one stack can be it.
    pub async fn home(&self, project: &str, stack: &str) -> Option<StackRef> {
        self.organization.home(&self.cloud, project, stack).await
    }

    /// The organization of the program's stack.
    ///
    /// # Errors
    ///
    /// Why it is unknown, and what to do.
    pub async fn organization(&self, project: &str, stack: &str) -> Result<String, Unknown> {
        self.organization.find(&self.cloud, project, stack).await
    }
}
