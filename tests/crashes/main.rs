//! The real Pulumi CLI, or its plugin, killed in the middle of an update; and the update run again.
//!
//! `make soak` kills at every request, `make test` at a few.

#![cfg(target_os = "linux")]

mod joins;
mod killer;
mod program;
mod replaced;
mod sequences;
mod since;
mod whose;

use killer::{Killer, Moment, Roll, Victim};
use program::{HOOKS, N_CALLS, Stage};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use testkit::session::{Ran, STACK, Session};
use testkit::switches;

/// How many sessions run at the same time.
const N_AT_ONCE: usize = 2;

/// A series of updates, each killed at its `call`th request to the cloud, counted from 1.
#[derive(Clone, Copy, Debug)]
struct Round {
    victim: Victim,
    moment: Moment,
    call: usize,
}

#[expect(clippy::print_stdout, reason = "the user who soaks reads it")]
#[tokio::test(flavor = "multi_thread")]
async fn the_next_update_ends_what_a_killed_one_began() {
    let rounds = if switches::soak() { all() } else { some() };
    println!("{} updates are killed", rounds.len() * Stage::ALL.len());
    let rounds = Arc::new(Mutex::new(rounds));
    let workers = (0..N_AT_ONCE).map(|_| {
        let rounds = Arc::clone(&rounds);
        tokio::spawn(async move {
            let (session, roll) = program::start(&Stage::Delete.program(), &["prod"]).await;
            loop {
                let next = rounds.lock().expect("no panic").pop_front();
                let Some(round) = next else { return };
                for stage in Stage::ALL {
                    survive(&session, &roll, round, stage).await;
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("every update is survived");
    }
}

fn all() -> VecDeque<Round> {
    let mut rounds = VecDeque::new();
    for call in 1..=N_CALLS {
        for (victim, moment) in all_at() {
            rounds.push_back(Round {
                victim,
                moment,
                call,
            });
        }
    }
    rounds
}

fn some() -> VecDeque<Round> {
    let round = |victim, moment, call| Round {
        victim,
        moment,
        call,
    };
    [
        round(Victim::Cli, Moment::Done, N_CALLS / 2),
        round(Victim::Plugin, Moment::Done, N_CALLS / 2),
    ]
    .into()
}

/// Kills an update on its way to a stage, and checks that the next one gets there: exactly the program's webhooks are on
/// the cloud, and in the state.
async fn survive(session: &Session, roll: &Roll, round: Round, stage: Stage) {
    let about = format!("{round:?}, {stage:?}");
    session.program(&stage.program());
    let killer = Killer::new(roll, round.victim, round.moment, round.call);
    session.cloud().app().faults().watch(killer.clone());
    let said = killer
        .run(session.command(&["up", "--yes", "--skip-preview"]))
        .await;
    session.cloud().app().faults().unwatch();
    assert!(killer.has_killed(), "{about}: {said}");

    let up = ["up", "--yes", "--skip-preview"];
    if (round.victim, round.moment) == (Victim::Plugin, Moment::Done) {
        follow_advice(session, &up).await;
    }
    let said = up_again(session, &up, round.victim, &about).await;
    let wanted = stage.webhooks();
    assert_eq!(program::on_the_cloud(session).await, wanted, "{about}");
    let exported = end_pending(session, round.victim, &about).await;
    assert_eq!(
        program::in_the_state(&exported),
        wanted,
        "{about}: {said:?}"
    );
    session
        .pulumi(&["preview", "--expect-no-changes"])
        .await
        .succeeds();
}

/// Clears the pending creates.
const CLEAR_PENDING: [&str; 4] = [
    "refresh",
    "--yes",
    "--skip-preview",
    "--clear-pending-creates",
];

/// Follows the advice of an update after one whose plugin was killed. The engine kept running and recorded the create as
/// failed, so nothing proves who owns the webhook that it made: with a name from the program it must be imported, with
/// another name it stays, and the message names it.
async fn follow_advice(session: &Session, up: &[&str]) {
    let advice = "take the existing one over with `pulumi import auto-deploy:index:Webhook ";
    let mut all = String::new();
    loop {
        let ran = session.pulumi(up).await;
        let said = format!("{}{}", ran.out, ran.err);
        all.push_str(&said);
        if ran.code == Some(0) {
            break;
        }
        let (_, import) = said.split_once(advice).expect("it says what to do");
        let mut words = import.split([' ', '`']);
        let (name, id) = (words.next().expect("a name"), words.next().expect("an id"));
        let import = [
            "import",
            "auto-deploy:index:Webhook",
            name,
            id,
            "--yes",
            "--protect=false",
        ];
        session.pulumi(&import).await.succeeds();
    }
    let state = session.get(&format!("{STACK}/export")).await;
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let held: Vec<_> = resources
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    let hooks = session.get(HOOKS).await;
    for hook in hooks.as_array().expect("a list") {
        let name = hook["name"].as_str().expect("a text");
        if !held.contains(&&*format!("acme/app/prod/{name}")) {
            let named = format!("`acme/app/prod/{name}`");
            let mut warnings = all
                .lines()
                .filter(|line| line.contains("warning: the webhook `"));
            assert!(
                warnings.any(|line| line.contains(&named)),
                "{name} is named: {all}"
            );
            let deleted = session
                .ask("DELETE", &format!("{HOOKS}/{name}"), Value::Null)
                .await;
            assert_eq!(deleted.0, 204, "{all}");
        }
    }
}

/// Runs the same update again, after the lock of the killed one is removed.
async fn up_again(session: &Session, up: &[&str], victim: Victim, about: &str) -> Ran {
    let mut said = session.pulumi(up).await;
    let locked = [
        "[409] Conflict: Another update is currently in progress",
        "the stack is currently locked",
    ];
    if locked.iter().any(|lock| format!("{said:?}").contains(lock)) {
        assert_eq!(victim, Victim::Cli, "{about}: {said:?}");
        session.pulumi(&["cancel", "--yes"]).await.succeeds();
        said = session.pulumi(up).await;
    }
    assert_eq!(said.code, Some(0), "{about}: {said:?}");
    said
}

/// The state without pending creates: the engine never forgets them by itself, and says what to do.
async fn end_pending(session: &Session, victim: Victim, about: &str) -> Value {
    let export = format!("{STACK}/export");
    let exported = session.get(&export).await;
    if program::n_pending(&exported) == 0 {
        return exported;
    }
    assert_eq!(victim, Victim::Cli, "{about}");
    session.pulumi(&CLEAR_PENDING).await.succeeds();
    let exported = session.get(&export).await;
    assert_eq!(program::n_pending(&exported), 0, "{about}");
    exported
}

/// Which process is killed and when, in every combination.
fn all_at() -> Vec<(Victim, Moment)> {
    let victims = [Victim::Cli, Victim::Plugin];
    let both = |victim| [(victim, Moment::Arrived), (victim, Moment::Done)];
    victims.into_iter().flat_map(both).collect()
}
