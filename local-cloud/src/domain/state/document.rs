//! A state as a document.

use super::provider;
use super::raw::{Object, Raw};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The oldest supported version of a state.
const OLDEST: u32 = 3;

/// The newest supported version of a state, which lists the features that it needs.
const NEWEST: u32 = 4;

/// The state of a stack that was never updated.
pub(crate) const EMPTY: &str = r#"{"version":3,"deployment":null}"#;

/// A state is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidState {
    #[error("the state has version {0}; versions {OLDEST} and {NEWEST} are known here")]
    Version(u32),
    #[error("the state's deployment is not one")]
    Snapshot,
    #[error("the state has no deployment: nothing would be left of the one before")]
    Nothing,
    #[error("the edits do not fit the state before")]
    Delta,
    #[error("the state does not have the hash that it was sent with")]
    Hash,
}

/// A state: its version, its features, and the deployment as written. It is stored in this form.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Untyped {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
    deployment: Option<Raw>,
}

impl Untyped {
    /// A state with these parts.
    pub(crate) fn new(
        version: u32,
        features: Option<Vec<String>>,
        deployment: Option<Raw>,
    ) -> Untyped {
        Untyped {
            version,
            features,
            deployment,
        }
    }

    /// The text to store, if this is a state that a client may use to replace another.
    pub(crate) fn to_text(&self) -> Result<String, InvalidState> {
        self.check_given()?;
        Ok(serde_json::to_string(self).expect("a state is plain data"))
    }

    /// Checks a state from a client, which will replace the previous one.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is invalid or has no deployment. Even an empty stack has a deployment.
    fn check_given(&self) -> Result<(), InvalidState> {
        let given = self.parse()?.deployment;
        let deployment = self.deployment.as_deref().map(RawValue::get);
        let members: Object = deployment
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or(InvalidState::Nothing)?;
        if given.resources.is_empty() && !is_deployment(&members) {
            return Err(InvalidState::Nothing);
        }
        Ok(())
    }

    /// Whether it has no deployment, like the state of a new stack.
    pub(crate) fn is_empty(&self) -> bool {
        self.deployment.is_none()
    }

    fn parse(&self) -> Result<State, InvalidState> {
        if !(OLDEST..=NEWEST).contains(&self.version) {
            return Err(InvalidState::Version(self.version));
        }
        let deployment = self
            .deployment
            .as_deref()
            .map_or(Ok(Snapshot::default()), parse_deployment)?;
        Ok(State {
            version: self.version,
            features: self.features.clone().unwrap_or_default(),
            deployment,
        })
    }
}

/// A parsed state.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) version: u32,
    pub(crate) features: Vec<String>,
    pub(crate) deployment: Snapshot,
}

/// The contents of a state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// Everything except the lists below.
    pub(crate) members: Object,
    pub(crate) resources: Vec<Object>,
    pub(crate) pending_operations: Vec<PendingOperation>,
}

/// An operation on a resource that has begun and not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PendingOperation {
    pub(crate) resource: Object,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

impl State {
    /// Parses a text from [`Untyped::to_text`] or [`State::to_text`], or from a client.
    pub(crate) fn from_text(text: &str) -> Result<State, InvalidState> {
        let untyped: Untyped = serde_json::from_str(text).map_err(|_| InvalidState::Snapshot)?;
        untyped.parse()
    }

    /// Checks a text from a client, which will replace the previous state.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if it is invalid or has no deployment.
    pub(crate) fn check_given(text: &str) -> Result<(), InvalidState> {
        let untyped: Untyped = serde_json::from_str(text).map_err(|_| InvalidState::Snapshot)?;
        untyped.check_given()
    }

    /// The text to store.
    pub(crate) fn to_text(&self) -> String {
        #[derive(Serialize)]
        struct Typed<'a> {
            version: u32,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            features: &'a [String],
            deployment: Object,
        }
        let Snapshot {
            members,
            resources,
            pending_operations,
        } = &self.deployment;
        let mut deployment = members.clone();
        if !resources.is_empty() {
            deployment.set("resources", resources);
        }
        if !pending_operations.is_empty() {
            deployment.set("pending_operations", pending_operations);
        }
        let typed = Typed {
            version: self.version,
            features: &self.features,
            deployment,
        };
        serde_json::to_string(&typed).expect("a state is plain data")
    }
}

fn parse_deployment(raw: &RawValue) -> Result<Snapshot, InvalidState> {
    deployment(serde_json::from_str(raw.get()).map_err(|_| InvalidState::Snapshot)?)
}

/// Converts an object to a deployment.
pub(crate) fn deployment(mut members: Object) -> Result<Snapshot, InvalidState> {
    let resources: Vec<Object> = list(members.take("resources"))?;
    let pending_operations: Vec<PendingOperation> = list(members.take("pending_operations"))?;
    if !resources.iter().all(is_resource) {
        return Err(InvalidState::Snapshot);
    }
    Ok(Snapshot {
        members,
        resources,
        pending_operations,
    })
}

/// Whether an object is a deployment: each has a manifest, or at least a list of resources.
pub(crate) fn is_deployment(object: &Object) -> bool {
    object.raw("manifest").is_some() || object.raw("resources").is_some()
}

/// Whether an object has the required members of a resource.
pub(crate) fn is_resource(object: &Object) -> bool {
    object.text("urn").is_some() && object.text("type").is_some()
}

fn list<T: serde::de::DeserializeOwned>(raw: Option<Raw>) -> Result<Vec<T>, InvalidState> {
    raw.map_or(Ok(Vec::new()), |raw| {
        serde_json::from_str(raw.get()).map_err(|_| InvalidState::Snapshot)
    })
}

/// The state with the URL of its secrets provider set to `url`, if the provider is the cloud itself.
///
/// A client finds its token by that URL. After a move to another port, it would not recognize the cloud.
pub(crate) fn with_url(text: String, url: &str) -> String {
    at_url(&text, url).unwrap_or(text)
}

fn at_url(text: &str, url: &str) -> Option<String> {
    let mut untyped: Untyped = serde_json::from_str(text).ok()?;
    let mut deployment: Object = serde_json::from_str(untyped.deployment.as_deref()?.get()).ok()?;
    let mut provider: Object = deployment.read("secrets_providers")?;
    if !provider::move_to(&mut provider, url) {
        return None;
    }
    deployment.set("secrets_providers", &provider);
    untyped.deployment = Some(serde_json::value::to_raw_value(&deployment).ok()?);
    serde_json::to_string(&untyped).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn a_state_is_kept_as_it_was_written() {
        let text = r#"{"version":4,"features":["views"],"deployment":{"z": 1e999, "resources": [{"urn":"u","type":"t"}]}}"#;
        let untyped: Untyped = serde_json::from_str(text).unwrap();
        assert_eq!(untyped.to_text().unwrap(), text);
        let state = State::from_text(text).unwrap();
        assert_eq!(state.deployment.resources.len(), 1);
        assert_snapshot!(state.to_text(), @r#"{"version":4,"features":["views"],"deployment":{"resources":[{"type":"t","urn":"u"}],"z":1e999}}"#);
        assert!(
            State::from_text(EMPTY)
                .unwrap()
                .deployment
                .resources
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_state() {
        let of = |text| State::from_text(text).unwrap_err();
        assert_eq!(
            of(r#"{"version":5,"deployment":null}"#),
            InvalidState::Version(5)
        );
        for text in [
            r#"{"version":3,"deployment":[]}"#,
            r#"{"version":3,"deployment":{"resources":{}}}"#,
            r#"{"version":3,"deployment":{"resources":[{"type":"t"}]}}"#,
            r#"{"version":3,"deployment":{"pending_operations":[1]}}"#,
            "[]",
        ] {
            assert_eq!(of(text), InvalidState::Snapshot, "{text}");
        }
    }

    #[test]
    fn nothing_takes_the_place_of_a_state() {
        for text in [
            r#"{"version":3}"#,
            r#"{"version":3,"deployment":null}"#,
            r#"{"version":3,"deployment":{}}"#,
            r#"{"version":3,"deployment":{"manifest":null,"resources":null}}"#,
        ] {
            assert_eq!(
                State::check_given(text),
                Err(InvalidState::Nothing),
                "{text}"
            );
            assert!(State::from_text(text).is_ok(), "{text}: it can be kept");
        }
        for text in [
            r#"{"version":3,"deployment":{"manifest":{}}}"#,
            r#"{"version":3,"deployment":{"resources":[]}}"#,
        ] {
            assert_eq!(State::check_given(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_secrets_provider_follows_the_cloud() {
        let of = |provider: &str| {
            let text =
                format!(r#"{{"version":3,"deployment":{{"secrets_providers":{provider}}}}}"#);
            with_url(text, "http://new")
        };
        assert_snapshot!(of(r#"{"type":"service","state":{"url":"http://old","stack":"dev"}}"#), @r#"{"version":3,"deployment":{"secrets_providers":{"state":{"stack":"dev","url":"http://new"},"type":"service"}}}"#);
        assert_snapshot!(of(r#"{"type":"passphrase","state":{"url":"http://old"}}"#), @r#"{"version":3,"deployment":{"secrets_providers":{"type":"passphrase","state":{"url":"http://old"}}}}"#);
        assert_eq!(with_url(EMPTY.to_owned(), "http://new"), EMPTY);
    }
}
