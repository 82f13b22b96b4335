//! The real Pulumi CLI, killed in the middle of an update, or its plugin; and then run again.
//!
//! `make soak` kills at every call, `make test` at a few.

#![cfg(target_os = "linux")]

mod killer;
mod program;

use killer::{Killer, Moment, Roll, Victim};
use program::{N_CALLS, Stage};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use testkit::session::{STACK, Session};
use testkit::switches;

/// How many sessions there are at the same time.
const N_AT_ONCE: usize = 2;

/// A round of updates, each killed at its `call`th request to the cloud, counted from 1.
#[derive(Clone, Copy, Debug)]
struct Round {
    victim: Victim,
    moment: Moment,
    call: usize,
}

#[expect(clippy::print_stdout, reason = "whoever soaks reads it")]
#[tokio::test(flavor = "multi_thread")]
async fn the_next_update_ends_what_a_killed_one_began() {
    let rounds = if switches::soak() { all() } else { some() };
    println!("{} updates are killed", rounds.len() * Stage::ALL.len());
    let rounds = Arc::new(Mutex::new(rounds));
    let workers = (0..N_AT_ONCE).map(|_| {
        let rounds = Arc::clone(&rounds);
        tokio::spawn(async move {
            let (session, roll) = program::start().await;
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
        for victim in [Victim::Cli, Victim::Plugin] {
            for moment in [Moment::Arrived, Moment::Done] {
                rounds.push_back(Round {
                    victim,
                    moment,
                    call,
                });
            }
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

/// Kills an update on its way to a stage, and sees that the next one gets there: exactly the webhooks of the program are
/// on the cloud, and in the state.
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

    let mut said = session.pulumi(&["up", "--yes", "--skip-preview"]).await;
    if format!("{said:?}").contains("[409] Conflict: Another update is currently in progress") {
        assert_eq!(round.victim, Victim::Cli, "{about}: {said:?}");
        session.pulumi(&["cancel", "--yes"]).await.succeeds();
        said = session.pulumi(&["up", "--yes", "--skip-preview"]).await;
    }
    assert_eq!(said.code, Some(0), "{about}: {said:?}");
    let wanted = stage.webhooks();
    assert_eq!(program::on_the_cloud(session).await, wanted, "{about}");
    let mut exported = session.get(&format!("{STACK}/export")).await;
    if program::n_pending(&exported) > 0 {
        // The engine never forgets by itself that it does not know the end of a create, and says what to do.
        assert_eq!(round.victim, Victim::Cli, "{about}: {said:?}");
        assert!(format!("{said:?}").contains("pending"), "{about}: {said:?}");
        session
            .pulumi(&[
                "refresh",
                "--yes",
                "--skip-preview",
                "--clear-pending-creates",
            ])
            .await
            .succeeds();
        exported = session.get(&format!("{STACK}/export")).await;
        assert_eq!(program::n_pending(&exported), 0, "{about}");
    }
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
