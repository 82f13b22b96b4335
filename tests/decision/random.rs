//! Random graphs of up to 200 stacks and thousands of random steps: the invariants of the model, and how often each stack
//! runs.

use crate::shape::Shape;
use crate::sim::{Memory, Sim};
use crate::truth;
use auto_deploy::cascade::{Decision, World};
use auto_deploy::graph::Net;
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::BTreeSet;

/// A graph in which things happen, and an observer who looks now and then.
struct Theatre {
    shape: Shape,
    sim: Sim,
    remembers: bool,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Update(usize),
    Destroy(usize),
    Succeed(usize),
    Fail(usize),
    Deliver(usize),
    Lose(usize),
    Take(usize),
    Begin(usize),
    FailEarly(usize),
    WindDown(usize),
    Cancel(usize),
    Toggle(usize),
}

impl Theatre {
    fn new(shape: Shape, remembers: bool) -> Theatre {
        let mut sim = Sim::settled(&shape);
        for stack in 0..shape.len() {
            let after = sim.goods(&shape, stack);
            sim.stacks[stack].memory = Some(Memory {
                after,
                deployment: None,
            });
        }
        Theatre {
            shape,
            sim,
            remembers,
        }
    }

    /// What happens by itself.
    fn moves(&self) -> Vec<What> {
        let Theatre { shape, sim, .. } = self;
        let mut moves: Vec<What> = sim.deliveries.iter().copied().map(What::Deliver).collect();
        for stack in 0..shape.len() {
            if sim.running(stack).is_some() {
                moves.push(What::Succeed(stack));
            }
            if sim.next_in_queue(stack).is_some() {
                moves.push(What::Take(stack));
            }
            if let Some(place) = sim.running_deployment(stack) {
                if sim.stacks[stack].deployments[place].update.is_none() {
                    moves.push(What::Begin(stack));
                } else if sim.running(stack).is_none() {
                    moves.push(What::WindDown(stack));
                }
            }
        }
        moves
    }

    /// What people do and what fails.
    fn trouble(&self) -> Vec<What> {
        let Theatre { shape, sim, .. } = self;
        let mut trouble: Vec<What> = sim.deliveries.iter().copied().map(What::Lose).collect();
        for stack in 0..shape.len() {
            trouble.push(What::Toggle(stack));
            if sim.running(stack).is_some() {
                trouble.push(What::Fail(stack));
            } else {
                trouble.push(What::Update(stack));
                if !sim.is_destroyed(stack) {
                    trouble.push(What::Destroy(stack));
                }
            }
            if sim.next_in_queue(stack).is_some() {
                trouble.push(What::Cancel(stack));
            }
            if let Some(place) = sim.running_deployment(stack)
                && sim.stacks[stack].deployments[place].update.is_none()
            {
                trouble.push(What::FailEarly(stack));
            }
        }
        trouble
    }

    fn play(&mut self, what: What, hooks: bool) {
        let Theatre { shape, sim, .. } = self;
        match what {
            What::Update(stack) => sim.begin_by_hand(shape, stack, false, true),
            What::Destroy(stack) => sim.begin_by_hand(shape, stack, true, true),
            What::Succeed(stack) | What::Fail(stack) => {
                let below = if hooks { shape.downstream(stack) } else { &[] };
                let is_success = matches!(what, What::Succeed(_));
                sim.end_update(stack, is_success, below.iter().copied(), true);
            }
            What::Deliver(target) | What::Lose(target) => {
                let mut places = sim.deliveries.iter();
                let place = places.position(|known| *known == target);
                sim.deliveries.remove(place.expect("it is under way"));
                if matches!(what, What::Deliver(_)) {
                    sim.deploy(shape, target, true);
                }
            }
            What::Take(stack) | What::Cancel(stack) => {
                let place = sim.next_in_queue(stack).expect("one waits");
                if matches!(what, What::Take(_)) {
                    sim.take(stack, place, true);
                } else {
                    sim.finish(stack, place, false, true);
                }
            }
            What::Begin(stack) => {
                let place = sim.running_deployment(stack).expect("one runs");
                sim.begin_deployed(shape, stack, place, true);
            }
            What::FailEarly(stack) | What::WindDown(stack) => {
                let place = sim.running_deployment(stack).expect("one runs");
                sim.finish(stack, place, matches!(what, What::WindDown(_)), true);
            }
            What::Toggle(stack) => {
                let stack = &mut sim.stacks[stack];
                stack.is_paused = !stack.is_paused;
            }
        }
        self.sim.forget(&self.shape);
    }

    /// Looks, and starts what the decision says; returns how many stacks that were.
    fn look(&mut self) -> Result<usize, TestCaseError> {
        let Theatre { shape, sim, .. } = self;
        let world = sim.observed(shape, self.remembers);
        let decision = Decision::of(&world);
        same_by_what_is_above(&world, &decision)?;
        let starts: Vec<usize> = decision.starts().map(|name| shape.number(name)).collect();
        for &stack in &starts {
            let objection = truth::objection(sim, shape, stack);
            prop_assert_eq!(objection.or(truth::repeated(sim, shape, stack)), None);
            let after = sim.goods(shape, stack);
            let deployment = Some(sim.deploy(shape, stack, true));
            sim.stacks[stack].memory = Some(Memory { after, deployment });
        }
        if starts.is_empty() && sim.is_quiet() {
            prop_assert_eq!(truth::unexplained(sim, shape, &decision), None);
        }
        Ok(starts.len())
    }

    /// Lets everything run to its end, in the order given by `choices`, with a look after every few steps.
    fn settle(&mut self, choices: &[u16]) -> Result<(), TestCaseError> {
        let mut choices = choices.iter().copied().cycle();
        loop {
            let moves = self.moves();
            if moves.is_empty() {
                if self.look()? == 0 {
                    return Ok(());
                }
                continue;
            }
            let choice = usize::from(choices.next().unwrap_or(0));
            self.play(moves[choice % moves.len()], false);
            if choice % 3 == 0 {
                self.look()?;
            }
        }
    }
}

/// Only what is above a stack affects its answer.
fn same_by_what_is_above(world: &World, decision: &Decision) -> Result<(), TestCaseError> {
    let net: Net = world.edges.iter().collect();
    let world = World {
        clock: decision.now(),
        ..world.clone()
    };
    for (stack, answer) in decision.answers() {
        let alone = Decision::of(&world.around(&net, [stack]));
        // A world without edges does not contain the stack.
        if let Some(alone) = alone.answer(stack) {
            prop_assert_eq!(alone, answer);
        }
    }
    Ok(())
}

/// A graph of at most `most` stacks, with as many edges as stacks or half as many more.
fn shape(most: usize) -> impl Strategy<Value = Shape> {
    (2..=most).prop_flat_map(|n| {
        let pairs = prop::collection::vec((0..n, 0..n), n..=n + n / 2);
        pairs.prop_map(move |pairs| {
            let down = |(one, other): (usize, usize)| (one.min(other), one.max(other));
            let pairs: Vec<(usize, usize)> = pairs
                .into_iter()
                .map(down)
                .filter(|(from, to)| from < to)
                .collect();
            Shape::new(n, &pairs)
        })
    })
}

/// The stacks that a change of this one reaches.
fn reached(shape: &Shape, root: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut left = vec![root];
    while let Some(stack) = left.pop() {
        for &below in shape.downstream(stack) {
            if reached.insert(below) {
                left.push(below);
            }
        }
    }
    reached
}

fn choices(n: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), n)
}

fn cases(n: u32) -> Config {
    let times = if crate::is_soak() { 20 } else { 1 };
    Config {
        // A failure that is found becomes a test of its own.
        failure_persistence: None,
        ..Config::with_cases(n * times)
    }
}

proptest! {
    #![proptest_config(cases(12))]

    /// In whatever order things happen, one change of a stack makes everything below it run once, and nothing else.
    #[test]
    fn each_stack_runs_once_for_each_change(
        shape in shape(200),
        roots in prop::collection::vec(any::<prop::sample::Index>(), 1..3),
        choices in choices(500),
        remembers: bool,
    ) {
        let mut theatre = Theatre::new(shape, remembers);
        let mut expected = vec![0; theatre.shape.len()];
        for root in roots {
            let root = root.index(theatre.shape.len());
            expected[root] += 1;
            for stack in reached(&theatre.shape, root) {
                expected[stack] += 1;
            }
            theatre.play(What::Update(root), false);
            theatre.settle(&choices)?;
        }
        let runs: Vec<u16> = theatre.sim.stacks.iter().map(|stack| stack.runs).collect();
        prop_assert_eq!(runs, expected);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// Whatever people do and whatever is lost: nothing is started that may not be, nothing twice for the same versions,
    /// and in the end everything that is behind has a true reason.
    #[test]
    fn nothing_is_started_that_may_not_be(
        shape in shape(40),
        choices in choices(600),
        remembers: bool,
        hooks: bool,
    ) {
        let mut theatre = Theatre::new(shape, remembers);
        for &choice in &choices {
            let moves = theatre.moves();
            let choice = usize::from(choice);
            let (kind, choice) = (choice % 8, choice / 8);
            if kind == 0 {
                theatre.look()?;
            } else if kind == 1 || moves.is_empty() {
                let trouble = theatre.trouble();
                theatre.play(trouble[choice % trouble.len()], hooks);
            } else {
                theatre.play(moves[choice % moves.len()], hooks);
            }
        }
        theatre.settle(&choices)?;
    }
}
