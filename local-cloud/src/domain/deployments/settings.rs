//! The settings of deployments: JSON in the form of the API, with every secret encrypted.
//!
//! Settings that the cloud does not use, such as a container image, are stored and returned unchanged.
//!
//! # What this may not do
//!
//! Read the store, or use the network.

use super::error::{InvalidSettings, SealError};
use super::view::View;
use crate::parts::{Sealed, Secrets, SecretsError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// Settings, or changes to settings. Always a JSON object; secrets are `{"ciphertext": …}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeploymentSettings(Map<String, Value>);

impl Default for DeploymentSettings {
    fn default() -> DeploymentSettings {
        DeploymentSettings(Map::new())
    }
}

/// The replacement for the text of a secret in answers.
const MASK: &str = "[secret]";

/// The settings, below each source, that are secret even if they are sent as plain text.
const AUTHORIZATIONS: [(&str, &str); 3] = [
    ("git", "gitAuth"),
    ("hg", "hgAuth"),
    ("template", "gitAuth"),
];
const CREDENTIALS: [&[&str]; 5] = [
    &["accessToken"],
    &["sshAuth", "sshPrivateKey"],
    &["sshAuth", "password"],
    &["basicAuth", "userName"],
    &["basicAuth", "password"],
];
const IMAGE_PASSWORD: [&str; 4] = [
    "executorContext",
    "executorImage",
    "credentials",
    "password",
];

/// The settings that must be objects, because the decoder would also accept a list.
const OBJECTS: [&[&str]; 9] = [
    &["sourceContext"],
    &["sourceContext", "git"],
    &["sourceContext", "template"],
    &["sourceContext", "git", "gitAuth"],
    &["sourceContext", "git", "gitAuth", "sshAuth"],
    &["sourceContext", "git", "gitAuth", "basicAuth"],
    &["operationContext"],
    &["operationContext", "options"],
    &["gitHub"],
];
const VARIABLES: [&str; 2] = ["operationContext", "environmentVariables"];

impl DeploymentSettings {
    /// Settings from a client, with their secrets encrypted for the stack with this UID.
    ///
    /// A ciphertext that the cloud issued for this stack is accepted unchanged.
    pub(crate) fn seal(
        given: Map<String, Value>,
        secrets: &Secrets,
        stack_uid: &str,
    ) -> Result<DeploymentSettings, SealError> {
        let mut settings = Value::Object(given);
        let sealing = Sealing {
            secrets,
            purpose: purpose(stack_uid),
        };
        for path in secret_paths() {
            sealing.seal_at(&mut settings, &path)?;
        }
        if let Some(variables) = find(&mut settings, &VARIABLES) {
            sealing.seal_variables(variables)?;
        }
        // Both spellings are in use.
        if let Some(Value::Object(git)) = find(&mut settings, &["sourceContext", "git"])
            && let Some(url) = git.remove("repoURL")
        {
            git.entry("repoUrl").or_insert(url);
        }
        let Value::Object(settings) = settings else {
            unreachable!("it was an object")
        };
        Ok(DeploymentSettings(settings))
    }

    /// Settings from the store.
    pub(crate) fn from_kept(text: &str) -> serde_json::Result<DeploymentSettings> {
        serde_json::from_str(text).map(DeploymentSettings)
    }

    /// The text for the store.
    pub(crate) fn to_kept(&self) -> String {
        serde_json::to_string(&self.0).expect("JSON is JSON")
    }

    /// The settings in the form of the API: secrets as ciphertext, with a mask in place of the text.
    pub(crate) fn into_json(self) -> Map<String, Value> {
        let mut settings = Value::Object(self.0);
        for path in secret_paths() {
            find(&mut settings, &path).map(mask);
        }
        if let Some(Value::Object(variables)) = find(&mut settings, &VARIABLES) {
            variables.values_mut().for_each(mask);
        }
        let Value::Object(settings) = settings else {
            unreachable!("it was an object")
        };
        settings
    }

    /// A secret from a client, encrypted for the stack with this UID, in the form of the API.
    pub(crate) fn seal_one(
        mut given: Value,
        secrets: &Secrets,
        stack_uid: &str,
    ) -> Result<Value, SealError> {
        let sealing = Sealing {
            secrets,
            purpose: purpose(stack_uid),
        };
        sealing.seal_value(&mut given, true, "secret")?;
        mask(&mut given);
        Ok(given)
    }

    /// Checks the members of a request for a deployment other than settings.
    pub(crate) fn check_request(&self) -> Result<(), InvalidSettings> {
        let context = self.0.get("operationContext");
        let operation = context.and_then(|context| context.get("operation"));
        if operation.is_some() {
            return Err(InvalidSettings::Value {
                path: "operationContext.operation".to_owned(),
                problem: "must be at the top level of the request, as `operation`",
            });
        }
        Ok(())
    }

    /// Whether there are no settings.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes nulls. In a change, null removes a setting; in complete settings it means nothing.
    pub(crate) fn without_nulls(self) -> DeploymentSettings {
        let mut base = DeploymentSettings::default();
        base.merge(self);
        base
    }

    /// Removes empty values and nulls, which mean "not set" in a request for a deployment.
    pub(crate) fn without_blanks(self) -> DeploymentSettings {
        let mut whole = Value::Object(self.0);
        drop_blanks(&mut whole);
        match whole {
            Value::Object(map) => DeploymentSettings(map),
            _ => DeploymentSettings::default(),
        }
    }

    /// Applies a change: null removes a member, objects are merged, any other value replaces the old one.
    ///
    /// A source is a branch, a tag or a commit: naming one replaces the other.
    pub(crate) fn merge(&mut self, DeploymentSettings(change): DeploymentSettings) {
        let named = |key: &str| {
            let value = change.get("sourceContext")?.get("git")?.get(key)?;
            value.is_string().then_some(())
        };
        let kinds = ["branch", "tag", "commit"];
        let is_named = kinds.map(|kind| named(kind).is_some());
        let mut base = Value::Object(std::mem::take(&mut self.0));
        if is_named.contains(&true)
            && let Some(Value::Object(git)) = find(&mut base, &["sourceContext", "git"])
        {
            git.retain(|key, _| !kinds.contains(&key.as_str()));
        }
        merge(&mut base, Value::Object(change));
        let Value::Object(merged) = base else {
            unreachable!("an object merged with an object is one")
        };
        self.0 = merged;
    }

    /// Checks the settings that the cloud uses.
    pub(crate) fn check(&self) -> Result<(), InvalidSettings> {
        for path in OBJECTS {
            let found = path.iter().try_fold(None, |value, key| {
                let below = value.map_or_else(|| self.0.get(*key), |value: &Value| value.get(*key));
                below.map(Some)
            });
            if let Some(Some(found)) = found
                && !found.is_object()
            {
                let path = path.join(".");
                return Err(InvalidSettings::Type { path });
            }
        }
        self.view()?.check()
    }

    /// The settings that the cloud uses.
    pub(crate) fn view(&self) -> Result<View, InvalidSettings> {
        serde_path_to_error::deserialize(Value::Object(self.0.clone())).map_err(|error| {
            InvalidSettings::Type {
                path: error.path().to_string(),
            }
        })
    }
}

/// The settings of a deployment: those of the stack, overridden by those of the request.
pub(crate) fn overlay(
    base: Option<DeploymentSettings>,
    changes: DeploymentSettings,
) -> DeploymentSettings {
    let mut settings = base.unwrap_or_default();
    settings.merge(changes);
    settings
}

/// Decrypts a secret in settings that were encrypted for the stack with this UID.
pub(crate) fn open_secret(
    secrets: &Secrets,
    stack_uid: &str,
    ciphertext: &str,
) -> Result<SecretString, SecretsError> {
    let ciphertext = STANDARD
        .decode(ciphertext)
        .map_err(|_| SecretsError::Sealed)?;
    let sealed = Sealed {
        ciphertext,
        digest: String::new(),
    };
    secrets.open_sealed(&purpose(stack_uid), &sealed)
}

fn purpose(stack_uid: &str) -> String {
    format!("deployment settings of {stack_uid}")
}

struct Sealing<'a> {
    secrets: &'a Secrets,
    purpose: String,
}

impl Sealing<'_> {
    /// Encrypts secrets at this path, also if they are plain text.
    fn seal_at(&self, settings: &mut Value, path: &[&str]) -> Result<(), SealError> {
        match find(settings, path) {
            None | Some(Value::Null) => Ok(()),
            Some(value) => self.seal_value(value, true, &path.join(".")),
        }
    }

    fn seal_variables(&self, variables: &mut Value) -> Result<(), SealError> {
        let path = VARIABLES.join(".");
        let variables = match variables {
            Value::Null => return Ok(()),
            Value::Object(variables) => variables,
            _ => return Err(InvalidSettings::Type { path }.into()),
        };
        for (name, value) in variables {
            if !value.is_null() {
                self.seal_value(value, false, &format!("{path}.{name}"))?;
            }
        }
        Ok(())
    }

    /// Converts a value that may be secret into one of two forms: plain text, or `{"ciphertext": …}`.
    fn seal_value(&self, value: &mut Value, is_secret: bool, path: &str) -> Result<(), SealError> {
        let wrong = || InvalidSettings::Type {
            path: path.to_owned(),
        };
        let (text, is_secret) = match &*value {
            Value::String(text) => (text.clone(), is_secret),
            Value::Object(object) => {
                let text = |key| object.get(key).and_then(Value::as_str);
                if let Some(ciphertext) = text("ciphertext") {
                    self.check_ciphertext(ciphertext, path)?;
                    *value = json!({ "ciphertext": ciphertext });
                    return Ok(());
                }
                match (text("secret"), text("value")) {
                    (Some(text), _) => (text.to_owned(), true),
                    (None, Some(text)) => {
                        let says_so = object.get("isSecret") == Some(&Value::Bool(true));
                        (text.to_owned(), is_secret || says_so)
                    }
                    (None, None) => return Err(wrong().into()),
                }
            }
            _ => return Err(wrong().into()),
        };
        *value = if is_secret {
            let sealed = self.secrets.seal(&self.purpose, &text.into())?;
            json!({ "ciphertext": STANDARD.encode(sealed.ciphertext) })
        } else {
            Value::String(text)
        };
        Ok(())
    }

    fn check_ciphertext(&self, ciphertext: &str, path: &str) -> Result<(), InvalidSettings> {
        let foreign = || InvalidSettings::ForeignCiphertext {
            path: path.to_owned(),
        };
        let ciphertext = STANDARD.decode(ciphertext).map_err(|_| foreign())?;
        let sealed = Sealed {
            ciphertext,
            digest: String::new(),
        };
        let opened = self.secrets.open_sealed(&self.purpose, &sealed);
        opened.map(|_| ()).map_err(|_| foreign())
    }
}

/// Adds the mask next to a ciphertext; plain text stays.
fn mask(value: &mut Value) {
    if let Value::Object(sealed) = value {
        sealed.insert("secret".into(), MASK.into());
    }
}

/// The paths of texts that are secret even if they are sent as plain text.
fn secret_paths() -> impl Iterator<Item = Vec<&'static str>> {
    let credentials = AUTHORIZATIONS.into_iter().flat_map(|(source, auth)| {
        let below = move |credential| [&["sourceContext", source, auth][..], credential].concat();
        CREDENTIALS.into_iter().map(below)
    });
    credentials.chain([IMAGE_PASSWORD.to_vec()])
}

fn find<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter()
        .try_fold(value, |value, key| value.get_mut(*key))
}

fn merge(base: &mut Value, change: Value) {
    let Value::Object(change) = change else {
        *base = change;
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let Value::Object(base) = base else {
        unreachable!("it has just been made one")
    };
    for (key, value) in change {
        if value.is_null() {
            base.remove(&key);
        } else {
            merge(base.entry(key).or_insert(Value::Null), value);
        }
    }
}

fn drop_blanks(value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.retain(|_, value| {
        drop_blanks(value);
        match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(map) => !map.is_empty(),
            _ => true,
        }
    });
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
