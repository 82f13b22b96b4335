//! The webhooks beside those that this deployment creates, to report duplicates.
//!
//! A scope is listed when its first webhook has been created, and again each time that the number of ours has doubled. So N
//! creates cost about log N lists, and the work grows linearly with N. In between, the neighbours of a webhook are known
//! from the last list and from what this deployment has created since.
//!
//! What another process creates after the last list is not seen here. It sees ours in its own lists.
//!
//! # What this may not do
//!
//! Fail a create, or judge: [`super::doubles`] decides whether another webhook does the same.

use super::doubles::{Deed, deed};
use crate::cloud::{Bounds, Client, LiveWebhook};
use crate::domain::{Scope, WebhookId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

/// What is known about the scopes in which this deployment creates webhooks.
#[derive(Debug, Default)]
pub struct Neighbours(Mutex<HashMap<Scope, Arc<Place>>>);

/// A scope.
#[derive(Debug, Default)]
struct Place {
    known: Mutex<Known>,
    /// Held during a request, so that callers that come meanwhile share the next list.
    asking: tokio::sync::Mutex<()>,
}

/// The webhooks of a scope.
#[derive(Debug, Default)]
struct Known {
    by_name: BTreeMap<String, LiveWebhook>,
    /// The names by what the webhooks do.
    by_deed: HashMap<Deed, BTreeSet<String>>,
    /// The names of those that this deployment has created.
    ours: BTreeSet<String>,
    /// The number of ours when the scope was last listed; 0 if it never was.
    n_when_listed: usize,
}

impl Neighbours {
    /// The other webhooks of a scope that do the same as a newly created one. Those that the cloud does not report in time
    /// are left out.
    pub(super) async fn beside(
        &self,
        cloud: &Client,
        scope: &Scope,
        made: &LiveWebhook,
    ) -> Vec<LiveWebhook> {
        let place = Arc::clone(self.lock().entry(scope.clone()).or_default());
        place.known().add(scope, made);
        if place.known().is_list_due() {
            let _asking = place.asking.lock().await;
            // Another caller's list may already include this webhook.
            let n_ours = place.known().ours.len();
            if place.known().is_list_due() {
                let list = cloud.webhooks(scope);
                let listed = Bounds::current().while_there_is_time(list).await;
                place.known().n_when_listed = n_ours;
                if let Some(Ok(Some(listed))) = listed {
                    place.known().replace(scope, &listed);
                }
            }
        }
        let known = place.known();
        let alike = known.by_deed.get(&deed(scope, made));
        let others = alike.into_iter().flatten();
        others
            .filter(|name| **name != made.name)
            .map(|name| known.by_name[name].clone())
            .collect()
    }

    /// This deployment has deleted a webhook.
    pub fn deleted(&self, id: &str) {
        let Ok(id) = id.parse::<WebhookId>() else {
            return;
        };
        if let Some(place) = self.lock().get(&id.scope) {
            place.known().remove(&id.scope, &id.name);
        }
    }

    /// This deployment changes a webhook, so its scope is listed again after the next create.
    pub fn changed(&self, id: &str) {
        if let Ok(id) = id.parse::<WebhookId>() {
            self.lock().remove(&id.scope);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, Arc<Place>>> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

impl Place {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

impl Known {
    fn is_list_due(&self) -> bool {
        self.ours.len() >= 2 * self.n_when_listed
    }

    fn add(&mut self, scope: &Scope, made: &LiveWebhook) {
        self.ours.insert(made.name.clone());
        self.put(scope, made);
    }

    fn put(&mut self, scope: &Scope, webhook: &LiveWebhook) {
        self.forget(scope, &webhook.name);
        let alike = self.by_deed.entry(deed(scope, webhook)).or_default();
        alike.insert(webhook.name.clone());
        self.by_name.insert(webhook.name.clone(), webhook.clone());
    }

    fn replace(&mut self, scope: &Scope, listed: &[LiveWebhook]) {
        let before = std::mem::take(&mut self.by_name);
        self.by_deed.clear();
        for webhook in listed {
            self.put(scope, webhook);
        }
        // A webhook that was created during the request may be missing from the list.
        for one in before.values() {
            if self.ours.contains(&one.name) {
                self.put(scope, one);
            }
        }
    }

    fn remove(&mut self, scope: &Scope, name: &str) {
        self.ours.remove(name);
        self.forget(scope, name);
    }

    fn forget(&mut self, scope: &Scope, name: &str) {
        let known = self.by_name.remove(name);
        if let Some(alike) = known.and_then(|one| self.by_deed.get_mut(&deed(scope, &one))) {
            alike.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StackRef;

    fn webhook(number: usize) -> LiveWebhook {
        LiveWebhook {
            name: format!("w{number}"),
            place: None,
            display_name: String::new(),
            payload_url: format!("p{number}/dev"),
            active: true,
            format: "pulumi_deployments".to_owned(),
            filters: Vec::new(),
            groups: Vec::new(),
            has_secret: false,
            secret_ciphertext: None,
        }
    }

    #[test]
    fn a_list_is_due_when_there_are_twice_as_many() {
        let scope = Scope::from(&StackRef::new("acme", "app", "dev").expect("it is a stack"));
        let mut known = Known::default();
        let mut listed_at = Vec::new();
        for number in 1..=100 {
            known.add(&scope, &webhook(number));
            if known.is_list_due() {
                known.n_when_listed = known.ours.len();
                listed_at.push(number);
            }
        }
        assert_eq!(listed_at, [1, 2, 4, 8, 16, 32, 64]);
    }
}
