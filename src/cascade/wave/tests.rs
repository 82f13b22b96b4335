use super::super::observation::Join;
use super::super::testing::{DIAMOND, Deployed, Scene, edges, stack, time, update, updated};
use super::*;

/// The cascade in a diamond, whose edges all have webhooks, at this time.
fn check(scene: &Scene, root: Option<&str>, now: i64) -> String {
    let without = edges(&DIAMOND);
    check_with(scene, &without, root, now)
}

fn check_with(scene: &Scene, webhooks: &BTreeSet<Edge>, root: Option<&str>, now: i64) -> String {
    let view = View {
        world: &scene.0,
        decision: &scene.decide(),
        webhooks,
        now: time(now),
    };
    let Some(cascade) = Cascade::of(view, root.map(stack).as_ref()) else {
        return "nothing".to_owned();
    };
    let line = |row: &Row| {
        let because = row.state.because().into_iter().flatten();
        let names = because.map(StackRef::project);
        let because = names.fold(String::new(), |all, name| all + " " + name);
        let (state, n) = (row.state.as_str(), row.n_runs());
        format!(
            "{} {}: {state}{because} x{n}",
            row.level,
            row.stack.project()
        )
    };
    let rows: Vec<String> = cascade.rows.iter().map(line).collect();
    let end = match (cascade.is_over(), cascade.is_well()) {
        (false, _) => "goes on",
        (true, true) => "well",
        (true, false) => "not well",
    };
    format!("{}\n{end}", rows.join("\n"))
}

/// A deployment that a webhook started, with its update.
fn started(version: i64, created: i64, update: crate::cloud::Update) -> Deployed {
    Deployed::new(version, "succeeded", created, created, created + 1).with(update)
}

/// All have run before; now the network was updated by hand.
fn changed() -> Scene {
    Scene::of(&DIAMOND)
        .updates("network", &[updated(1, -90, -80), updated(2, 0, 10)])
        .updates("database", &[updated(1, -70, -60)])
        .updates("cluster", &[updated(1, -70, -60)])
        .updates("app", &[updated(1, -50, -40)])
}

#[test]
fn right_after_an_update_its_webhooks_are_waited_for_and_then_missed() {
    insta::assert_snapshot!(check(&changed(), None, 12), @r"
    0 network: succeeded x1
    1 cluster: waiting network x0
    1 database: waiting network x0
    2 app: waiting cluster database x0
    goes on
    ");
    insta::assert_snapshot!(check(&changed(), None, 41), @r"
    0 network: succeeded x1
    1 cluster: not started network x0
    1 database: not started network x0
    2 app: waiting cluster database x0
    not well
    ");
}

#[test]
fn a_join_is_given_the_time_that_its_program_takes() {
    let scene = changed()
        .updates("database", &[updated(1, -70, -60), updated(2, 12, 20)])
        .updates("cluster", &[updated(1, -70, -60), updated(2, 12, 20)])
        .join("app", Join::default());
    let webhooks: BTreeSet<Edge> = edges(&DIAMOND)
        .into_iter()
        .filter(|edge| edge.downstream != stack("app"))
        .collect();
    for (now, last, end) in [
        (60, "2 app: waiting cluster database x0", "goes on"),
        (320, "2 app: not started cluster database x0", "not well"),
    ] {
        let said = check_with(&scene, &webhooks, None, now);
        assert!(said.ends_with(&format!("{last}\n{end}")), "{said}");
    }
}

#[test]
fn the_root_is_the_update_that_led_to_the_newest_run() {
    let scene = changed()
        .history("database", &[], &[started(1, 10, updated(2, 12, 20))])
        .history(
            "cluster",
            &[],
            &[started(1, 10, update(2, "update", "in-progress", 12, 0))],
        )
        .history(
            "app",
            &[updated(1, -50, -40)],
            &[Deployed::new(1, "not-started", 20, 0, 0)],
        );
    insta::assert_snapshot!(check(&scene, None, 100), @r"
    0 network: succeeded x1
    1 cluster: running x1
    1 database: succeeded x1
    2 app: queued x1
    goes on
    ");
    assert_eq!(
        check(&scene, None, 100),
        check(&scene, Some("network"), 100)
    );
    assert_eq!(check(&Scene::of(&DIAMOND), None, 0), "nothing");
    assert_eq!(check(&Scene::of(&DIAMOND), Some("app"), 0), "nothing");
}

#[test]
fn an_update_long_ago_led_to_nothing_that_runs_now() {
    let scene = changed().updates("app", &[updated(1, -50, -40), updated(2, 1000, 1001)]);
    insta::assert_snapshot!(check(&scene, None, 1100), @r"
    0 app: waiting cluster database x1
    well
    ");
}

#[test]
fn what_no_webhook_starts_is_said_at_once_and_is_no_failure() {
    insta::assert_snapshot!(check_with(&changed(), &BTreeSet::new(), Some("network"), 11), @r"
    0 network: succeeded x1
    1 cluster: due network x0
    1 database: due network x0
    2 app: waiting cluster database x0
    well
    ");
}

#[test]
fn a_failure_blocks_what_is_below() {
    let failed = update(2, "update", "failed", 12, 20);
    let scene = changed()
        .history(
            "database",
            &[updated(1, -70, -60)],
            &[started(1, 10, failed)],
        )
        .history("cluster", &[], &[started(1, 10, updated(2, 12, 30))]);
    insta::assert_snapshot!(check(&scene, None, 100), @r"
    0 network: succeeded x1
    1 cluster: succeeded x1
    1 database: failed x1
    2 app: blocked database x0
    not well
    ");
}

#[test]
fn a_stack_that_was_started_twice_says_so() {
    let twice = [
        started(1, 20, updated(2, 21, 29)),
        started(2, 30, updated(3, 31, 40)),
    ];
    let scene = changed()
        .history("database", &[], &[started(1, 10, updated(2, 12, 20))])
        .history("cluster", &[], &[started(1, 10, updated(2, 12, 30))])
        .history("app", &[], &twice);
    insta::assert_snapshot!(check(&scene, Some("network"), 100), @r"
    0 network: succeeded x1
    1 cluster: succeeded x1
    1 database: succeeded x1
    2 app: succeeded x2
    well
    ");
}

#[test]
fn a_stack_that_was_never_deployed_is_started_by_its_webhook() {
    let scene = Scene::of(&[("network", "database")]).updates("network", &[updated(1, 0, 10)]);
    let webhooks = edges(&[("network", "database")]);
    insta::assert_snapshot!(check_with(&scene, &webhooks, None, 12), @r"
    0 network: succeeded x1
    1 database: waiting network x0
    goes on
    ");
    insta::assert_snapshot!(check_with(&scene, &BTreeSet::new(), None, 12), @r"
    0 network: succeeded x1
    1 database: never deployed x0
    well
    ");
}

#[test]
fn while_the_first_stack_runs_all_below_wait() {
    let running = update(3, "update", "in-progress", 50, 0);
    let scene = changed().updates("network", &[updated(2, 0, 10), running]);
    let scene = scene
        .updates("database", &[updated(2, 12, 20)])
        .updates("cluster", &[updated(2, 12, 20)])
        .updates("app", &[updated(2, 22, 30)]);
    insta::assert_snapshot!(check(&scene, None, 60), @r"
    0 network: running x1
    1 cluster: waiting network x0
    1 database: waiting network x0
    2 app: waiting cluster database x0
    goes on
    ");
}
