//! `auto-deploy:index:DeploymentSchedule`: from its first create to its delete.

use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use testkit::provider::{Provider, seed};
use testkit::values::{json_of, properties};
use tonic::Status;

const URN: &str = "urn:pulumi:dev::wiring::auto-deploy:index:DeploymentSchedule::nightly";

const SCHEDULES: &str = "/api/stacks/acme/app/prod/deployments/schedules";

/// A provider, and a cloud where `app/prod` can be deployed.
async fn scene() -> Provider {
    let provider = Provider::simulated().await;
    let path = "/api/stacks/acme/app/prod/deployments/settings";
    let git = json!({"repoUrl": "file:///nowhere", "branch": "main"});
    let settings = json!({"sourceContext": {"git": git}});
    let (status, answer) = provider.ask("PUT", path, settings).await;
    assert_eq!(status, 200, "{answer}");
    provider
}

fn nightly() -> Value {
    json!({
        "organization": "acme", "project": "app", "stack": "prod", "scheduleCron": "0 3 * * *",
        "pulumiOperation": "update",
    })
}

/// The schedules of the stack: id, cron, operation.
async fn kept(provider: &Provider) -> Vec<(String, String, String)> {
    let (status, list) = provider.ask("GET", SCHEDULES, Value::Null).await;
    assert_eq!(status, 200, "{list}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |schedule: &Value| {
        let operation = &schedule["definition"]["request"]["operation"];
        (
            text(&schedule["id"]),
            text(&schedule["scheduleCron"]),
            text(operation),
        )
    };
    list["schedules"]
        .as_array()
        .expect("a list")
        .iter()
        .map(one)
        .collect()
}

async fn create(provider: &Provider, preview: bool) -> Result<(String, Value), Status> {
    let checked = pb::CheckRequest {
        urn: URN.to_owned(),
        news: properties(nightly()),
        random_seed: seed(),
        ..pb::CheckRequest::default()
    };
    let mut client = provider.client.clone();
    let checked = client.check(checked).await?.into_inner();
    assert_eq!(checked.failures, []);
    let request = pb::CreateRequest {
        urn: URN.to_owned(),
        properties: checked.inputs,
        preview,
        ..pb::CreateRequest::default()
    };
    let made = client.create(request).await?.into_inner();
    Ok((made.id, json_of(made.properties)))
}

async fn read(
    provider: &Provider,
    id: &str,
    olds: Option<Value>,
) -> Result<Option<(Value, Value)>, Status> {
    let request = pb::ReadRequest {
        id: id.to_owned(),
        urn: URN.to_owned(),
        inputs: olds.clone().and_then(properties),
        properties: olds.and_then(properties),
        ..pb::ReadRequest::default()
    };
    let found = provider.client.clone().read(request).await?.into_inner();
    let is_there = !found.id.is_empty();
    Ok(is_there.then(|| (json_of(found.inputs), json_of(found.properties))))
}

#[tokio::test]
async fn it_is_made_changed_read_and_deleted() {
    let provider = scene().await;
    let (id, state) = create(&provider, true).await.expect("it is previewed");
    assert_eq!((id.as_str(), kept(&provider).await), ("", vec![]));
    assert_eq!(state["pulumiOperation"], "update");

    let (id, state) = create(&provider, false).await.expect("it is made");
    let [(schedule, cron, operation)] = &kept(&provider).await[..] else {
        panic!("there is one");
    };
    assert_eq!((cron.as_str(), operation.as_str()), ("0 3 * * *", "update"));
    assert_eq!(id, format!("acme/app/prod/{schedule}"));
    assert_eq!(state["scheduleId"], schedule.as_str());

    let mut news = nightly();
    news["scheduleCron"] = json!("0 4 * * *");
    news["pulumiOperation"] = json!("refresh");
    let request = pb::UpdateRequest {
        id: id.clone(),
        urn: URN.to_owned(),
        olds: properties(state.clone()),
        old_inputs: properties(nightly()),
        news: properties(news.clone()),
        ..pb::UpdateRequest::default()
    };
    provider
        .client
        .clone()
        .update(request)
        .await
        .expect("it is changed");
    let changed = (
        schedule.clone(),
        "0 4 * * *".to_owned(),
        "refresh".to_owned(),
    );
    assert_eq!(kept(&provider).await, [changed]);

    // A refresh finds what someone else has changed, an import finds everything.
    for olds in [Some(nightly()), None] {
        let found = read(&provider, &id, olds).await.expect("it answers");
        let (inputs, state) = found.expect("it is there");
        assert_eq!(inputs, news);
        assert_eq!(state["scheduleId"], schedule.as_str());
    }

    for _ in 0..2 {
        let request = pb::DeleteRequest {
            id: id.clone(),
            urn: URN.to_owned(),
            ..pb::DeleteRequest::default()
        };
        provider
            .client
            .clone()
            .delete(request)
            .await
            .expect("it is gone");
    }
    assert_eq!(kept(&provider).await, []);
    assert_eq!(
        read(&provider, &id, Some(news)).await.expect("it answers"),
        None
    );
    let odd = read(&provider, "acme/app/prod", None).await;
    assert_eq!(
        odd.expect_err("it is no id").message(),
        "`acme/app/prod` is not the ID of a schedule: write ORGANIZATION/PROJECT/STACK/SCHEDULE"
    );
}

#[tokio::test]
async fn one_whose_answer_is_lost_is_found_and_not_made_twice() {
    let provider = scene().await;
    create(&provider, false).await.expect("it is made");
    let before = kept(&provider).await;
    let fault = Fault::on(Method::POST, SCHEDULES, Trouble::AnswerLost);
    provider.cloud.app().faults().add(fault);
    let (id, _) = create(&provider, false).await.expect("it is found");
    let after = kept(&provider).await;
    let new: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
    assert_eq!(after.len(), 2, "{after:?}");
    assert_eq!(id, format!("acme/app/prod/{}", new[0].0));
}
