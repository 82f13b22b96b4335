//! What running updates send: journals, states, events; and what is refused.

use crate::runs::{Run, STACK, create, gzip, packed_bytes, resource, state, told};
use crate::support::{Cloud, NOW};
use insta::assert_snapshot;
use local_cloud::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::api::{TOKEN, client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn entries_come_in_any_order_and_more_than_once() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let entries = [create(1, "one"), create(2, "two")].concat();
    for number in [4, 2, 3, 2, 1, 4] {
        run.journal(
            number,
            json!([entries[usize::try_from(number).unwrap() - 1]]),
        )
        .await
        .expect(204);
    }
    run.journal(2, json!([{"kind": 2, "operationID": 1}]))
        .await
        .expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(
        told(&cloud).await,
        ["one", "two"],
        "the first of each number counts"
    );
}

#[tokio::test]
async fn a_gap_in_the_journal_is_refused_at_the_end() {
    let cloud = Cloud::with_stack().await;
    cloud
        .post(&format!("{STACK}/import"), state(&["base"]))
        .await
        .expect(200);
    let run = Run::start(&cloud, "update").await;
    run.journal(1, create(1, "one").into()).await.expect(204);
    run.journal(4, create(2, "two").into()).await.expect(204);
    assert_snapshot!(run.complete("succeeded").await.message(400), @"Bad Request: entry 3 of the journal is missing");
    assert_eq!(cloud.get(STACK).await.expect(200)["version"], 1);
    assert_eq!(cloud.get(&run.path).await.expect(200)["status"], "running");
    cloud
        .post(&format!("{}/cancel", run.path), Value::Null)
        .await
        .expect(204);
    assert_eq!(
        told(&cloud).await,
        ["one", "base"],
        "what was before the gap"
    );
}

#[tokio::test]
async fn entries_that_are_none_are_refused_together() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let send = async |entries: Value| {
        run.send(
            Method::PATCH,
            "journalentries",
            &json!({"entries": entries}),
        )
        .await
    };
    let entry = |changes: Value| {
        let mut entry = json!({"version": 1, "kind": 1, "sequenceID": 2, "operationID": 1, "state": resource("x")});
        entry
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        entry
    };
    let good = json!({"version": 1, "kind": 0, "sequenceID": 1, "operationID": 1});
    for wrong in [
        json!(1),
        json!({}),
        entry(json!({"version": 3})),
        entry(json!({"kind": 11})),
        entry(json!({"kind": 10})),
        entry(json!({"version": 2, "kind": 10, "states": [{"type": "a:b:C"}]})),
        entry(json!({"kind": -1})),
        entry(json!({"kind": "1"})),
        entry(json!({"sequenceID": 0})),
        entry(json!({"sequenceID": "2"})),
        entry(json!({"state": []})),
        entry(json!({"state": {"type": "a:b:C"}})),
        entry(json!({"removeOld": "0"})),
        entry(json!({"operation": {"type": "creating"}})),
    ] {
        let message = send(json!([good, wrong])).await.message(400);
        assert_eq!(
            message, "Bad Request: `entries[1]` is not an entry of a journal",
            "{wrong}"
        );
    }
    for wrong in [json!(null), json!({}), json!("x")] {
        send(wrong).await.message(400);
    }
    run.send(Method::PATCH, "journalentries", &json!([]))
        .await
        .message(400);
    send(json!([])).await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(
        cloud.get(&format!("{STACK}/export")).await.expect(200)["deployment"],
        Value::Null,
        "nothing was kept"
    );
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let auth = format!("update-token {}", run.token);
    let path = format!("{}/journalentries", run.path);
    let send =
        async |bytes: Vec<u8>| packed_bytes(&cloud, Method::PATCH, &path, &auth, bytes).await;
    let whole = gzip(json!({"entries": create(1, "one")}).to_string().as_bytes());
    assert_snapshot!(send(whole[..whole.len() / 2].to_vec()).await.message(400), @"Bad Request: the body is not packed with gzip");
    assert_snapshot!(send(b"{}".to_vec()).await.message(400), @"Bad Request: the body is not packed with gzip");
    assert_snapshot!(send(gzip(b"{\"entries\":[")).await.message(400), @"Bad Request: the body is not JSON");
    assert_snapshot!(send(gzip(b"{\"entries\":[]} x")).await.message(400), @"Bad Request: the body goes on behind its JSON");
    assert_snapshot!(send(Vec::new()).await.message(400), @"Bad Request: the body is not packed with gzip");
    assert_snapshot!(send(gzip("{\"a\":".repeat(100_000).as_bytes())).await.message(400), @"Bad Request: the body is not JSON");
    let request = client()
        .patch(cloud.url(&path))
        .header("Authorization", &auth);
    let response = request
        .header("Content-Encoding", "br")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415);
    let bomb = gzip(&vec![b' '; 33 << 20]);
    let complete = format!("{}/complete", run.path);
    let refused = packed_bytes(&cloud, Method::POST, &complete, &auth, bomb).await;
    assert_snapshot!(refused.message(413), @"Payload Too Large: the body is longer than 32 MiB");
    assert_eq!(told(&cloud).await, [""; 0]);
}

#[tokio::test]
async fn a_state_of_many_megabytes() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start_as(&cloud, STACK, "update", json!({})).await;
    let big = "x".repeat(34 << 20);
    let state = format!(
        r#"{{"version":3,"deployment":{{"resources":[{{"urn":"u","type":"t","id":"{big}"}}]}}}}"#
    );
    let (path, auth) = (
        format!("{}/checkpoint", run.path),
        format!("update-token {}", run.token),
    );
    packed_bytes(&cloud, Method::PATCH, &path, &auth, gzip(state.as_bytes()))
        .await
        .expect(204);
    run.complete("succeeded").await.expect(204);
    let request = client().get(cloud.url(&format!("{STACK}/export")));
    let response = request
        .header("Authorization", format!("token {TOKEN}"))
        .send()
        .await
        .unwrap();
    assert!(response.text().await.unwrap() == state);
}

#[tokio::test]
async fn a_body_whose_rest_never_comes() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let address = cloud.server.url().trim_start_matches("http://");
    let body = json!({"entries": []}).to_string();
    let head = format!(
        "PATCH {}/journalentries HTTP/1.1\r\nHost: {address}\r\nAuthorization: update-token {}\r\nContent-Length: 9999\r\n\r\n{body}",
        run.path, run.token
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // The answer may be lost: the request was not complete.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains(" 204 "));
    run.complete("succeeded").await.expect(204);
}

#[tokio::test]
async fn a_state_as_it_stands_and_edits_of_it() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start_as(&cloud, STACK, "update", json!({})).await;
    let verbatim = async |number: i64, state: &Value| {
        let body = json!({"version": 1, "untypedDeployment": state, "sequenceNumber": number});
        run.send(Method::PATCH, "checkpointverbatim", &body).await
    };
    let delta = async |number: i64, hash: &str, edits: Value| {
        let body = json!({"version": 1, "checkpointHash": hash, "sequenceNumber": number, "deploymentDelta": edits});
        run.send(Method::PATCH, "checkpointdelta", &body).await
    };
    let (one, two) = (state(&["one"]), state(&["two"]));
    verbatim(1, &one).await.expect(204);
    let place = one.to_string().find("\"one\"").unwrap() + 1;
    let urn = one.to_string().find("::one").unwrap() + 2;
    let edit = |start: usize| json!({"Span": {"start": {"offset": start}, "end": {"offset": start + 3}}, "NewText": "two"});
    let edits = json!([edit(place.min(urn)), edit(place.max(urn))]);
    let hash = hex::encode(Sha256::digest(two.to_string()));
    assert_snapshot!(delta(2, "00", edits.clone()).await.message(400), @"Bad Request: the state does not have the hash that it was sent with");
    assert_eq!(told(&cloud).await, ["one"]);
    delta(2, &hash, edits.clone()).await.expect(204);
    delta(2, "00", edits).await.expect(204);
    assert_eq!(told(&cloud).await, ["two"]);
    verbatim(1, &state(&["late"])).await.expect(204);
    assert_eq!(told(&cloud).await, ["two"], "a late one is passed over");
    let far = json!([{"Span": {"start": {"offset": 9_999_999}, "end": {"offset": 9_999_999}}, "NewText": ""}]);
    assert_snapshot!(delta(3, &hash, far).await.message(400), @"Bad Request: the edits do not fit the state before");
    verbatim(3, &json!({"version": 3, "deployment": 1}))
        .await
        .message(400);
    verbatim(3, &state(&["three"])).await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(told(&cloud).await, ["three"]);
}

#[tokio::test]
async fn events_are_kept_and_read_in_order() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let events = format!("{}/events", run.path);
    let read = async |query: &str| cloud.get(&format!("{events}{query}")).await.expect(200);
    // The subject of each event: the numbers are not returned.
    let told = |page: &Value| -> Vec<String> {
        let about = |event: &Value| {
            let kind = event["type"].as_str().unwrap();
            let inner = &event[kind];
            let urn = inner["metadata"]["urn"].as_str().or(inner["urn"].as_str());
            urn.unwrap_or(kind).to_owned()
        };
        page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(about)
            .collect()
    };
    assert_eq!(
        read("").await,
        json!({"events": [], "continuationToken": "-1"})
    );
    let about = |name: &str| json!({"resourcePreEvent": {"metadata": {"urn": name, "n": 1.50}}});
    run.events(
        2,
        json!([about("b"), {"diagnosticEvent": {"urn": "a", "message": "m"}}]),
    )
    .await
    .expect(200);
    run.events(0, json!([{"preludeEvent": {"config": {}}}]))
        .await
        .expect(200);
    let page = read("").await;
    assert_eq!(
        (told(&page), &page["continuationToken"]),
        (vec!["preludeEvent".to_owned()], &json!("0")),
        "1 is still to come"
    );
    run.events(1, json!([about("a")])).await.expect(200);
    run.events(1, json!([about("again")])).await.expect(200);
    let page = read("?continuationToken=0").await;
    assert_eq!(
        (told(&page), &page["continuationToken"]),
        (["a", "b", "a"].map(str::to_owned).to_vec(), &json!("3"))
    );
    assert_eq!(
        page["events"][0],
        json!({"type": "resourcePreEvent", "timestamp": NOW, "resourcePreEvent": {"metadata": {"urn": "a", "n": 1.50}}})
    );
    run.events(
        5,
        json!([{"summaryEvent": {"resourceChanges": {"same": 2}}}]),
    )
    .await
    .expect(200);
    run.complete("succeeded").await.expect(204);
    let page = read("?continuationToken=3").await;
    assert_eq!(
        page["continuationToken"],
        Value::Null,
        "there will be no more"
    );
    assert_eq!(
        told(&page),
        ["summaryEvent"],
        "nobody waits for what will not come"
    );
    assert_eq!(
        told(&read("?type=summaryEvent&type=preludeEvent").await),
        ["preludeEvent", "summaryEvent"]
    );
    let about_a = read("?urn=a").await;
    let kinds = about_a["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["type"]);
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["resourcePreEvent", "diagnosticEvent"]
    );
    cloud
        .get(&format!("{events}?continuationToken=x"))
        .await
        .message(400);
    cloud
        .get(&format!("{STACK}/update/x/events"))
        .await
        .message(404);
}

#[tokio::test]
async fn many_events_are_read_in_pages() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    let all: Vec<_> = (0..1200).map(|_| json!({"stdoutEvent": {}})).collect();
    run.events(0, all.into()).await.expect(200);
    run.complete("succeeded").await.expect(204);
    let (mut query, mut lengths) = (String::new(), Vec::new());
    loop {
        let page = cloud
            .get(&format!("{}/events{query}", run.path))
            .await
            .expect(200);
        lengths.push(page["events"].as_array().unwrap().len());
        let Some(next) = page["continuationToken"].as_str() else {
            break;
        };
        query = format!("?continuationToken={next}");
    }
    assert_eq!(lengths, [500, 500, 200]);
}

#[tokio::test]
async fn events_that_are_none() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    for wrong in [
        json!([1]),
        json!([{"stdoutEvent": {}}]),
        json!([{"sequence": -1}]),
        json!([{"sequence": 1.5}]),
        json!({}),
    ] {
        run.send(Method::POST, "events/batch", &json!({"events": wrong}))
            .await
            .message(400);
    }
    assert_eq!(
        cloud.get(&format!("{}/events", run.path)).await.expect(200)["events"],
        json!([])
    );
}
