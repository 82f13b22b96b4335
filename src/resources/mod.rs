//! The package's custom resources, components and functions.
//!
//! # What this may not do
//!
//! See protobuf: above `rpc`, properties are maps.

pub mod auto_deployer;
pub mod component;
pub mod context;
mod custom;
pub mod dependency_graph;
pub mod error;
pub mod functions;
pub mod join;
pub mod organization;
pub mod outcome;
pub mod schedule;
mod stack_names;
pub mod tokens;
pub mod webhook;

use crate::cloud::Client;
use crate::config::Organizations;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::property::Map;
use auto_deployer::plan::Discovery;
use component::construct::{self, Constructed, Surroundings, Told};
use component::kind::Kind;
use component::plan::Plan;
use component::programs::Programs;
use component::request::Construct;
use context::Context;
use error::ResourceError;
use outcome::{Changed, Checked, Compared, Found, Listed, Made, Olds, Preview};
use std::sync::Arc;

/// The resources and functions of one configured provider.
///
/// Each operation takes the URN, whose type selects the resource; an unknown type is [`ResourceError::UnknownToken`].
#[derive(Debug)]
pub struct Resources {
    context: Context,
}

impl Resources {
    /// The resources for a cloud. `organizations` is what the environment says about organizations on it, `programs` the
    /// declarations of the programs that this process serves, and `provider` this provider's own reference, `urn::id`.
    pub fn new(
        cloud: Client,
        organizations: Organizations,
        programs: Arc<Programs>,
        provider: String,
    ) -> Resources {
        Resources {
            context: Context::new(cloud, organizations, programs, provider),
        }
    }

    /// Checks the inputs of a resource and adds defaults; `olds` are those of the last operation, empty if there are none.
    ///
    /// # Errors
    ///
    /// The type is unknown. Invalid inputs are part of the result.
    pub async fn check(
        &self,
        urn: &Urn,
        olds: &Map,
        news: &Map,
        seed: &[u8],
    ) -> Result<Checked, ResourceError> {
        let resource = custom::of(urn.token())?;
        resource.check(&self.context, urn, olds, news, seed).await
    }

    /// Compares new inputs with the resource after its last successful operation. `ignored` are the paths whose changes the
    /// program ignores.
    ///
    /// # Errors
    ///
    /// The type is unknown.
    pub async fn diff(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        ignored: &[String],
    ) -> Result<Compared, ResourceError> {
        let resource = custom::of(urn.token())?;
        let context = &self.context;
        resource.diff(context, urn, id, olds, news, ignored).await
    }

    /// Creates a resource, or predicts its outputs.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::create::create`]; errors of a join.
    pub async fn create(
        &self,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        let resource = custom::of(urn.token())?;
        resource.create(&self.context, urn, news, preview).await
    }

    /// Reads a resource on the cloud; `None` if it does not exist. In an import there are no `olds`.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::read`]; [`ResourceError::NothingToImport`] for a join.
    pub async fn read(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError> {
        let resource = custom::of(urn.token())?;
        resource.read(&self.context, urn, id, olds).await
    }

    /// Updates a resource, or predicts its outputs.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::update`]; errors of a join.
    pub async fn update(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Changed, ResourceError> {
        let resource = custom::of(urn.token())?;
        let context = &self.context;
        resource.update(context, urn, id, olds, news, preview).await
    }

    /// Deletes a resource.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::delete`].
    pub async fn delete(&self, urn: &Urn, id: &str) -> Result<(), ResourceError> {
        let resource = custom::of(urn.token())?;
        resource.delete(&self.context, urn, id).await
    }

    /// Lists the resources of a type that match `query`.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::list`].
    pub async fn list(&self, token: &str, query: &Map) -> Result<Vec<Listed>, ResourceError> {
        custom::of(token)?.list(&self.context, query).await
    }

    /// Calls a function of the package. The engine does not say which program calls it; `provider`, this provider's own
    /// URN, does.
    ///
    /// # Errors
    ///
    /// As [`functions::call`].
    pub async fn call(
        &self,
        token: &str,
        arguments: &Map,
        provider: &Urn,
    ) -> Result<Map, ResourceError> {
        let arguments = &self.context.organization.meant(arguments, "organization");
        functions::call(&self.context, token, arguments, provider).await
    }

    /// Constructs a component.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Inputs`] for invalid inputs, before anything is registered; errors of the engine; errors of the
    /// cloud, if the program asks for discovery.
    pub async fn construct(
        &self,
        mut wanted: Construct,
        told: Told<'_>,
    ) -> Result<Constructed, ResourceError> {
        let origin = &mut wanted.request.origin;
        match &origin.home {
            Some(home) => self.context.organization.tell(home.clone()),
            None => origin.home = self.context.home(&origin.project, &origin.stack).await,
        }
        let plan = self.plan(&wanted).await?;
        if let Some(max_starts) = plan.joined.as_ref().and_then(|joined| joined.max_starts) {
            self.context.joins.bound(max_starts);
        }
        let around = Surroundings {
            told,
            survey: &self.context.survey,
            begun: &self.context.begun,
            owed: &self.context.owed,
            strict: &self.context.strict,
        };
        construct::construct(&wanted, plan, around).await
    }

    /// The plan of a component.
    async fn plan(&self, construct: &Construct) -> Result<Plan, ResourceError> {
        let request = &construct.request;
        let plan = match construct.kind {
            Kind::AutoDeployer => {
                let discovery = match auto_deployer::plan::wanted(request) {
                    Ok(stack) => self.discovered(construct, &stack).await?,
                    Err(nothing_to_look_for) => nothing_to_look_for,
                };
                auto_deployer::plan::plan(request, &discovery)
            }
            Kind::DependencyGraph => dependency_graph::plan::plan(request),
        };
        plan.map_err(ResourceError::Inputs)
    }

    /// The stacks that an `AutoDeployer` discovers downstream of its own. A missing stack has none, and its webhooks were
    /// deleted with it. If the component still has webhooks on another stack, the name is probably a typo, and continuing
    /// would delete them.
    async fn discovered(
        &self,
        construct: &Construct,
        stack: &StackRef,
    ) -> Result<Discovery, ResourceError> {
        match self.context.downstream_stacks(stack).await {
            Ok(found) => Ok(Discovery::Known(found)),
            Err(missing @ ResourceError::NoSuchStack { .. }) => {
                let component = Urn::new(construct.urn());
                let origin = &construct.request.origin;
                let home = origin.home.as_ref();
                let is_slip = self.context.has_webhooks_elsewhere(home, &component, stack);
                if is_slip.await {
                    return Err(missing);
                }
                Ok(Discovery::Missing)
            }
            Err(error) => Err(error),
        }
    }

    /// The organization of a program; see [`Context::required_organization`].
    ///
    /// # Errors
    ///
    /// As [`Context::required_organization`].
    pub async fn organization(&self, project: &str, stack: &str) -> Result<String, ResourceError> {
        self.context.required_organization(project, stack).await
    }

    /// The organization for a program whose state is not in a Pulumi Cloud.
    ///
    /// # Errors
    ///
    /// There is none, or the cloud does not answer.
    pub async fn default_organization(&self) -> Result<String, ResourceError> {
        let context = &self.context;
        let found = context.organization.stand_in(&context.cloud).await;
        found.map_err(|unknown| unknown.of("organization"))
    }

    /// The inputs of a component without the word for "no organization"; `told` is the organization that the engine sends.
    pub fn meant(&self, given: Map, told: &str) -> Map {
        let organization = &self.context.organization;
        organization.meant_where(given, "organization", told)
    }

    /// Advice about the organization that was chosen for the program; only once.
    pub fn take_advice(&self) -> Option<String> {
        self.context.organization.take_advice()
    }
}
