//! The organization of the program's stack, for a program that names none.
//!
//! The engine sends it only to components. For everything else, the environment and the cloud are asked, and the answer is
//! used only if it is unambiguous: a webhook in the wrong organization starts stacks there, and none where it was wanted.
//!
//! # What this may not do
//!
//! Guess silently.

use crate::cloud::{Client, CloudError};
use crate::config::{NO_ORGANIZATION, Organizations};
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::property::{CheckFailure, Map, Value};
use crate::resources::error::ResourceError;
use crate::words::enumerated;
use std::sync::{Mutex, OnceLock};
use tokio::sync::OnceCell;

/// Why the organization of a program is unknown; completes "`organizationName` …".
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unknown {
    /// Several organizations have such a stack.
    #[error(
        "is required: the organizations {} each have a stack `{program}`, and the engine does not say which one this program \
         runs in", named(.organizations)
    )]
    Several {
        /// `project/stack`.
        program: String,
        /// The organizations, at least two.
        organizations: Vec<String>,
    },
    /// None has, although one must.
    #[error(
        "is required: {cloud} shows no stack `{program}` to this access token, so the organization that this program runs in \
         is not known"
    )]
    None {
        /// `project/stack`.
        program: String,
        /// The cloud.
        cloud: String,
    },
    /// The state is not in a Pulumi Cloud, and there is no default organization.
    #[error(
        "is required: the state of this program is in no Pulumi Cloud and so in no organization, and the user of the access \
         token has no default one"
    )]
    NoDefault,
    /// The request failed.
    #[error("is required, because the organization of this program could not be found: {0}")]
    Cloud(#[from] CloudError),
}

impl Unknown {
    /// The failure of the property that names the organization.
    pub fn of(&self, property: &str) -> ResourceError {
        ResourceError::Inputs(vec![CheckFailure::new(property, self.to_string())])
    }
}

/// Finds the organization of the program that a process serves.
#[derive(Debug)]
pub struct ProgramOrganization {
    around: Organizations,
    /// The organizations that have the program's stack.
    owners: OnceCell<Vec<String>>,
    /// The stack that the engine sent with a component.
    told: OnceLock<StackRef>,
    /// The default organization of the token's user.
    default: OnceCell<Option<String>>,
    advice: Mutex<Advice>,
}

#[derive(Debug, Default)]
enum Advice {
    #[default]
    None,
    Given(String),
    Taken,
}

/// The combined answer of environment and cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is this one.
    Is(String),
    /// It is this one, if the setting is right. The user is told.
    Said(String),
    /// It may be any of these.
    Several,
    /// There must be one, but none is visible.
    None,
}

impl ProgramOrganization {
    /// Begins with the environment alone.
    pub fn new(around: Organizations) -> ProgramOrganization {
        ProgramOrganization {
            around,
            owners: OnceCell::new(),
            told: OnceLock::new(),
            default: OnceCell::new(),
            advice: Mutex::default(),
        }
    }

    /// The organization. The cloud is asked at most once per process.
    pub async fn find(
        &self,
        cloud: &Client,
        project: &str,
        stack: &str,
    ) -> Result<String, Unknown> {
        if let Some(known) = in_deployment(&self.around, project, stack) {
            return Ok(known.to_owned());
        }
        if self.around.is_self_managed {
            return self.stand_in(cloud).await;
        }
        let owners = self.with_stack(cloud, project, stack).await?;
        let program = format!("{project}/{stack}");
        match decide(&self.around, owners) {
            Verdict::Is(organization) => Ok(organization),
            Verdict::Said(organization) => {
                let why = match owners.len() {
                    0 => format!(
                        "{} shows no stack `{program}` to this access token",
                        cloud.cloud()
                    ),
                    _ => format!(
                        "the organizations {} each have a stack `{program}`",
                        named(owners)
                    ),
                };
                self.advise(format!(
                    "`{organization}` is used as this program's organization, because PULUMI_DEFAULT_ORGANIZATION \
                     names it: {why}, and the engine does not say which one this program runs in; name the \
                     organization in the program to be sure"
                ));
                Ok(organization)
            }
            Verdict::Several => Err(Unknown::Several {
                program,
                organizations: owners.clone(),
            }),
            Verdict::None => Err(Unknown::None {
                program,
                cloud: cloud.cloud(),
            }),
        }
    }

    /// The organizations that may have the program's state on this cloud; none if it is not in a Pulumi Cloud.
    pub async fn owners(
        &self,
        cloud: &Client,
        project: &str,
        stack: &str,
    ) -> Result<Vec<String>, CloudError> {
        if let Some(known) = in_deployment(&self.around, project, stack) {
            return Ok(vec![known.to_owned()]);
        }
        if self.around.is_self_managed {
            return Ok(Vec::new());
        }
        self.with_stack(cloud, project, stack).await.cloned()
    }

    /// The program's own stack: the one that the engine sent, or else the only one that it can be.
    pub async fn home(&self, cloud: &Client, project: &str, stack: &str) -> Option<StackRef> {
        if let Some(told) = self.told.get() {
            return Some(told.clone());
        }
        match self.owners(cloud, project, stack).await.ok()?.as_slice() {
            [owner] => StackRef::new(owner, project, stack).ok(),
            _ => None,
        }
    }

    /// Whether the program's state is not in a Pulumi Cloud; `told` is the organization that the engine sends, which is
    /// empty before 3.233.
    fn is_nowhere(&self, told: &str) -> bool {
        match told {
            "" => self.around.is_self_managed,
            told => told == NO_ORGANIZATION,
        }
    }

    /// Stores the program's own stack, which the engine sends with a component.
    pub fn tell(&self, home: StackRef) {
        // It is the same for all components.
        let _ = self.told.set(home);
    }

    /// Whether a stack is that of the program, as far as known without a request.
    pub fn is_home(&self, program: &Urn, stack: &StackRef) -> bool {
        let is_alike = program.project() == stack.project() && program.stack() == stack.stack();
        if !is_alike || self.around.is_self_managed {
            return false;
        }
        if let Some(told) = self.told.get() {
            return told == stack;
        }
        match in_deployment(&self.around, stack.project(), stack.stack()) {
            Some(organization) => organization == stack.organization(),
            None => {
                matches!(self.owners.get().map(Vec::as_slice), Some([only]) if only == stack.organization())
            }
        }
    }

    /// The organizations that have the program's stack.
    async fn with_stack(
        &self,
        cloud: &Client,
        project: &str,
        stack: &str,
    ) -> Result<&Vec<String>, CloudError> {
        let owners = || cloud.organizations_of_stack(project, stack);
        self.owners.get_or_try_init(owners).await
    }

    /// The organization if the state is not in a Pulumi Cloud: the default one, as the Pulumi CLI finds it.
    pub async fn stand_in(&self, cloud: &Client) -> Result<String, Unknown> {
        if let Some(here) = self.around.default_here() {
            return Ok(here.to_owned());
        }
        let default = self
            .default
            .get_or_try_init(|| cloud.default_organization())
            .await?;
        default.clone().ok_or(Unknown::NoDefault)
    }

    /// Advice about the organization that was chosen; only once.
    pub fn take_advice(&self) -> Option<String> {
        let mut advice = self
            .advice
            .lock()
            .expect("nobody panics while holding this lock");
        match std::mem::replace(&mut *advice, Advice::Taken) {
            Advice::Given(text) => Some(text),
            Advice::Taken => None,
            Advice::None => {
                *advice = Advice::None;
                None
            }
        }
    }

    /// Removes the word for "no organization" from the inputs of a program. On a self-managed backend, programs get this
    /// word when they ask for their organization.
    pub fn meant(&self, given: &Map, property: &str) -> Map {
        self.meant_where(given.clone(), property, "")
    }

    /// Like [`ProgramOrganization::meant`], where the engine sends an organization; `told` is empty if it sends none.
    pub fn meant_where(&self, mut given: Map, property: &str, told: &str) -> Map {
        let is_none = given
            .get(property)
            .is_some_and(|given| given.peel().value == Some(&Value::from(NO_ORGANIZATION)));
        if is_none && self.is_nowhere(told) {
            given.remove(property);
        }
        given
    }

    fn advise(&self, text: String) {
        let mut advice = self
            .advice
            .lock()
            .expect("nobody panics while holding this lock");
        if matches!(*advice, Advice::None) {
            *advice = Advice::Given(text);
        }
    }
}

/// The organization of the deployment that runs this process, if it is the program's.
fn in_deployment<'a>(around: &'a Organizations, project: &str, stack: &str) -> Option<&'a str> {
    let deployed = around.deployment.as_ref()?;
    let is_ours = deployed.project() == project && deployed.stack() == stack;
    is_ours.then(|| deployed.organization())
}

/// `` `acme` and `corp` ``.
fn named(organizations: &[String]) -> String {
    enumerated(
        organizations
            .iter()
            .map(|name| format!("`{name}`"))
            .collect(),
        "and",
    )
}

/// Decides from the organizations that have a stack with the program's name.
fn decide(around: &Organizations, owners: &[String]) -> Verdict {
    let said = around
        .variable
        .as_ref()
        .filter(|said| owners.is_empty() || owners.contains(said));
    match (owners, said) {
        ([only], _) => Verdict::Is(only.clone()),
        (_, Some(said)) => Verdict::Said(said.clone()),
        ([], None) => Verdict::None,
        (_, None) => Verdict::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn one_owner_is_the_one_whatever_the_default_is() {
        let around = Organizations {
            variable: Some("local".to_owned()),
            stored: Some("local".to_owned()),
            ..Organizations::default()
        };
        assert_eq!(
            decide(&around, &owners(&["corp"])),
            Verdict::Is("corp".to_owned())
        );
    }

    #[test]
    fn of_several_none_is_taken_without_a_word() {
        let both = owners(&["acme", "corp"]);
        let mut around = Organizations {
            stored: Some("acme".to_owned()),
            ..Organizations::default()
        };
        assert_eq!(decide(&around, &both), Verdict::Several);
        around.variable = Some("corp".to_owned());
        assert_eq!(decide(&around, &both), Verdict::Said("corp".to_owned()));
        around.variable = Some("third".to_owned());
        assert_eq!(
            decide(&around, &both),
            Verdict::Several,
            "it is none of them"
        );
    }

    #[test]
    fn of_none_the_default_is_not_taken_without_a_word() {
        let mut around = Organizations {
            stored: Some("acme".to_owned()),
            ..Organizations::default()
        };
        assert_eq!(decide(&around, &[]), Verdict::None);
        around.variable = Some("corp".to_owned());
        assert_eq!(decide(&around, &[]), Verdict::Said("corp".to_owned()));
    }

    #[test]
    fn a_deployment_knows_its_own_program() {
        let around = Organizations {
            deployment: StackRef::new("corp", "wiring", "prod").ok(),
            ..Organizations::default()
        };
        let program = |project, stack| in_deployment(&around, project, stack);
        assert_eq!(program("wiring", "prod"), Some("corp"));
        assert_eq!(
            (program("wiring", "dev"), program("other", "prod")),
            (None, None)
        );
    }
}
