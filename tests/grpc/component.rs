//! What an `AutoDeployer` registers, and with which options.

use crate::components::{component, construct};
use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use testkit::engine::Log;
use testkit::monitor::Monitor;
use testkit::provider::Provider;
use testkit::values::{UNKNOWN, json_of, output, properties, secret};
use tokio::sync::Barrier;

fn asked(monitor: &str, inputs: Value) -> pb::ConstructRequest {
    component("AutoDeployer", "a", monitor, inputs)
}

#[tokio::test]
async fn registers_itself_its_webhooks_and_its_outputs() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let inputs = json!({"project": "app", "stack": "a", "downstreamRefs": [output("app/b", &["urn:b"]), "app/c"]});
    let state = construct(&provider, asked(&monitor.serve().await, inputs))
        .await
        .expect("it is built");
    let taken = monitor.taken();
    let (component, children) = taken.split_first().expect("it was registered");
    assert_eq!((component.custom, component.name.as_str()), (false, "a"));
    assert_eq!(
        component.property_dependencies["downstreamRefs"].urns,
        ["urn:b"]
    );

    let names: Vec<_> = children.iter().map(|child| child.name.as_str()).collect();
    assert_eq!(names, ["a->acme/app/b", "a->acme/app/c"]);
    for (child, (target, former)) in children.iter().zip([("app/b", "a-0"), ("app/c", "a-1")]) {
        assert!(child.custom && child.delete_before_replace && child.delete_before_replace_defined);
        assert_eq!(
            child.parent,
            "urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer::a"
        );
        assert_eq!(
            (child.version.as_str(), child.plugin_download_url.as_str()),
            (
                env!("CARGO_PKG_VERSION"),
                "github://api.github.com/pulumi/pulumi-auto-deploy"
            )
        );
        assert_eq!(
            json_of(child.object.clone()),
            json!({
                "organizationName": "acme", "projectName": "app", "stackName": "a", "format": "pulumi_deployments",
                "displayName": target, "payloadUrl": target,
            })
        );
        let Some(pb::alias::Alias::Spec(alias)) = &child.aliases[1].alias else {
            panic!("{:?}", child.aliases)
        };
        assert_eq!(
            (alias.r#type.as_str(), alias.name.as_str()),
            ("pulumiservice:index:Webhook", former)
        );
        assert_eq!(child.additional_secret_outputs, [""; 0], "it has no secret");
    }
    assert_eq!(
        children[0].property_dependencies["payloadUrl"].urns,
        ["urn:b"]
    );
    assert_eq!(
        (&children[0].dependencies, &children[1].dependencies),
        (&vec!["urn:b".to_owned()], &vec![])
    );

    let hooks = [
        "urn:pulumi:dev::wiring::auto-deploy:index:Webhook::a->acme/app/b",
        "urn:pulumi:dev::wiring::auto-deploy:index:Webhook::a->acme/app/c",
    ];
    assert_eq!(
        state["downstreamWebhooks"],
        output(
            json!(["hook of a->acme/app/b", "hook of a->acme/app/c"]),
            &hooks
        )
    );
    assert_eq!(
        (&state["ref"], &state["organization"]),
        (&json!("app/a"), &json!("acme"))
    );
    let outputs = monitor.outputs.lock().expect("no panic").clone();
    assert_eq!(outputs.len(), 1, "outputs are registered once");
    assert_eq!(
        outputs[0].1["downstreamWebhooks"],
        json!(["hook of a->acme/app/b", "hook of a->acme/app/c"])
    );
}

#[tokio::test]
async fn forwards_every_option() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let ours = "urn:pulumi:dev::wiring::pulumi:providers:auto-deploy::mine::id";
    let limits = pb::construct_request::CustomTimeouts {
        create: "1m".into(),
        update: "2m".into(),
        delete: "3m".into(),
        read: "4m".into(),
    };
    let alias = pb::Alias {
        alias: Some(pb::alias::Alias::Urn("urn:old".into())),
    };
    let hooks = pb::construct_request::ResourceHooksBinding {
        after_create: vec!["hook".into()],
        ..Default::default()
    };
    let request = pb::ConstructRequest {
        parent: "urn:parent".into(),
        protect: Some(true),
        aliases: vec![alias.clone()],
        providers: HashMap::from([
            ("auto-deploy".to_owned(), ours.to_owned()),
            ("x".to_owned(), "urn:x::id".to_owned()),
        ]),
        dependencies: vec!["urn:first".into()],
        additional_secret_outputs: vec!["ref".into()],
        custom_timeouts: Some(limits),
        deleted_with: "urn:with".into(),
        delete_before_replace: Some(true),
        ignore_changes: vec!["active".into()],
        replace_on_changes: vec!["project".into()],
        retain_on_delete: Some(true),
        resource_hooks: Some(hooks),
        replace_with: vec!["urn:other".into()],
        stack_trace_handle: "trace".into(),
        ..asked(
            &monitor.serve().await,
            json!({"project": "app", "stack": "a", "downstreamRefs": ["app/b"]}),
        )
    };
    construct(&provider, request.clone())
        .await
        .expect("it is built");
    let taken = monitor.taken();
    let [component, child] = taken.as_slice() else {
        panic!("{taken:?}")
    };
    assert_eq!(
        (component.parent.as_str(), component.protect),
        ("urn:parent", Some(true))
    );
    assert_eq!(
        (&component.aliases, component.alias_specs),
        (&vec![alias], true)
    );
    assert_eq!(component.providers, request.providers);
    assert_eq!(component.dependencies, request.dependencies);
    assert_eq!(
        component.additional_secret_outputs,
        request.additional_secret_outputs
    );
    assert_eq!(
        (
            component.delete_before_replace,
            component.delete_before_replace_defined
        ),
        (true, true)
    );
    assert_eq!(component.deleted_with, "urn:with");
    assert_eq!(
        (&component.ignore_changes, &component.replace_on_changes),
        (&request.ignore_changes, &request.replace_on_changes)
    );
    assert_eq!(component.retain_on_delete, Some(true));
    assert_eq!(
        component.hooks.clone().expect("hooks").after_create,
        ["hook"]
    );
    assert_eq!(component.replace_with, request.replace_with);
    assert_eq!(
        [
            component.parent_stack_trace_handle.as_str(),
            child.parent_stack_trace_handle.as_str()
        ],
        ["", ""],
        "it would fill the state"
    );
    for one in [component, child] {
        let limits = one.custom_timeouts.clone().expect("limits");
        assert_eq!(
            [limits.create, limits.update, limits.delete, limits.read],
            ["1m", "2m", "3m", "4m"]
        );
        assert!(one.accept_secrets && one.accept_resources);
    }
    assert_eq!(
        (child.provider.as_str(), child.version.as_str()),
        (ours, "")
    );
}

#[tokio::test]
async fn children_use_the_provider_that_was_configured() {
    let (mut provider, monitor) = (Provider::start().await, Monitor::default());
    let (urn, id) = (
        "urn:pulumi:dev::wiring::pulumi:providers:auto-deploy::default".to_owned(),
        "4242".to_owned(),
    );
    let args = properties(json!({"apiUrl": provider.cloud.url(), "accessToken": secret("x")}));
    let request = pb::ConfigureRequest {
        urn: Some(urn.clone()),
        id: Some(id),
        args,
        ..pb::ConfigureRequest::default()
    };
    provider
        .client
        .configure(request)
        .await
        .expect("it is right");
    let inputs = json!({"project": "app", "stack": "a", "downstreamRefs": ["app/b"]});
    construct(&provider, asked(&monitor.serve().await, inputs))
        .await
        .expect("it is built");
    assert_eq!(monitor.taken()[1].provider, format!("{urn}::4242"));
}

#[tokio::test]
async fn a_preview_knows_what_can_be_known() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let inputs = json!({
        "project": "app", "stack": "a", "downstreamRefs": ["app/b", output(UNKNOWN, &["urn:b"])], "checks": "off",
    });
    let request = pb::ConstructRequest {
        dry_run: true,
        ..asked(&monitor.serve().await, inputs)
    };
    let state = construct(&provider, request).await.expect("it is planned");
    assert_eq!(
        monitor.taken().len(),
        2,
        "the component and the webhook that is known"
    );
    assert_eq!(
        state["downstreamWebhooks"]["value"],
        json!(["hook of a->acme/app/b", UNKNOWN])
    );
    assert_eq!(provider.requests(), [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_right_registers_nothing() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    let refused = async |name: &str, inputs: Value| {
        let request = pb::ConstructRequest {
            name: name.to_owned(),
            ..asked(&address, inputs)
        };
        let status = construct(&provider, request)
            .await
            .expect_err("it is refused");
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
        // The detail's message contains the properties; their texts appear in it unchanged.
        let detail: String = String::from_utf8_lossy(status.details())
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        detail
            .split("InputPropertiesError")
            .nth(1)
            .expect("the detail is there")
            .to_owned()
    };
    let wrong = refused("a", json!({"stack": "a", "downstreamRefs": ["b"]})).await;
    assert!(
        wrong.contains("project")
            && wrong.contains("is required")
            && wrong.contains("downstreamRefs[0]"),
        "{wrong}"
    );
    let hidden = refused(
        "a",
        json!({"project": "app", "stack": "a", "downstreamRefs": [secret("s3cret")]}),
    )
    .await;
    assert!(!hidden.contains("s3cret"), "{hidden}");
    assert_eq!(monitor.registered.lock().expect("no panic").len(), 0);
}

#[tokio::test]
async fn a_cycle_is_found_whatever_comes_first() {
    let edges = [("a", "app/b"), ("b", "app/c"), ("c", "app/a")];
    for rotation in 0..3 {
        let (provider, monitor) = (Provider::start().await, Monitor::default());
        let address = monitor.serve().await;
        let mut statuses = Vec::new();
        for place in 0..3 {
            let (stack, downstream) = edges[(rotation + place) % 3];
            let inputs = json!({"project": "app", "stack": stack, "downstreamRefs": [downstream]});
            let request = pb::ConstructRequest {
                name: stack.to_owned(),
                dry_run: true,
                ..asked(&address, inputs)
            };
            statuses.push(
                construct(&provider, request)
                    .await
                    .map_err(|status| String::from_utf8_lossy(status.details()).into_owned()),
            );
        }
        let [Ok(_), Ok(_), Err(detail)] = statuses.as_slice() else {
            panic!("{statuses:?}")
        };
        assert!(detail.contains("app/a → app/b → app/c → app/a"), "{detail}");
    }
}

#[tokio::test]
async fn another_deployment_knows_nothing_of_the_last() {
    let provider = Provider::start().await;
    for (stack, downstream) in [("a", "app/b"), ("b", "app/a")] {
        let monitor = Monitor::default();
        let inputs = json!({"project": "app", "stack": stack, "downstreamRefs": [downstream]});
        construct(&provider, asked(&monitor.serve().await, inputs))
            .await
            .expect("each has one of the edges");
    }
}

#[tokio::test]
async fn a_deployment_that_ends_meanwhile_is_no_fault_of_the_component() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    *monitor.refuses.lock().expect("no panic") =
        Some(tonic::Status::unavailable("the monitor has shut down"));
    let inputs = json!({"project": "app", "stack": "a"});
    let built = construct(&provider, asked(&address, inputs.clone())).await;
    assert_eq!(built.expect("the engine has said why"), json!({}));
    *monitor.refuses.lock().expect("no panic") = Some(tonic::Status::invalid_argument("no"));
    let status = construct(&provider, asked(&address, inputs))
        .await
        .expect_err("it was refused");
    insta::assert_snapshot!(status.message(), @"the engine refused to register a resource: no");
}

/// The engine has reported the reason, and continues: an error of ours would be a second one, and would end the program.
#[tokio::test]
async fn a_registration_without_success_is_no_failure_of_the_component() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    let inputs =
        json!({"project": "app", "stack": "a", "downstreamRefs": ["app/b"], "checks": "off"});
    // A failed one, a skipped one of an engine before 3.276, and a result that no engine knows yet.
    for result in [1, 2, 3] {
        *monitor.result.lock().expect("no panic") = result;
        let built = construct(&provider, asked(&address, inputs.clone())).await;
        assert_eq!(built.expect("it is answered"), json!({}), "{result}");
        let names: Vec<_> = monitor.taken().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["a"], "{result}: no children of what is not there");
    }
}

#[tokio::test]
async fn an_import_of_a_component_says_what_to_import() {
    let provider = Provider::start().await;
    let request = pb::ReadRequest {
        id: "x".to_owned(),
        urn: "urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer::net".to_owned(),
        ..pb::ReadRequest::default()
    };
    let status = provider.client.clone().read(request).await;
    insta::assert_snapshot!(status.expect_err("it is none").message(), @"`AutoDeployer` is a component and has no ID: import its webhooks, with `pulumi import auto-deploy:index:Webhook NAME ORGANIZATION/PROJECT/STACK/WEBHOOK`");
}

/// Unknown is not absent: an update of selected targets creates no new webhook beside the ones that it skips.
#[tokio::test]
async fn what_depends_on_a_webhook_that_is_passed_over_is_unknown() {
    let deployer = json!({"project": "app", "stack": "a", "downstreamRefs": ["app/b", "app/c"], "checks": "off"});
    let graph = json!({"dependencies": {"app/b": ["app/a"], "app/c": ["app/a"]}, "checks": "off"});
    for (kind, output, inputs) in [
        ("AutoDeployer", "downstreamWebhooks", deployer),
        ("DependencyGraph", "webhooks", graph),
    ] {
        let built = async |passed_over: &[String]| {
            let (provider, monitor) = (Provider::start().await, Monitor::default());
            monitor
                .passed_over
                .lock()
                .expect("no panic")
                .extend(passed_over.iter().cloned());
            let address = monitor.serve().await;
            let request = component(kind, "net", &address, inputs.clone());
            let state = construct(&provider, request).await.expect("it is built");
            (state, monitor)
        };
        let (whole, monitor) = built(&[]).await;
        let names = monitor.taken().into_iter().map(|it| it.name);
        let of_c: Vec<String> = names.filter(|name| name.ends_with("app/c")).collect();
        assert_eq!(of_c.len(), 1);

        let (partly, monitor) = built(&of_c).await;
        let listed = partly[output]["value"].as_array().expect("a list");
        let unknown = |name: &Value| {
            let kind = &name["4dabf18193072939515e22adb298388d"];
            kind == "d0e6a833031e9bbcd3f4e8bde6ca49a4" && name.get("value").is_none()
        };
        assert!(
            matches!(listed.as_slice(), [known, passed] if known.is_string() && unknown(passed)),
            "an output without a value: {partly}"
        );
        let dependencies = partly[output]["dependencies"].as_array();
        assert_eq!(dependencies.expect("a list").len(), 2, "{partly}");
        let mut rest = partly.clone();
        rest[output] = whole[output].clone();
        assert_eq!(rest, whole, "everything else is known");
        let outputs = monitor.outputs.lock().expect("no panic").clone();
        let [(_, kept)] = outputs.as_slice() else {
            panic!("they are registered once: {outputs:?}");
        };
        let names = kept[output].as_array().expect("a list");
        assert!(
            matches!(names.as_slice(), [name] if name.as_str().expect("a text").ends_with("app/b")),
            "the state has what is known: {kept}"
        );
    }
}

#[tokio::test]
async fn options_reach_the_webhooks_where_they_can_and_are_said_where_not() {
    let (provider, log, monitor) = (Provider::start().await, Log::default(), Monitor::default());
    let another = provider.another(&log.serve().await).await;
    let inputs =
        json!({"project": "app", "stack": "a", "downstreamRefs": ["app/b"], "checks": "off"});
    let request = pb::ConstructRequest {
        ignore_changes: vec!["filters".into(), "stack".into()],
        replace_on_changes: vec!["active".into()],
        providers: HashMap::from([("pulumiservice".to_owned(), "urn:x::id".to_owned())]),
        ..asked(&monitor.serve().await, inputs)
    };
    another
        .client
        .clone()
        .construct(request)
        .await
        .expect("it is built");
    let child = monitor.taken().pop().expect("it is registered");
    assert_eq!(child.ignore_changes, ["filters"]);
    assert_eq!(child.replace_on_changes, ["active"]);
    insta::assert_snapshot!(log.taken().join("\n"));
}

#[tokio::test]
async fn a_component_of_a_deployment_that_is_over_is_answered() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let delay = Trouble::Delay(std::time::Duration::from_mins(10));
    let path = "/api/stacks/{o}/{p}/{s}/hooks";
    provider
        .cloud
        .app()
        .faults()
        .add(Fault::on(Method::GET, path, delay).times(2));
    // If findings are errors, a component checks the cloud before it registers anything.
    let inputs = json!({
        "project": "app", "stack": "prod", "downstreamRefs": ["app/dev"], "checks": "error",
    });
    let request = asked(&monitor.serve().await, inputs);
    let (mut building, mut ending) = (provider.client.clone(), provider.client.clone());
    let over = Arc::new(std::sync::Mutex::new(Vec::new()));
    let faults = provider.cloud.app();
    let built = async {
        let built = building.construct(request.clone()).await;
        over.lock().expect("no panic").push("component");
        built
    };
    let ended = async {
        while faults.faults().n_waiting() > 0 {
            tokio::task::yield_now().await;
        }
        ending.cancel(()).await.expect("it answers");
        over.lock().expect("no panic").push("cancel");
    };
    // `biased` polls the first future first.
    let (built, ()) = tokio::join!(biased; built, ended);
    let urn = "urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer::a";
    assert_eq!(built.expect("no second error").into_inner().urn, urn);
    assert_eq!(*over.lock().expect("no panic"), ["component", "cancel"]);
    // A late request is answered as well.
    let late = provider.client.clone().construct(request).await;
    assert_eq!(late.expect("no second error").into_inner().urn, urn);
    assert_eq!(monitor.registered.lock().expect("no panic").len(), 0);
}

/// The update that creates such a webhook is itself one that triggers it.
#[tokio::test]
async fn an_edge_of_the_programs_own_stack_is_one_notice() {
    let (provider, log) = (Provider::start().await, Log::default());
    let another = provider.another(&log.serve().await).await;
    let made = provider.ask(
        "POST",
        "/api/stacks/acme/wiring",
        json!({"stackName": "dev"}),
    );
    assert_eq!(made.await.0, 200);
    let alone = Arc::new(Barrier::new(1));
    let monitor = Monitor::making(&another.client, "wiring", &alone);
    let edges = |project: &str| {
        let refs = json!(["app/prod", "app/dev"]);
        json!({"project": project, "stack": "dev", "downstreamRefs": refs, "checks": "off"})
    };
    let address = monitor.serve().await;
    let build = async |name: &str, inputs: Value| {
        let request = component("AutoDeployer", name, &address, inputs);
        another
            .client
            .clone()
            .construct(request)
            .await
            .expect("it is built");
    };
    let mut elsewhere = edges("app");
    elsewhere["downstreamRefs"] = json!(["app/prod"]);
    build("elsewhere", elsewhere).await;
    assert_eq!(log.taken(), [""; 0]);
    build("here", edges("wiring")).await;
    let said = log.taken();
    assert_eq!(said.len(), 1, "once for both webhooks: {said:?}");
    let (_, said) = said[0].split_once(": ").expect("it is about one of them");
    insta::assert_snapshot!(said, @"`wiring/dev` is the stack of this program itself, so this `pulumi up` starts the stacks that follow it as soon as it succeeds; to declare edges without starting anything, declare them in the program of another stack");
}
