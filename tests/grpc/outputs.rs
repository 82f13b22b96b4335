//! Every answer contains what the schema promises: all required outputs, including every list and map.

use crate::components::{component, construct};
use crate::functions::{invoke, make_network};
use auto_deploy::pb;
use auto_deploy::schema::package_schema;
use serde_json::{Value, json};
use testkit::monitor::Monitor;
use testkit::provider::Provider;
use testkit::values::{UNKNOWN, output};

/// A value without its marks; `None` while it is unknown.
fn plain(value: &Value) -> Option<&Value> {
    match value.get("4dabf18193072939515e22adb298388d") {
        Some(_) => plain(value.get("value")?),
        None => Some(value).filter(|value| **value != UNKNOWN),
    }
}

/// Checks an answer against the schema.
struct Promise {
    schema: Value,
    breaches: Vec<String>,
}

impl Promise {
    /// Checks an object against its description; optional members may be absent.
    fn object(&mut self, described: &Value, answered: &Value, at: &str) {
        let names = described["required"].as_array().into_iter().flatten();
        let required: Vec<_> = names.filter_map(Value::as_str).collect();
        let known = described["properties"].as_object().expect("it has some");
        let answered = answered.as_object().expect("it is an object");
        for name in answered.keys().filter(|name| !known.contains_key(*name)) {
            self.breaches.push(format!("{at}.{name} is not declared"));
        }
        for (name, kind) in known {
            let at = format!("{at}.{name}");
            match answered.get(name) {
                None | Some(Value::Null) => {
                    if required.contains(&name.as_str()) {
                        self.breaches.push(format!("{at} is absent"));
                    }
                }
                Some(value) => self.value(kind, value, &at),
            }
        }
    }

    fn value(&mut self, kind: &Value, answered: &Value, at: &str) {
        let Some(answered) = plain(answered) else {
            return;
        };
        if let Some(name) = kind["$ref"].as_str() {
            let name = name.trim_start_matches("#/types/");
            let described = self.schema["types"][name].clone();
            if described["type"] == "object" {
                self.object(&described, answered, at);
            }
        } else if kind["type"] == "array" {
            for item in answered.as_array().expect("it is a list") {
                self.value(&kind["items"], item, at);
            }
        } else if kind["type"] == "object" {
            for item in answered.as_object().expect("it is a map").values() {
                self.value(&kind["additionalProperties"], item, at);
            }
        }
    }
}

/// Fails unless the answer is as the schema says; `place` is the path in the schema.
fn keeps_its_promise(place: [&str; 2], answered: &Value, after: &str) {
    let schema: Value = serde_json::from_str(&package_schema()).expect("it is JSON");
    let described = &schema[place[0]][format!("auto-deploy:index:{}", place[1])];
    let described = match place[0] {
        "functions" => described["outputs"].clone(),
        _ => described.clone(),
    };
    let mut promise = Promise {
        schema,
        breaches: Vec::new(),
    };
    promise.object(&described, answered, place[1]);
    assert_eq!(promise.breaches, [""; 0], "{after}: {answered}");
}

fn webhook(state: &Value, after: &str) {
    keeps_its_promise(["resources", "Webhook"], state, after);
}

/// Both objects merged, without the members that must be absent.
fn merged(one: &Value, other: &Value) -> Value {
    let members = one.as_object().into_iter().chain(other.as_object());
    let members = members.flatten().filter(|(_, value)| **value != "absent");
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The inputs of webhooks of every kind of owner: without events, with an empty list of them, and with some.
async fn webhooks(provider: &Provider) -> Vec<Value> {
    let environment = json!({"project": "app", "name": "shared"});
    let path = "/api/esc/environments/acme";
    assert_eq!(provider.ask("POST", path, environment).await.0, 200);
    let scopes = [
        (json!({}), "update_failed", "environments"),
        (
            json!({"projectName": "app", "stackName": "prod"}),
            "update_failed",
            "deployments",
        ),
        (
            json!({"projectName": "app", "environmentName": "shared"}),
            "change_request_created",
            "environments",
        ),
    ];
    let mut found = Vec::new();
    for (scope, filter, group) in &scopes {
        for filters in [json!("absent"), json!(null), json!([]), json!([filter])] {
            for groups in [json!("absent"), json!(null), json!([]), json!([group])] {
                let events = json!({
                    "organizationName": "acme", "displayName": "to us", "payloadUrl": "https://example.com/in",
                    "filters": filters, "groups": groups,
                });
                found.push(provider.inputs(merged(scope, &events)).await);
            }
        }
    }
    found
}

/// A state as it was before empty lists were in it.
fn before(state: &Value) -> Value {
    let mut state = state.clone();
    let members = state.as_object_mut().expect("it is an object");
    members.retain(|_, value| *value != json!([]));
    state
}

#[tokio::test]
async fn of_webhooks_are_all_there() {
    let provider = Provider::start().await;
    for (place, news) in webhooks(&provider).await.iter().enumerate() {
        let name = format!("hook-{place}");
        let (_, previewed) = provider
            .create_with(&name, news, true)
            .await
            .expect("it answers");
        webhook(&previewed, "preview of Create");
        let (id, state) = provider.create(&name, news).await.expect("it is made");
        webhook(&state, "Create");
        let olds = [state.clone(), before(&state), Value::Null];
        for (olds, inputs) in olds.iter().zip([news, news, &Value::Null]) {
            let read = provider.read(&id, olds, inputs).await.expect("it answers");
            let (found, _) = read.expect("it is there");
            webhook(&found, "Read");
        }
        let mut changed = news.clone();
        changed["active"] = json!(false);
        for (preview, after) in [(true, "preview of Update"), (false, "Update")] {
            let updated = provider
                .update(&id, &before(&state), news, &changed, preview)
                .await;
            webhook(&updated.expect("it answers"), after);
        }
    }
}

#[tokio::test]
async fn of_webhooks_are_all_known_in_a_preview_if_the_inputs_are() {
    let provider = Provider::start().await;
    let schema: Value = serde_json::from_str(&package_schema()).expect("it is JSON");
    let declared = schema["resources"]["auto-deploy:index:Webhook"]["properties"].clone();
    let declared: Vec<_> = declared.as_object().expect("it has some").keys().collect();
    for news in webhooks(&provider).await {
        let (id, created) = provider
            .create_with("hook", &news, true)
            .await
            .expect("it answers");
        let updated = provider
            .update(&id, &before(&created), &news, &news, true)
            .await;
        for previewed in [created, updated.expect("it answers")] {
            let answered = previewed.as_object().expect("it is an object");
            assert_eq!(answered.keys().collect::<Vec<_>>(), declared);
            let unknown = answered.iter().filter(|(_, value)| plain(value).is_none());
            // The cloud is asked about the name, which is another one in each create.
            let is_named = news.get("name").is_some();
            let unknown: Vec<_> = unknown.map(|(name, _)| name.as_str()).collect();
            assert_eq!(
                unknown,
                if is_named { vec![] } else { vec!["name"] },
                "{previewed}"
            );
        }
    }
}

#[tokio::test]
async fn a_state_without_them_is_not_changed() {
    let provider = Provider::start().await;
    for (place, news) in webhooks(&provider).await.iter().enumerate() {
        let made = provider.create(&format!("hook-{place}"), news).await;
        let (id, state) = made.expect("it is made");
        let old = before(&state);
        provider.requests();
        let diffed = provider.diff(&old, news, news).await;
        assert_eq!(diffed.detailed, [""; 0], "an `up` changes nothing");
        assert_eq!(provider.requests(), [""; 0]);
        let read = provider.read(&id, &old, news).await.expect("it answers");
        let (found, inputs) = read.expect("it is there");
        assert_eq!(inputs, *news, "to a refresh nothing has changed");
        let diffed = provider.diff(&found, &inputs, news).await;
        assert_eq!(diffed.detailed, [""; 0], "nor is a change shown");
        assert_eq!(found, state, "and then the lists are there");
    }
}

/// Lists as inputs: absent, null, empty, full, and as an output.
fn lists(full: Value) -> [Value; 5] {
    [
        json!("absent"),
        json!(null),
        json!([]),
        full.clone(),
        output(full, &["urn:x"]),
    ]
}

#[tokio::test]
async fn of_components_are_all_there() {
    let provider = Provider::start().await;
    make_network(&provider).await;
    let mut asked = Vec::new();
    for filters in lists(json!(["update_succeeded"])) {
        for refs in lists(json!(["db/prod", "cache/prod"])) {
            for discover in [json!("absent"), json!(true)] {
                let inputs = json!({
                    "project": "network", "stack": "prod", "filters": filters, "downstreamRefs": refs,
                    "discoverDownstream": discover,
                });
                asked.push(("AutoDeployer", inputs));
            }
        }
        for upstream in lists(json!(["network/prod"])) {
            for strategy in ["parallel", "sequential"] {
                let dependencies = merged(&json!({"db/prod": upstream}), &json!({}));
                let inputs =
                    json!({"dependencies": dependencies, "filters": filters, "strategy": strategy});
                asked.push(("DependencyGraph", inputs));
            }
        }
    }
    for (place, (kind, inputs)) in asked.into_iter().enumerate() {
        for dry_run in [true, false] {
            // A separate deployment: within one, no two components declare the same edge.
            let monitor = Monitor::default();
            let address = monitor.serve().await;
            let inputs = merged(&inputs, &json!({}));
            let request = pb::ConstructRequest {
                dry_run,
                ..component(
                    kind,
                    &format!("component-{place}"),
                    &address,
                    inputs.clone(),
                )
            };
            let state = construct(&provider, request).await.expect("it is built");
            keeps_its_promise(["resources", kind], &state, &inputs.to_string());
            let registered = monitor.outputs.lock().expect("no panic").pop();
            let (_, registered) = registered.expect("they are registered");
            keeps_its_promise(["resources", kind], &registered, &inputs.to_string());
        }
    }
}

#[tokio::test]
async fn of_functions_are_all_there() {
    let provider = Provider::start().await;
    make_network(&provider).await;
    let hook = json!({
        "organizationName": "acme", "displayName": "to db", "payloadUrl": "db/prod", "active": true,
        "format": "pulumi_deployments", "filters": ["update_succeeded"], "name": "by-hand",
    });
    let hooks = "/api/stacks/acme/network/prod/hooks";
    assert_eq!(provider.ask("POST", hooks, hook).await.0, 201);
    for (function, arguments) in [
        (
            "getDownstreamStacks",
            json!({"organization": "acme", "project": "network", "stack": "prod"}),
        ),
        (
            "getDownstreamStacks",
            json!({"organization": "acme", "project": "app", "stack": "prod"}),
        ),
        ("getDependencyGraph", json!({"organization": "acme"})),
        (
            "getDependencyGraph",
            json!({"organization": "acme", "project": "app"}),
        ),
    ] {
        let answer = invoke(&provider, function, arguments.clone()).await;
        let answer = answer.expect("it answers");
        keeps_its_promise(["functions", function], &answer, &arguments.to_string());
    }
}
