//! What the package offers: a type token leads to a resource here, and an unknown token ends here.
//!
//! # What this may not do
//!
//! See protobuf. Above `rpc`, properties are maps.

pub mod auto_deployer;
pub mod component;
pub mod context;
pub mod dependency_graph;
pub mod error;
pub mod functions;
pub mod organization;
pub mod outcome;
pub mod tokens;
pub mod webhook;

use crate::cloud::Client;
use crate::config::Organizations;
use crate::engine::urn::Urn;
use crate::property::decode::HIDDEN_REASON;
use crate::property::diff::DetailedDiff;
use crate::property::{CheckFailure, Map, Value};
use auto_deployer::plan::Discovery;
use component::construct::{self, Constructed, Surroundings, Told};
use component::kind::{Kind, is_around};
use component::plan::Plan;
use component::programs::Programs;
use component::request::Construct;
use context::Context;
use error::ResourceError;
use outcome::{Found, Listed, Made, Olds, Preview};
use webhook::check::Checked;

/// The resources and functions of one configured provider.
///
/// Each operation takes the URN, whose type decides which resource it is; an unknown type is
/// [`ResourceError::UnknownToken`].
#[derive(Debug)]
pub struct Resources {
    context: Context,
}

impl Resources {
    /// The resources behind a cloud. `organizations` is what the surroundings say about those on it.
    pub fn new(cloud: Client, organizations: Organizations) -> Resources {
        Resources {
            context: Context::new(cloud, organizations),
        }
    }

    /// Checks the inputs of a resource and fills in defaults; `olds` are those of the last time, empty if there are none. A
    /// webhook that closes a cycle with what the program has declared so far is refused; that one of a component does not is
    /// the component's concern.
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
        programs: &Programs,
    ) -> Result<Checked, ResourceError> {
        require_webhook(urn.token())?;
        let news = &self.context.organization.meant(news, "organizationName");
        let is_given = news
            .get("organizationName")
            .is_some_and(|given| !given.is_null());
        let organization = if is_given {
            None
        } else {
            let found = self.context.organization(urn.project(), urn.stack());
            let found = found.await;
            Some(found.map_err(|unknown| unknown.to_string()))
        };
        let mut checked = webhook::check::check(olds, news, organization.as_ref());
        webhook::name::put(&mut checked.inputs, olds, seed, urn);
        let edge = webhook::edge::edge(&checked.inputs).filter(|_| !is_around(urn));
        if let Some(Err(refusal)) = edge.map(|edge| programs.declare_webhook(&edge)) {
            let failure = if news.values().any(Value::has_secret) {
                CheckFailure::new("payloadUrl", HIDDEN_REASON)
            } else {
                CheckFailure::new("payloadUrl", refusal.to_string())
            };
            checked.failures.push(failure);
        }
        self.context.holders.checked(urn, olds, &checked.inputs);
        Ok(checked)
    }

    /// Compares new inputs with those of the last success.
    ///
    /// # Errors
    ///
    /// The type is unknown.
    pub fn diff(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
    ) -> Result<DetailedDiff, ResourceError> {
        require_webhook(urn.token())?;
        let found = webhook::diff::diff(olds, news);
        let replaces = found.values().any(|diff| diff.replaces);
        self.context.holders.diffed(urn, id, replaces);
        Ok(found)
    }

    /// Makes a resource, or says what it would be.
    ///
    /// # Errors
    ///
    /// As [`webhook::create::create`].
    pub async fn create(
        &self,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        require_webhook(urn.token())?;
        match preview {
            Preview::Yes => Ok(webhook::crud::preview_create(news)),
            Preview::No => {
                if let Some(name) = webhook::name::generated(news).filter(|_| is_around(urn)) {
                    self.context.begun.insert(name);
                }
                webhook::create::create(self.context.around(), urn, news).await
            }
        }
    }

    /// Reads a resource as it is on the cloud, or `None` if it is gone. On an import there are no `olds`.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::read`].
    pub async fn read(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError> {
        require_webhook(urn.token())?;
        self.context.holders.read(urn);
        webhook::crud::read(&self.context.cloud, id, olds).await
    }

    /// Changes a resource, or says what it would become.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::update`].
    pub async fn update(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Map, ResourceError> {
        require_webhook(urn.token())?;
        match preview {
            Preview::Yes => Ok(webhook::crud::preview_update(olds, news)),
            Preview::No => {
                self.context.holders.made(urn, id);
                webhook::crud::update(&self.context.cloud, urn, id, olds, news).await
            }
        }
    }

    /// Removes a resource.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::delete`].
    pub async fn delete(&self, urn: &Urn, id: &str) -> Result<(), ResourceError> {
        require_webhook(urn.token())?;
        webhook::crud::delete(&self.context.cloud, &self.context.holders, urn, id).await
    }

    /// Lists the resources of a type that `query` asks for.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::list`].
    pub async fn list(&self, token: &str, query: &Map) -> Result<Vec<Listed>, ResourceError> {
        require_webhook(token)?;
        webhook::crud::list(&self.context.cloud, query).await
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
        wanted: Construct,
        told: Told<'_>,
    ) -> Result<Constructed, ResourceError> {
        let plan = self.plan(&wanted).await?;
        let around = Surroundings {
            told,
            survey: &self.context.survey,
            begun: &self.context.begun,
        };
        construct::construct(&wanted, &plan, around).await
    }

    /// What a component amounts to.
    async fn plan(&self, construct: &Construct) -> Result<Plan, ResourceError> {
        let request = &construct.request;
        let plan = match construct.kind {
            Kind::AutoDeployer => {
                let discovery = match auto_deployer::plan::wanted(request) {
                    Ok(stack) => Discovery::Known(self.context.downstream_stacks(&stack).await?),
                    Err(nothing_to_look_for) => nothing_to_look_for,
                };
                auto_deployer::plan::plan(request, &discovery)
            }
            Kind::DependencyGraph => dependency_graph::plan::plan(request),
        };
        plan.map_err(ResourceError::Inputs)
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

    /// What the user is to be told about the organization that was taken for the program's; once.
    pub fn take_advice(&self) -> Option<String> {
        self.context.organization.take_advice()
    }
}

fn require_webhook(token: &str) -> Result<(), ResourceError> {
    if token == tokens::WEBHOOK {
        return Ok(());
    }
    if let Some(kind) = Kind::of(token) {
        return Err(ResourceError::Component { kind: kind.name() });
    }
    Err(ResourceError::UnknownToken {
        kind: "resource",
        token: token.to_owned(),
    })
}
