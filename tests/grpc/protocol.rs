//! The requests of the protocol itself, and what breaks it.

use auto_deploy::pb;
use auto_deploy::rpc::server::Server;
use local_cloud::{Fault, Method, Trouble};
use serde_json::json;
use std::time::Duration;
use testkit::engine::Log;
use testkit::provider::{Provider, serve, urn};
use testkit::values::{json_of, properties};
use tonic::Code;

#[tokio::test]
async fn says_what_it_is_and_what_it_can_do() {
    let (mut client, _serving) = serve(Server::new(None)).await;
    let hands = client
        .handshake(pb::ProviderHandshakeRequest::default())
        .await
        .expect("it answers")
        .into_inner();
    assert!(hands.accept_secrets && hands.accept_resources && hands.accept_outputs);
    let info = client
        .get_plugin_info(())
        .await
        .expect("it answers")
        .into_inner();
    assert_eq!(info.version, env!("CARGO_PKG_VERSION"));
    let schema = client
        .get_schema(pb::GetSchemaRequest::default())
        .await
        .expect("it answers")
        .into_inner()
        .schema;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&schema).expect("it is JSON")["version"],
        info.version
    );
    client
        .attach(pb::PluginAttach {
            address: "127.0.0.1:1".into(),
        })
        .await
        .expect("it answers");
    assert_eq!(
        client
            .get_mapping(pb::GetMappingRequest::default())
            .await
            .expect("it answers")
            .into_inner()
            .provider,
        ""
    );
    let mappings = client
        .get_mappings(pb::GetMappingsRequest::default())
        .await
        .expect("it answers")
        .into_inner();
    assert_eq!(mappings.providers, [""; 0]);
}

#[tokio::test]
async fn what_it_does_not_have_is_refused_by_name() {
    let mut provider = Provider::start().await;
    let client = &mut provider.client;
    let mut said = Vec::new();
    let mut refused =
        |status: tonic::Status| said.push(format!("{:?}: {}", status.code(), status.message()));
    refused(
        client
            .parameterize(pb::ParameterizeRequest::default())
            .await
            .expect_err("it is refused"),
    );
    let function = pb::InvokeRequest {
        tok: "auto-deploy:index:getNothing".into(),
        ..pb::InvokeRequest::default()
    };
    refused(client.invoke(function).await.expect_err("it is refused"));
    let method = pb::CallRequest {
        tok: "auto-deploy:index:X/y".into(),
        ..pb::CallRequest::default()
    };
    refused(client.call(method).await.expect_err("it is refused"));
    let component = pb::ConstructRequest {
        r#type: "auto-deploy:index:X".into(),
        ..pb::ConstructRequest::default()
    };
    refused(
        client
            .construct(component)
            .await
            .expect_err("it is refused"),
    );
    let urn = "urn:pulumi:dev::wiring::auto-deploy:index:X::x".to_owned();
    let check = pb::CheckRequest {
        urn,
        ..pb::CheckRequest::default()
    };
    refused(client.check(check).await.expect_err("it is refused"));
    insta::assert_snapshot!(said.join("\n"), @r"
    Unimplemented: the package auto-deploy takes no parameters; use it as it is
    Unimplemented: the package auto-deploy has no function `auto-deploy:index:getNothing`; a newer version of the plugin may have it
    Unimplemented: the package auto-deploy has no function `auto-deploy:index:X/y`; a newer version of the plugin may have it
    Unimplemented: the package auto-deploy has no component `auto-deploy:index:X`; a newer version of the plugin may have it
    Unimplemented: the package auto-deploy has no resource `auto-deploy:index:X`; a newer version of the plugin may have it
    ");
}

#[tokio::test]
async fn a_value_that_breaks_the_protocol_fails_its_request_alone() {
    let mut provider = Provider::start().await;
    let broken = json!({"secret": {"4dabf18193072939515e22adb298388d": "no such signature"}});
    let check = pb::CheckRequest {
        urn: urn("x"),
        news: properties(broken),
        ..pb::CheckRequest::default()
    };
    let status = provider
        .client
        .check(check)
        .await
        .expect_err("it cannot be read");
    insta::assert_snapshot!(status.message(), @"the engine sent a value that this provider cannot read, at `secret`: its signature is unknown");
    assert_eq!(status.code(), Code::InvalidArgument);
    let check = pb::CheckRequest {
        urn: urn("x"),
        news: properties(json!({})),
        ..pb::CheckRequest::default()
    };
    let answer = provider
        .client
        .check(check)
        .await
        .expect("the next is answered")
        .into_inner();
    assert_eq!(json_of(answer.inputs)["active"], true);
}

#[tokio::test]
async fn before_configure_nothing_is_done() {
    let (mut client, _serving) = serve(Server::new(None)).await;
    let status = client
        .create(pb::CreateRequest {
            urn: urn("x"),
            ..pb::CreateRequest::default()
        })
        .await
        .expect_err("too early");
    assert_eq!(status.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn cancel_and_time_limits_end_what_is_under_way() {
    let provider = Provider::start().await;
    let slow = |name: &str| {
        let path = format!("/api/stacks/acme/app/prod/hooks/{name}");
        let delay = Trouble::Delay(Duration::from_mins(10));
        provider
            .cloud
            .app()
            .faults()
            .add(Fault::on(Method::DELETE, &path, delay));
        pb::DeleteRequest {
            id: format!("acme/app/prod/{name}"),
            urn: urn(name),
            ..pb::DeleteRequest::default()
        }
    };
    let late = pb::DeleteRequest {
        timeout: 0.5,
        ..slow("late")
    };
    let status = provider
        .client
        .clone()
        .delete(late)
        .await
        .expect_err("it is late");
    // It ends by itself, shortly before its time limit, and says why; on a busy machine it is ended.
    let has_ended = [Code::Unavailable, Code::DeadlineExceeded].contains(&status.code());
    assert!(has_ended, "{status}");

    let (mut waiting, mut cancelling) = (provider.client.clone(), provider.client.clone());
    let stopped = slow("stopped");
    let n_slow = provider.cloud.app().faults().n_waiting();
    let deleted = tokio::spawn(async move { waiting.delete(stopped).await });
    while provider.cloud.app().faults().n_waiting() == n_slow {
        tokio::task::yield_now().await;
    }
    cancelling.cancel(()).await.expect("it answers at once");
    cancelling.cancel(()).await.expect("and again");
    let status = deleted
        .await
        .expect("no panic")
        .expect_err("it was stopped");
    assert_eq!(status.code(), Code::Cancelled);
    cancelling
        .handshake(pb::ProviderHandshakeRequest::default())
        .await
        .expect("another deployment can begin");
    provider.delete("acme/app/prod/x").await.expect("and works");
}

#[tokio::test]
async fn a_person_who_waits_is_told_once_and_where() {
    let (provider, log) = (Provider::start().await, Log::default());
    let another = provider.another(&log.serve().await).await;
    let path = "/api/stacks/acme/app/prod/hooks/slow";
    let delay = Trouble::Delay(Duration::from_mins(10));
    provider
        .cloud
        .app()
        .faults()
        .add(Fault::on(Method::DELETE, path, delay));
    let delete = pb::DeleteRequest {
        id: "acme/app/prod/slow".to_owned(),
        urn: urn("slow"),
        ..pb::DeleteRequest::default()
    };
    let mut waiting = another.client.clone();
    let deleted = tokio::spawn(async move { waiting.delete(delete).await });
    let said = log.waited_for().await.join("\n");
    let said = said.replace(provider.cloud.url(), "URL");
    insta::assert_snapshot!(said, @"Info slow: still trying to delete the webhook `acme/app/prod/slow` at URL (named by `auto-deploy:apiUrl`): there is no answer yet");
    another
        .client
        .clone()
        .cancel(())
        .await
        .expect("it answers at once");
    deleted
        .await
        .expect("no panic")
        .expect_err("it was stopped");
    assert_eq!(log.taken(), [""; 0]);
}
