//! The cloud client when something goes wrong on the way.

mod answers;
mod environment;
mod lists;
mod outputs;
mod raw;
mod sent;
mod stacks;
mod wire;

use auto_deploy::cloud::{Client, Endpoint, Patience};
use auto_deploy::domain::{Scope, WebhookId};

/// The planted access token; no message may contain it.
const TOKEN: &str = "pul-secret";

fn client(url: &str, patience: Patience) -> Client {
    let endpoint = Endpoint::new(url.parse().expect("it is a URL"), TOKEN);
    Client::new(endpoint, patience)
}

fn id(name: &str) -> WebhookId {
    let [organization, project, stack] = ["acme", "app", "prod"].map(str::to_owned);
    WebhookId {
        scope: Scope::Stack {
            organization,
            project,
            stack,
        },
        name: name.to_owned(),
    }
}
