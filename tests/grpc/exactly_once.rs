//! Exactly one webhook for each resource, whatever answers are lost.

use crate::hooks::{HOOKS, answers, half_made, hook, n_webhooks, name, on_create};
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use testkit::engine::Log;
use testkit::provider::Provider;
use testkit::values::secret;

#[tokio::test]
async fn a_create_survives_every_trouble() {
    let troubles = [
        Trouble::AnswerLost,
        Trouble::Cut,
        Trouble::status(429),
        Trouble::status(500),
        Trouble::status(503),
        answers(502, "<html>a proxy</html>"),
    ];
    for trouble in troubles {
        let said = format!("{trouble:?}");
        let provider = Provider::start().await;
        provider
            .cloud
            .app()
            .faults()
            .add(on_create(trouble).times(2));
        let (id, state) = provider.create("hook", &hook()).await.expect(&said);
        assert_eq!(n_webhooks(&provider).await, 1, "{said}");
        assert_eq!(provider.cloud.app().faults().n_waiting(), 0, "{said}");
        assert_eq!(
            id,
            format!("acme/app/prod/{}", state["name"].as_str().expect("a name")),
            "{said}"
        );
    }
}

/// The same with a name from the program.
fn named() -> Value {
    let mut hook = hook();
    hook["name"] = json!("mine");
    hook
}

#[tokio::test]
async fn under_a_given_name_what_looks_different_is_someone_elses() {
    let provider = Provider::start().await;
    let theirs = provider.another(&Log::default().serve().await).await;
    theirs.create("hook", &named()).await.expect("it is made");
    let changes = [
        json!({"displayName": "y"}),
        json!({"active": false}),
        json!({"payloadUrl": "app/test"}),
        json!({"format": "raw", "payloadUrl": "https://example.com"}),
        json!({"filters": ["update_succeeded", "update_failed"]}),
        json!({"groups": ["deployments"]}),
        json!({"secret": secret("s3cret")}),
    ];
    let on_cloud = provider.ask("GET", HOOKS, Value::Null).await;
    for change in changes {
        let mut other = named();
        let change = change.as_object().expect("an object").clone();
        other.as_object_mut().expect("an object").extend(change);
        // A lost try does not make the webhook ours.
        for n_lost in 0..2 {
            let lost = on_create(Trouble::Reset).times(n_lost);
            provider.cloud.app().faults().add(lost);
            let status = provider
                .create("other", &other)
                .await
                .expect_err("it is there already");
            insta::allow_duplicates! {
                insta::assert_snapshot!(status.message(), @"there is already a webhook `acme/app/prod/mine`: give this one another `name`, or take the existing one over with `pulumi import auto-deploy:index:Webhook other acme/app/prod/mine`; if this resource is being replaced and the webhook is its own, set `deleteBeforeReplace: true` instead, or remove `name`");
            }
            provider.cloud.app().faults().clear();
        }
    }
    assert_eq!(provider.ask("GET", HOOKS, Value::Null).await, on_cloud);
}

#[tokio::test]
async fn a_webhook_with_a_given_name_is_found_when_the_first_try_was_lost() {
    let (provider, log) = (Provider::start().await, Log::default());
    let ours = provider.another(&log.serve().await).await;
    let lost = on_create(Trouble::AnswerLost);
    provider.cloud.app().faults().add(lost);
    let id = ours.create("hook", &named()).await.expect("it is ours");
    assert_eq!(
        (&*id, n_webhooks(&provider).await),
        ("acme/app/prod/mine", 1)
    );
    assert_eq!(log.taken(), [""; 0], "a lost answer is not someone else");
}

#[tokio::test]
async fn a_saved_plan_that_runs_again_finds_its_webhook_and_brings_it_up_to_date() {
    let provider = Provider::start().await;
    // The plan keeps the seed, and with it the name.
    let planned = provider.inputs(hook()).await;
    let (id, _) = provider.create("hook", &planned).await.expect("it is made");
    provider.next_deployment().await;
    provider.requests();
    let (again, _) = provider
        .create("hook", &planned)
        .await
        .expect("it is found");
    assert_eq!(again, id);
    assert_eq!(
        provider.requests(),
        [
            format!("POST {HOOKS} 409"),
            format!("GET {HOOKS}/{} 200", name(&id)),
            "GET /api/user/stacks 200".to_owned(),
            format!("GET {HOOKS} 200"),
        ],
        "a conflict, a look at it and one for its like, and no change"
    );

    let mut changed = planned;
    changed["active"] = json!(false);
    changed["secret"] = secret("s3cret");
    let (again, state) = provider
        .create("hook", &changed)
        .await
        .expect("it is found");
    assert_eq!(
        (again, &state["active"], &state["hasSecret"]),
        (id, &json!(false), &json!(true))
    );
    assert_eq!(n_webhooks(&provider).await, 1);

    let (other, _) = provider
        .create("another", &hook())
        .await
        .expect("it is made");
    assert_ne!(
        other,
        format!("acme/app/prod/{}", state["name"].as_str().expect("a name"))
    );
    assert_eq!(n_webhooks(&provider).await, 2);
}

#[tokio::test]
async fn what_was_taken_over_in_a_replacement_is_not_deleted_with_the_old_one() {
    let provider = Provider::start().await;
    let (id, _) = provider.create("hook", &named()).await.expect("it is made");
    let (again, _) = provider
        .create("hook", &named())
        .await
        .expect("the replacement takes it over");
    provider
        .delete(&id)
        .await
        .expect("the old resource is deleted");
    assert_eq!((again, n_webhooks(&provider).await), (id.clone(), 1));
    provider.next_deployment().await;
    provider.delete(&id).await.expect("the new one is deleted");
    assert_eq!(n_webhooks(&provider).await, 0);
}

#[tokio::test]
async fn a_take_over_that_fails_half_way_is_said_and_kept() {
    let provider = Provider::start().await;
    let mut hook = hook();
    hook["payloadUrl"] = secret("app/dev");
    let planned = provider.inputs(hook).await;
    let (id, _) = provider.create("hook", &planned).await.expect("it is made");
    let mut changed = planned;
    changed["active"] = json!(false);
    provider.cloud.app().faults().add(Fault::on(
        Method::PATCH,
        "/api/stacks/{o}/{p}/{s}/hooks/{h}",
        Trouble::status(403),
    ));
    let status = provider
        .create("hook", &changed)
        .await
        .expect_err("it was not changed");
    insta::assert_snapshot!(status.message().replace(provider.cloud.url(), "URL").replace(name(&id), "NAME"), @"the webhook `acme/app/prod/NAME` exists, but could not be updated to what the program says: could not update the webhook `acme/app/prod/NAME`: URL (named by `auto-deploy:apiUrl`) does not allow this with this access token (Forbidden: scripted trouble); use a token with that permission");
    let (kept, state) = half_made(&status);
    assert_eq!(
        (kept, &state["payloadUrl"]),
        (id, &secret("app/dev")),
        "a secret stays one"
    );
}

#[tokio::test]
async fn updates_and_deletes_are_repeated_and_what_is_gone_is_said() {
    let provider = Provider::start().await;
    let (id, state) = provider.create("hook", &hook()).await.expect("it is made");
    let mut changed = hook();
    changed["displayName"] = json!("y");
    for trouble in [Trouble::AnswerLost, Trouble::status(500), Trouble::Cut] {
        provider
            .cloud
            .app()
            .faults()
            .add(Fault::on_any(trouble.clone()));
        provider
            .update(&id, &state, &hook(), &changed, false)
            .await
            .expect("it is changed");
        provider.cloud.app().faults().add(Fault::on_any(trouble));
        provider
            .read(&id, &state, &hook())
            .await
            .expect("it answers")
            .expect("it is there");
    }
    provider.next_deployment().await;
    provider
        .cloud
        .app()
        .faults()
        .add(Fault::on_any(Trouble::AnswerLost));
    provider
        .delete(&id)
        .await
        .expect("it is removed, and the second try finds nothing");
    // A state from before names were kept in it.
    let status = provider
        .update(&id, &state, &hook(), &changed, false)
        .await
        .expect_err("it is gone");
    assert_eq!(status.code(), tonic::Code::NotFound);
    insta::assert_snapshot!(status.message().replace(&id, "ID"), @"the webhook `ID` no longer exists on the cloud: run `pulumi refresh`, and the next `pulumi up` makes it anew");
}

#[tokio::test]
async fn what_does_not_pass_is_said_in_one_sentence() {
    let provider = Provider::start().await;
    let said = async |trouble: Trouble| {
        provider
            .cloud
            .app()
            .faults()
            .add(on_create(trouble).times(4));
        let status = provider
            .create("hook", &hook())
            .await
            .expect_err("it does not pass");
        while provider.cloud.app().faults().n_waiting() > 0 {
            provider.ask("POST", HOOKS, json!({})).await;
        }
        let message = status.message().replace(provider.cloud.url(), "URL");
        let name = message
            .split("auto-deploy-")
            .nth(1)
            .map(|rest| rest[..20].to_owned());
        let message = match name.filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            Some(name) => message.replace(&format!("auto-deploy-{name}"), "NAME"),
            None => message,
        };
        format!("{:?}: {message}", status.code())
    };
    insta::assert_snapshot!(said(Trouble::status(401)).await, @"Unauthenticated: could not create the webhook of the stack `acme/app/prod`: URL (named by `auto-deploy:apiUrl`) does not accept the access token in the configuration `auto-deploy:accessToken`: set a valid one with `pulumi config set --secret auto-deploy:accessToken`");
    insta::assert_snapshot!(said(Trouble::status(403)).await, @"PermissionDenied: could not create the webhook of the stack `acme/app/prod`: URL (named by `auto-deploy:apiUrl`) does not allow this with this access token (Forbidden: scripted trouble); use a token with that permission");
    insta::assert_snapshot!(said(Trouble::status(404)).await, @"NotFound: could not create the webhook of the stack `acme/app/prod`: URL (named by `auto-deploy:apiUrl`) has no stack `acme/app/prod`, or the access token may not see it; create it, or correct its name");
    insta::assert_snapshot!(said(Trouble::status(400)).await, @"FailedPrecondition: could not create the webhook of the stack `acme/app/prod`: URL (named by `auto-deploy:apiUrl`) answered 400 Bad Request (Bad Request: scripted trouble)");
    insta::assert_snapshot!(said(Trouble::status(503)).await, @"Unknown: the cloud did not confirm that it created the webhook `acme/app/prod/NAME`: run `pulumi up` again, which continues with this webhook, or creates it if it is not there: could not create the webhook of the stack `acme/app/prod`: URL (named by `auto-deploy:apiUrl`) answered 503 Service Unavailable each of 4 times (Service Unavailable: scripted trouble)");
    insta::assert_snapshot!(said(answers(201, "{\"name\": 7}")).await, @"Unknown: the cloud did not confirm that it created the webhook `acme/app/prod/NAME`: run `pulumi up` again, which continues with this webhook, or creates it if it is not there: could not create the webhook of the stack `acme/app/prod`: the answer of URL (named by `auto-deploy:apiUrl`) is not one that Pulumi Cloud gives, at `name`; check the address");
    insta::assert_snapshot!(said(answers(502, "<html>")).await, @"Unknown: the cloud did not confirm that it created the webhook `acme/app/prod/NAME`: run `pulumi up` again, which continues with this webhook, or creates it if it is not there: could not create the webhook of the stack `acme/app/prod`: URL (named by `auto-deploy:apiUrl`) answered 502 Bad Gateway with a page that is not from Pulumi Cloud, such as that of a proxy or a login; check the proxy (HTTPS_PROXY, NO_PROXY) and the address");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_looked_up() {
    for (body, is_named) in [
        ("{}", false),
        ("{}", true),
        ("{\"name\":", false),
        ("<html>", true),
        (r#"{"name": 7}"#, false),
    ] {
        let provider = Provider::start().await;
        let faults = provider.cloud.app().faults();
        // The webhook exists, as if the first try had created it, and the answer about it cannot be read.
        let news = if is_named { named() } else { hook() };
        let news = provider.inputs(news).await;
        provider.create("hook", &news).await.expect("it is made");
        provider.next_deployment().await;
        if is_named {
            faults.add(Fault::on(Method::GET, HOOKS, answers(200, "[]")));
        }
        faults.add(on_create(answers(201, body)));
        let (id, _) = provider.create("hook", &news).await.expect(body);
        assert_eq!(id.rsplit('/').next() == Some("mine"), is_named, "{body}");
        assert_eq!(n_webhooks(&provider).await, 1, "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_nor_looked_up_is_kept_as_half_done() {
    let provider = Provider::start().await;
    let faults = provider.cloud.app().faults();
    faults.add(on_create(answers(201, "{}")));
    let look = "/api/stacks/{o}/{p}/{s}/hooks/{h}";
    faults.add(Fault::on(Method::GET, look, Trouble::status(403)));
    let created = provider.create("hook", &hook()).await;
    half_made(&created.expect_err("it cannot be read"));

    // That nothing exists yet does not mean that nothing will.
    faults.add(on_create(answers(201, "{}")));
    let created = provider.create("hook", &hook()).await;
    half_made(&created.expect_err("it is not there"));
    assert_eq!(n_webhooks(&provider).await, 0);

    // A webhook with a name from the program is not taken over because of an unreadable answer.
    let second = provider.another(&Log::default().serve().await).await;
    second.create("theirs", &named()).await.expect("it is made");
    let mut ours = named();
    ours["displayName"] = json!("another");
    faults.add(Fault::on(Method::GET, HOOKS, answers(200, "[]")));
    faults.add(on_create(answers(200, "<html>")));
    let created = provider.create("other", &ours).await;
    let status = created.expect_err("it is not ours");
    assert_eq!(status.code(), tonic::Code::AlreadyExists);
}

#[tokio::test]
async fn a_list_that_fails_does_not_fail_the_create() {
    let provider = Provider::start().await;
    let list = Fault::on(Method::GET, HOOKS, Trouble::status(403));
    provider.cloud.app().faults().add(list);
    provider.create("hook", &hook()).await.expect("it is made");
    assert_eq!(provider.cloud.app().faults().n_waiting(), 0);
}
