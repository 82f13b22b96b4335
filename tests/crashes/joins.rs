//! The program that handles joins, killed at each stage of an update that starts a stack: the stack is not started twice
//! for the same versions, and no start is missing after the next update.
//!
//! `make soak` kills at every request, `make test` at some of them.

use crate::killer::{Killer, Moment, Roll, Victim};
use crate::{end_pending, up_again};
use jiff::{SignedDuration, Timestamp};
use local_cloud::{Clock, Method};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::api::Api;
use testkit::by_hand::ByHand;
use testkit::patience::until;
use testkit::session::{STACK, Session};
use testkit::switches;

const UP: [&str; 3] = ["up", "--yes", "--skip-preview"];

const PROGRAM: &str = "\
name: web
runtime: yaml
resources:
  app:
    type: auto-deploy:Join
    properties: {organization: acme, project: app, stack: prod, upstreamRefs: [cluster/prod, database/prod]}
";

/// The deployments of the joined stack.
const STARTS: &str = "/api/stacks/acme/app/prod/deployments";

/// A cloud with a cluster, a database and an app, and the program with the join.
struct Scene {
    session: Session,
    roll: Roll,
    seconds: Arc<AtomicI64>,
}

impl Scene {
    async fn start() -> Scene {
        let seconds = Arc::new(AtomicI64::new(0));
        let ahead = Arc::clone(&seconds);
        let clock = Clock::from_fn(move || {
            Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::Relaxed))
        });
        let mut session = Session::simulated(PROGRAM, clock).await;
        let roll = Roll::of(&mut session);
        let scene = Scene {
            session,
            roll,
            seconds,
        };
        for project in ["cluster", "database", "app"] {
            let path = format!("/api/stacks/acme/{project}");
            scene.ask("POST", &path, json!({"stackName": "prod"})).await;
            let git = json!({"repoUrl": "file:///nowhere", "branch": "main"});
            let settings = json!({"sourceContext": {"git": git}});
            let path = format!("{path}/prod/deployments/settings");
            scene.ask("PUT", &path, settings).await;
            scene.updates(project).await;
        }
        scene.session.pulumi(&UP).await.succeeds();
        scene
    }

    /// Advances the cloud's clock by ten seconds.
    fn later(&self) {
        self.seconds.fetch_add(10, Ordering::Relaxed);
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.session.ask(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Updates a stack as a user does.
    async fn updates(&self, project: &str) {
        self.later();
        let api = Api::new(self.session.url());
        let begun = ByHand::begin(&api, &format!("acme/{project}/prod"), "update").await;
        self.later();
        begun.end(&api, "succeeded").await;
    }

    /// How often the joined stack was started, once everything that was started has ended.
    async fn n_starts(&self) -> usize {
        until(async || {
            let path = format!("{STARTS}?pageSize=100");
            let list = self.ask("GET", &path, Value::Null).await;
            let list = list["deployments"].as_array().expect("a list").clone();
            let is_over = |one: &Value| one["status"] == "succeeded";
            list.iter().all(is_over).then_some(list.len())
        })
        .await
    }

    /// The versions that the join has handled, and the last deployment.
    async fn remembered(&self) -> (Vec<i64>, Value) {
        let state = self
            .ask("GET", &format!("{STACK}/export"), Value::Null)
            .await;
        let resources = state["deployment"]["resources"].as_array().expect("a list");
        let is_join = |one: &&Value| one["type"] == "auto-deploy:index:Join";
        let join = resources.iter().find(is_join).expect("it is there");
        let after = join["outputs"]["after"].as_object().expect("an object");
        let version = |handled: &Value| handled["version"].as_i64().expect("a number");
        let versions = after.values().map(version).collect();
        (versions, join["outputs"]["deployment"].clone())
    }

    /// The number of requests of a kind that an update makes which starts the stack.
    async fn n_requests(&self, counts: fn(&Method, &str) -> bool) -> usize {
        self.updates("cluster").await;
        self.later();
        self.session.requests();
        self.session.pulumi(&UP).await.succeeds();
        let count = self.session.requests().into_iter().filter(|request| {
            let mut words = request.split(' ');
            let (method, path) = (words.next(), words.next().expect("a path"));
            let method = method.expect("a method").parse().expect("it is one");
            counts(&method, path)
        });
        count.count()
    }

    /// Kills an update that is about to start the stack, and runs it again.
    async fn survives(&self, at: At) {
        let about = format!("{:?} {:?} {}", at.victim, at.moment, at.call);
        let before = self.n_starts().await;
        for project in ["cluster", "database"] {
            self.updates(project).await;
        }
        self.later();
        let killer = Killer::at(&self.roll, at.victim, at.moment, at.call, at.counts);
        let faults = self.session.cloud().app().faults();
        faults.watch(killer.clone());
        let said = killer.run(self.session.command(&UP)).await;
        self.session.cloud().app().faults().unwatch();
        assert!(killer.has_killed(), "{about}: {said}");
        self.later();
        up_again(&self.session, &UP, at.victim, &about).await;
        end_pending(&self.session, at.victim, &about).await;
        assert_eq!(self.n_starts().await, before + 1, "{about}: {said}");
        // The next update has nothing to do, and says so.
        self.later();
        let again = self.session.pulumi(&UP).await.succeeds();
        assert_eq!(self.n_starts().await, before + 1, "{about}: {again}");
        let not = ["is not started: up to date", "is not started: handled"];
        assert!(
            not.iter().any(|text| again.contains(text)),
            "{about}: {again}"
        );
    }
}

/// Which process is killed, and when.
#[derive(Clone, Copy)]
struct At {
    victim: Victim,
    moment: Moment,
    /// Which of the counted requests, from 1.
    call: usize,
    counts: fn(&Method, &str) -> bool,
}

/// The request that starts the joined stack.
fn starts(method: &Method, path: &str) -> bool {
    *method == Method::POST && path == STARTS
}

/// The CLI's requests about its own update, and all of the plugin's.
fn any(_: &Method, path: &str) -> bool {
    path.contains("/update/") || path.starts_with(STARTS) || path.contains("/deployments")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_conductor_starts_nothing_twice_and_forgets_nothing() {
    let scene = Scene::start().await;
    for victim in [Victim::Cli, Victim::Plugin] {
        for moment in [Moment::Arrived, Moment::Done] {
            scene
                .survives(At {
                    victim,
                    moment,
                    call: 1,
                    counts: starts,
                })
                .await;
        }
    }
    let n = scene.n_requests(any).await;
    assert!(n > 8, "{n}");
    let step = if switches::soak() { 1 } else { n / 4 };
    for call in (1..n).step_by(step) {
        let at = At {
            victim: Victim::Cli,
            moment: Moment::Done,
            call,
            counts: any,
        };
        scene.survives(at).await;
    }
    let (versions, deployment) = scene.remembered().await;
    assert_eq!(versions.len(), 2);
    assert!(deployment.is_string(), "{deployment}");
}
