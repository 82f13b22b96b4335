//! Random lifecycles of webhooks, many at once, on a cloud where a fifth of all requests fail.
//!
//! `SEED=… make soak` repeats the same lifecycles.

mod engine;
mod lifecycle;
mod program;
mod search;
mod storm;

use auto_deploy::cloud::Patience;
use engine::Engine;
use lifecycle::{Lifecycle, Tally};
use program::PLANTED;
use search::Search;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use storm::Storm;
use testkit::api::TOKEN;
use testkit::provider::Provider;
use testkit::switches;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How many lifecycles are run, in a soak and otherwise.
const N_LIFECYCLES: (usize, usize) = (10_000, 100);

/// How many at the same time.
const N_AT_ONCE: usize = 64;

/// How many pages and lists of deliveries are read at the end.
const N_PAGES: usize = 50;

/// How the lifecycles ended: for each stack the inputs of its webhook, if it has one.
type Ends = BTreeMap<String, Option<Value>>;

#[expect(clippy::print_stdout, reason = "the user who soaks reads it")]
#[tokio::test(flavor = "multi_thread")]
async fn no_life_loses_a_webhook_or_doubles_it_or_tells_a_secret() {
    let n_lifecycles = if switches::soak() {
        N_LIFECYCLES.0
    } else {
        N_LIFECYCLES.1
    };
    let seed = switches::seed();
    println!("{n_lifecycles} lifecycles, SEED={seed}");
    let search = Search::new(&[PLANTED, TOKEN]);
    let wanted = "debug,auto_deploy=trace,local_cloud=trace";
    let (targets, is_readable) = auto_deploy::telemetry::filter(Some(wanted));
    assert!(is_readable);
    let lines = tracing_subscriber::fmt::layer().with_writer(search.clone());
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
    let data = tempfile::tempdir().expect("a folder");
    let provider = Provider::start_on(Some(data.path()), patience()).await;
    for stack in (0..n_lifecycles).flat_map(stacks) {
        let made = provider.ask("POST", "/api/stacks/acme/app", json!({"stackName": stack}));
        assert_eq!(made.await.0, 200);
    }

    let storm = Storm::new(seed);
    provider.cloud.app().faults().watch(storm.clone());
    let provider = Arc::new(provider);
    let (ends, tally) = run(&provider, &search, seed, n_lifecycles).await;
    provider.cloud.app().faults().unwatch();

    let mut wrongs = tally.wrongs;
    for (stack, wanted) in &ends {
        wrongs.extend(differences(&provider, &search, stack, wanted.as_ref()).await);
    }
    assert!(wrongs.is_empty(), "SEED={seed}: {wrongs:#?}");
    look_around(&provider, &search, &ends).await;
    let n_files = search.folder(data.path());
    let (n_bytes, places) = search.told();
    let (n_calls, n_failed) = storm.counted();
    println!(
        "{} operations, {} of which failed; {} replacements; {} changes that failed and were taken back; \
         {n_calls} calls, {n_failed} of which failed; {n_bytes} bytes searched, {n_files} files among them",
        tally.n_operations, tally.n_failed, tally.n_replacements, tally.n_taken_back
    );
    assert!(places.is_empty(), "SEED={seed}: {places:#?}");
    assert!(n_failed * 10 > n_calls, "about a fifth of all calls fail");
}

fn patience() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        repeats: 2,
        try_limit: Duration::from_secs(5),
    }
}

/// The stacks that a lifecycle's webhook watches, the first one at the beginning: their paths are its own, so that nothing
/// depends on other lifecycles.
fn stacks(number: usize) -> [String; 2] {
    [format!("s{number}"), format!("t{number}")]
}

/// Runs all lifecycles, some at a time.
async fn run(
    provider: &Arc<Provider>,
    search: &Search,
    seed: u64,
    n_lifecycles: usize,
) -> (Ends, Tally) {
    let next = Arc::new(AtomicUsize::new(0));
    let workers = (0..N_AT_ONCE).map(|_| {
        let (provider, search, next) = (Arc::clone(provider), search.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            let (mut ends, mut tally) = (Ends::default(), Tally::default());
            let engine = Engine::start(provider.cloud.url(), patience()).await;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= n_lifecycles {
                    return (ends, tally);
                }
                let stacks = stacks(number);
                let parts = (&engine, &*provider);
                let mut lifecycle = Lifecycle::new(parts, &search, seed, number, stacks.clone());
                let end = lifecycle.run().await;
                for stack in stacks {
                    let there = end.clone().filter(|end| end["stackName"] == *stack);
                    ends.insert(stack, there);
                }
                tally.add(lifecycle.tally);
            }
        })
    });
    let (mut all_ends, mut all_tallies) = (Ends::default(), Tally::default());
    for worker in workers.collect::<Vec<_>>() {
        let (ends, tally) = worker.await.expect("no panic");
        all_ends.extend(ends);
        all_tallies.add(tally);
    }
    (all_ends, all_tallies)
}

/// What a stack has that it should not have, or the other way round.
async fn differences(
    provider: &Provider,
    search: &Search,
    stack: &str,
    wanted: Option<&Value>,
) -> Option<String> {
    let path = format!("/api/stacks/acme/app/{stack}/hooks");
    let (_, hooks) = provider.ask("GET", &path, Value::Null).await;
    search.bytes(&path, hooks.to_string().as_bytes());
    let hooks = hooks.as_array().expect("a list");
    let is_as_wanted = match (wanted, hooks.as_slice()) {
        (None, []) => true,
        (Some(wanted), [hook]) => {
            let of = |value: &Value, name: &str| {
                let mut items = value[name].as_array().cloned().unwrap_or_default();
                items.sort_by_key(Value::to_string);
                items
            };
            ["displayName", "active", "payloadUrl", "format"]
                .iter()
                .all(|name| hook[name] == wanted[name])
                && ["filters", "groups"]
                    .iter()
                    .all(|name| of(hook, name) == of(wanted, name))
                && hook["hasSecret"] == wanted["secret"].is_object()
        }
        _ => false,
    };
    (!is_as_wanted).then(|| format!("{stack} has {hooks:?} instead of {wanted:?}"))
}

/// Makes webhooks deliver, and searches the deliveries and the pages.
async fn look_around(provider: &Provider, search: &Search, ends: &Ends) {
    let there = ends.iter().filter(|(_, wanted)| wanted.is_some());
    let mut pages = vec!["/".to_owned(), "/acme".to_owned()];
    for (stack, _) in there.take(N_PAGES) {
        let path = format!("/api/stacks/acme/app/{stack}/hooks");
        let (_, hooks) = provider.ask("GET", &path, Value::Null).await;
        let name = hooks[0]["name"].as_str().unwrap_or_default().to_owned();
        let hook = format!("{path}/{name}");
        for (method, path) in [
            ("POST", format!("{hook}/ping")),
            ("GET", format!("{hook}/deliveries")),
        ] {
            let (status, body) = provider.ask(method, &path, Value::Null).await;
            assert_eq!(status, 200, "{body}");
            search.bytes(&path, body.to_string().as_bytes());
        }
        pages.push(format!("/acme/app/{stack}"));
        pages.push(format!("/acme/app/{stack}/webhooks/{name}"));
    }
    for (page, text) in provider.pages(&pages).await {
        search.bytes(&page, text.as_bytes());
    }
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.n_operations += other.n_operations;
        self.n_failed += other.n_failed;
        self.n_replacements += other.n_replacements;
        self.n_taken_back += other.n_taken_back;
        self.wrongs.extend(other.wrongs);
    }
}
