//! Who owns a webhook: what the program's own state proves, and what is left alone without a proof.

use crate::hooks::{HOOKS, half_made, hook, name, on_create, told};
use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::engine::Log;
use testkit::provider::{Provider, announced, urn};
use testkit::values::{json_of, secret};

const TYPE: &str = "auto-deploy:index:Webhook";

/// A resource of a state: its URN, its id, and whether it was deleted for a replacement that does not exist yet.
type InState<'a> = (&'a str, &'a str, bool);

/// Gives the program's own stack in `organization` a state with these resources, and with pending creates of `hook` with
/// these inputs.
async fn plant(
    provider: &Provider,
    organization: &str,
    resources: &[InState<'_>],
    creating: &[&Value],
) {
    let stacks = format!("/api/stacks/{organization}/wiring");
    // It may exist already.
    provider
        .ask("POST", &stacks, json!({"stackName": "dev"}))
        .await;
    let resource = |(urn, id, pending): &InState<'_>| {
        json!({
            "urn": urn, "type": TYPE, "custom": true, "id": id, "inputs": {}, "outputs": {},
            "pendingReplacement": pending,
        })
    };
    let operation = |inputs: &&Value| {
        let resource = json!({"urn": urn("hook"), "type": TYPE, "custom": true, "inputs": inputs});
        json!({"type": "creating", "resource": resource})
    };
    let deployment = json!({
        "manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
        "resources": resources.iter().map(resource).collect::<Vec<_>>(),
        "pending_operations": creating.iter().map(operation).collect::<Vec<_>>(),
    });
    let import = format!("{stacks}/dev/import");
    let body = json!({"version": 3, "deployment": deployment});
    let (status, answer) = provider.ask("POST", &import, body).await;
    assert_eq!(status, 200, "{answer}");
    provider.requests();
}

/// The inputs with which the engine calls the next create of `hook`.
async fn inputs(provider: &Provider, news: &Value) -> Value {
    let inputs = announced(&provider.client, "hook", news).await;
    json_of(inputs.expect("it answers"))
}

/// The names of the webhooks on the cloud.
async fn live(provider: &Provider) -> BTreeSet<String> {
    let (_, hooks) = provider.ask("GET", HOOKS, Value::Null).await;
    let hooks = hooks.as_array().expect("a list").iter();
    let name = |hook: &Value| hook["name"].as_str().expect("a text").to_owned();
    hooks.map(name).collect()
}

fn generated(inputs: &Value) -> String {
    inputs["__name"].as_str().expect("it was made").to_owned()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

fn named() -> Value {
    let mut hook = hook();
    hook["name"] = json!("mine");
    hook
}

const EXPORT: &str = "GET /api/stacks/acme/wiring/dev/export 200";

#[tokio::test]
async fn two_programs_with_the_same_names_have_a_webhook_each() {
    let (first, log) = (Provider::start().await, Log::default());
    let second = first.another(&log.serve().await).await;
    let mut theirs = hook();
    theirs["payloadUrl"] = json!("app/test");
    let (one, _) = first.create("hook", &hook()).await.expect("it is made");
    let two = second.create("hook", &theirs).await.expect("it is made");
    assert_eq!(live(&first).await, set([name(&one), name(&two)]));
    assert_eq!(log.taken(), [""; 0], "nothing is odd about it");
    first.next_deployment().await;
    first.delete(&one).await.expect("its own goes");
    assert_eq!(live(&first).await, set([name(&two)]));
}

#[tokio::test]
async fn what_a_killed_update_made_goes_when_the_new_one_is_there() {
    let (provider, log) = (Provider::start().await, Log::default());
    let ours = provider.another(&log.serve().await).await;
    let mut elsewhere = hook();
    elsewhere["stackName"] = json!("dev");
    let (before, moved) = (
        inputs(&provider, &hook()).await,
        inputs(&provider, &elsewhere).await,
    );
    for killed in [&before, &moved] {
        provider.create("hook", killed).await.expect("it is made");
    }
    provider.next_deployment().await;
    let now = inputs(&provider, &hook()).await;
    plant(&provider, "acme", &[], &[&before, &moved, &now]).await;
    let id = ours.create("hook", &now).await.expect("it is made");
    assert_eq!(name(&id), generated(&now));
    assert_eq!(
        provider.requests(),
        [
            format!("POST {HOOKS} 201"),
            "GET /api/user/stacks 200".to_owned(),
            EXPORT.to_owned(),
            format!("DELETE {HOOKS}/{} 204", generated(&before)),
            format!(
                "DELETE /api/stacks/acme/app/dev/hooks/{} 204",
                generated(&moved)
            ),
            format!("GET {HOOKS} 200"),
        ],
        "the new one first"
    );
    assert_eq!(live(&provider).await, set([name(&id)]));
    assert_eq!(log.taken(), [""; 0]);
}

#[tokio::test]
async fn without_a_proof_two_stay_and_the_other_is_named() {
    let provider = Provider::start().await;
    let before = inputs(&provider, &hook()).await;
    let (lost, _) = provider.create("hook", &before).await.expect("it is made");
    let other = urn("other");
    // A state without this create; a state that may not be read; a resource that has the webhook.
    for case in ["other update", "no right", "held"] {
        let log = Log::default();
        let ours = provider.another(&log.serve().await).await;
        let now = inputs(&provider, &hook()).await;
        let held: InState<'_> = (&other, &lost, false);
        match case {
            "other update" => plant(&provider, "acme", &[], &[&before]).await,
            "no right" => {
                plant(&provider, "acme", &[], &[&before, &now]).await;
                let export = "/api/stacks/{o}/{p}/{s}/export";
                let refused = Fault::on(Method::GET, export, Trouble::status(403));
                provider.cloud.app().faults().add(refused);
            }
            _ => plant(&provider, "acme", &[held], &[&before, &now]).await,
        }
        let id = ours.create("hook", &now).await.expect(case);
        assert_eq!(
            live(&provider).await,
            set([name(&lost), name(&id)]),
            "{case}"
        );
        let said = log.taken();
        assert!(
            matches!(&said[..], [line] if line.starts_with("Warning hook: ") && line.contains(name(&lost))),
            "{case}: {said:?}"
        );
        let path = format!("{HOOKS}/{}", name(&id));
        assert_eq!(provider.ask("DELETE", &path, Value::Null).await.0, 204);
    }
}

#[tokio::test]
async fn a_stack_of_the_same_name_in_another_organization_proves_nothing() {
    let provider = Provider::start().await;
    let before = inputs(&provider, &hook()).await;
    let (lost, _) = provider.create("hook", &before).await.expect("it is made");
    let now = inputs(&provider, &hook()).await;
    // An update of the other stack is running, and its own create was killed as well.
    let theirs = inputs(&provider, &hook()).await;
    plant(&provider, "local", &[], &[&before, &theirs]).await;
    plant(&provider, "acme", &[], &[&now]).await;
    let ours = provider.another(&Log::default().serve().await).await;
    let id = ours.create("hook", &now).await.expect("it is made");
    assert_eq!(live(&provider).await, set([name(&lost), name(&id)]));
}

#[tokio::test]
async fn an_update_that_makes_twelve_reads_the_state_once() {
    let provider = Provider::start().await;
    let first = inputs(&provider, &hook()).await;
    plant(&provider, "acme", &[], &[&first]).await;
    let creates = (0..12).map(|n| {
        let (provider, first) = (&provider, first.clone());
        let mut hook = hook();
        hook["payloadUrl"] = json!(format!("app/dev{n}"));
        async move {
            match n {
                0 => provider.create("hook", &first).await,
                n => provider.create(&format!("hook{n}"), &hook).await,
            }
        }
    });
    for made in futures_util::future::join_all(creates).await {
        made.expect("it is made");
    }
    let requests = provider.requests();
    let exports = requests.iter().filter(|request| *request == EXPORT);
    assert_eq!(exports.count(), 1, "{requests:?}");
}

#[tokio::test]
async fn a_preview_knows_no_name_and_asks_nobody() {
    let provider = Provider::start().await;
    let (id, state) = provider
        .create_with("hook", &hook(), true)
        .await
        .expect("it answers");
    assert_eq!(id, "");
    assert_eq!(state["name"], "04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    assert_eq!(state.get("__name"), None);
    let (id, state) = provider
        .create_with("hook", &named(), true)
        .await
        .expect("it answers");
    assert_eq!(
        (id.as_str(), &state["name"]),
        ("acme/app/prod/mine", &json!("mine"))
    );
    assert_eq!(provider.requests(), [""; 0]);
}

#[tokio::test]
async fn the_cloud_decides_how_a_webhook_is_called() {
    let provider = Provider::start().await;
    let answer = json!({
        "name": "0f9c", "displayName": "x", "payloadUrl": "app/dev", "active": true, "format": "pulumi_deployments",
        "filters": ["update_succeeded"],
    });
    let Trouble::Status {
        status,
        retry_after,
        ..
    } = Trouble::status(201)
    else {
        panic!("it is an answer")
    };
    let body = Some(answer.to_string());
    let renamed = Trouble::Status {
        status,
        retry_after,
        body,
    };
    provider.cloud.app().faults().add(on_create(renamed));
    let (id, state) = provider.create("hook", &hook()).await.expect("it is made");
    assert_eq!(
        (id.as_str(), &state["name"]),
        ("acme/app/prod/0f9c", &json!("0f9c"))
    );
}

#[tokio::test]
async fn a_name_that_is_taken_fails_before_anything_is_changed() {
    let (provider, log) = (Provider::start().await, Log::default());
    let second = provider.another(&log.serve().await).await;
    provider.create("hook", &named()).await.expect("it is made");
    provider.requests();
    let refused = second.create("other", &named()).await;
    let status = refused.expect_err("it is another program's");
    insta::assert_snapshot!(status.message(), @"there is already a webhook `acme/app/prod/mine`: give this one another `name`, or take the existing one over with `pulumi import auto-deploy:index:Webhook other acme/app/prod/mine`; if this resource is being replaced and the webhook is its own, set `deleteBeforeReplace: true` instead, or remove `name`");
    let requests = provider.requests();
    assert!(
        requests.iter().all(|request| request.starts_with("GET ")),
        "{requests:?}"
    );

    // Within one program, the message names the resource that has it.
    let status = provider
        .create("other", &named())
        .await
        .expect_err("it is taken");
    insta::assert_snapshot!(status.message(), @"there is already a webhook `acme/app/prod/mine`, which the resource `urn:pulumi:dev::wiring::auto-deploy:index:Webhook::hook` has: give this one another `name`; if it is the same resource under a new name, add the old name to its `aliases`");
    let (third, holder) = (provider.another(&log.serve().await).await, urn("holder"));
    plant(
        &provider,
        "acme",
        &[(&holder, "acme/app/prod/mine", false)],
        &[&named_inputs()],
    )
    .await;
    let refused = third.create("hook", &named()).await;
    let said = refused
        .expect_err("the state says who has it")
        .message()
        .to_owned();
    assert!(said.contains("Webhook::holder` has"), "{said}");
    assert_eq!(live(&provider).await, set(["mine"]));
    assert_eq!(log.taken(), [""; 0]);
}

/// The result of a Check of [`named`].
fn named_inputs() -> Value {
    named()
}

#[tokio::test]
async fn of_two_with_one_name_the_second_names_the_first() {
    for _ in 0..5 {
        let provider = Provider::start().await;
        let hook = named();
        let (one, two) = tokio::join!(
            provider.create("hook", &hook),
            provider.create("other", &hook)
        );
        assert_eq!(live(&provider).await, set(["mine"]));
        let (first, refused) = if one.is_ok() {
            ("hook", two)
        } else {
            ("other", one)
        };
        let said = refused.expect_err("one is refused").message().to_owned();
        assert!(said.contains(&format!("Webhook::{first}` has")), "{said}");
    }
}

#[tokio::test]
async fn a_name_that_an_earlier_create_took_is_gone_on_with() {
    for (is_ours, change) in [
        (true, json!({})),
        (true, json!({"active": false, "secret": secret("second")})),
        (false, json!({})),
    ] {
        let (provider, log) = (Provider::start().await, Log::default());
        let ours = provider.another(&log.serve().await).await;
        let before = named_inputs();
        provider.create("hook", &before).await.expect("it is made");
        if !is_ours {
            // Someone has changed it into something else.
            let path = format!("{HOOKS}/mine");
            let theirs = json!({"organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "theirs"});
            assert_eq!(provider.ask("PATCH", &path, theirs).await.0, 200);
        }
        let mut now = named();
        let change = change.as_object().expect("an object").clone();
        now.as_object_mut().expect("an object").extend(change);
        plant(
            &provider,
            "acme",
            &[(&urn("hook"), "acme/app/prod/mine", true)],
            &[&before, &now],
        )
        .await;
        let made = ours.create("hook", &now).await;
        assert_eq!(live(&provider).await, set(["mine"]));
        if is_ours {
            assert_eq!(made.expect("it is ours"), "acme/app/prod/mine");
            let said = told(&log, "acme/app/prod/mine");
            insta::allow_duplicates! {
                insta::assert_snapshot!(said.replace(", with the secret of the program", ""), @"Warning hook: the webhook `acme/app/prod/NAME` was there already and is now this resource's: an earlier `pulumi up` was interrupted while it created this resource, and the webhook is as this resource wants it; if another stack has imported it since, remove it from this one with `pulumi state delete 'urn:pulumi:dev::wiring::auto-deploy:index:Webhook::hook'`, and give this resource another `name`");
            }
            let (_, live) = provider
                .ask("GET", &format!("{HOOKS}/mine"), Value::Null)
                .await;
            assert_eq!(live["active"], now["active"]);
        } else {
            let status = made.expect_err("it is not ours");
            assert!(status.message().contains("pulumi import"), "{status}");
        }
    }
}

/// The connection is reset before anything is done, and someone else takes the name before the next try.
#[tokio::test]
async fn a_lost_try_does_not_make_someone_elses_webhook_ours() {
    let (provider, log) = (Provider::start().await, Log::default());
    let ours = provider.another(&log.serve().await).await;
    let mut theirs = named();
    theirs["displayName"] = json!("theirs");
    provider.create("hook", &theirs).await.expect("it is made");
    // The lookup before the first change misses it, as it would a moment earlier.
    let empty = Trouble::Status {
        status: 200.try_into().expect("it is one"),
        retry_after: None,
        body: Some("[]".to_owned()),
    };
    provider
        .cloud
        .app()
        .faults()
        .add(Fault::on(Method::GET, HOOKS, empty));
    provider.cloud.app().faults().add(on_create(Trouble::Reset));
    let status = ours
        .create("other", &named())
        .await
        .expect_err("it is not ours");
    assert!(status.message().contains("pulumi import"), "{status}");
    let (_, live) = provider
        .ask("GET", &format!("{HOOKS}/mine"), Value::Null)
        .await;
    assert_eq!(live["displayName"], "theirs");
}

#[tokio::test]
async fn a_create_whose_outcome_is_unknown_is_kept_and_gone_on_with() {
    for (trouble, arrives) in [(Trouble::AnswerLost, true), (Trouble::Reset, false)] {
        for news in [hook(), named()] {
            let provider = Provider::start().await;
            let mut news = news;
            news["payloadUrl"] = json!("app/dev");
            let inputs = inputs(&provider, &news).await;
            let faults = provider.cloud.app().faults();
            faults.add(on_create(trouble.clone()).times(4));
            // Nor can it be looked up.
            let look = Fault::on(
                Method::GET,
                "/api/stacks/{o}/{p}/{s}/hooks/{h}",
                Trouble::status(503),
            );
            faults.add(look.times(4));
            let created = provider.create("hook", &inputs).await;
            let status = created.expect_err("nobody answers");
            let (id, state) = half_made(&status);
            faults.clear();
            let is_named = news.get("name").is_some();
            let name = if is_named {
                "mine".to_owned()
            } else {
                generated(&inputs)
            };
            assert_eq!(id, format!("acme/app/prod/{name}"));
            assert_eq!(state["name"], json!(name));
            if !is_named && arrives {
                insta::assert_snapshot!(status.message().replace(provider.cloud.url(), "URL").replace(&name, "NAME"), @"the cloud did not confirm that it created the webhook `acme/app/prod/NAME`: run `pulumi up` again, which continues with this webhook, or creates it if it is not there: could not create the webhook of the stack `acme/app/prod`: no answer from URL (named by `auto-deploy:apiUrl`) after 4 attempts: the connection was closed before the answer was complete; try again when the network and the cloud work");
            }
            assert_eq!(live(&provider).await.len(), usize::from(arrives));
            provider.next_deployment().await;
            let updated = provider.update(&id, &state, &inputs, &inputs, false).await;
            updated.expect("it goes on");
            assert_eq!(live(&provider).await, set([&name]));
        }
    }
}

#[tokio::test]
async fn a_webhook_that_was_deleted_is_made_again_under_a_name_of_its_own() {
    let provider = Provider::start().await;
    let inputs = inputs(&provider, &hook()).await;
    let (id, state) = provider.create("hook", &inputs).await.expect("it is made");
    provider
        .ask("DELETE", &format!("{HOOKS}/{}", name(&id)), Value::Null)
        .await;
    let mut changed = inputs.clone();
    changed["displayName"] = json!("y");
    let updated = provider.update(&id, &state, &inputs, &changed, false).await;
    assert_eq!(updated.expect("it is made again")["displayName"], "y");
    assert_eq!(live(&provider).await, set([name(&id)]));
    // A name from the program is never taken over from someone else.
    let mine = named();
    let (id, state) = provider.create("mine", &mine).await.expect("it is made");
    let path = format!("{HOOKS}/mine");
    provider.ask("DELETE", &path, Value::Null).await;
    let missed = Fault::on(
        Method::PATCH,
        "/api/stacks/{o}/{p}/{s}/hooks/{h}",
        Trouble::status(404),
    );
    provider.cloud.app().faults().add(missed);
    let second = provider.another(&Log::default().serve().await).await;
    second.create("theirs", &mine).await.expect("it is free");
    let refused = provider.update(&id, &state, &mine, &mine, false).await;
    assert!(
        refused
            .expect_err("it is theirs now")
            .message()
            .contains("pulumi import")
    );
}

/// The engine's calls when a webhook moves to another stack, up to the create.
async fn move_away(provider: &Provider, id: &str, old: &Value, news: &Value) {
    let check = |olds: Option<&Value>| pb::CheckRequest {
        urn: urn("hook"),
        olds: olds.and_then(|olds| testkit::values::properties(olds.clone())),
        news: testkit::values::properties(news.clone()),
        random_seed: testkit::provider::seed(),
        ..pb::CheckRequest::default()
    };
    let mut client = provider.client.clone();
    client.check(check(Some(old))).await.expect("it answers");
    let diffed = provider.diff(old, old, news).await;
    assert_eq!(diffed.replaces, ["stackName"]);
    assert_eq!(id.rsplit('/').nth(1), old["stackName"].as_str());
}

#[tokio::test]
async fn a_webhook_that_moved_with_its_stack_is_found_there() {
    let provider = Provider::start().await;
    let old = inputs(&provider, &hook()).await;
    let (id, _) = provider.create("hook", &old).await.expect("it is made");
    let rename = json!({"newName": "live", "newProject": "app"});
    let (status, said) = provider
        .ask("POST", "/api/stacks/acme/app/prod/rename", rename)
        .await;
    assert!(status < 300, "{said}");
    let mut moved = hook();
    moved["stackName"] = json!("live");
    provider.next_deployment().await;
    move_away(&provider, &id, &old, &moved).await;
    let news = inputs(&provider, &moved).await;
    provider
        .delete(&id)
        .await
        .expect("it is gone with its stack");
    let (new, _) = provider.create("hook", &news).await.expect("it is found");
    assert_eq!(new, format!("acme/app/live/{}", name(&id)));
    let (_, hooks) = provider
        .ask("GET", "/api/stacks/acme/app/live/hooks", Value::Null)
        .await;
    assert_eq!(hooks.as_array().map(Vec::len), Some(1), "{hooks}");

    // A stack that exists keeps nothing: what was deleted is created again.
    let rename = json!({"newName": "prod", "newProject": "app"});
    provider
        .ask("POST", "/api/stacks/acme/app/live/rename", rename)
        .await;
}
