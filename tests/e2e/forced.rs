//! Replacements that the engine makes without a Diff, which create first, and renamed resources.

use crate::replacement::{
    BACKENDS, Backend, FAILING, NAMED, PROGRAM, UP, URN, is_whole, known, live, says_nothing_false,
    says_nothing_false_of_two, start, taint, watched, watched_for,
};
use std::time::Duration;
use testkit::since;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_replaces_by_itself_stays_without_a_false_word() {
    for backend in BACKENDS {
        let about = format!("{backend:?}");
        let workspace = start(backend, PROGRAM).await;
        let before = live(&workspace).await;
        let replace = ["up", "--yes", "--skip-preview", "--target-replace", URN];
        let (ran, gap) = watched_for(&workspace, &replace, 2).await;
        says_nothing_false_of_two(&ran.succeeds(), backend, &about);
        assert_eq!(gap, Duration::ZERO, "{about}: it was there all the time");
        let after = is_whole(&workspace, "a.example", &about).await;
        assert_ne!([after][..], before[..], "{about}: the new one stays");

        // Another process deletes the old one later.
        workspace.write(&format!(
            "{}{FAILING}",
            PROGRAM.replace("a.example", "c.example")
        ));
        taint(&workspace, URN).await;
        let (ran, gap) = watched_for(&workspace, &UP, 2).await;
        says_nothing_false(&ran.fails(), &about);
        assert_eq!(gap, Duration::ZERO, "{about}: it was there all the time");
        assert_eq!(
            known(&workspace).await.len(),
            2,
            "{about}: the old one is still to be deleted"
        );
        workspace.write(&PROGRAM.replace("a.example", "c.example"));
        says_nothing_false(&workspace.up().await.succeeds(), &about);
        is_whole(&workspace, "c.example", &about).await;
    }
}

/// A webhook with which `hook` is always replaced.
const FIRST: &str = "  first:
    type: auto-deploy:Webhook
    properties: {displayName: z, organizationName: acme, projectName: network, stackName: dev, payloadUrl: 'https://z.example'}
";

const FIRST_URN: &str = "urn:pulumi:dev::seed::auto-deploy:index:Webhook::first";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_with_another_stays_without_a_false_word() {
    if since::REPLACE_WITH.is_missing() {
        return;
    }
    let program = format!(
        "{PROGRAM}    options: {{replaceWith: ['${{first}}'], dependsOn: ['${{first}}']}}\n{FIRST}"
    );
    let workspace = start(Backend::Folder, &program).await;
    let before = live(&workspace).await;
    // The engine replaces `first`, then `hook`, and creates both before it deletes.
    taint(&workspace, FIRST_URN).await;
    let (ran, gap) = watched_for(&workspace, &UP, 2).await;
    says_nothing_false_of_two(&ran.succeeds(), Backend::Folder, "created first");
    assert_eq!(gap, Duration::ZERO);
    let after = is_whole(&workspace, "a.example", "created first").await;
    assert_ne!([after][..], before[..]);
    // `first` moves, which deletes first, and the engine then also deletes what is replaced together with it.
    workspace.write(
        &program
            .replace("stackName: dev", "stackName: gone")
            .replace(
                "projectName: network, stackName: gone",
                "projectName: app, stackName: prod",
            ),
    );
    says_nothing_false(&workspace.up().await.succeeds(), "deleted first");
    is_whole(&workspace, "a.example", "deleted first").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_trigger_replaces_stays_without_a_false_word() {
    if since::REPLACEMENT_TRIGGER.is_missing() {
        return;
    }
    let triggered = |program: &str, trigger: &str| {
        format!("{program}    options: {{replacementTrigger: {trigger}}}\n")
    };
    for backend in BACKENDS {
        let about = format!("{backend:?}");
        let workspace = start(backend, &triggered(PROGRAM, "one")).await;
        let before = live(&workspace).await;
        workspace.write(&triggered(PROGRAM, "two"));
        let (ran, gap) = watched_for(&workspace, &UP, 2).await;
        says_nothing_false_of_two(&ran.succeeds(), backend, &about);
        assert_eq!(gap, Duration::ZERO, "{about}: it was there all the time");
        let after = is_whole(&workspace, "a.example", &about).await;
        assert_ne!([after][..], before[..], "{about}: it was replaced");
    }
    // A webhook with a name from the program is identical to its replacement, and is not created twice.
    let workspace = start(Backend::Journal, &triggered(NAMED, "one")).await;
    let before = live(&workspace).await;
    workspace.write(&triggered(NAMED, "two"));
    let (ran, gap) = watched(&workspace, &UP).await;
    says_nothing_false(&ran.succeeds(), "named");
    assert_eq!((live(&workspace).await, gap), (before, Duration::ZERO));
    is_whole(&workspace, "a.example", "named").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_with_another_that_is_replaced_is_replaced_without_a_false_word() {
    if since::REPLACED_WITH_IT.is_missing() {
        return;
    }
    let program = format!(
        "{PROGRAM}    options: {{deletedWith: '${{first}}', dependsOn: ['${{first}}']}}\n{FIRST}"
    );
    for backend in BACKENDS {
        let about = format!("{backend:?}");
        let workspace = start(backend, &program).await;
        let before = live(&workspace).await;
        taint(&workspace, FIRST_URN).await;
        // Here the other one does not cause a delete: the engine does not delete the old one, and it stays.
        let (ran, gap) = watched_for(&workspace, &UP, 2).await;
        says_nothing_false_of_two(&ran.succeeds(), backend, &about);
        assert_eq!(gap, Duration::ZERO, "{about}: it was there all the time");
        let (after, known) = (live(&workspace).await, known(&workspace).await);
        let made: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
        assert_eq!(made, known.iter().collect::<Vec<_>>(), "{about}");
        assert_eq!(after.len(), 2, "{about}: {after:?}");
    }
}

/// What a named webhook needs to be replaced by one of the same name.
const CURE: &str = "`deleteBeforeReplace: true`";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_would_be_needed_twice_fails_before_anything_is_changed() {
    if since::REPLACE_WITH.is_missing() {
        return;
    }
    let with = |options: &str| format!("{NAMED}    options: {{{options}}}\n");
    let changed = |program: &str| program.replace("a.example", "c.example");
    let forced = ["up", "--yes", "--skip-preview", "--target-replace", URN];

    let own = "replaceOnChanges: [payloadUrl], deleteBeforeReplace: false";
    let workspace = start(Backend::Folder, &with(own)).await;
    let before = live(&workspace).await;
    workspace.write(&changed(&with(own)));
    workspace.requests();
    let said = workspace.up().await.fails();
    assert!(
        said.contains(CURE) && !said.contains("pulumi import"),
        "{said}"
    );
    assert_eq!(live(&workspace).await, before);

    workspace.write(&changed(NAMED));
    let said = workspace.pulumi(&forced).await.fails();
    assert!(said.contains(CURE), "{said}");
    workspace.write(NAMED);
    taint(&workspace, URN).await;
    workspace.write(&changed(NAMED));
    let said = workspace.up().await.fails();
    assert!(said.contains(CURE), "{said}");
    assert_eq!(live(&workspace).await, before);

    workspace.write(&changed(&with("deleteBeforeReplace: true")));
    says_nothing_false(&workspace.up().await.succeeds(), "tainted");
    is_whole(&workspace, "c.example", "tainted").await;
    says_nothing_false(&workspace.pulumi(&forced).await.succeeds(), "forced");
    is_whole(&workspace, "c.example", "forced").await;

    // An identical replacement, because something else is replaced, needs no second webhook.
    let with_first = with("replaceWith: ['${first}'], dependsOn: ['${first}']");
    let together = format!("{with_first}{FIRST}");
    let workspace = start(Backend::Folder, &together).await;
    let before = live(&workspace).await;
    taint(&workspace, FIRST_URN).await;
    let said = workspace.up().await.succeeds();
    says_nothing_false_of_two(&said, Backend::Folder, "together");
    let after = is_whole(&workspace, "a.example", "together").await;
    assert_eq!([after][..], before[..]);
    taint(&workspace, FIRST_URN).await;
    workspace.write(&changed(&together));
    let said = workspace.up().await.fails();
    assert!(
        said.contains(CURE) && !said.contains("pulumi import auto-deploy:index:Webhook hook"),
        "{said}"
    );
    assert_eq!(live(&workspace).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_renamed_in_the_program_stays() {
    for (program, alias) in [(PROGRAM, true), (NAMED, true), (NAMED, false)] {
        let workspace = start(Backend::Folder, program).await;
        let before = live(&workspace).await;
        let options = if alias {
            "    options: {aliases: [{name: hook}]}\n"
        } else {
            ""
        };
        workspace.write(&format!(
            "{}{options}",
            program.replace("  hook:", "  renamed:")
        ));
        let (ran, gap) = watched(&workspace, &UP).await;
        assert_eq!(
            (live(&workspace).await, gap),
            (before, Duration::ZERO),
            "{program} {alias}"
        );
        if !alias {
            // Nothing here proves that the old resource is the same, and nothing is taken over because it looks the same.
            assert!(ran.fails().contains("there is already a webhook"));
            continue;
        }
        ran.succeeds();
        let again = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
        workspace.pulumi(&again).await.succeeds();
    }
}
