//! All of the joins' mechanism: webhooks start the stacks with one upstream stack, and only the conductor stack decides
//! about the others; it has its queue, its lock and its schedule like any other stack.
//!
//! Each wake-up is a delivery of its own, and may be lost. At most one deployment of the conductor waits: the newest
//! replaces those before it. A user may run its program as well; the second of the two finds the stack locked.

use crate::model::{Budget, Play, Scene, Webhooks, What, changes};
use crate::shape::Shape;
use stateright::{Checker, HasDiscoveries, Model, Property};

/// What else may happen to the conductor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Own {
    /// Wake-ups that are lost.
    lost: u8,
    /// Runs of its program by a user.
    by_hand: u8,
    /// Runs by its schedule.
    resyncs: u8,
}

/// A rule to leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Without {
    Nothing,
    /// An event that arrives while the conductor runs is dropped.
    Queue,
    /// Only the first upstream stack of each joined stack wakes the conductor up.
    Wake,
    /// A lost wake-up does not excuse a missed start, though nothing tells about it before the next look.
    Excuse,
    /// A webhook leads to the joined stack as well.
    Single,
    /// The decision does not see the change further up because of which upstream stacks still have to run.
    Change,
    /// The decision does not see failures.
    Failures,
}

#[derive(Clone, Debug)]
struct Conducted {
    play: Play,
    own: Own,
    without: Without,
}

/// How far a run of the conductor's program has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Run {
    /// It has not started its update.
    Taken,
    /// It has the lock, and has not read the cloud yet.
    Looking,
    /// It has read the cloud.
    Ending,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    scene: Scene,
    left: Own,
    /// Wake-ups on the way.
    wake_ups: u8,
    /// Whether a deployment of the conductor waits.
    is_queued: bool,
    deployed: Option<Run>,
    by_hand: Option<Run>,
    /// Whether something has happened that the conductor was not told about, and it has not looked since.
    is_owed: bool,
    /// Whether a stack that a webhook starts has missed its start. Only a resync, with joins that replace webhooks, makes
    /// up for it.
    is_missed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Stacks(What),
    Deliver,
    Lose,
    Resync,
    Take,
    Begin,
    Look,
    End,
    ByHand,
    HandLooks,
    HandEnds,
}

impl Conducted {
    fn new(shape: Shape, budget: Budget, own: Own) -> Conducted {
        let play = Play {
            webhooks: Webhooks::ToSingle,
            starts_joined_alone: true,
            remembers: true,
            ..Play::new(shape, budget)
        };
        Conducted {
            play,
            own,
            without: Without::Nothing,
        }
    }

    /// Whether a successful update of this stack wakes the conductor up.
    fn wakes(&self, stack: usize) -> bool {
        let joined = (0..self.play.shape.len()).map(|below| self.play.shape.upstream(below));
        joined
            .filter(|upstream| upstream.len() > 1)
            .any(|upstream| {
                if self.without == Without::Wake {
                    upstream.first() == Some(&stack)
                } else {
                    upstream.contains(&stack)
                }
            })
    }

    fn without(without: Without, budget: Budget, own: Own) -> Conducted {
        let mut conducted = Conducted::new(Shape::diamond(), budget, own);
        conducted.without = without;
        match without {
            Without::Single => conducted.play.webhooks = Webhooks::All,
            Without::Change => {
                conducted.play.blinds = Some(|sim| sim.stacks[0].updates.clear());
            }
            Without::Failures => {
                conducted.play.blinds = Some(|sim| {
                    for stack in &mut sim.stacks {
                        stack.updates.retain(|it| it.result != Some(false));
                    }
                });
            }
            _ => {}
        }
        conducted
    }

    /// Whether runs can be counted, because nothing happens but changes of the first stack.
    fn counts(&self) -> bool {
        let mut play = self.play.clone();
        if self.without == Without::Single {
            play.webhooks = Webhooks::ToSingle;
        }
        play.counts()
    }

    fn look(&self, world: &mut World) {
        world.is_owed = false;
        self.play.look(&mut world.scene, true);
        world.scene.sim.forget(&self.play.shape);
    }

    fn is_quiet(world: &World) -> bool {
        let idle = world.deployed.is_none() && world.by_hand.is_none() && !world.is_queued;
        idle && world.wake_ups == 0 && world.scene.sim.is_quiet()
    }
}

impl Model for Conducted {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        let scenes = self.play.init_states().into_iter();
        let world = |scene| World {
            scene,
            left: self.own,
            wake_ups: 0,
            is_queued: false,
            deployed: None,
            by_hand: None,
            is_owed: false,
            is_missed: false,
        };
        scenes.map(world).collect()
    }

    fn actions(&self, world: &World, actions: &mut Vec<Act>) {
        if world.scene.wrong.is_some() {
            return;
        }
        let stacks = self.play.possible(&world.scene).into_iter();
        actions.extend(stacks.filter(|what| *what != What::Look).map(Act::Stacks));
        let left = world.left;
        let mut may = |act, is_possible| {
            if is_possible {
                actions.push(act);
            }
        };
        may(Act::Deliver, world.wake_ups > 0);
        may(Act::Lose, world.wake_ups > 0 && left.lost > 0);
        may(Act::Resync, left.resyncs > 0);
        may(Act::Take, world.is_queued && world.deployed.is_none());
        may(Act::Begin, world.deployed == Some(Run::Taken));
        may(Act::Look, world.deployed == Some(Run::Looking));
        may(Act::End, world.deployed == Some(Run::Ending));
        let is_free = !matches!(world.deployed, Some(Run::Looking | Run::Ending));
        may(
            Act::ByHand,
            left.by_hand > 0 && is_free && world.by_hand.is_none(),
        );
        may(Act::HandLooks, world.by_hand == Some(Run::Looking));
        may(Act::HandEnds, world.by_hand == Some(Run::Ending));
    }

    fn next_state(&self, before: &World, act: Act) -> Option<World> {
        let mut world = before.clone();
        match act {
            Act::Stacks(what) => {
                world.scene = self.play.next_state(&before.scene, (what, true))?;
                match what {
                    What::End(stack, true) if self.wakes(stack) => world.wake_ups += 1,
                    // These cause no event.
                    What::Cancel(stack) | What::Resume(stack) | What::FailEarly(stack) => {
                        world.is_owed = true;
                        world.is_missed |= self.play.has_webhook(stack);
                    }
                    _ => {}
                }
            }
            Act::Deliver => {
                world.wake_ups -= 1;
                let is_kept = self.without != Without::Queue || world.deployed.is_none();
                world.is_queued |= is_kept;
            }
            Act::Lose => {
                world.wake_ups -= 1;
                world.left.lost -= 1;
                world.is_owed = true;
            }
            Act::Resync => {
                world.left.resyncs -= 1;
                world.is_queued = true;
            }
            Act::Take => {
                world.is_queued = false;
                world.deployed = Some(Run::Taken);
            }
            Act::Begin if world.by_hand.is_some() => {
                // It finds the stack locked: its work waits for the next run.
                world.deployed = None;
                world.is_owed = true;
            }
            Act::Begin => world.deployed = Some(Run::Looking),
            Act::Look => {
                self.look(&mut world);
                world.deployed = Some(Run::Ending);
            }
            Act::End => world.deployed = None,
            Act::ByHand => {
                world.left.by_hand -= 1;
                world.by_hand = Some(Run::Looking);
            }
            Act::HandLooks => {
                self.look(&mut world);
                world.by_hand = Some(Run::Ending);
            }
            Act::HandEnds => world.by_hand = None,
        }
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("what is started may be started", |_, world: &World| {
                world.scene.wrong.is_none()
            }),
            Property::always("nothing is forgotten", |it: &Conducted, world: &World| {
                let is_excused = world.is_owed && it.without != Without::Excuse;
                if !Conducted::is_quiet(world) || is_excused {
                    return true;
                }
                let decision = it.play.decide(&world.scene.sim);
                it.play.to_start(&decision).is_empty()
            }),
            Property::always(
                "what is behind has a true reason",
                |it: &Conducted, world: &World| {
                    let is_judged = Conducted::is_quiet(world) && !world.is_missed;
                    !is_judged || it.play.unexplained(&world.scene).is_none()
                },
            ),
            Property::always("once for each change", |it: &Conducted, world: &World| {
                let changes = u16::from(world.scene.changes);
                let mut stacks = world.scene.sim.stacks.iter().skip(1);
                !it.counts() || stacks.all(|stack| stack.runs <= changes)
            }),
        ]
    }
}

/// Explores everything that can happen.
#[expect(clippy::print_stdout, reason = "the figures are in the documentation")]
fn explored(name: &str, conducted: Conducted) -> impl Checker<Conducted> + use<> {
    let checker = conducted
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    println!("conductor, {name}: {} scenes", checker.unique_state_count());
    checker
}

fn plays() -> Vec<(&'static str, Shape, Budget, Own)> {
    let none = Own::default();
    let lost = Own {
        lost: 1,
        resyncs: 1,
        ..none
    };
    let by_hand = Own {
        by_hand: 1,
        resyncs: 1,
        ..none
    };
    let failure = Budget {
        failures: 1,
        ..changes(1)
    };
    let cancel = Budget {
        cancels: 1,
        ..changes(1)
    };
    vec![
        ("diamond", Shape::diamond(), changes(1), none),
        ("shortcut", Shape::shortcut(), changes(1), none),
        (
            "diamond, a wake-up lost",
            Shape::diamond(),
            changes(1),
            lost,
        ),
        ("diamond, by hand", Shape::diamond(), changes(1), by_hand),
        ("diamond, a failure", Shape::diamond(), failure, none),
        ("diamond, a cancel", Shape::diamond(), cancel, none),
    ]
}

#[test]
fn the_conductor_forgets_nothing_and_starts_nothing_twice() {
    for (name, shape, budget, own) in plays() {
        explored(name, Conducted::new(shape, budget, own)).assert_properties();
    }
}

/// Each rule is needed: without it, a property is violated.
#[test]
fn without_its_rules_it_would() {
    let none = Own::default();
    let lost = Own { lost: 1, ..none };
    let failure = Budget {
        failures: 1,
        ..changes(1)
    };
    for (without, budget, own, property) in [
        (Without::Queue, changes(1), none, "nothing is forgotten"),
        (Without::Wake, changes(1), none, "nothing is forgotten"),
        (Without::Excuse, changes(1), lost, "nothing is forgotten"),
        (Without::Single, changes(1), none, "once for each change"),
        (
            Without::Change,
            changes(1),
            none,
            "what is started may be started",
        ),
        (
            Without::Failures,
            failure,
            none,
            "what is behind has a true reason",
        ),
    ] {
        let conducted = Conducted::without(without, budget, own);
        let checker = explored(&format!("without {without:?}"), conducted);
        let found = checker.discovery(property);
        assert!(found.is_some(), "without {without:?}");
    }
}
