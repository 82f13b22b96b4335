//! The decision: which cloud and which token.
//!
//! # What this may not do
//!
//! Read anything: every fact is an argument.

use super::address::{Address, Backend, Named, PULUMI_CLOUD, check_api_url};
use super::asker::Asker;
use super::environment::Environment;
use super::failure::ConfigFailure;
use super::login::{Unreadable, is_token};
use super::organization::Organizations;
use super::project::Project;
use super::token::TokenSource;
use crate::cloud::{Endpoint, Route, Token};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// The provider's configuration. The command has none.
#[derive(Clone, Debug, Default)]
pub struct Explicit {
    /// `auto-deploy:accessToken`.
    pub access_token: Option<SecretString>,
    /// `auto-deploy:apiUrl`.
    pub api_url: Option<String>,
    /// Where both were read from.
    pub origin: Origin,
}

/// Where the provider's configuration was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// From the running program, or the configuration of its stack.
    #[default]
    Program,
    /// From the stack's state, which has the configuration of its last update.
    State,
}

/// Access to a cloud.
#[derive(Clone, Debug)]
pub struct Access {
    /// The cloud, and the token for it.
    pub endpoint: Endpoint,
    /// What the environment says about organizations there.
    pub organizations: Organizations,
}

/// A place that may name an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// `auto-deploy:apiUrl`.
    Configuration,
    /// `PULUMI_BACKEND_URL`, or else `backend.url` of the project.
    Settings,
    /// `PULUMI_API`.
    Api,
    /// The last login, unless one of the settings is present.
    Login,
}

/// The places that may name an address, in order of precedence. The last resort is Pulumi Cloud.
fn order(asker: Asker) -> [Step; 4] {
    match asker {
        // The `PULUMI_API` that the CLI passes stands for its login. The settings before it do not change that; they are
        // for CLIs before 3.247.
        Asker::Plugin => [Step::Configuration, Step::Settings, Step::Api, Step::Login],
        Asker::Command => [Step::Configuration, Step::Settings, Step::Login, Step::Api],
    }
}

/// Decides which cloud and which token to use.
///
/// The token is the first of the configuration, `PULUMI_ACCESS_TOKEN`, and the stored login for this address.
///
/// # Errors
///
/// [`ConfigFailure`], one sentence that says what to set.
pub fn resolve(
    asker: Asker,
    explicit: &Explicit,
    environment: &Environment,
) -> Result<Access, ConfigFailure> {
    let question = Question {
        asker,
        explicit,
        environment,
    };
    let address = question.address()?;
    question.refuse_helper(&address)?;
    let token = question.token(&address)?;
    Ok(Access {
        organizations: Organizations {
            deployment: environment.deployment.clone(),
            variable: environment.default_organization.clone(),
            stored: environment
                .defaults
                .organization(&address.url)
                .map(str::to_owned),
            is_self_managed: question.is_self_managed(),
        },
        endpoint: Endpoint {
            named: address.named.to_string(),
            route: Route {
                proxy: environment.proxies.on_the_way_to(&address.url),
                is_insecure: environment.login.is_insecure(&address.url),
            },
            url: address.url,
            token,
        },
    })
}

struct Question<'a> {
    asker: Asker,
    explicit: &'a Explicit,
    environment: &'a Environment,
}

impl Question<'_> {
    fn address(&self) -> Result<Address, ConfigFailure> {
        for step in order(self.asker) {
            if let Some(address) = self.address_at(step)? {
                return Ok(address);
            }
        }
        if self.is_self_managed() && self.given_token().is_none() {
            return Err(ConfigFailure::NoCloud { asker: self.asker });
        }
        Ok(Address {
            url: Url::parse(PULUMI_CLOUD).expect("it is one"),
            named: Named::Default,
        })
    }

    fn address_at(&self, step: Step) -> Result<Option<Address>, ConfigFailure> {
        let found = match step {
            Step::Configuration => {
                let named = match self.explicit.origin {
                    Origin::Program => Named::Configuration,
                    Origin::State => Named::State,
                };
                self.explicit.api_url.as_deref().map(|text| (text, named))
            }
            Step::Settings => return Ok(self.settings()?.and_then(Setting::cloud)),
            Step::Api => {
                let named = match self.asker {
                    Asker::Plugin if !self.is_self_managed() => Named::Engine,
                    _ => Named::Api,
                };
                self.environment.api.as_deref().map(|text| (text, named))
            }
            Step::Login if self.settings()?.is_none() => {
                return Ok(self.login()?.and_then(Setting::cloud));
            }
            Step::Login => None,
        };
        let Some((text, named)) = found.filter(|(text, _)| !text.is_empty()) else {
            return Ok(None);
        };
        let url = check_api_url(text).map_err(|reason| ConfigFailure::Address {
            source: source(&named),
            reason,
        })?;
        Ok(Some(Address { url, named }))
    }

    /// The backend that `PULUMI_BACKEND_URL` names, or else the project.
    fn settings(&self) -> Result<Option<Setting>, ConfigFailure> {
        if let Some(text) = &self.environment.backend_url {
            return Setting::read(text, Named::BackendUrl).map(Some);
        }
        match &self.environment.project {
            Project::Silent => Ok(None),
            Project::Names { path, backend } => {
                Setting::read(backend, Named::Project(path.clone())).map(Some)
            }
            // The CLI that started us could read it, and its answer is in the environment.
            Project::Unreadable { .. }
                if self.asker == Asker::Plugin && self.environment.api.is_some() =>
            {
                Ok(None)
            }
            Project::Unreadable { path, reason } => Err(ConfigFailure::UnreadableProject {
                path: path.clone(),
                reason: reason.clone(),
            }),
        }
    }

    /// The backend of the last login.
    fn login(&self) -> Result<Option<Setting>, ConfigFailure> {
        let asker = self.asker;
        let current = self.environment.login.current().map_err(|unreadable| {
            let Unreadable { path, reason } = unreadable.clone();
            ConfigFailure::UnreadableLogin {
                path,
                reason,
                asker,
            }
        })?;
        current
            .map(|text| Setting::read(text, Named::Login))
            .transpose()
    }

    /// Whether the program's state is known not to be in a Pulumi Cloud.
    fn is_self_managed(&self) -> bool {
        let current = match self.settings() {
            Ok(None) => self.login(),
            settings => settings,
        };
        matches!(
            current,
            Ok(Some(Setting {
                backend: Backend::SelfManaged,
                ..
            }))
        )
    }

    /// The answer of a helper would take precedence over every login except one that names both the cloud and the token.
    fn refuse_helper(&self, address: &Address) -> Result<(), ConfigFailure> {
        let is_set = matches!(address.named, Named::BackendUrl | Named::Project(_));
        match &self.environment.helper {
            Some(helper)
                if self.asker == Asker::Command
                    && !(is_set && self.environment.access_token.is_some()) =>
            {
                Err(ConfigFailure::Helper {
                    path: helper.path.clone(),
                    named: helper.named,
                })
            }
            _ => Ok(()),
        }
    }

    /// The token that is set for any cloud.
    fn given_token(&self) -> Option<(&SecretString, TokenSource)> {
        let explicit = self.explicit.access_token.as_ref().map(|token| {
            let source = match self.explicit.origin {
                Origin::Program => TokenSource::Configuration,
                Origin::State => TokenSource::State,
            };
            (token, source)
        });
        let variable = self.environment.access_token.as_ref().map(|token| {
            let is_the_engines = self.asker == Asker::Plugin && !self.is_self_managed();
            let source = if is_the_engines {
                TokenSource::Engine
            } else {
                TokenSource::Variable
            };
            (token, source)
        });
        let mut given = explicit.into_iter().chain(variable);
        given.find(|(token, _)| !token.expose_secret().is_empty())
    }

    fn token(&self, address: &Address) -> Result<Token, ConfigFailure> {
        let login = &self.environment.login;
        let (secret, source) = match self.given_token() {
            Some((token, source)) => (token.clone(), source),
            None => match login.token(&address.url) {
                Ok(Some(token)) => (token, TokenSource::Login),
                Ok(None) => return Err(self.no_token(address)),
                Err(Unreadable { path, reason }) => {
                    return Err(ConfigFailure::NoReadableToken {
                        cloud: address.to_string(),
                        path: path.clone(),
                        reason: reason.clone(),
                        asker: self.asker,
                    });
                }
            },
        };
        if !is_token(&secret) {
            return Err(ConfigFailure::OddToken {
                source: source.name(),
            });
        }
        let renewal = source
            .is_renewed()
            .then(|| login.renewal(&address.url))
            .flatten();
        Ok(Token {
            secret,
            origin: source.origin().to_owned(),
            cure: source.cure(address.text()),
            renewal,
        })
    }

    /// Why there is no token for this cloud.
    fn no_token(&self, address: &Address) -> ConfigFailure {
        let (cloud, asker) = (address.to_string(), self.asker);
        if self.environment.login.is_renewable(&address.url) {
            return ConfigFailure::Expired { cloud, asker };
        }
        match &self.environment.helper {
            // The CLI passes its token if it works with a cloud and has one.
            Some(helper) if asker == Asker::Plugin && !self.is_self_managed() => {
                ConfigFailure::HelperWithoutToken {
                    cloud,
                    path: helper.path.clone(),
                    named: helper.named,
                }
            }
            _ => ConfigFailure::NoToken {
                cloud,
                url: address.text().to_owned(),
                asker,
            },
        }
    }
}

/// A backend, and the setting that named it.
struct Setting {
    named: Named,
    backend: Backend,
}

impl Setting {
    fn read(text: &str, named: Named) -> Result<Setting, ConfigFailure> {
        match Backend::parse(text) {
            Ok(backend) => Ok(Setting { named, backend }),
            Err(reason) => Err(ConfigFailure::Address {
                source: source(&named),
                reason,
            }),
        }
    }

    fn cloud(self) -> Option<Address> {
        match self.backend {
            Backend::Cloud(url) => Some(Address {
                url,
                named: self.named,
            }),
            Backend::SelfManaged => None,
        }
    }
}

/// The place from which an invalid address was read.
fn source(named: &Named) -> String {
    match named {
        Named::Configuration => "the configuration `auto-deploy:apiUrl`".to_owned(),
        Named::State => "`auto-deploy:apiUrl` in this stack's state".to_owned(),
        Named::BackendUrl => "PULUMI_BACKEND_URL".to_owned(),
        Named::Project(path) => format!("`backend.url` in {}", path.display()),
        Named::Api | Named::Engine => "PULUMI_API".to_owned(),
        Named::Login | Named::Default => "the current backend of the Pulumi CLI".to_owned(),
    }
}

#[cfg(test)]
mod tests;
