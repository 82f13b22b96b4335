//! Everything that can happen to a few stacks, explored state by state: people who update, fail, cancel, destroy and pause;
//! webhooks that are late, lost, duplicated and out of order; and an observer who looks at any moment and starts what the
//! decision says.

use crate::shape::Shape;
use crate::sim::{Memory, Sim};
use crate::truth;
use auto_deploy::cascade::Decision;
use stateright::{Checker, HasDiscoveries, Model, Property};

/// What may happen, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Budget {
    /// Updates of the first stack by hand.
    pub(crate) changes: u8,
    /// Updates of other stacks by hand.
    pub(crate) by_hand: u8,
    /// Updates that fail.
    pub(crate) failures: u8,
    /// Deployments that fail before their update starts.
    pub(crate) early_failures: u8,
    /// Deployments that are cancelled in the queue.
    pub(crate) cancels: u8,
    pub(crate) destroys: u8,
    pub(crate) pauses: u8,
    pub(crate) lost: u8,
    pub(crate) doubled: u8,
}

/// Which edges have a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Webhooks {
    None,
    /// Only edges to stacks with one upstream stack.
    ToSingle,
    All,
}

/// A graph, and what may happen to it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a rule of the world that is on or off by itself"
)]
pub(crate) struct Play {
    pub(crate) shape: Shape,
    pub(crate) budget: Budget,
    pub(crate) webhooks: Webhooks,
    /// Whether only the stacks are started that no webhook starts.
    pub(crate) starts_joined_alone: bool,
    /// Whether the observer remembers what it has started.
    pub(crate) remembers: bool,
    /// Whether several things may happen within one second.
    pub(crate) has_ties: bool,
    /// Whether a deployment continues after its update has ended.
    pub(crate) winds_down: bool,
    /// Hides a part of what the decision sees, if given.
    pub(crate) blinds: Option<fn(&mut Sim)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scene {
    pub(crate) sim: Sim,
    left: Budget,
    pub(crate) changes: u8,
    pub(crate) wrong: Option<&'static str>,
}

/// Something that happens, and whether time has advanced before it.
type Step = (What, bool);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Update(usize),
    Destroy(usize),
    End(usize, bool),
    Deliver(usize),
    Lose(usize),
    Double(usize),
    Take(usize),
    Begin(usize),
    FailEarly(usize),
    WindDown(usize),
    Cancel(usize),
    Pause(usize),
    Resume(usize),
    Look,
}

impl Play {
    pub(crate) fn new(shape: Shape, budget: Budget) -> Play {
        Play {
            shape,
            budget,
            webhooks: Webhooks::None,
            starts_joined_alone: false,
            remembers: false,
            blinds: None,
            has_ties: false,
            winds_down: false,
        }
    }

    pub(crate) fn has_webhook(&self, downstream: usize) -> bool {
        match self.webhooks {
            Webhooks::None => false,
            Webhooks::ToSingle => self.shape.upstream(downstream).len() == 1,
            Webhooks::All => true,
        }
    }

    pub(crate) fn decide(&self, sim: &Sim) -> Decision {
        let Some(blinds) = self.blinds else {
            return sim.decide(&self.shape, self.remembers);
        };
        let mut seen = sim.clone();
        blinds(&mut seen);
        seen.decide(&self.shape, self.remembers)
    }

    /// The stacks that the observer starts.
    pub(crate) fn to_start(&self, decision: &Decision) -> Vec<usize> {
        let starts = decision.starts().map(|name| self.shape.number(name));
        starts
            .filter(|&stack| !self.starts_joined_alone || !self.has_webhook(stack))
            .collect()
    }

    /// What can happen, without whether time advances.
    pub(crate) fn possible(&self, scene: &Scene) -> Vec<What> {
        let Scene { sim, left, .. } = scene;
        let mut possible = Vec::new();
        for stack in 0..self.shape.len() {
            let by_hand = if stack == 0 {
                left.changes
            } else {
                left.by_hand
            };
            match sim.running(stack) {
                None if by_hand > 0 => possible.push(What::Update(stack)),
                None => {}
                Some(_) => {
                    possible.push(What::End(stack, true));
                    if left.failures > 0 {
                        possible.push(What::End(stack, false));
                    }
                }
            }
            if sim.running(stack).is_none() && left.destroys > 0 && !sim.is_destroyed(stack) {
                possible.push(What::Destroy(stack));
            }
            if sim.next_in_queue(stack).is_some() {
                possible.push(What::Take(stack));
                if left.cancels > 0 {
                    possible.push(What::Cancel(stack));
                }
            }
            if let Some(place) = sim.running_deployment(stack) {
                if sim.stacks[stack].deployments[place].update.is_none() {
                    possible.push(What::Begin(stack));
                    if left.early_failures > 0 {
                        possible.push(What::FailEarly(stack));
                    }
                } else if sim.running(stack).is_none() {
                    possible.push(What::WindDown(stack));
                }
            }
            if sim.stacks[stack].is_paused {
                possible.push(What::Resume(stack));
            } else if left.pauses > 0 {
                possible.push(What::Pause(stack));
            }
        }
        let mut targets = sim.deliveries.clone();
        targets.dedup();
        for target in targets {
            possible.push(What::Deliver(target));
            if left.lost > 0 {
                possible.push(What::Lose(target));
            }
            if left.doubled > 0 {
                possible.push(What::Double(target));
            }
        }
        possible.push(What::Look);
        possible
    }

    /// The observer looks, and starts everything that the decision says.
    pub(crate) fn look(&self, scene: &mut Scene, mut advances: bool) {
        let decision = self.decide(&scene.sim);
        for stack in self.to_start(&decision) {
            scene.wrong = scene
                .wrong
                .or(truth::objection(&scene.sim, &self.shape, stack))
                .or(truth::repeated(&scene.sim, &self.shape, stack));
            let after = scene.sim.goods(&self.shape, stack);
            let deployment = scene.sim.deploy(&self.shape, stack, advances);
            scene.sim.stacks[stack].memory = Some(Memory {
                after,
                deployment: Some(deployment),
            });
            // Everything started by one look is started at the same time.
            advances = false;
        }
    }

    fn end(&self, scene: &mut Scene, stack: usize, is_success: bool, advances: bool) {
        let below = self.shape.downstream(stack).iter().copied();
        let hooks: Vec<usize> = below.filter(|&below| self.has_webhook(below)).collect();
        let place = scene.sim.running_deployment(stack);
        scene.sim.end_update(stack, is_success, hooks, advances);
        let made = place.filter(|&place| {
            let newest = scene.sim.stacks[stack].updates.last();
            let update = scene.sim.stacks[stack].deployments[place].update;
            newest.map(|ran| ran.version) == update
        });
        if let Some(place) = made.filter(|_| !self.winds_down) {
            scene.sim.finish(stack, place, is_success, false);
        }
    }
}

impl Model for Play {
    type State = Scene;
    type Action = Step;

    fn init_states(&self) -> Vec<Scene> {
        let mut sim = Sim::settled(&self.shape);
        for stack in 0..self.shape.len() {
            let after = sim.goods(&self.shape, stack);
            sim.stacks[stack].memory = Some(Memory {
                after,
                deployment: None,
            });
        }
        sim.forget(&self.shape);
        vec![Scene {
            sim,
            left: self.budget,
            changes: 0,
            wrong: None,
        }]
    }

    fn actions(&self, scene: &Scene, actions: &mut Vec<Step>) {
        // A violation stays.
        if scene.wrong.is_some() {
            return;
        }
        for what in self.possible(scene) {
            actions.push((what, true));
            if self.has_ties {
                actions.push((what, false));
            }
        }
    }

    fn next_state(&self, before: &Scene, (what, advances): Step) -> Option<Scene> {
        let mut scene = before.clone();
        let shape = &self.shape;
        let Scene {
            sim, left, changes, ..
        } = &mut scene;
        match what {
            What::Update(stack) => {
                let by_hand = if stack == 0 {
                    *changes += 1;
                    &mut left.changes
                } else {
                    &mut left.by_hand
                };
                *by_hand -= 1;
                sim.begin_by_hand(shape, stack, false, advances);
            }
            What::Destroy(stack) => {
                left.destroys -= 1;
                sim.begin_by_hand(shape, stack, true, advances);
            }
            What::End(stack, is_success) => {
                left.failures -= u8::from(!is_success);
                self.end(&mut scene, stack, is_success, advances);
            }
            What::Deliver(target) | What::Lose(target) => {
                let place = sim.deliveries.iter().position(|known| *known == target)?;
                sim.deliveries.remove(place);
                if what == What::Lose(target) {
                    left.lost -= 1;
                } else {
                    sim.deploy(shape, target, advances);
                }
            }
            What::Double(target) => {
                left.doubled -= 1;
                sim.deploy(shape, target, advances);
            }
            What::Take(stack) => {
                let place = sim.next_in_queue(stack)?;
                sim.take(stack, place, advances);
            }
            What::Begin(stack) => {
                let place = sim.running_deployment(stack)?;
                sim.begin_deployed(shape, stack, place, advances);
            }
            What::FailEarly(stack) => {
                left.early_failures -= 1;
                let place = sim.running_deployment(stack)?;
                sim.finish(stack, place, false, advances);
            }
            What::WindDown(stack) => {
                let place = sim.running_deployment(stack)?;
                sim.finish(stack, place, true, advances);
            }
            What::Cancel(stack) => {
                left.cancels -= 1;
                let place = sim.next_in_queue(stack)?;
                sim.finish(stack, place, false, advances);
            }
            What::Pause(stack) => {
                left.pauses -= 1;
                sim.stacks[stack].is_paused = true;
            }
            What::Resume(stack) => sim.stacks[stack].is_paused = false,
            What::Look => self.look(&mut scene, advances),
        }
        scene.sim.forget(shape);
        (scene != *before).then_some(scene)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("what is started may be started", |_, scene: &Scene| {
                scene.wrong.is_none()
            }),
            Property::always(
                "what is behind has a true reason",
                |play: &Play, scene: &Scene| play.unexplained(scene).is_none(),
            ),
            Property::always("once for each change", |play: &Play, scene: &Scene| {
                !play.counts() || play.runs_as_often_as_the_first(scene)
            }),
        ]
    }
}

impl Play {
    pub(crate) fn unexplained(&self, scene: &Scene) -> Option<&'static str> {
        if !scene.sim.is_quiet() {
            return None;
        }
        let decision = self.decide(&scene.sim);
        if self.to_start(&decision).is_empty() {
            truth::unexplained(&scene.sim, &self.shape, &decision)
        } else {
            None
        }
    }

    /// Whether nothing may happen but changes of the first stack, so that runs can be counted.
    pub(crate) fn counts(&self) -> bool {
        let Budget { changes, .. } = self.budget;
        let one_starter = self.webhooks == Webhooks::None || self.starts_joined_alone;
        let only_changes = Budget {
            changes,
            ..Budget::default()
        };
        one_starter && self.webhooks != Webhooks::All && self.budget == only_changes
    }

    fn runs_as_often_as_the_first(&self, scene: &Scene) -> bool {
        let changes = u16::from(scene.changes);
        let mut below = scene.sim.stacks.iter().skip(1);
        let is_over = scene.sim.is_quiet() && self.to_start(&self.decide(&scene.sim)).is_empty();
        below.all(|stack| stack.runs <= changes && (!is_over || changes == 0 || stack.runs >= 1))
    }
}

/// Explores everything that can happen, and prints the number of states.
#[expect(clippy::print_stdout, reason = "the figures are in the documentation")]
fn check(name: &str, play: Play) {
    let checker = play
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    println!("{name}: {} scenes", checker.unique_state_count());
    checker.assert_properties();
}

pub(crate) fn changes(changes: u8) -> Budget {
    Budget {
        changes,
        ..Budget::default()
    }
}

/// Only the observer starts stacks, so each runs once for each change of the first.
#[test]
fn joined_by_looks_alone() {
    check("diamond, 1 change", Play::new(Shape::diamond(), changes(1)));
    check(
        "shortcut, 1 change",
        Play::new(Shape::shortcut(), changes(1)),
    );
    check(
        "two diamonds, 1 change",
        Play::new(Shape::two_diamonds(), changes(1)),
    );
    check("chain, 2 changes", Play::new(Shape::chain(), changes(2)));
    if crate::is_soak() {
        check(
            "diamond, 2 changes",
            Play::new(Shape::diamond(), changes(2)),
        );
        check(
            "shortcut, 2 changes",
            Play::new(Shape::shortcut(), changes(2)),
        );
    }
}

/// As joins work: webhooks start the stacks with one upstream stack, and the observer the others.
#[test]
fn joined_beside_webhooks() {
    let play = |shape: Shape, budget: Budget| Play {
        webhooks: Webhooks::ToSingle,
        starts_joined_alone: true,
        remembers: true,
        ..Play::new(shape, budget)
    };
    check("diamond, 1 change", play(Shape::diamond(), changes(1)));
    check("shortcut, 1 change", play(Shape::shortcut(), changes(1)));
    check(
        "two diamonds, 1 change",
        play(Shape::two_diamonds(), changes(1)),
    );
    if crate::is_soak() {
        check("diamond, 2 changes", play(Shape::diamond(), changes(2)));
    }
}

/// What else can go wrong, each once.
fn troubles() -> [(&'static str, Budget); 6] {
    [
        (
            "failure",
            Budget {
                failures: 1,
                ..changes(1)
            },
        ),
        (
            "early failure",
            Budget {
                early_failures: 1,
                ..changes(1)
            },
        ),
        (
            "cancel",
            Budget {
                cancels: 1,
                ..changes(1)
            },
        ),
        (
            "destroy",
            Budget {
                destroys: 1,
                ..changes(1)
            },
        ),
        (
            "pause",
            Budget {
                pauses: 1,
                ..changes(1)
            },
        ),
        (
            "by hand",
            Budget {
                by_hand: 1,
                ..changes(1)
            },
        ),
    ]
}

fn trouble(remembers: bool) {
    for (trouble, budget) in troubles() {
        // With a memory and without, the number of states is the same, and the largest.
        if trouble == "by hand" && !remembers && !crate::is_soak() {
            continue;
        }
        let play = Play {
            remembers,
            ..Play::new(Shape::diamond(), budget)
        };
        check(&format!("diamond, {trouble}, remembers: {remembers}"), play);
    }
}

#[test]
fn trouble_without_a_memory() {
    trouble(false);
}

#[test]
fn trouble_with_a_memory() {
    trouble(true);
}

#[test]
fn a_deployment_goes_on_after_its_update_has_ended() {
    let play = Play {
        winds_down: true,
        ..Play::new(Shape::diamond(), changes(1))
    };
    check("diamond, winding down", play);
}

/// Two things go wrong, in every combination.
#[test]
fn trouble_upon_trouble() {
    if !crate::is_soak() {
        return;
    }
    for (one, first) in troubles() {
        for (other, second) in troubles() {
            if one == "by hand" || other == "by hand" {
                continue;
            }
            let budget = Budget {
                failures: first.failures + second.failures,
                early_failures: first.early_failures + second.early_failures,
                cancels: first.cancels + second.cancels,
                destroys: first.destroys + second.destroys,
                pauses: first.pauses + second.pauses,
                ..changes(1)
            };
            let play = Play {
                remembers: true,
                ..Play::new(Shape::diamond(), budget)
            };
            check(&format!("diamond, {one} and {other}"), play);
        }
    }
}

/// Webhooks that are lost, duplicated and late, beside an observer.
#[test]
fn webhooks_and_looks() {
    let doubled = Budget {
        doubled: 1,
        ..changes(1)
    };
    let mut plays = vec![
        ("chain, webhooks late", Shape::chain(), changes(1)),
        (
            "chain, webhooks lost",
            Shape::chain(),
            Budget {
                lost: 1,
                ..changes(1)
            },
        ),
        ("fan-in, webhooks doubled", Shape::fan_in(), doubled),
    ];
    if crate::is_soak() {
        plays.push(("chain, webhooks doubled", Shape::chain(), doubled));
    }
    for (name, shape, budget) in plays {
        let play = Play {
            webhooks: Webhooks::All,
            ..Play::new(shape, budget)
        };
        check(name, play);
    }
}

/// Several things within one second. Without a memory a tie is missed; with one, nothing is.
#[test]
fn ties_of_seconds() {
    let play = Play {
        has_ties: true,
        remembers: true,
        ..Play::new(
            Shape::new(2, &[(0, 1)]),
            Budget {
                by_hand: 1,
                ..changes(2)
            },
        )
    };
    check("pair, ties", play);
}
