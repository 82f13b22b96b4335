//! Renames a stack in its state, which the CLI leaves to the cloud.
//!
//! With the old URNs in the state, the next update would create everything anew.

use super::document::State;
use super::provider::SERVICE;
use super::raw::{Object, Raw, SIGNATURE};
use super::urns::{Urn, change_urns};
use serde_json::value::{RawValue, to_raw_value};

/// The kind of special value that refers to a resource.
const RESOURCE_REFERENCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";

/// How deep inputs and outputs are searched.
const MAX_DEPTH: usize = 128;

/// The old and the new names.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub(crate) old_project: String,
    pub(crate) old_stack: String,
    pub(crate) new_project: String,
    pub(crate) new_stack: String,
}

impl Rename {
    /// Applies the new names to a state.
    pub(crate) fn apply(&self, state: &mut State) {
        let deployment = &mut state.deployment;
        let pending = deployment.pending_operations.iter_mut();
        let resources = deployment.resources.iter_mut();
        for resource in resources.chain(pending.map(|operation| &mut operation.resource)) {
            change_urns(resource, &|urn| self.urn(urn));
            for name in ["inputs", "outputs", "replacementTrigger"] {
                if let Some(new) = resource.raw(name).and_then(|raw| self.value(raw, 0)) {
                    resource.put(name, Some(new));
                }
            }
        }
        self.secrets_provider(&mut deployment.members);
    }

    /// Secrets are decrypted by the name in the state, so it must be the new one.
    fn secrets_provider(&self, members: &mut Object) {
        let Some(mut provider) = members.read::<Object>("secrets_providers") else {
            return;
        };
        let state = provider.read::<Object>("state");
        if provider.text("type").as_deref() != Some(SERVICE) {
            return;
        }
        if let Some(mut state) = state {
            state.set("project", &self.new_project);
            state.set("stack", &self.new_stack);
            provider.set("state", &state);
            members.set("secrets_providers", &provider);
        }
    }

    fn urn(&self, text: &str) -> Option<String> {
        let urn = Urn::parse(text)?;
        if urn.stack != self.old_stack || urn.project != self.old_project {
            return None;
        }
        let root = format!("{}-{}", self.new_project, self.new_stack);
        let name = if urn.is_root() { &root } else { urn.name };
        let (stack, project) = (self.new_stack.as_str(), self.new_project.as_str());
        Some(
            Urn {
                stack,
                project,
                name,
                ..urn
            }
            .to_text(),
        )
    }

    /// The value with its references to resources renamed; `None` if it has none. Other texts stay unchanged even if they
    /// look like URNs, because they belong to the program.
    fn value(&self, raw: &RawValue, depth: usize) -> Option<Raw> {
        let text = raw.get();
        if depth > MAX_DEPTH || !text.contains(RESOURCE_REFERENCE) {
            return None;
        }
        if text.starts_with('[') {
            let mut items: Vec<Raw> = serde_json::from_str(text).ok()?;
            for item in &mut items {
                if let Some(new) = self.value(item, depth + 1) {
                    *item = new;
                }
            }
            return to_raw_value(&items).ok();
        }
        let mut object: Object = serde_json::from_str(text).ok()?;
        if object.text(SIGNATURE).as_deref() == Some(RESOURCE_REFERENCE) {
            let new = object.text("urn").and_then(|urn| self.urn(&urn))?;
            object.set("urn", &new);
        } else {
            for (_, member) in object.members_mut() {
                if let Some(new) = self.value(member, depth + 1) {
                    *member = new;
                }
            }
        }
        to_raw_value(&object).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn every_urn_gets_the_new_names() {
        let text = r#"{"version":3,"deployment":{
            "secrets_providers":{"type":"service","state":{"url":"http://a","owner":"acme","project":"web","stack":"dev"}},
            "resources":[
                {"urn":"urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev","type":"pulumi:pulumi:Stack"},
                {"urn":"urn:pulumi:dev::web::my:i:G$a:b:C::x","type":"a:b:C","parent":"urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev",
                 "provider":"urn:pulumi:dev::web::pulumi:providers:a::p::3f","dependencies":["urn:pulumi:dev::web::a:b:C::y","urn:pulumi:prod::web::a:b:C::y"],
                 "propertyDependencies":{"n":["urn:pulumi:dev::web::a:b:C::y"],"m":null},"aliases":["urn:pulumi:dev::web::a:b:C::old"],
                 "inputs":{"n":1e999,"same":"urn:pulumi:dev::web::a:b:C::y","list":[{"4dabf18193072939515e22adb298388d":"5cf8f73096256a8f31e491e813e4eb8e","urn":"urn:pulumi:dev::web::a:b:C::y"}]}}],
            "pending_operations":[{"resource":{"urn":"urn:pulumi:dev::web::a:b:C::z","type":"a:b:C"},"type":"creating"}]}}"#;
        let mut state = State::from_text(text).unwrap();
        let rename = Rename {
            old_project: "web".into(),
            old_stack: "dev".into(),
            new_project: "site".into(),
            new_stack: "prod".into(),
        };
        rename.apply(&mut state);
        assert_snapshot!(
            state
                .to_text()
                .replace(r#"{"aliases"#, "\n{\"aliases")
                .replace(r#"{"type":"pulumi"#, "\n{\"type\":\"pulumi"),
            @r#"
        {"version":3,"deployment":{"pending_operations":[{"resource":{"type":"a:b:C","urn":"urn:pulumi:prod::site::a:b:C::z"},"type":"creating"}],"resources":[
        {"type":"pulumi:pulumi:Stack","urn":"urn:pulumi:prod::site::pulumi:pulumi:Stack::site-prod"},
        {"aliases":["urn:pulumi:prod::site::a:b:C::old"],"dependencies":["urn:pulumi:prod::site::a:b:C::y","urn:pulumi:prod::web::a:b:C::y"],"inputs":{"list":[{"4dabf18193072939515e22adb298388d":"5cf8f73096256a8f31e491e813e4eb8e","urn":"urn:pulumi:prod::site::a:b:C::y"}],"n":1e999,"same":"urn:pulumi:dev::web::a:b:C::y"},"parent":"urn:pulumi:prod::site::pulumi:pulumi:Stack::site-prod","propertyDependencies":{"m":null,"n":["urn:pulumi:prod::site::a:b:C::y"]},"provider":"urn:pulumi:prod::site::pulumi:providers:a::p::3f","type":"a:b:C","urn":"urn:pulumi:prod::site::my:i:G$a:b:C::x"}],"secrets_providers":{"state":{"owner":"acme","project":"site","stack":"prod","url":"http://a"},"type":"service"}}}
        "#
        );
    }
}
