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

/// The cloud of a configured provider, and what was found out about it since.
#[derive(Debug)]
pub struct Context {
    /// The cloud.
    pub cloud: Client,
    /// Facts about stacks on the cloud, each asked once for this configuration.
    pub survey: Survey,
    /// Which resource of this deployment holds which webhook.
    pub holders: Holders,
    /// What is beside the webhooks that this deployment makes.
    pub neighbours: Neighbours,
    /// What the program's own state proves about webhooks.
    pub proofs: Proofs,
    /// The webhooks whose component wants findings to be errors.
    pub strict: Strict,
    /// This provider's own reference, `urn::id`; empty if the engine did not tell it.
    pub provider: String,
    /// The webhooks of components that were made since the provider was configured.
    pub begun: Begun,
    /// The looks that components owe.
    pub owed: Owed,
    /// What is known of the organization of the program.
    pub organization: ProgramOrganization,
    /// What the programs declare that this process serves.
    pub programs: Arc<Programs>,
    /// What was found out for joins.
    pub joins: Joins,
    /// Whether it was said that the program's own stack starts others.
    is_home_told: AtomicBool,
}

impl Context {
    /// The context of a cloud of which nothing is known yet. `organizations` is what the surroundings say about those on it,
    /// `programs` what the programs declare that this process serves, `provider` this provider's own reference.
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

    /// What a create of a webhook works with.
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

    /// Declares edges outside of any component. The failure of `property` if they close a cycle with what the program has
    /// declared so far; where an input is secret, it names no stacks.
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

    /// What there is to say, once in a deployment, of a webhook that is made and watches the program's own stack: unlike
    /// every other edge it starts something at once.
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

    /// The stacks that hold a StackReference to this one.
    ///
    /// # Errors
    ///
    /// [`ResourceError::NoSuchStack`] if it does not exist; whatever the cloud refuses.
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

    /// The organization that stands in for the input `property` of a resource that does not give it, or why it is not known;
    /// `None` if the input is given.
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

    /// Whether the state of the program, if it is on this cloud, shows webhooks of a component that watch another stack than
    /// this one.
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

    /// As [`Context::organization`], for an input `organization` that was not written.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Inputs`] if it is not known.
    pub async fn required_organization(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<String, ResourceError> {
        let found = self.organization(project, stack).await;
        found.map_err(|unknown| unknown.of("organization"))
    }

    /// The stack on the cloud that the program runs for, if there is one and only one that it can be.
    pub async fn home(&self, project: &str, stack: &str) -> Option<StackRef> {
        self.organization.home(&self.cloud, project, stack).await
    }

    /// The organization of the stack that the program runs for.
    ///
    /// # Errors
    ///
    /// Why it is not known, and what to do.
    pub async fn organization(&self, project: &str, stack: &str) -> Result<String, Unknown> {
        self.organization.find(&self.cloud, project, stack).await
    }
}
