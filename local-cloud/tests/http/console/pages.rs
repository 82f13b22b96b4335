//! What the pages show and what they never show, and what a form may do.

use super::{Browser, actions, form_token};
use crate::cascade::{cloud_of, edge};
use crate::runs::{Run, state};
use crate::support::{Cloud, Receiver, hook};
use reqwest::header::COOKIE;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::api::{TOKEN, client};
use tokio::time::timeout;

const SCRIPT: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn an_organization_is_shown_with_its_graph() {
    let cloud = cloud_of(&[("a", &["b", "c"]), ("b", &[]), ("c", &[]), ("lonely", &[])]).await;
    cloud.deploy("a").await;
    cloud.settled(3).await;
    let mut browser = Browser::signed_in(&cloud).await;
    let page = browser.open("/acme").await.expect(200);
    assert_eq!(
        page.matches("<svg").count(),
        2,
        "one for windows, one for phones"
    );
    assert!(page.contains("a/dev starts b/dev"));
    assert!(page.contains(r#"<g class="node" data-stack="c/dev" data-state="succeeded">"#));
    assert!(page.contains(r#"data-stack="lonely/dev" data-state="idle">idle</span>"#));
    let all = browser.open("/").await.expect(200);
    assert!(
        all.contains("4 stacks: ")
            && all.contains(r#"3 <span class="badge" data-state="succeeded">"#)
    );
    assert!(
        browser
            .open("/nothing")
            .await
            .expect(404)
            .contains("organization `nothing` does not exist")
    );
}

#[tokio::test]
async fn what_people_write_is_shown_as_text() {
    let cloud = Cloud::start().await;
    let tags = json!({"note": SCRIPT, "quote": "\"'><img src=x>"});
    cloud
        .post(
            "/api/stacks/acme/web",
            json!({"stackName": "dev", "tags": tags}),
        )
        .await
        .expect(200);
    let receiver = Receiver::start(200).await;
    let body = hook(json!({"name": "h", "displayName": SCRIPT, "payloadUrl": receiver.url}));
    cloud
        .post("/api/stacks/acme/web/dev/hooks", body)
        .await
        .expect(201);
    let target = hook(
        json!({"displayName": "edge", "payloadUrl": "<b>/dev", "format": "pulumi_deployments"}),
    );
    cloud.post("/api/stacks/acme/web/dev/hooks", target).await;
    let mut browser = Browser::signed_in(&cloud).await;
    for path in ["/acme", "/acme/web/dev", "/acme/web/dev/webhooks/h"] {
        let page = browser.open(path).await.expect(200);
        assert!(
            !page.contains("<script>") && !page.contains("<img src=x") && !page.contains("<b>"),
            "{path}"
        );
    }
    let page = browser.open("/acme/web/dev").await.expect(200);
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"));
    let missing = browser
        .open("/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await
        .expect(404);
    assert!(!missing.contains("<script>"));
    let stranger = Browser::new(&cloud)
        .open("/?next=%22%3E%3Cscript%3E")
        .await
        .expect(401);
    assert!(!stranger.contains("<script>"));
}

#[tokio::test]
async fn a_delivery_is_sent_again_by_a_form_of_the_page_only() {
    let cloud = Cloud::with_stack().await;
    let receiver = Receiver::start(200).await;
    let body = hook(json!({"name": "h", "payloadUrl": receiver.url}));
    cloud
        .post("/api/stacks/acme/web/dev/hooks", body)
        .await
        .expect(201);
    cloud
        .post("/api/stacks/acme/web/dev/hooks/h/ping", json!({}))
        .await
        .expect(200);
    let first = receiver.take().remove(0);
    let mut browser = Browser::signed_in(&cloud).await;
    let origin = browser.origin().to_owned();
    let page = browser.open("/acme/web/dev/webhooks/h").await.expect(200);
    let action = actions(&page)[1].to_owned();
    let token = form_token(&page);

    browser.post(&origin, &action, &[]).await.expect(400);
    browser
        .post(&origin, &action, &[("form_token", "x")])
        .await
        .expect(403);
    browser
        .post("http://localhost:1", &action, &[("form_token", &token)])
        .await
        .expect(403);
    browser.open(&action).await.expect(405);
    let other = form_token(&Browser::signed_in(&cloud).await.open("/").await.expect(200));
    browser
        .post(&origin, &action, &[("form_token", &other)])
        .await
        .expect(403);
    Browser::new(&cloud)
        .post(&origin, &action, &[("form_token", &token)])
        .await
        .expect(401);
    assert!(receiver.take().is_empty());

    let shown = browser
        .post(&origin, &action, &[("form_token", &token)])
        .await;
    assert_eq!(
        (shown.status, shown.location()),
        (303, "/acme/web/dev/webhooks/h")
    );
    let again = receiver.take().remove(0);
    assert_eq!(again.body, first.body);
    assert_eq!(
        again.header("pulumi-webhook-id"),
        first.header("pulumi-webhook-id")
    );
    let page = browser.open("/acme/web/dev/webhooks/h").await.expect(200);
    assert_eq!(page.matches(r#"<li class="delivery">"#).count(), 2);
    let gone = action.replace("/h/", "/gone/");
    browser
        .post(&origin, &gone, &[("form_token", &token)])
        .await
        .expect(404);
}

#[tokio::test]
async fn webhooks_of_an_organization_are_shown_and_sent_again() {
    let cloud = Cloud::start().await;
    let receiver = Receiver::start(500).await;
    cloud
        .post(
            "/api/orgs/acme/hooks",
            hook(json!({"name": "h", "payloadUrl": receiver.url})),
        )
        .await
        .expect(201);
    cloud
        .post("/api/orgs/acme/hooks/h/ping", json!({}))
        .await
        .expect(200);
    let mut browser = Browser::signed_in(&cloud).await;
    assert!(
        browser
            .open("/acme")
            .await
            .expect(200)
            .contains(r#"<a href="/acme/-/webhooks/h">"#)
    );
    let page = browser.open("/acme/-/webhooks/h").await.expect(200);
    assert!(page.contains(r#"data-state="failed">500</span>"#));
    let (action, token) = (actions(&page)[1].to_owned(), form_token(&page));
    let origin = browser.origin().to_owned();
    browser
        .post(&origin, &action, &[("form_token", &token)])
        .await
        .expect(303);
    assert_eq!(receiver.take().len(), 2);
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let cloud = Cloud::with_stack().await;
    let receiver = Receiver::start(200).await;
    let address = receiver
        .url
        .replace("?key=1", "?key=geheim-1")
        .replace("http://", "http://user:geheim-2@");
    let body = hook(json!({"name": "h", "payloadUrl": address, "secret": "geheim-3"}));
    cloud
        .post("/api/stacks/acme/web/dev/hooks", body)
        .await
        .expect(201);
    let slack = json!({"name": "s", "payloadUrl": "https://hooks.slack.com/services/geheim-4", "format": "slack"});
    cloud
        .post("/api/stacks/acme/web/dev/hooks", hook(slack))
        .await
        .expect(201);
    cloud
        .post("/api/stacks/acme/web/dev/hooks/h/ping", json!({}))
        .await
        .expect(200);
    let sent = receiver.take().remove(0);
    let signature = sent.header("pulumi-webhook-signature").unwrap();
    let mut browser = Browser::signed_in(&cloud).await;
    for path in [
        "/acme",
        "/acme/web/dev",
        "/acme/web/dev/webhooks/h",
        "/acme/web/dev/webhooks/s",
    ] {
        let page = browser.open(path).await.expect(200);
        assert!(
            !page.contains("geheim") && !page.contains(signature) && !page.contains(TOKEN),
            "{path}"
        );
    }
}

#[tokio::test]
async fn links_of_the_command_line_lead_to_pages() {
    let cloud = Cloud::with_stack().await;
    let stack = "/api/stacks/acme/web/dev";
    let preview = Run::start_as(&cloud, stack, "preview", json!({})).await;
    let urn = "urn:pulumi:dev::web::a:b:C::site";
    let events = json!([
        {"resourcePreEvent": {"metadata": {"op": "create", "urn": urn, "type": "a:b:C"}}},
        {"diagnosticEvent": {"message": format!("<{{%bold%}}>{SCRIPT}<{{%reset%}}>\n"), "severity": "error"}},
        {"summaryEvent": {"resourceChanges": {"create": 1}}},
    ]);
    preview.events(0, events.clone()).await.expect(200);
    preview.complete("succeeded").await.expect(204);
    let uid = preview.path.rsplit('/').next().unwrap().to_owned();
    let update = Run::start_as(&cloud, stack, "update", json!({})).await;
    let mut browser = Browser::signed_in(&cloud).await;
    let page = browser.open("/acme/web/dev").await.expect(200);
    assert!(page.contains(
        r#"<span class="badge" data-stack="web/dev" data-state="running">running</span>"#
    ));
    assert!(
        browser
            .open("/acme/web/dev/updates/1")
            .await
            .expect(200)
            .contains("data-busy")
    );
    update.checkpoint(state(&["a"])).await;
    update.events(0, events).await.expect(200);
    update.complete("failed").await.expect(204);
    for path in [
        "/acme/web/dev/updates/1",
        &format!("/acme/web/dev/previews/{uid}"),
    ] {
        let page = browser.open(path).await.expect(200);
        assert!(
            page.contains("<tr><td>create</td><td>site</td><td><code>a:b:C</code></td></tr>"),
            "{path}"
        );
        assert!(
            page.contains("a message") && !page.contains("data-busy"),
            "{path}"
        );
        assert!(
            page.contains("&#60;script&#62;alert(1)&#60;/script&#62;</pre>"),
            "{path}"
        );
    }
    assert!(
        browser
            .open("/acme/web/dev")
            .await
            .expect(200)
            .contains(r#"data-state="failed">failed</span>"#)
    );
    assert_eq!(
        browser
            .open("/acme/web/dev/settings/options")
            .await
            .location(),
        "/acme/web/dev"
    );
    assert_eq!(browser.open("/acme/web").await.location(), "/acme");
    for path in [
        "/local",
        "/user/settings/tokens",
        "/cli-login",
        "/welcome/cli",
    ] {
        browser.open(path).await.expect(200);
    }
    for path in [
        "/acme/web/gone",
        "/acme/web/dev/updates/9",
        "/acme/web/dev/updates/x",
        "/acme/web/dev/previews/x",
        "/acme/web/dev/deployments/1",
        "/acme/web/dev/webhooks/x",
    ] {
        assert!(
            browser
                .open(path)
                .await
                .expect(404)
                .starts_with("<!doctype html>"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_deployment_is_shown_with_its_log() {
    let cloud = cloud_of(&[("a", &[])]).await;
    cloud.deploy("a").await;
    cloud.settled(1).await;
    let mut browser = Browser::signed_in(&cloud).await;
    assert!(
        browser
            .open("/acme/a/dev")
            .await
            .expect(200)
            .contains(r#"<a href="/acme/a/dev/deployments/1">update 1</a>"#)
    );
    let page = browser.open("/acme/a/dev/deployments/1").await.expect(200);
    assert!(page.contains("the update was simulated, and succeeded"));
}

/// The data of the next event of this name. Everything before it is dropped.
async fn next_event(stream: &mut reqwest::Response, name: &str) -> String {
    let reading = async {
        loop {
            let text = stream.chunk().await.unwrap().expect("the stream goes on");
            let text = String::from_utf8(text.to_vec()).unwrap();
            let found = text
                .split("\n\n")
                .find_map(|event| event.strip_prefix(&format!("event: {name}\ndata: ")));
            if let Some(data) = found {
                return data.to_owned();
            }
        }
    };
    timeout(Duration::from_secs(30), reading).await.unwrap()
}

#[tokio::test]
async fn states_move_in_a_stream() {
    let cloud = cloud_of(&[("a", &["b"]), ("b", &["c"]), ("c", &[])]).await;
    let browser = Browser::signed_in(&cloud).await;
    let request = client()
        .get(cloud.url("/events/acme"))
        .header(COOKIE, &browser.cookie);
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let first: Value = serde_json::from_str(&next_event(&mut stream, "states").await).unwrap();
    assert_eq!(first.as_array().unwrap().len(), 3);
    assert_eq!(
        first[0],
        json!({"stack": "a/dev", "state": "idle", "age": 0})
    );

    cloud.deploy("a").await;
    let mut last = ["", "", ""].map(str::to_owned);
    while last != ["succeeded"; 3] {
        let told: Value = serde_json::from_str(&next_event(&mut stream, "states").await).unwrap();
        for change in told.as_array().unwrap() {
            let index = ["a/dev", "b/dev", "c/dev"]
                .iter()
                .position(|name| change["stack"] == *name)
                .unwrap();
            last[index] = change["state"].as_str().unwrap().to_owned();
        }
    }
    cloud
        .post("/api/stacks/acme/c/dev/hooks", edge("a"))
        .await
        .expect(201);
    next_event(&mut stream, "shape").await;

    // A page that waits for events does not delay the end.
    timeout(Duration::from_secs(4), cloud.server.stop())
        .await
        .unwrap();
    assert!(stream.chunk().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stack_is_shown_with_what_is_in_it_and_what_starts_it() {
    let cloud = cloud_of(&[("a", &["b"]), ("b", &[])]).await;
    let off = json!({"active": false});
    let sealed = json!({
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "sealed-text",
    });
    let resource = |kind: &str, name: &str| json!({"urn": format!("urn:pulumi:dev::b::{kind}::{name}"), "type": kind, "custom": false});
    let mut root = resource("pulumi:pulumi:Stack", "b-dev");
    root["outputs"] = json!({"address": "10.0.0.1", "list": [{"inner": sealed}], "password": sealed, "mark": SCRIPT});
    let kinds = ["x:y:Z", "x:y:Z", "x:y:Other"];
    let others = kinds
        .iter()
        .enumerate()
        .map(|(n, kind)| resource(kind, &format!("r{n}")));
    let resources: Vec<_> = [root].into_iter().chain(others).collect();
    let state = json!({"version": 3, "deployment": {"resources": resources}});
    cloud
        .post("/api/stacks/acme/b/dev/import", state)
        .await
        .expect(200);
    let mut browser = Browser::signed_in(&cloud).await;
    let page = browser.open("/acme/b/dev").await.expect(200);
    assert!(!page.contains("sealed-text") && !page.contains(SCRIPT));
    for shown in [
        "<dt><code>address</code></dt><dd><pre>10.0.0.1</pre></dd>",
        "<dt><code>password</code></dt><dd><pre>[secret]</pre></dd>",
        "<li><code>x:y:Z</code> 2</li>",
        "<li><code>x:y:Other</code> 1</li>",
        ">a/dev</a> by a webhook</li>",
        "took less than 1 s",
    ] {
        assert!(page.contains(shown), "{shown}\n{page}");
    }
    let above = browser.open("/acme/a/dev").await.expect(200);
    assert!(above.contains("no webhook of another stack, and no schedule"));
    let hooks = "/api/stacks/acme/a/dev/hooks";
    let found = cloud.get(hooks).await.expect(200);
    let name = found[0]["name"].as_str().unwrap();
    cloud
        .patch(&format!("{hooks}/{name}"), off)
        .await
        .expect(200);
    let schedule = json!({"scheduleCron": "0 2 * * *", "request": {"operation": "refresh", "inheritSettings": true}});
    cloud
        .post("/api/stacks/acme/b/dev/deployments/schedules", schedule)
        .await
        .expect(200);
    let page = browser.open("/acme/b/dev").await.expect(200);
    assert!(page.contains(">a/dev</a> by a webhook that is off</li>"));
    assert!(page.contains("<li>a schedule refresh, next at 2026-01-01 02:00:00 UTC</li>"));
}

#[tokio::test]
async fn a_stack_is_found_among_many_without_a_script() {
    let cloud = Cloud::start().await;
    for n in 0..20 {
        let stack = json!({"stackName": format!("s{n}")});
        cloud.post("/api/stacks/acme/web", stack).await.expect(200);
    }
    let mut browser = Browser::signed_in(&cloud).await;
    let page = browser.open("/acme").await.expect(200);
    assert!(page.contains(r#"type="search""#));
    assert_eq!(page.matches("<tr hidden>").count(), 0);
    let found = browser.open("/acme?search=%20S1%20").await.expect(200);
    assert_eq!(
        found.matches("<tr hidden>").count(),
        9,
        "s1 and s10 to s19 are shown"
    );
    assert!(found.contains("11 of 20 stacks") && found.contains(r#"value="S1""#));
    let hostile = browser
        .open("/acme?search=%22%3E%3Cscript%3E")
        .await
        .expect(200);
    assert!(!hostile.contains("\"><script>"));
    let other = Cloud::with_stack().await;
    let mut browser = Browser::signed_in(&other).await;
    let page = browser.open("/acme").await.expect(200);
    assert!(
        !page.contains(r#"type="search""#),
        "nobody looks for one of few"
    );
    let missing = browser
        .open("/acme/web/dev/webhooks/none")
        .await
        .expect(404);
    assert!(missing.contains("`none`") && missing.contains("does not exist"));
    let missing = browser
        .open("/acme/web/dev/previews/none")
        .await
        .expect(404);
    assert!(missing.contains("`none`") && missing.contains("does not exist"));
}
