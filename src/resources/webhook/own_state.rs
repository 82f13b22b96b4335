//! What the state of a program proves about webhooks: which resource holds which, and which creates have no recorded end.
//!
//! The engine writes the inputs of a create into the state before it requests it, as a pending operation, and never removes
//! one on its own if it is killed. A name that was generated for one create therefore shows who owns the webhook.
//!
//! # What this may not do
//!
//! Make a request. Accept equal properties as proof where a name was generated; treat encrypted values as known.

use super::inputs::WebhookInputs;
use super::name;
use super::wanted::{self, WantedWebhook};
use crate::cloud::{LiveWebhook, StackState};
use crate::domain::{Scope, WebhookId};
use crate::engine::urn::Urn;
use crate::property::{Input, Map, Value};
use std::collections::BTreeSet;

/// The key that marks special values in a state.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";

/// The part of a program's state that is about webhooks.
#[derive(Clone, Debug, Default)]
pub struct OwnState {
    holdings: Vec<Holding>,
    creating: Vec<Creating>,
}

/// A webhook that a resource of the state holds.
#[derive(Clone, Debug)]
struct Holding {
    urn: Urn,
    id: WebhookId,
    /// The reference to the provider that manages it.
    provider: String,
    is_pending_replacement: bool,
}

/// A create without a recorded end.
#[derive(Clone, Debug)]
struct Creating {
    urn: Urn,
    /// The name that was generated for it.
    generated: Option<String>,
    inputs: WebhookInputs,
}

/// A webhook that a create of an earlier deployment may have made, and that nothing in the state holds.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    /// The webhook.
    pub(super) id: WebhookId,
    /// The properties that it must have, if its name is no proof because the program gave it.
    looks: Option<WebhookInputs>,
}

/// The owner of a webhook that has the name which a program gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// An earlier create of this resource made it, without a recorded end.
    Lost,
    /// This resource has it and is being replaced.
    Own,
    /// Another resource of this program has it.
    Of(Urn),
    /// The state does not say.
    Unknown,
}

impl OwnState {
    /// Reads what a state says about webhooks. IDs that cannot be those of webhooks are skipped.
    pub(super) fn of(state: &StackState) -> OwnState {
        let holdings = state.resources.iter().filter_map(|resource| {
            Some(Holding {
                urn: Urn::new(resource.urn.clone()),
                id: resource.id.parse().ok()?,
                provider: resource.provider.clone(),
                is_pending_replacement: resource.is_pending_replacement,
            })
        });
        let creating = state.creating.iter().map(|create| {
            let inputs: Map = stored(&create.inputs);
            Creating {
                urn: Urn::new(create.urn.clone()),
                generated: name::generated(&inputs),
                inputs: WebhookInputs::read(&inputs).0,
            }
        });
        OwnState {
            holdings: holdings.collect(),
            creating: creating.collect(),
        }
    }

    /// Whether a resource of the state holds the webhook.
    pub fn holds(&self, id: &WebhookId) -> bool {
        self.holdings.iter().any(|holding| holding.id == *id)
    }

    /// Whether a resource of the state holds the webhook through this provider, or through any if the engine has not said
    /// which one this is.
    pub(super) fn is_held_through(&self, id: &WebhookId, provider: &str) -> bool {
        let is_ours = |it: &Holding| provider.is_empty() || it.provider == provider;
        let mut all = self.holdings.iter();
        all.any(|holding| holding.id == *id && is_ours(holding))
    }

    /// Whether a create without a recorded end may have created the webhook.
    pub(super) fn may_have_made(&self, id: &WebhookId) -> bool {
        self.creating
            .iter()
            .any(|one| one.id().as_ref() == Some(id))
    }

    /// Whether this resource holds the webhook, or gives it up once its replacement exists.
    pub(super) fn is_held_by(&self, urn: &Urn, id: &WebhookId) -> bool {
        let mut all = self.holdings.iter();
        all.any(|holding| holding.urn == *urn && holding.id == *id)
    }

    /// Whether a resource may have a webhook that moved to `scope` with a renamed stack: one in another scope, with a
    /// generated name.
    pub(super) fn may_have_moved_to(&self, scope: &Scope) -> bool {
        let mut ids = self.holdings.iter().map(|holding| &holding.id);
        ids.any(|id| id.scope != *scope && name::is_made(&id.name))
    }

    /// The webhook that a resource holds under the same name in another scope, while nothing holds this one. The name must
    /// be a generated one, because any other could belong to different webhooks in each scope.
    pub(super) fn moved(&self, id: &WebhookId) -> Option<&WebhookId> {
        let mut all = self.holdings.iter().map(|holding| &holding.id);
        let is_former = |other: &&WebhookId| other.name == id.name && other.scope != id.scope;
        let former = all.find(is_former)?;
        (name::is_made(&id.name) && !self.holds(id)).then_some(former)
    }

    /// Whether this is the state of the deployment that requests this create.
    pub(super) fn shows(&self, urn: &Urn, wanted: &WantedWebhook) -> bool {
        self.creating_of(urn).any(|one| one.is(wanted))
    }

    /// The webhooks that earlier creates of this resource may have made and that nothing holds.
    pub(super) fn lost(&self, urn: &Urn, wanted: &WantedWebhook) -> Vec<Lost> {
        let others = self.creating_of(urn).filter(|one| !one.is(wanted));
        let lost = others.filter_map(|one| {
            let id = one.id()?;
            let looks = one.generated.is_none().then(|| one.inputs.clone());
            (id != wanted.id && !self.holds(&id)).then_some(Lost { id, looks })
        });
        lost.collect()
    }

    /// The owner of the webhook with the name that the program gives to a resource.
    pub(super) fn whose(&self, urn: &Urn, wanted: &WantedWebhook, live: &LiveWebhook) -> Whose {
        let holders = || {
            let all = self.holdings.iter();
            all.filter(|holding| holding.id == wanted.id)
        };
        if let Some(other) = holders().find(|holding| holding.urn != *urn) {
            return Whose::Of(other.urn.clone());
        }
        if holders().any(|holding| !holding.is_pending_replacement) {
            return Whose::Own;
        }
        let mut named: Vec<&Creating> = self.creating_of(urn).collect();
        named.retain(|one| one.generated.is_none() && one.id().as_ref() == Some(&wanted.id));
        // One of them is the current create.
        let ours = LiveWebhook::as_asked(&wanted.spec);
        let this = named.iter().position(|one| looks_as(&ours, &one.inputs));
        let Some(this) = this else {
            return Whose::Unknown;
        };
        named.remove(this);
        if named.iter().any(|one| looks_as(live, &one.inputs)) {
            Whose::Lost
        } else {
            Whose::Unknown
        }
    }

    fn creating_of<'a>(&'a self, urn: &'a Urn) -> impl Iterator<Item = &'a Creating> {
        self.creating.iter().filter(move |one| one.urn == *urn)
    }
}

impl Creating {
    /// The webhook that it should create; `None` if a part of its ID is encrypted.
    fn id(&self) -> Option<WebhookId> {
        let given = self.inputs.name.as_ref().map(Input::now);
        let name = match given {
            Some(given) => given?.clone(),
            None => self.generated.clone()?,
        };
        let scope = wanted::scope(&self.inputs).ok()?;
        Some(WebhookId { scope, name })
    }

    /// Whether it is the create of `wanted`, as far as that can be determined.
    fn is(&self, wanted: &WantedWebhook) -> bool {
        if wanted.is_named {
            let ours = LiveWebhook::as_asked(&wanted.spec);
            self.id().as_ref() == Some(&wanted.id) && looks_as(&ours, &self.inputs)
        } else {
            self.inputs.name.is_none() && self.generated.as_ref() == Some(&wanted.id.name)
        }
    }
}

impl Lost {
    /// Whether the webhook with this ID is the lost one.
    pub(super) fn is(&self, live: &LiveWebhook) -> bool {
        let looks = self.looks.as_ref();
        looks.is_none_or(|inputs| looks_as(live, inputs))
    }

    /// Whether its name alone proves who owns it.
    pub(super) fn is_proven(&self) -> bool {
        self.looks.is_none()
    }
}

/// Whether a webhook has the properties in these inputs, as far as they can be read.
fn looks_as(live: &LiveWebhook, inputs: &WebhookInputs) -> bool {
    let text = |input: &Input<String>, live: &str| input.now().is_none_or(|text| text == live);
    // Encrypted inputs are assumed to match.
    let known = |words: Option<Vec<String>>, live: &[String]| {
        let live: BTreeSet<&String> = live.iter().collect();
        words.is_none_or(|words| words.iter().collect::<BTreeSet<_>>() == live)
    };
    let filters = words(inputs.filters.as_ref(), |filter| filter.as_str());
    let groups = words(inputs.groups.as_ref(), |group| group.as_str());
    text(&inputs.display_name, &live.display_name)
        && text(&inputs.payload_url, &live.payload_url)
        && inputs
            .active
            .as_ref()
            .is_none_or(|active| active.now().is_none_or(|active| *active == live.active))
        && inputs.format.as_ref().is_none_or(|format| {
            format
                .now()
                .is_none_or(|format| format.as_str() == live.format)
        })
        && known(filters, &live.filters)
        && known(groups, &live.groups)
        && inputs.secret.is_some() == live.has_secret
}

/// The words of a list; `None` if one is unknown.
fn words<T>(
    list: Option<&Input<Vec<Input<T>>>>,
    word: impl Fn(&T) -> &'static str,
) -> Option<Vec<String>> {
    let Some(list) = list else {
        return Some(Vec::new());
    };
    let items = list.now()?.iter();
    items
        .map(|item| Some(word(item.now()?).to_owned()))
        .collect()
}

/// Properties of a state. Encrypted and other special values are unknown.
fn stored(properties: &serde_json::Map<String, serde_json::Value>) -> Map {
    let all = properties.iter();
    all.map(|(name, value)| (name.clone(), stored_value(value)))
        .collect()
}

fn stored_value(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number.as_f64().map_or(Value::UNKNOWN, Value::Number),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Value::Array(items.iter().map(stored_value).collect()),
        Json::Object(map) if map.contains_key(SIGNATURE) => Value::UNKNOWN.into_secret(),
        Json::Object(map) => Value::Object(stored(map)),
    }
}

#[cfg(test)]
mod tests;
