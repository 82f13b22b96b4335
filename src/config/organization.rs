//! What the surroundings say about organizations.
//!
//! # What this may not do
//!
//! Ask the cloud. Take the default organization for that of a program: who decides says where it came from.

use super::address::is_same;
use crate::domain::StackRef;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use url::Url;

/// What a self-managed backend says for an organization, as it has none: pulumi/pulumi, `pkg/backend/diy`.
pub const NO_ORGANIZATION: &str = "organization";

/// What the surroundings say about organizations on the cloud that is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organizations {
    /// The stack that Pulumi Deployments runs this process for: `PULUMI_CI_ORGANIZATION`, `PULUMI_CI_PROJECT` and
    /// `PULUMI_CI_STACK`.
    pub deployment: Option<StackRef>,
    /// `PULUMI_DEFAULT_ORGANIZATION`.
    pub variable: Option<String>,
    /// What `pulumi org set-default` chose for this cloud.
    pub stored: Option<String>,
    /// Whether the program's state is known to be in no Pulumi Cloud, so it has no organization.
    pub is_self_managed: bool,
}

impl Organizations {
    /// The default organization as far as it is set on this machine, as the Pulumi CLI takes it.
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
    /// Reads the settings stored in `folder`. No file means no settings; one that cannot be read as well.
    pub fn load(folder: &Path) -> Defaults {
        let text = std::fs::read_to_string(folder.join("config.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The organization that stands in on this cloud where none is named.
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
