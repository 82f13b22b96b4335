//! A cloud where a fifth of all requests fail.

use local_cloud::{Method, StatusCode, Trouble, Watch};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::dice::Dice;

/// Of a hundred requests, how many fail.
const PERCENT: usize = 20;

/// Of a thousand failures, how many are a missing answer, which takes long.
const PER_MILLE_SLOW: usize = 3;

/// Fails requests at random, the same ones for the same seed. Clones share the same counts.
#[derive(Clone)]
pub(crate) struct Storm(Arc<Inner>);

struct Inner {
    seed: u64,
    /// How often each path was requested.
    calls: Mutex<HashMap<String, usize>>,
    n_calls: AtomicUsize,
    n_failed: AtomicUsize,
}

impl Storm {
    pub(crate) fn new(seed: u64) -> Storm {
        Storm(Arc::new(Inner {
            seed,
            calls: Mutex::default(),
            n_calls: AtomicUsize::new(0),
            n_failed: AtomicUsize::new(0),
        }))
    }

    /// How many requests there were, and how many of them failed.
    pub(crate) fn counted(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        (count(&self.0.n_calls), count(&self.0.n_failed))
    }
}

impl Watch for Storm {
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
        let call = format!("{method} {path}");
        let number = {
            let mut calls = self.0.calls.lock().expect("no panic");
            let number = calls.entry(call.clone()).or_default();
            *number += 1;
            *number
        };
        self.0.n_calls.fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice::new(self.0.seed, (call, number));
        if !dice.chance(PERCENT) {
            return None;
        }
        self.0.n_failed.fetch_add(1, Ordering::Relaxed);
        Some(trouble(&mut dice, method))
    }
}

fn trouble(dice: &mut Dice, method: &Method) -> Trouble {
    if dice.below(1000) < PER_MILLE_SLOW {
        return if dice.chance(50) {
            Trouble::Stalled
        } else {
            Trouble::Delay(Duration::from_hours(1))
        };
    }
    let html = || Some("<html><h1>Bad Gateway</h1></html>".to_owned());
    let replaced = |code: Option<u16>, body: Option<String>| Trouble::Replaced {
        status: code.map(|code| StatusCode::from_u16(code).expect("it is a status")),
        body,
    };
    let wait = |retry_after: &str| Trouble::Status {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some(retry_after.to_owned()),
        body: None,
    };
    let mut troubles = vec![
        Trouble::status(429),
        wait("0"),
        wait("Wed, 21 Oct 2015 07:28:00 GMT"),
        Trouble::status(500),
        Trouble::status(502),
        Trouble::status(503),
        Trouble::Reset,
        Trouble::AnswerLost,
        Trouble::AnswerLost,
        Trouble::Cut,
        replaced(Some(500), None),
        replaced(Some(502), html()),
        replaced(None, html()),
        replaced(None, Some("{\"name\": \"".to_owned())),
        replaced(None, Some("{\"name\": 7}".to_owned())),
        Trouble::status(401),
        Trouble::status(403),
    ];
    if method == Method::POST {
        troubles.push(Trouble::status(409));
    }
    dice.one_of(&troubles).clone()
}
