//! The event stream of an organization: the changes of its stacks' states.
//!
//! A commit only wakes up the stream. The stream then sends what the store contains, so a page that listens and one that is
//! reloaded show the same, and a lost wake-up only causes a delay.

use super::page::PageError;
use super::view::{self, StackState};
use crate::app::App;
use crate::domain::stacks::StackError;
use crate::parts::log;
use crate::store::Overview;
use crate::web::{Closing, PathNames};
use axum::extract;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::time::{Duration, Instant};
use tokio::sync::watch::Receiver;
use tokio::time;
use tokio_util::sync::CancellationToken;

/// How long changes are collected before they are sent.
const GATHER: Duration = Duration::from_millis(50);

/// The minimum pause between two looks, in multiples of a look: reading many stacks uses the store.
const N_REST: u32 = 4;

/// How often a stream sends a sign of life.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The state of a stack, in the form for the page's script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Told {
    /// As `project/stack`.
    stack: String,
    state: StackState,
    /// Increases when the stack was updated or deployed, even if its state is the same.
    age: i64,
}

/// `GET /events/{organization}`
pub(super) async fn events(
    extract::State(app): extract::State<App>,
    names: PathNames,
    extract::Extension(Closing(closing)): extract::Extension<Closing>,
) -> Result<Sse<impl stream::Stream<Item = Result<Event, Infallible>>>, PageError> {
    let watch = Watch::begin(app, names.get("organization"), closing).await?;
    let events = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok(event), watch))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// A text that is the same for two pages exactly if they show the same graph.
pub(super) fn shape(overview: &Overview) -> String {
    let mut digest = Sha256::new();
    for stack in &overview.stacks {
        digest.update(view::short_name(&stack.path));
        digest.update("\n");
    }
    for trigger in &overview.triggers {
        let line = format!(
            "{} {} {}\n",
            view::short_name(&trigger.from),
            trigger.to,
            trigger.is_active
        );
        digest.update(line);
    }
    for join in &overview.joins {
        let conductor = view::short_name(&join.conductor);
        digest.update(format!("{} {} by {conductor}\n", join.from, join.to));
    }
    digest.update([u8::from(overview.is_paused)]);
    hex::encode(&digest.finalize()[..8])
}

/// What a stream has sent.
#[derive(Debug, Default)]
struct Known {
    stacks: BTreeMap<String, (StackState, i64)>,
    shape: String,
}

impl Known {
    /// The events for what is new: first the shape of the graph, then the states.
    fn learn(&mut self, overview: &Overview) -> Vec<Event> {
        let mut events = Vec::new();
        let shape = shape(overview);
        if shape != self.shape {
            events.push(Event::default().event("shape").data(&shape));
            self.shape = shape;
        }
        let changes = self.changes(overview);
        if !changes.is_empty() {
            let json = serde_json::to_string(&changes).expect("states are plain data");
            events.push(Event::default().event("states").data(json));
        }
        events
    }

    fn changes(&mut self, overview: &Overview) -> Vec<Told> {
        let mut stacks = BTreeMap::new();
        let mut changes = Vec::new();
        for activity in &overview.stacks {
            let stack = view::short_name(&activity.path);
            let (state, age) = (view::state(activity), view::age(activity));
            if self.stacks.get(&stack) != Some(&(state, age)) {
                changes.push(Told {
                    stack: stack.clone(),
                    state,
                    age,
                });
            }
            stacks.insert(stack, (state, age));
        }
        self.stacks = stacks;
        changes
    }
}

/// A page that listens.
struct Watch {
    app: App,
    organization: String,
    commits: Receiver<()>,
    closing: CancellationToken,
    known: Known,
    ready: VecDeque<Event>,
    /// How long the last look took.
    looked: Duration,
}

impl Watch {
    /// A page that has not received anything about an organization yet.
    async fn begin(
        app: App,
        organization: String,
        closing: CancellationToken,
    ) -> Result<Watch, StackError> {
        // It listens first, so that nothing is missed between the first look and the next.
        let commits = app.store().commits();
        let overview = app.store().overview(organization.clone()).await?;
        let mut watch = Watch {
            app,
            organization,
            commits,
            closing,
            known: Known::default(),
            ready: VecDeque::new(),
            looked: Duration::ZERO,
        };
        watch.ready.extend(watch.known.learn(&overview));
        Ok(watch)
    }

    /// The next event; `None` if the stream is over.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            self.wait().await?;
            let begun = Instant::now();
            let found = self.app.store().overview(self.organization.clone()).await;
            self.looked = begun.elapsed();
            match found {
                Ok(overview) => self.ready.extend(self.known.learn(&overview)),
                Err(error) => log::warn("a page cannot be told what changed", &error),
            }
        }
    }

    /// Completes when something may have changed; `None` if the server stops.
    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            () = self.closing.cancelled() => return None,
            committed = self.commits.changed() => committed.ok()?,
        }
        // This ends early when the server stops.
        let gather = GATHER.max(self.looked * N_REST);
        let _ = time::timeout(gather, self.closing.cancelled()).await;
        // One look covers everything that happened meanwhile.
        self.commits.mark_unchanged();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deployments::{DeploymentSettings, NewDeployment};
    use crate::domain::stacks::{Stack, StackPath};
    use crate::store::{Activity, Trigger};

    fn path(stack: &str) -> StackPath {
        StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: stack.into(),
        }
    }

    fn overview(waiting: &[(&str, i64)]) -> Overview {
        let activity = |(stack, n_waiting): &(&str, i64)| Activity {
            path: path(stack),
            resource_count: 0,
            is_updating: false,
            is_deploying: false,
            n_waiting: *n_waiting,
            last_update: None,
            last_deployment: None,
        };
        Overview {
            stacks: waiting.iter().map(activity).collect(),
            triggers: Vec::new(),
            joins: Vec::new(),
            is_paused: false,
        }
    }

    #[test]
    fn only_what_changed_is_told() {
        let mut known = Known::default();
        let told =
            |known: &mut Known, overview| serde_json::to_string(&known.changes(&overview)).unwrap();
        let first = told(&mut known, overview(&[("a", 0), ("b", 1)]));
        assert_eq!(
            first,
            r#"[{"stack":"web/a","state":"idle","age":0},{"stack":"web/b","state":"queued","age":0}]"#
        );
        assert_eq!(told(&mut known, overview(&[("a", 0), ("b", 1)])), "[]");
        assert_eq!(
            told(&mut known, overview(&[("a", 2), ("b", 1)])),
            r#"[{"stack":"web/a","state":"queued","age":0}]"#
        );
        // A stack that disappears and returns is sent again.
        assert_eq!(told(&mut known, overview(&[("b", 1)])), "[]");
        assert_eq!(
            told(&mut known, overview(&[("a", 2), ("b", 1)])),
            r#"[{"stack":"web/a","state":"queued","age":0}]"#
        );
    }

    #[test]
    fn the_shape_is_that_of_the_graph() {
        let base = overview(&[("a", 0), ("b", 0)]);
        assert_eq!(
            shape(&base),
            shape(&overview(&[("a", 1), ("b", 2)])),
            "states are no part of it"
        );
        assert_ne!(shape(&base), shape(&overview(&[("a", 0)])));
        let trigger = Trigger {
            from: path("a"),
            webhook: "h".into(),
            to: "web/b".into(),
            is_active: true,
        };
        let joined = Overview {
            triggers: vec![trigger],
            ..base.clone()
        };
        assert_ne!(shape(&base), shape(&joined));
        assert_ne!(
            shape(&base),
            shape(&Overview {
                is_paused: true,
                ..base.clone()
            })
        );
    }

    /// A page of the organization `local`, in which `web/dev` has one deployment, which is paused.
    async fn page_of_a_waiting_deployment() -> Watch {
        let app = App::builder("token").open().unwrap();
        let dev = StackPath {
            organization: "local".into(),
            ..path("dev")
        };
        let stack = Stack::new(dev.clone(), BTreeMap::new()).unwrap();
        app.store().create_stack(stack, None).await.unwrap();
        let source = r#"{"sourceContext": {"git": {"repoUrl": "file:///r", "branch": "main"}}}"#;
        let settings = DeploymentSettings::from_kept(source).unwrap();
        let kept = app
            .store()
            .change_deployment_settings(dev.clone(), "api".into(), move |_| Ok(settings));
        kept.await.unwrap();
        app.store().pause_stack(dev.clone(), true).await.unwrap();
        let new = NewDeployment::by_webhook(dev);
        app.store()
            .create_deployment(new, app.moment())
            .await
            .unwrap();
        let closing = CancellationToken::new();
        Watch::begin(app, "local".into(), closing).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_hears_of_a_deployment_that_waited_too_long() {
        let mut page = page_of_a_waiting_deployment().await;
        while page.ready.pop_front().is_some() {}
        let state = |page: &Watch| page.known.stacks["web/dev"].0;
        assert_eq!(state(&page), StackState::Queued);
        let later = page.app.moment().ms() + 8 * 24 * 60 * 60 * 1000;
        let next = page.app.store().accept_deployment(later).await.unwrap();
        assert!(next.is_none(), "it is paused");
        let told = time::timeout(Duration::from_secs(20), page.next()).await;
        assert!(told.expect("the page hears of it").is_some());
        assert_eq!(state(&page), StackState::Idle);
    }
}
