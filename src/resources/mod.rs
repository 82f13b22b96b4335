//! What the package offers: a type token leads to a resource here, and an unknown token ends here.
//!
//! # What this may not do
//!
//! See protobuf. Above `rpc`, properties are maps.

pub mod auto_deployer;
pub mod component;
pub mod dependency_graph;
pub mod error;
pub mod functions;
pub mod urn;
pub mod webhook;

use crate::cloud::{Client, CloudError};
use crate::domain::StackRef;
use crate::property::decode::HIDDEN_REASON;
use crate::property::diff::DetailedDiff;
use crate::property::{CheckFailure, Map, Value};
use crate::survey::Survey;
use component::begun::Begun;
use component::declared::Declared;
use error::ResourceError;
use std::collections::BTreeSet;
use tokio::sync::OnceCell;
use urn::Urn;
use webhook::check::Checked;
use webhook::take_over::Adopted;

/// A resource that was made: its id and its outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The id; empty in a preview that cannot tell it.
    pub id: String,
    /// The outputs.
    pub state: Map,
    /// What a person should know about it, a sentence each.
    pub advice: Vec<String>,
}

/// A resource that was found on the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The id.
    pub id: String,
    /// The outputs as they are.
    pub state: Map,
    /// The inputs that would make it as it is.
    pub inputs: Map,
}

/// Whether effects are wanted or only the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview {
    /// No effects, and no calls to the cloud.
    Yes,
    /// For real.
    No,
}

/// The custom resources of one configured provider.
///
/// Each operation takes the URN, whose type decides which resource it is; an unknown type is
/// [`ResourceError::UnknownToken`].
#[derive(Debug)]
pub struct Resources {
    cloud: Client,
    survey: Survey,
    adopted: Adopted,
    begun: Begun,
    organization: OnceCell<Option<String>>,
}

impl Resources {
    /// The resources behind a cloud.
    pub fn new(cloud: Client) -> Resources {
        Resources {
            survey: Survey::new(cloud.clone()),
            cloud,
            adopted: Adopted::default(),
            begun: Begun::default(),
            organization: OnceCell::new(),
        }
    }

    /// Checks the inputs of a resource and fills in defaults. A webhook that closes a cycle with what the program has
    /// declared so far is refused; that one of a component does not is the component's concern.
    ///
    /// # Errors
    ///
    /// The type is unknown; bad inputs are in the answer.
    pub async fn check(
        &self,
        urn: &Urn,
        news: &Map,
        declared: &Declared,
    ) -> Result<Checked, ResourceError> {
        require_webhook(urn.token())?;
        let is_given = news
            .get("organizationName")
            .is_some_and(|given| given.peel().value != Some(&Value::Null));
        let organization = if is_given {
            None
        } else {
            self.organization(urn.project(), urn.stack()).await
        };
        let mut checked = webhook::check::check(news, organization.as_deref());
        let edge = webhook::edge::edge(&checked.inputs).filter(|_| !component::is_around(urn));
        if let Some(Err(refusal)) = edge.map(|edge| declared.declare_webhook(&edge)) {
            let failure = if news.values().any(Value::has_secret) {
                CheckFailure::new("payloadUrl", HIDDEN_REASON)
            } else {
                CheckFailure::new("payloadUrl", refusal.to_string())
            };
            checked.failures.push(failure);
        }
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
        olds: &Map,
        old_inputs: &Map,
        news: &Map,
    ) -> Result<DetailedDiff, ResourceError> {
        require_webhook(urn.token())?;
        Ok(webhook::diff::diff(olds, old_inputs, news))
    }

    /// Makes a resource, or says what it would be.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::create`].
    pub async fn create(
        &self,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        require_webhook(urn.token())?;
        match preview {
            Preview::Yes => Ok(webhook::crud::preview_create(urn, news)),
            Preview::No => {
                if component::is_around(urn) {
                    self.begun.insert(webhook::crud::generated_name(urn));
                }
                webhook::crud::create(&self.cloud, &self.adopted, urn, news).await
            }
        }
    }

    /// Reads a resource as it is on the cloud, or `None` if it is gone. On an import, both maps are empty.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::read`].
    pub async fn read(
        &self,
        urn: &Urn,
        id: &str,
        olds: &Map,
        old_inputs: &Map,
    ) -> Result<Option<Found>, ResourceError> {
        require_webhook(urn.token())?;
        webhook::crud::read(&self.cloud, id, olds, old_inputs).await
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
        (olds, old_inputs): (&Map, &Map),
        news: &Map,
        preview: Preview,
    ) -> Result<Map, ResourceError> {
        require_webhook(urn.token())?;
        match preview {
            Preview::Yes => Ok(webhook::crud::preview_update(olds, old_inputs, news)),
            Preview::No => webhook::crud::update(&self.cloud, id, old_inputs, news).await,
        }
    }

    /// Removes a resource.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::delete`].
    pub async fn delete(&self, urn: &Urn, id: &str) -> Result<(), ResourceError> {
        require_webhook(urn.token())?;
        webhook::crud::delete(&self.cloud, &self.adopted, id).await
    }

    /// Lists the ids and names of the resources of a type that `query` asks for.
    ///
    /// # Errors
    ///
    /// As [`webhook::crud::list`].
    pub async fn list(
        &self,
        token: &str,
        query: &Map,
    ) -> Result<Vec<(String, String)>, ResourceError> {
        require_webhook(token)?;
        webhook::crud::list(&self.cloud, query).await
    }

    /// Calls a function of the package. `program` is what the engine tells of the program: its project and stack.
    ///
    /// # Errors
    ///
    /// As [`functions::call`].
    pub async fn call(
        &self,
        token: &str,
        arguments: &Map,
        program: (&str, &str),
    ) -> Result<Map, ResourceError> {
        functions::call(self, token, arguments, program).await
    }

    /// The webhooks of components that were made since the provider was configured.
    pub fn begun(&self) -> &Begun {
        &self.begun
    }

    /// Facts about stacks on the cloud, each asked once for this configuration.
    pub fn survey(&self) -> &Survey {
        &self.survey
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
        })?;
        Ok(found.iter().cloned().collect())
    }

    /// The organization of the stack that the program runs for, asked once in a process.
    ///
    /// The engine does not tell a custom resource; the cloud knows the stack by its project and name. If it knows
    /// several, or none because the state is elsewhere, the default organization of the token's user stands in, as it
    /// does for the Pulumi CLI. `None` if the cloud does not tell.
    pub async fn organization(&self, project: &str, stack: &str) -> Option<String> {
        let found = self
            .organization
            .get_or_try_init(|| self.ask_for_organization(project, stack))
            .await;
        found
            .unwrap_or_else(|error| {
                tracing::warn!("the organization of this program could not be found: {error}");
                &None
            })
            .clone()
    }

    async fn ask_for_organization(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<Option<String>, CloudError> {
        let organizations = self.cloud.organizations_of_stack(project, stack).await?;
        match organizations.as_slice() {
            [only] => Ok(Some(only.clone())),
            _ => self.cloud.default_organization().await,
        }
    }
}

fn require_webhook(token: &str) -> Result<(), ResourceError> {
    if token == webhook::TOKEN {
        return Ok(());
    }
    Err(ResourceError::UnknownToken {
        kind: "resource",
        token: token.to_owned(),
    })
}
