//! The CLI's own commands for webhooks and for deployment settings.

use serde_json::{Value, json};
use testkit::session::{OUTPUTS, STACK, Session};
use testkit::since;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The receiver of deliveries.
async fn receiver() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    server
}

/// Runs `pulumi stack webhook …` or `pulumi org webhook …`, and returns the JSON that it prints.
async fn webhook(session: &Session, of: &str, arguments: &[&str]) -> Value {
    let arguments = [&[of, "webhook"], arguments, &["--output", "json"]].concat();
    session.pulumi(&arguments).await.json()
}

/// Pings a webhook, finds the delivery in the list, and delivers it again.
async fn ping_and_redeliver(session: &Session, of: &str, path: &str, id: &str) {
    session
        .pulumi(&[of, "webhook", "ping", id])
        .await
        .succeeds();
    let deliveries = session.get(&format!("{path}/{id}/deliveries")).await;
    let event = deliveries[0]["id"].as_str().unwrap().to_owned();
    let listed = webhook(session, of, &["delivery", "list", id])
        .await
        .to_string();
    assert!(listed.contains(&event), "{listed}");
    // The CLI has no such command for organizations.
    let (status, answer) = if of == "stack" {
        let again = [of, "webhook", "delivery", "redeliver", id, &event];
        session.pulumi(&again).await.succeeds();
        (200, Value::Null)
    } else {
        let again = format!("{path}/{id}/deliveries/{event}/redeliver");
        session.ask("POST", &again, Value::Null).await
    };
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_stack_and_of_an_organization() {
    if since::WEBHOOK_COMMANDS.is_missing() {
        return;
    }
    let session = Session::with(OUTPUTS).await;
    let receiver = receiver().await;
    session
        .pulumi(&["org", "set-default", "acme"])
        .await
        .succeeds();
    for (of, path) in [
        ("stack", format!("{STACK}/hooks")),
        ("org", "/api/orgs/acme/hooks".to_owned()),
    ] {
        let url = receiver.uri();
        let made = webhook(
            &session,
            of,
            &[
                "new",
                "--name",
                "news",
                "--url",
                &url,
                "--event",
                "update_succeeded",
                "--secret",
                "hush-hush",
            ],
        )
        .await;
        let live = session.get(&path).await;
        let id = live[0]["name"].as_str().unwrap().to_owned();
        assert_eq!(live.as_array().unwrap().len(), 1, "{live}");
        assert_eq!(live[0]["hasSecret"], true, "{made}");
        let listed = webhook(&session, of, &["list"]).await.to_string();
        assert!(
            listed.contains(&id) && !listed.contains("hush-hush"),
            "{listed}"
        );

        webhook(
            &session,
            of,
            &[
                "edit",
                &id,
                "--display-name",
                "Renamed",
                "--add-event",
                "update_failed",
                "--secret",
                "",
            ],
        )
        .await;
        let live = session.get(&path).await;
        assert_eq!(
            (
                &live[0]["displayName"],
                &live[0]["hasSecret"],
                &live[0]["filters"]
            ),
            (
                &json!("Renamed"),
                &json!(false),
                &json!(["update_succeeded", "update_failed"])
            )
        );

        // The CLI shows a single webhook only of a stack, those of an organization only in a list.
        if of == "stack" {
            let shown = webhook(&session, of, &["get", &id]).await.to_string();
            assert!(shown.contains("Renamed"), "{shown}");
        }
        ping_and_redeliver(&session, of, &path, &id).await;
        session
            .pulumi(&[of, "webhook", "remove", &id, "--yes"])
            .await
            .succeeds();
        assert_eq!(session.get(&path).await, json!([]));
    }
    let requests = receiver.received_requests().await.unwrap();
    let bodies: Vec<&[u8]> = requests
        .iter()
        .map(|request| request.body.as_slice())
        .collect();
    assert_eq!(bodies.len(), 4, "a ping and a redelivery of each");
    assert_eq!(bodies[0], bodies[1], "a redelivery is the same again");
    assert_eq!(bodies[2], bodies[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_not_there() {
    if since::WEBHOOK_COMMANDS.is_missing() {
        return;
    }
    let session = Session::with(OUTPUTS).await;
    for arguments in [
        &["stack", "webhook", "get", "nothing"][..],
        &["stack", "webhook", "ping", "nothing"],
        &[
            "org",
            "webhook",
            "edit",
            "nothing",
            "--display-name",
            "x",
            "--org",
            "acme",
        ],
    ] {
        let said = session.pulumi(arguments).await.fails();
        assert!(
            said.contains("404") || said.contains("not found"),
            "{arguments:?}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stack_needs_to_be_deployed() {
    if since::DEPLOYMENT_COMMANDS.is_missing() {
        return;
    }
    let session = Session::with(OUTPUTS).await;
    session
        .pulumi(&[
            "deployment",
            "settings",
            "edit",
            "--git-url",
            "https://example.com/web.git",
            "--branch",
            "main",
            "--folder",
            "infra",
            "--env",
            "REGION=eu",
            "--secret-env",
            "KEY=hush-hush",
            "--pre-run-command",
            "make ready",
            "--skip-intermediate-deployments",
        ])
        .await
        .succeeds();
    let settings = session.get(&format!("{STACK}/deployments/settings")).await;
    let git = &settings["sourceContext"]["git"];
    assert_eq!(
        (&git["repoUrl"], &git["repoDir"]),
        (&json!("https://example.com/web.git"), &json!("infra"))
    );
    let operation = &settings["operationContext"];
    assert_eq!(operation["preRunCommands"], json!(["make ready"]));
    assert_eq!(operation["options"]["skipIntermediateDeployments"], true);
    assert!(!settings.to_string().contains("hush-hush"), "{settings}");
    let said = session
        .pulumi(&["deployment", "settings", "get", "--output", "json"])
        .await
        .succeeds();
    assert!(
        said.contains("REGION") && !said.contains("hush-hush"),
        "{said}"
    );

    session
        .pulumi(&[
            "deployment",
            "settings",
            "edit",
            "--remove-env",
            "REGION",
            "--branch",
            "next",
        ])
        .await
        .succeeds();
    let settings = session.get(&format!("{STACK}/deployments/settings")).await;
    let environment = &settings["operationContext"]["environmentVariables"];
    assert_eq!(
        environment.get("REGION").filter(|value| !value.is_null()),
        None,
        "{settings}"
    );
    assert!(
        environment.get("KEY").is_some(),
        "the rest stays: {settings}"
    );
    assert!(
        settings["sourceContext"]["git"]["branch"]
            .as_str()
            .unwrap()
            .ends_with("next")
    );
}
