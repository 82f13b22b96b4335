//! Secrets are planted, and every byte that anything writes is searched for them.

use local_cloud::{Fault, Method, Trouble};
use serde_json::Value;
use std::path::Path;
use testkit::api::TOKEN;
use testkit::since;
use testkit::workspace::Workspace;

/// What is planted besides the token: a signing key from the configuration, and one in the program.
const PLANTED: [&str; 2] = ["planted-in-config", "planted-in-program"];

const PROGRAM: &str = "\
name: seed
runtime: yaml
config:
  key: {type: string, secret: true}
resources:
  sealed:
    type: auto-deploy:Webhook
    properties: {organizationName: acme, projectName: app, stackName: a, displayName: sealed, payloadUrl: 'https://example.com', secret: '${key}'}
  open:
    type: auto-deploy:Webhook
    properties: {organizationName: acme, projectName: app, stackName: a, displayName: open, payloadUrl: 'https://example.com', secret: planted-in-program}
";

/// The key and value that mark a secret in the protocol.
const MARK: (&str, &str) = (
    "4dabf18193072939515e22adb298388d",
    "1b47061264138c4ac30d75fd1eb44270",
);

/// The files below `folder` that contain `text`, by their paths within it.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("it can be read").flatten() {
            let (path, kind) = (entry.path(), entry.file_type().expect("it has one"));
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).expect("it can be read");
                if bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
                {
                    let path = path.strip_prefix(folder).expect("it is below");
                    found.push(path.display().to_string());
                }
            }
        }
    }
    found
}

/// Whether `text` appears anywhere in `value` outside of what is marked as a secret.
fn is_open(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.contains(text),
        Value::Array(items) => items.iter().any(|item| is_open(item, text)),
        Value::Object(members) if members.get(MARK.0) == Some(&MARK.1.into()) => false,
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains(text) || is_open(value, text)),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_written_anywhere() {
    let mut workspace = Workspace::new(PROGRAM, &["acme/app/a"]).await;
    let grpc = workspace.path("grpc.json");
    workspace.set("PULUMI_DEBUG_GRPC", grpc.display().to_string());
    // Everything that any library of the plugin logs.
    workspace.set("AUTO_DEPLOY_LOG", "trace");
    workspace
        .pulumi(&["config", "set", "--secret", "key", PLANTED[0]])
        .await
        .succeeds();
    let log = ["--logtostderr", "--logflow", "-v=9"];
    let verbose = |arguments: &[&'static str]| [arguments, &log].concat();
    let mut said = Vec::new();
    let up = ["up", "--yes", "--skip-preview"];
    said.push(workspace.pulumi(&verbose(&up)).await.succeeds());

    // Trouble of every kind, while secrets are sent again.
    let hook = "/api/stacks/acme/app/a/hooks/{h}";
    let changed = PROGRAM.replace("displayName: ", "displayName: another ");
    workspace.write(&changed);
    for trouble in [
        Trouble::status(403),
        Trouble::status(400),
        Trouble::status(429),
        Trouble::AnswerLost,
        Trouble::Cut,
    ] {
        let faults = workspace.cloud.app().faults();
        faults.add(Fault::on(Method::PATCH, hook, trouble));
        said.push(workspace.pulumi(&verbose(&up)).await.said);
    }
    let too_long = format!("secret: {}", "planted-in-program".repeat(100));
    workspace.write(&changed.replace("secret: planted-in-program", &too_long));

    said.push(workspace.pulumi(&verbose(&["preview"])).await.fails());
    workspace.write(&changed.replace(
        "secret: planted-in-program",
        "secret: '${key}', groups: ['${key}']",
    ));
    said.push(workspace.pulumi(&verbose(&["preview"])).await.fails());
    workspace.write(&changed);
    said.push(workspace.up().await.succeeds());
    for command in [
        &["preview", "--diff"][..],
        &["refresh", "--yes"],
        &["stack", "export"],
    ] {
        said.push(workspace.pulumi(command).await.succeeds());
    }

    let state = workspace.path("state");
    for planted in [PLANTED[0], PLANTED[1], TOKEN] {
        assert_eq!(
            holding(&state, planted),
            [""; 0],
            "{planted} is in the state"
        );
    }
    // The engine's own log and its protocol log contain what it sends; what the plugin answers is marked.
    assert_eq!(
        holding(&grpc.parent().expect("a folder").join("state"), TOKEN),
        [""; 0]
    );
    let calls = std::fs::read_to_string(&grpc).expect("it is there");
    let (mut n_calls, mut n_marked) = (0, 0);
    for line in calls.lines() {
        let call: Value = serde_json::from_str(line).expect("it is JSON");
        let method = call["method"].as_str().unwrap_or_default();
        if !method.starts_with("/pulumirpc.ResourceProvider/") {
            continue;
        }
        n_calls += 1;
        for planted in [PLANTED[0], PLANTED[1], TOKEN] {
            for part in ["response", "errors"] {
                assert!(
                    !is_open(&call[part], planted),
                    "{planted} in {method}: {}",
                    call[part]
                );
            }
            n_marked += usize::from(call["response"].to_string().contains(planted));
        }
        assert!(!call.to_string().contains(TOKEN), "{method} has the token");
    }
    assert!(
        n_calls > 20 && n_marked > 4,
        "{n_calls} calls, {n_marked} of them with a marked secret"
    );

    for said in said {
        assert!(!said.contains(TOKEN), "the token is in what was said");
        // The engine's own log may contain anything; what users read comes before it, except with an old engine.
        let after = said
            .split_once("Diagnostics:")
            .map_or("", |(_, after)| after);
        let shown = after.split("Resources:").next().unwrap_or_default();
        let seen = PLANTED.iter().find(|planted| shown.contains(**planted));
        assert!(!since::OWN_LOG.is_there() || seen.is_none(), "{shown}");
    }
    let (_, hooks) = workspace
        .ask("GET", "/api/stacks/acme/app/a/hooks", Value::Null)
        .await;
    assert!(
        PLANTED
            .iter()
            .all(|planted| !hooks.to_string().contains(planted))
    );
}
