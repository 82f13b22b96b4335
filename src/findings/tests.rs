//! Every finding in its words, and silence about what is cured.

use super::*;
use crate::cloud::{DeploymentSettings, LiveWebhook, Pauses, Pushes};
use crate::domain::StackRef;
use crate::graph::testing::{edge, edges, stack};
use crate::graph::{Dag, Edge};
use crate::survey::{Conductor, Facts, LiveEdge, LiveGraph, LiveJoin, LiveStack, Stray};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A program with these edges, whose own webhooks are `ours-1` and `ours-2`.
fn declared(pairs: &[(&str, &str)]) -> Declared {
    Declared {
        edges: edges(pairs).into_iter().collect(),
        stacks: BTreeSet::new(),
        webhooks: ["ours-1", "ours-2"].map(str::to_owned).into(),
        ..Declared::default()
    }
}

fn settings() -> DeploymentSettings {
    DeploymentSettings {
        has_source: true,
        ..DeploymentSettings::default()
    }
}

fn pushes(repository: &str, branch: &str, paths: &[&str]) -> DeploymentSettings {
    let pushes = Pushes {
        repository: Some(repository.to_owned()).filter(|name| !name.is_empty()),
        branch: Some(branch.to_owned()).filter(|name| !name.is_empty()),
        paths: paths.iter().map(|&path| path.to_owned()).collect(),
    };
    DeploymentSettings {
        pushes: Some(pushes),
        ..settings()
    }
}

/// A cloud with these stacks, each with settings, and with nothing that is in the way.
fn facts(names: &[&str]) -> Facts {
    let mut facts = Facts::default();
    for name in names {
        facts.webhooks.insert(stack(name), Some(Arc::default()));
        facts.settings.insert(stack(name), Some(settings()));
        facts.pauses.insert(stack(name), Pauses::default());
    }
    facts
}

/// Adds a webhook that starts `target`.
fn add(facts: &mut Facts, name: &str, upstream: &str, target: &str, events: &[&str]) {
    let webhook = LiveWebhook {
        name: name.to_owned(),
        place: None,
        display_name: target.to_owned(),
        payload_url: format!("p/{target}"),
        active: true,
        format: "pulumi_deployments".to_owned(),
        filters: events.iter().map(|&event| event.to_owned()).collect(),
        groups: Vec::new(),
        has_secret: false,
        secret_ciphertext: None,
    };
    let webhooks = facts.webhooks.entry(stack(upstream)).or_insert(None);
    let webhooks = webhooks.get_or_insert_default();
    Arc::make_mut(webhooks).push(webhook);
}

const UPDATED: &[&str] = &["update_succeeded"];

fn told(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let (code, severity) = (finding.code.as_str(), finding.severity.as_str());
        format!("{severity} {code}: {finding}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn said(declared: &Declared, facts: &Facts) -> String {
    told(&preflight(declared, facts))
}

#[test]
fn a_graph_in_which_all_is_well_is_silent() {
    let mut facts = facts(&["a", "b", "c"]);
    add(&mut facts, "ours-1", "a", "b", UPDATED);
    add(&mut facts, "chat", "a", "elsewhere", UPDATED);
    assert_eq!(said(&declared(&[("a", "b"), ("b", "c")]), &facts), "");
    assert_eq!(said(&declared(&[]), &Facts::default()), "");
}

#[test]
fn what_is_not_known_is_not_judged() {
    assert_eq!(said(&declared(&[("a", "b")]), &Facts::default()), "");
}

#[test]
fn a_stack_that_does_not_exist() {
    let mut facts = facts(&["a", "c"]);
    facts.webhooks.insert(stack("b"), None);
    insta::assert_snapshot!(said(&declared(&[("a", "b"), ("c", "b")]), &facts), @"error stack-missing: the stack `p/b` does not exist, so an update of `p/a` or `p/c` starts nothing; create it, or remove it from the stacks that follow `p/a` and `p/c`");
    insta::assert_snapshot!(said(&declared(&[("b", "a"), ("b", "c")]), &facts), @"error stack-missing: the stack `p/b` does not exist, so nothing can follow it, and `p/a` and `p/c` will not; create it, or correct its name");
    let own = Declared {
        stacks: [stack("b")].into(),
        ..declared(&[("a", "b"), ("b", "c")])
    };
    assert_eq!(said(&own, &facts), "");
}

#[test]
fn a_stack_that_cannot_be_deployed() {
    let mut facts = facts(&["a", "b", "c"]);
    facts.settings.insert(stack("b"), None);
    facts
        .settings
        .insert(stack("c"), Some(DeploymentSettings::default()));
    // The first stack is deployed by whatever means.
    facts.settings.insert(stack("a"), None);
    insta::assert_snapshot!(said(&declared(&[("a", "b"), ("a", "c")]), &facts), @r"
    error no-settings: the stack `p/b` has no deployment settings, so an update of `p/a` starts nothing; give it deployment settings that say where its program is
    warning no-source: the deployment settings of the stack `p/c` do not say where its program is, so the deployment that an update of `p/a` starts will fail; name its repository in its deployment settings
    ");
}

#[test]
fn deployments_that_wait() {
    let mut facts = facts(&["a", "b", "c"]);
    let paused = |stack, organization| Pauses {
        stack,
        organization,
    };
    facts.pauses.insert(stack("a"), paused(true, false));
    facts.pauses.insert(stack("b"), paused(true, false));
    insta::assert_snapshot!(said(&declared(&[("a", "b"), ("a", "c")]), &facts), @"warning paused: deployments of the stack `p/b` are paused, so what an update of `p/a` starts waits, for seven days at most; resume them");
    for name in ["a", "b", "c"] {
        facts.pauses.insert(stack(name), paused(false, true));
    }
    insta::assert_snapshot!(said(&declared(&[("a", "b"), ("a", "c")]), &facts), @"warning paused: deployments of the organization `acme` are paused, so what an update of `p/a` starts waits, for seven days at most; resume them");
    let subject = |pairs: &[(&str, &str)]| {
        let found = preflight(&declared(pairs), &facts).into_iter().next();
        found.expect("it is paused").subject
    };
    assert_eq!(
        subject(&[("a", "b")]),
        subject(&[("b", "c")]),
        "it is one thing"
    );
}

#[test]
fn a_push_that_starts_a_stack_twice() {
    let mut facts = facts(&["a", "b"]);
    let program = declared(&[("a", "b")]);
    let mut check = |upstream: Option<DeploymentSettings>, downstream: DeploymentSettings| {
        facts.settings.insert(stack("a"), upstream);
        facts.settings.insert(stack("b"), Some(downstream));
        said(&program, &facts)
    };
    insta::assert_snapshot!(check(Some(pushes("acme/web", "main", &[])), pushes("acme/web", "main", &[])), @"warning deploys-commits: a push to the branch `main` of `acme/web` deploys the stack `p/b` at once, and an update of `p/a` starts it again, so one push can run it twice, and the first time too early; turn off `deployCommits` in its deployment settings, or limit their `paths` to its own files");
    insta::assert_snapshot!(check(None, pushes("", "", &[])), @"warning deploys-commits: a push to its repository deploys the stack `p/b` at once, and an update of `p/a` starts it again, so one push can run it twice, and the first time too early; turn off `deployCommits` in its deployment settings, or limit their `paths` to its own files");
    assert_ne!(check(Some(settings()), pushes("acme/web", "main", &[])), "");
    assert_ne!(
        check(
            Some(pushes("acme/web", "", &["net/**"])),
            pushes("acme/web", "main", &["net/**"])
        ),
        ""
    );
    for (upstream, downstream) in [
        (Some(pushes("acme/web", "main", &[])), settings()),
        (
            Some(pushes("acme/net", "main", &[])),
            pushes("acme/web", "main", &[]),
        ),
        (
            Some(pushes("acme/web", "main", &[])),
            pushes("acme/web", "prod", &[]),
        ),
        (
            Some(pushes("acme/web", "main", &["net/**"])),
            pushes("acme/web", "main", &["web/**"]),
        ),
        (None, pushes("acme/web", "main", &["web/**"])),
    ] {
        assert_eq!(check(upstream, downstream), "");
    }
}

#[test]
fn another_webhook_that_starts_the_same_stack() {
    let program = declared(&[("a", "b")]);
    let mut facts = facts(&["a", "b"]);
    add(&mut facts, "ours-2", "a", "b", UPDATED);
    add(&mut facts, "by-hand", "a", "b", UPDATED);
    add(
        &mut facts,
        "late",
        "a",
        "b",
        &["deployment_queued", "deployment_succeeded"],
    );
    add(&mut facts, "wreck", "a", "b", &["destroy_succeeded"]);
    insta::assert_snapshot!(said(&program, &facts), @r"
    warning duplicate-webhook: the webhook `acme/p/a/by-hand` starts `p/b` as well, so it runs more than once for one change; unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here and take it into the program with `pulumi import auto-deploy:index:Webhook p-b acme/p/a/by-hand`
    warning duplicate-webhook: the webhook `acme/p/a/late` starts `p/b` as well (at `deployment_queued` and `deployment_succeeded`), so it runs more than once for one change; unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here and take it into the program with `pulumi import auto-deploy:index:Webhook p-b acme/p/a/late`
    notice duplicate-webhook: the webhook `acme/p/a/wreck` starts `p/b` as well (at `destroy_succeeded`); unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here and take it into the program with `pulumi import auto-deploy:index:Webhook p-b acme/p/a/wreck`
    ");
    let webhooks = facts.webhooks.get_mut(&stack("a")).and_then(Option::as_mut);
    for webhook in Arc::make_mut(webhooks.expect("it is there")) {
        webhook.active = false;
    }
    assert_eq!(said(&program, &facts), "");
}

#[test]
fn a_cycle_through_webhooks_of_others() {
    let program = declared(&[("a", "b")]);
    let mut facts = facts(&["a", "b", "c"]);
    add(&mut facts, "theirs", "b", "c", UPDATED);
    add(&mut facts, "by-hand", "c", "a", &["deployment_succeeded"]);
    insta::assert_snapshot!(said(&program, &facts), @"error cycle: stacks start each other forever, p/a → p/b → p/c → p/a: `p/a` starts `p/b` here, `p/b` starts `p/c` by its webhook `theirs`, `p/c` starts `p/a` by its webhook `by-hand` (at `deployment_succeeded`); delete one of these webhooks, or remove one of these edges");
    // A change of the program starts what goes round far away, too.
    add(&mut facts, "self", "c", "c", UPDATED);
    assert!(said(&declared(&[("b", "d")]), &facts).contains("p/c → p/c"));
    let mut cured = facts;
    cured.webhooks.insert(stack("c"), Some(Arc::default()));
    add(&mut cured, "tidy", "c", "a", &["destroy_succeeded"]);
    add(&mut cured, "ours-1", "b", "a", UPDATED);
    assert_eq!(said(&program, &cured), "");
}

#[test]
fn shortcuts_and_diamonds() {
    let told_of = |pairs: &[(&str, &str)]| told(&shapes(&Dag::new(&edges(pairs)).unwrap()));
    insta::assert_snapshot!(told_of(&[("a", "b"), ("b", "c"), ("a", "c")]), @"warning shortcut: an update of `p/a` starts `p/c` at once, and again by the longer path p/a → p/b → p/c, so `p/c` runs one time too many, and the first time too early; remove the edge from `p/a` to `p/c`: by the longer path it still follows");
    let diamond = [
        ("net", "db"),
        ("net", "cluster"),
        ("db", "app"),
        ("cluster", "app"),
    ];
    insta::assert_snapshot!(told_of(&diamond), @"warning diamond: `p/app` runs twice for one change of `p/net`, too early each time but the last: it follows by p/net → p/cluster → p/app and p/net → p/db → p/app; to run it once, after all of them, use the strategy `joined` of a DependencyGraph, or a Join; for fewer runs, turn on `skipIntermediateDeployments` in its deployment settings");
    let wide: Vec<(String, String)> = (0..7)
        .flat_map(|n| {
            [
                ("top".to_owned(), format!("s{n}")),
                (format!("s{n}"), "end".to_owned()),
            ]
        })
        .collect();
    let wide: Vec<(&str, &str)> = wide
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    insta::assert_snapshot!(told_of(&wide), @"warning diamond: `p/end` runs 7 times for one change of `p/top`, too early each time but the last: it follows by p/top → p/s0 → p/end, p/top → p/s1 → p/end, p/top → p/s2 → p/end, p/top → p/s3 → p/end and 3 more; to run it once, after all of them, use the strategy `joined` of a DependencyGraph, or a Join; for fewer runs, turn on `skipIntermediateDeployments` in its deployment settings");
    // Cured.
    assert_eq!(told_of(&[("a", "b"), ("b", "c")]), "");
    let chained = Dag::new(&edges(&diamond)).unwrap().in_sequence();
    assert_eq!(shapes(&chained), []);
}

fn live(
    names: &[&str],
    webhooks: &[(&str, &str, &str, &[&str])],
    references: &[(&str, &str)],
) -> LiveGraph {
    let stack_of = |name: &&str| {
        let live = LiveStack {
            last_update: Some(1),
            has_state: true,
            settings: Some(Some(settings())),
            knows_webhooks: true,
            knows_references: true,
        };
        (stack(name), live)
    };
    let edge_of =
        |&(webhook, upstream, downstream, events): &(&str, &str, &str, &[&str])| LiveEdge {
            edge: edge(upstream, downstream),
            webhook: webhook.to_owned(),
            active: true,
            events: events.iter().map(|&event| event.to_owned()).collect(),
            is_wake_up: webhook.starts_with("wake-up"),
        };
    LiveGraph {
        organization: "acme".to_owned(),
        stacks: names.iter().map(stack_of).collect(),
        edges: webhooks.iter().map(edge_of).collect(),
        references: edges(references).into_iter().collect(),
        ..LiveGraph::default()
    }
}

#[test]
fn an_edge_to_a_stack_without_a_state_is_not_judged() {
    let webhooks: &[(&str, &str, &str, &[&str])] = &[("1", "a", "b", UPDATED)];
    let mut graph = live(&["a", "b"], webhooks, &[]);
    assert_eq!(audit(&graph).len(), 1, "it refers to nothing, and follows");
    graph.stacks.get_mut(&stack("b")).unwrap().has_state = false;
    assert_eq!(audit(&graph), []);
}

#[test]
fn a_live_graph_in_which_all_is_well_is_silent() {
    let webhooks: &[(&str, &str, &str, &[&str])] =
        &[("1", "a", "b", UPDATED), ("2", "b", "c", UPDATED)];
    // That `c` refers to `a` needs no edge: it follows through `b`.
    let graph = live(
        &["a", "b", "c"],
        webhooks,
        &[("a", "b"), ("b", "c"), ("a", "c")],
    );
    assert_eq!(told(&audit(&graph)), "");
}

#[test]
fn a_live_graph_whose_edges_do_not_fit_its_references() {
    let graph = live(&["a", "b", "c"], &[("1", "a", "b", UPDATED)], &[("b", "c")]);
    insta::assert_snapshot!(told(&audit(&graph)), @r"
    warning missing-edge: the stack `p/c` refers to `p/b`, but an update of `p/b` does not start it; declare the edge from `p/b` to `p/c`
    notice surplus-edge: an update of `p/a` starts the stack `p/b`, which holds no StackReference to it; remove the edge, unless the order itself is wanted, as from one environment to the next
    ");
    let mut idle = live(&["a", "b"], &[("1", "a", "b", UPDATED)], &[("a", "b")]);
    idle.edges[0].active = false;
    insta::assert_snapshot!(told(&audit(&idle)), @"warning missing-edge: the stack `p/b` refers to `p/a`, but the webhook `1` that would start it is not active; declare the edge from `p/a` to `p/b`");
    idle.stacks.entry(stack("a")).or_default().knows_webhooks = false;
    assert_eq!(told(&audit(&idle)), "", "what is not known may be there");
    let mut abroad = live(&["a"], &[], &[]);
    abroad.references.insert(Edge {
        upstream: stack("a"),
        downstream: StackRef::new("other", "p", "b").unwrap(),
    });
    assert_eq!(
        told(&audit(&abroad)),
        "",
        "no webhook leads to another organization"
    );
}

#[test]
fn a_live_graph_with_webhooks_that_are_not_right() {
    let mut graph = live(
        &["a", "b"],
        &[
            ("1", "a", "b", UPDATED),
            (
                "2",
                "a",
                "b",
                &[
                    "update_succeeded",
                    "deployment_succeeded",
                    "preview_succeeded",
                ],
            ),
            ("3", "a", "gone", UPDATED),
            ("4", "b", "b", &["deployment_succeeded"]),
        ],
        &[("a", "b")],
    );
    graph.strays.push(Stray {
        upstream: stack("a"),
        webhook: "5".to_owned(),
        target: "nowhere".to_owned(),
    });
    graph.stacks.entry(stack("b")).or_default().settings = Some(None);
    insta::assert_snapshot!(told(&audit(&graph)), @r"
    error cycle: stacks start each other forever, p/b → p/b: `p/b` starts `p/b` by its webhook `4` (at `deployment_succeeded`); delete one of these webhooks
    error target-missing: the webhook `5` of the stack `p/a` should start `nowhere`, which names no stack of its organization; delete the webhook, or set its payload URL to `project/stack`
    error target-missing: the webhook `3` of the stack `p/a` should start `p/gone`, which does not exist; delete the webhook, or create the stack
    error no-settings: the stack `p/b` has no deployment settings, so an update of `p/a` or `p/b` starts nothing; give it deployment settings that say where its program is
    warning duplicate-webhook: the webhooks `1` and `2` of the stack `p/a` each start `p/b`; keep one of them
    warning other-events: the webhook `2` of the stack `p/a` starts `p/b` also at `deployment_succeeded` and `preview_succeeded`; set its filters to `update_succeeded` alone, and its groups to none
    notice other-events: the webhook `4` of the stack `p/b` starts `p/b` not after an update, but at `deployment_succeeded`; set its filters to `update_succeeded` alone, and its groups to none
    ");
    graph.project = Some("other".to_owned());
    assert!(
        !told(&audit(&graph)).contains("does not exist"),
        "it was not asked for"
    );
}

/// A diamond whose bottom is joined by `wiring`, which `b` and `c` wake up.
fn joined() -> LiveGraph {
    let webhooks: &[(&str, &str, &str, &[&str])] = &[
        ("1", "a", "b", UPDATED),
        ("2", "a", "c", UPDATED),
        ("wake-up-b", "b", "wiring", UPDATED),
        ("wake-up-c", "c", "wiring", UPDATED),
    ];
    let references = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")];
    let mut graph = live(&["a", "b", "c", "d", "wiring"], webhooks, &references);
    let wiring = DeploymentSettings {
        skips_intermediate: true,
        has_role: true,
        variables: ["PULUMI_CONTINUE_ON_ERROR".to_owned()].into(),
        ..settings()
    };
    graph.stacks.get_mut(&stack("wiring")).unwrap().settings = Some(Some(wiring));
    graph
        .conductors
        .insert(stack("wiring"), Conductor::default());
    graph.joins.push(LiveJoin {
        stack: stack("d"),
        upstream: [stack("b"), stack("c")].into(),
        conductor: stack("wiring"),
        memory: crate::cascade::Join::default(),
    });
    graph
}

#[test]
fn a_joined_diamond_is_silent_and_leads_from_stack_to_stack() {
    let graph = joined();
    assert_eq!(told(&audit(&graph)), "");
    let dependencies: Vec<String> = graph.dependencies().iter().map(Edge::to_string).collect();
    assert_eq!(
        dependencies,
        ["p/a → p/b", "p/a → p/c", "p/b → p/d", "p/c → p/d"]
    );
    // Without a look at its state, what is woken up is started like any other stack.
    let unread = LiveGraph {
        conductors: std::collections::BTreeMap::new(),
        joins: Vec::new(),
        ..graph
    };
    assert!(told(&audit(&unread)).contains("diamond: `p/wiring` runs twice"));
}

#[test]
fn a_join_that_stands_in_for_a_webhook_needs_no_wake_up_and_goes_past_nobody() {
    let mut graph = joined();
    for (from, to) in [("a", "b"), ("a", "c")] {
        graph.joins.push(LiveJoin {
            stack: stack(to),
            upstream: [stack(from)].into(),
            conductor: stack("wiring"),
            memory: crate::cascade::Join {
                grace: Some(jiff::SignedDuration::from_secs(60)),
                ..crate::cascade::Join::default()
            },
        });
    }
    assert_eq!(told(&audit(&graph)), "");
    graph.joins.last_mut().unwrap().memory.grace = None;
    let alone = told(&audit(&graph));
    for code in ["join-without-wake-up", "joined-and-started"] {
        assert!(alone.contains(code), "{alone}");
    }
}

#[test]
fn a_join_that_nothing_wakes_up_or_that_others_go_past() {
    let mut graph = joined();
    graph.edges.retain(|live| live.webhook != "wake-up-c");
    let past = LiveEdge {
        webhook: "past".to_owned(),
        edge: edge("b", "d"),
        ..graph.edges[0].clone()
    };
    graph.edges.push(past);
    graph.conductors.insert(
        stack("wiring"),
        Conductor {
            has_failed: Some(true),
        },
    );
    let other = LiveJoin {
        conductor: stack("other"),
        ..graph.joins[0].clone()
    };
    graph.joins.push(other);
    graph.stacks.get_mut(&stack("wiring")).unwrap().settings = Some(None);
    for name in ["b", "d"] {
        graph.stacks.get_mut(&stack(name)).unwrap().settings = Some(Some(pushes("r", "main", &[])));
    }
    insta::assert_snapshot!(told(&audit(&graph)));
}

#[test]
fn a_cycle_through_a_join_is_found() {
    let mut graph = joined();
    let back = LiveEdge {
        webhook: "back".to_owned(),
        edge: edge("d", "b"),
        ..graph.edges[0].clone()
    };
    graph.edges.push(back);
    let found = audit(&graph);
    assert_eq!(found[0].code, Code::Cycle);
    insta::assert_snapshot!(told(&found[..1]), @"error cycle: stacks start each other forever, p/b → p/d → p/b: `p/b` starts `p/d` through its join, `p/d` starts `p/b` by its webhook `back`; delete one of these webhooks, or remove one of these edges from the program with the joins");
}

#[test]
fn the_order_is_that_of_codes_and_names() {
    let mut facts = facts(&["a", "b", "c"]);
    facts.settings.insert(stack("c"), None);
    facts.settings.insert(stack("b"), None);
    facts.webhooks.insert(stack("z"), None);
    let found = preflight(&declared(&[("a", "z"), ("a", "c"), ("a", "b")]), &facts);
    let order: Vec<(Code, &str)> = found
        .iter()
        .map(|finding| (finding.code, finding.stacks[0].stack()))
        .collect();
    assert_eq!(
        order,
        [
            (Code::StackMissing, "z"),
            (Code::NoSettings, "b"),
            (Code::NoSettings, "c")
        ]
    );
    assert!(Code::ALL.is_sorted());
}

#[test]
fn events_of_a_program_are_said_where_they_are_not_the_usual_one() {
    let said = |events: &[&str]| {
        let declared = Declared {
            events: events.iter().map(|&event| event.to_owned()).collect(),
            ..declared(&[("a", "b"), ("b", "c")])
        };
        let found = preflight(&declared, &Facts::default());
        let lines = found
            .iter()
            .map(|finding| format!("{} {finding}", finding.severity.as_str()));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(said(&[]), "");
    assert_eq!(said(&["update_succeeded"]), "");
    insta::assert_snapshot!(said(&["update_succeeded", "deployment_succeeded"]), @"warning the webhooks here start stacks also at `deployment_succeeded`, so each deployment of a stack starts the ones that follow it twice; set `filters` to `update_succeeded` alone");
    insta::assert_snapshot!(said(&["update_succeeded", "update_failed"]), @"notice the webhooks here start stacks also at `update_failed`; set `filters` to `update_succeeded` alone");
    insta::assert_snapshot!(said(&["deployment_succeeded"]), @"notice the webhooks here start stacks not after an update, but at `deployment_succeeded`; set `filters` to `update_succeeded` alone");
}
