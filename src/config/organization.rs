//! What the environment says about organizations.
//!
//! # What this may not do
//!
//! Make a request. Treat the default organization as that of a program: the code that decides says where it came from.

use super::address::is_same;
use crate::domain::StackRef;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use url::Url;

/// The organization that a self-managed backend reports, which has none: pulumi/pulumi, `pkg/backend/diy`.
pub const NO_ORGANIZATION: &str = "organization";

/// What the environment says about organizations on the cloud in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organizations {
    /// The stack for which Pulumi Deployments runs this process: `PULUMI_CI_ORGANIZATION`, `PULUMI_CI_PROJECT` and
    /// `PULUMI_CI_STACK`.
    pub deployment: Option<StackRef>,
    /// `PULUMI_DEFAULT_ORGANIZATION`.
    pub variable: Option<String>,
    /// The organization that `pulumi org set-default` stored for this cloud.
    pub stored: Option<String>,
    /// Whether the program's state is known not to be in a Pulumi Cloud, in which case it has no organization.
    pub is_self_managed: bool,
}

impl Organizations {
    /// The default organization if it is set on this machine, with the Pulumi CLI's order of precedence.
    pub fn default_here(&self) -> Option<&str> {
        self.variable.as_deref().or(self.stored.as_deref())
    }
}

/// The CLI's settings for each backend: `config.json`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Defaults {
    #[serde(default)]
    backends: BTreeMap<String, BackendDefaults>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct BackendDefaults {
    #[serde(default, rename = "defaultOrg")]
    organization: String,
}

impl Defaults {
    /// Reads the settings stored in `folder`. A missing or unreadable file means no settings.
    pub fn load(folder: &Path) -> Defaults {
        let text = std::fs::read_to_string(folder.join("config.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The default organization on this cloud.
    pub(super) fn organization(&self, url: &Url) -> Option<&str> {
        let found = self.backends.iter().find(|(key, _)| is_same(key, url));
        found
            .map(|(_, backend)| backend.organization.as_str())
            .filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_organization_is_that_of_the_very_cloud() {
        let text = r#"{"backends": {"https://here/": {"defaultOrg": "acme"}, "https://empty": {"defaultOrg": ""}}}"#;
        let defaults: Defaults = serde_json::from_str(text).expect("it is one");
        let of = |url: &str| defaults.organization(&Url::parse(url).expect("it is a URL"));
        assert_eq!(of("https://here"), Some("acme"));
        assert_eq!((of("https://empty"), of("https://other")), (None, None));
    }

    #[test]
    fn the_variable_wins_over_what_is_stored() {
        let mut organizations = Organizations {
            stored: Some("stored".to_owned()),
            ..Organizations::default()
        };
        assert_eq!(organizations.default_here(), Some("stored"));
        organizations.variable = Some("variable".to_owned());
        assert_eq!(organizations.default_here(), Some("variable"));
    }
}
