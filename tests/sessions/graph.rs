//! Programs that read each other's outputs, each in its own folder and with its own stack.

use local_cloud::Capability;
use serde_json::Value;
use testkit::session::{Ran, Session};

/// The secret output of `network`.
pub(crate) const KEY: &str = "hush-5cf8";

/// What the CLI shows for an unknown text.
const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/// A session with the programs `network`, `cluster` and others, each with the stack `acme/PROGRAM/dev`.
pub(crate) struct Graph {
    pub(crate) session: Session,
}

/// The program `network`: a webhook, and this range and a secret as outputs.
pub(crate) fn network(range: &str) -> String {
    let resource = resource("gate", "of the network", "shh");
    format!(
        "name: network\nruntime: yaml\nresources:\n{resource}outputs:\n  range: {range}\n  key: {{fn::secret: {KEY}}}\n"
    )
}

/// A program that refers to others and passes their outputs on. It has a webhook that is named after their ranges, and
/// signs with their secrets.
pub(crate) fn below(name: &str, upstream: &[&str]) -> String {
    let reference = |project: &&str| {
        format!(
            "  {project}: {{type: 'pulumi:pulumi:StackReference', properties: {{name: acme/{project}/dev}}}}\n"
        )
    };
    let references: String = upstream.iter().map(reference).collect();
    let all = |output: &str| {
        let one = |project: &&str| format!("${{{project}.outputs[\"{output}\"]}}");
        upstream.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    let resource = resource("node", &all("range"), &all("key"));
    let output = |name: &str| format!("  {name}: '{}'\n", all(name));
    let outputs: String = ["range", "key"].map(output).concat();
    format!("name: {name}\nruntime: yaml\nresources:\n{references}{resource}outputs:\n{outputs}")
}

fn resource(name: &str, display_name: &str, secret: &str) -> String {
    format!(
        "  {name}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, displayName: '{display_name}', \
         payloadUrl: 'http://127.0.0.1:9/', secret: '{secret}'}}}}\n"
    )
}

impl Graph {
    /// Each program with its stack, deployed in this order.
    pub(crate) async fn deployed(programs: &[(&str, String)], without: &[Capability]) -> Graph {
        let session = Session::start_without(without).await;
        let graph = Graph { session };
        for (name, program) in programs {
            graph.write(name, program);
            let stack = format!("acme/{name}/dev");
            graph
                .pulumi(name, &["stack", "init", &stack])
                .await
                .succeeds();
            graph.up(name, &[]).await.succeeds();
        }
        graph.session.requests();
        graph
    }

    /// Replaces a program.
    pub(crate) fn write(&self, name: &str, program: &str) {
        let folder = self.session.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("Pulumi.yaml"), program).unwrap();
    }

    /// Runs a command of the CLI in the folder of a program.
    pub(crate) async fn pulumi(&self, name: &str, arguments: &[&str]) -> Ran {
        let folder = self.session.path(name);
        let cwd = ["--cwd", folder.to_str().unwrap()];
        self.session.pulumi(&[&cwd, arguments].concat()).await
    }

    /// `pulumi up` without a preview.
    pub(crate) async fn up(&self, name: &str, arguments: &[&str]) -> Ran {
        let up = ["up", "--yes", "--skip-preview"];
        self.pulumi(name, &[&up, arguments].concat()).await
    }

    /// The result of a preview, in this window if one is given.
    pub(crate) async fn preview(&self, name: &str, window: &str) -> Previewed {
        let arguments = preview(window);
        Previewed::of(&self.pulumi(name, &arguments).await.json())
    }

    /// What the previews of these programs, one after the other in this window, say about their webhooks.
    pub(crate) async fn previews(&self, names: &[&str], window: &str) -> Vec<String> {
        let mut said = Vec::new();
        for name in names {
            said.push(self.preview(name, window).await.webhook);
        }
        said
    }
}

/// The arguments of a preview in this window, or in none if it is empty.
pub(crate) fn preview(window: &str) -> [&str; 4] {
    ["preview", "--json", "--coherence-window", window]
}

/// The result of a preview.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Previewed {
    /// The webhook's operation, and its name afterwards.
    pub(crate) webhook: String,
    /// Everything that it printed.
    pub(crate) all: String,
}

impl Previewed {
    pub(crate) fn of(json: &Value) -> Previewed {
        let steps = json["steps"].as_array().unwrap();
        let of_webhook = |step: &&Value| {
            let urn = step["urn"].as_str().unwrap();
            urn.contains("auto-deploy:index:Webhook")
        };
        // An unchanged resource has no step.
        let webhook = steps
            .iter()
            .find(of_webhook)
            .map_or("same".to_owned(), |step| {
                let name = step["newState"]["inputs"]["displayName"].as_str();
                format!(
                    "{} {}",
                    step["op"].as_str().unwrap(),
                    name.unwrap_or_default()
                )
            });
        Previewed {
            webhook: webhook.replace(UNKNOWN, "unknown"),
            all: json.to_string(),
        }
    }
}
