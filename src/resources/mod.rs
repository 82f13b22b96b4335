//! What the package offers: custom resources, components and functions.
//!
//! # What this may not do
//!
//! See protobuf. Above `rpc`, properties are maps.

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
/// Each operation takes the URN, whose type decides which resource it is; an unknown type is
/// [`ResourceError::UnknownToken`].
#[derive(Debug)]
pub struct Resources {
    context: Context,
}

impl Resources {
    /// The resources behind a cloud. `organizations` is what the surroundings say about those on it, `programs` what the
    /// programs declare that this process serves, `provider` this provider's own reference, `urn::id`.
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

    /// Checks the inputs of a resource and fills in defaults; `olds` are those of the last time, empty if there are none.
    ///
    /// # Errors
    ///
    /// The type is unknown; bad inputs are in the answer.
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

    /// Compares new inputs with what there is after the last success. `ignored` are the paths that the program wants no
    /// change of.
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

    /// Makes a resource, or says what it would be.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::create::create`], and as a join has it.
    pub async fn create(
        &self,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        let resource = custom::of(urn.token())?;
        resource.create(&self.context, urn, news, preview).await
    }

    /// Reads a resource as it is on the cloud, or `None` if it is gone. On an import there are no `olds`.
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

    /// Changes a resource, or says what it would become.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::update`], and as a join has it.
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

    /// Removes a resource.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::delete`].
    pub async fn delete(&self, urn: &Urn, id: &str) -> Result<(), ResourceError> {
        let resource = custom::of(urn.token())?;
        resource.delete(&self.context, urn, id).await
    }

    /// Lists the resources of a type that `query` asks for.
    ///
    /// # Errors
    ///
    /// The type is unknown; as [`webhook::crud::list`].
    pub async fn list(&self, token: &str, query: &Map) -> Result<Vec<Listed>, ResourceError> {
        custom::of(token)?.list(&self.context, query).await
    }

    /// Calls a function of the package. The engine does not tell for which program it asks; `provider`, this provider's own
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

    /// Builds a component.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Inputs`] for inputs that cannot be right, before anything is registered; what the engine answers;
    /// what the cloud answers, if the program wants something looked for there.
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

    /// What a component amounts to.
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

    /// The stacks that an `AutoDeployer` finds behind its own. One that is not there has none, and the webhooks that
    /// watched it are gone with it. Where the component still has some on another stack, the name is a slip, and to go on
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

    /// The organization that stands in for a program whose state is in no Pulumi Cloud.
    ///
    /// # Errors
    ///
    /// There is none, or the cloud does not answer.
    pub async fn default_organization(&self) -> Result<String, ResourceError> {
        let context = &self.context;
        let found = context.organization.stand_in(&context.cloud).await;
        found.map_err(|unknown| unknown.of("organization"))
    }

    /// What a component is given, without the word that stands for "no organization"; `told` is the organization that the
    /// engine tells.
    pub fn meant(&self, given: Map, told: &str) -> Map {
        let organization = &self.context.organization;
        organization.meant_where(given, "organization", told)
    }

    /// What to tell the user about the organization that was chosen as the program's; once.
    pub fn take_advice(&self) -> Option<String> {
        self.context.organization.take_advice()
    }
}
