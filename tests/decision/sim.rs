//! Stacks, deployments and webhooks in a form so small that a model checker can explore everything that can happen to them.
//!
//! Of times only the order counts, and what the decision can no longer see is forgotten, so that states which behave alike
//! are equal.

use crate::shape::Shape;
use auto_deploy::cascade::{Decision, History, Join, Observation, Observed, Version, World};
use auto_deploy::cloud::{Deployment, DeploymentStatus, Operation, Pauses, Update, UpdateResult};
use jiff::Timestamp;

pub(crate) type Time = u16;

/// All stacks, and the deliveries between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sim {
    pub(crate) stacks: Vec<Stack>,
    /// Deliveries of webhooks on the way: the stack that each is going to start.
    pub(crate) deliveries: Vec<usize>,
    now: Time,
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Stack {
    pub(crate) version: u16,
    /// Oldest first.
    pub(crate) updates: Vec<Ran>,
    /// Oldest first.
    pub(crate) deployments: Vec<Deployed>,
    pub(crate) is_paused: bool,
    /// What a join remembers of it.
    pub(crate) memory: Option<Memory>,
    /// How many of its updates have started.
    pub(crate) runs: u16,
}

/// An update or a destroy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ran {
    pub(crate) version: u16,
    pub(crate) is_destroy: bool,
    is_by_hand: bool,
    pub(crate) result: Option<bool>,
    began: Time,
    ended: Option<Time>,
    /// The versions of the upstream stacks that it has really read.
    pub(crate) read: Vec<Option<u16>>,
}

/// A deployment that is going to update its stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deployed {
    pub(crate) number: u16,
    pub(crate) state: State,
    created: Time,
    began: Option<Time>,
    ended: Option<Time>,
    /// The version of its update.
    pub(crate) update: Option<u16>,
    /// The versions of the upstream stacks when it was created.
    pub(crate) read: Vec<Option<u16>>,
    /// Whether it failed because another update ran.
    pub(crate) met_lock: bool,
}

/// How far a deployment has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

/// For each upstream stack the version that a stack was last started for, and the deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Memory {
    pub(crate) after: Vec<Option<u16>>,
    pub(crate) deployment: Option<u16>,
}

impl Sim {
    /// All stacks have run one after another, in order.
    pub(crate) fn settled(shape: &Shape) -> Sim {
        let mut sim = Sim {
            stacks: vec![Stack::default(); shape.len()],
            deliveries: Vec::new(),
            now: 0,
        };
        for stack in 0..shape.len() {
            sim.begin_by_hand(shape, stack, false, true);
            sim.end(stack, true, true);
            sim.stacks[stack].runs = 0;
        }
        sim
    }

    fn tick(&mut self, advances: bool) -> Time {
        self.now += Time::from(advances);
        self.now
    }

    /// The version of a stack's newest successful update, unless it was destroyed: what others read.
    pub(crate) fn good(&self, stack: usize) -> Option<u16> {
        let newest = self.standing(stack)?;
        (!newest.is_destroy).then_some(newest.version)
    }

    fn standing(&self, stack: usize) -> Option<&Ran> {
        let mut updates = self.stacks[stack].updates.iter().rev();
        updates.find(|ran| ran.result == Some(true))
    }

    pub(crate) fn is_destroyed(&self, stack: usize) -> bool {
        self.standing(stack).is_some_and(|ran| ran.is_destroy)
    }

    pub(crate) fn running(&self, stack: usize) -> Option<&Ran> {
        let newest = self.stacks[stack].updates.last()?;
        newest.result.is_none().then_some(newest)
    }

    pub(crate) fn goods(&self, shape: &Shape, stack: usize) -> Vec<Option<u16>> {
        let upstream = shape.upstream(stack).iter();
        upstream.map(|&upstream| self.good(upstream)).collect()
    }

    /// An operation starts, by hand or for a deployment.
    fn begin(&mut self, shape: &Shape, stack: usize, advances: bool) -> &mut Ran {
        let began = self.tick(advances);
        let read = self.goods(shape, stack);
        let stack = &mut self.stacks[stack];
        stack.version += 1;
        stack.runs += 1;
        stack.updates.push(Ran {
            version: stack.version,
            is_destroy: false,
            is_by_hand: false,
            result: None,
            began,
            ended: None,
            read,
        });
        stack.updates.last_mut().expect("it was added")
    }

    /// The running operation ends.
    fn end(&mut self, stack: usize, is_success: bool, advances: bool) {
        let now = self.tick(advances);
        let newest = self.stacks[stack].updates.last_mut();
        let ran = newest.expect("it runs");
        (ran.result, ran.ended) = (Some(is_success), Some(now));
    }

    pub(crate) fn begin_by_hand(
        &mut self,
        shape: &Shape,
        stack: usize,
        is_destroy: bool,
        advances: bool,
    ) {
        let ran = self.begin(shape, stack, advances);
        (ran.is_destroy, ran.is_by_hand) = (is_destroy, true);
        self.stacks[stack].runs -= u16::from(is_destroy);
    }

    /// The running operation ends; after a success, webhooks start the stacks in `hooks`.
    pub(crate) fn end_update(
        &mut self,
        stack: usize,
        is_success: bool,
        hooks: impl IntoIterator<Item = usize>,
        advances: bool,
    ) {
        let is_destroy = self.running(stack).is_some_and(|ran| ran.is_destroy);
        self.end(stack, is_success, advances);
        if is_success && !is_destroy {
            self.deliveries.extend(hooks);
            self.deliveries.sort_unstable();
        }
    }

    /// A deployment is created, and waits.
    pub(crate) fn deploy(&mut self, shape: &Shape, stack: usize, advances: bool) -> u16 {
        let created = self.tick(advances);
        let read = self.goods(shape, stack);
        let deployments = &mut self.stacks[stack].deployments;
        let number = deployments.last().map_or(1, |last| last.number + 1);
        deployments.push(Deployed {
            number,
            state: State::Waiting,
            created,
            began: None,
            ended: None,
            update: None,
            read,
            met_lock: false,
        });
        number
    }

    /// The index of the deployment that the cloud would take from the queue now.
    pub(crate) fn next_in_queue(&self, stack: usize) -> Option<usize> {
        let Stack {
            deployments,
            is_paused,
            ..
        } = &self.stacks[stack];
        let is_busy = deployments
            .iter()
            .any(|deployment| deployment.state == State::Running);
        let waits = |deployment: &Deployed| deployment.state == State::Waiting;
        deployments
            .iter()
            .position(waits)
            .filter(|_| !is_busy && !is_paused)
    }

    /// The index of the running deployment.
    pub(crate) fn running_deployment(&self, stack: usize) -> Option<usize> {
        let deployments = &self.stacks[stack].deployments;
        deployments
            .iter()
            .position(|deployment| deployment.state == State::Running)
    }

    pub(crate) fn take(&mut self, stack: usize, place: usize, advances: bool) {
        let now = self.tick(advances);
        let deployment = &mut self.stacks[stack].deployments[place];
        (deployment.state, deployment.began) = (State::Running, Some(now));
    }

    /// The running deployment starts its update. If another update runs, it is refused, and the deployment fails.
    pub(crate) fn begin_deployed(
        &mut self,
        shape: &Shape,
        stack: usize,
        place: usize,
        advances: bool,
    ) {
        if self.running(stack).is_some() {
            let now = self.tick(advances);
            let deployment = &mut self.stacks[stack].deployments[place];
            (deployment.state, deployment.ended) = (State::Failed, Some(now));
            deployment.met_lock = true;
            return;
        }
        let version = self.begin(shape, stack, advances).version;
        self.stacks[stack].deployments[place].update = Some(version);
    }

    /// A deployment ends: after its update, by a failure before it, or cancelled in the queue.
    pub(crate) fn finish(&mut self, stack: usize, place: usize, is_success: bool, advances: bool) {
        let now = self.tick(advances);
        let Stack {
            deployments,
            updates,
            ..
        } = &mut self.stacks[stack];
        let deployment = &mut deployments[place];
        let state = if is_success {
            State::Succeeded
        } else {
            State::Failed
        };
        (deployment.state, deployment.ended) = (state, Some(now));
        // Nobody can tell such a failure from a refusal.
        deployment.met_lock = !is_success
            && deployment.update.is_none()
            && deployment.began.is_some_and(|began| {
                let mut by_hand = updates.iter().filter(|ran| ran.is_by_hand);
                by_hand.any(|ran| ran.ended.is_none_or(|ended| ended >= began))
            });
    }

    /// Whether a deployment has run its stack's program, or still may.
    pub(crate) fn counts(deployment: &Deployed) -> bool {
        let is_cancelled = deployment.state == State::Failed && deployment.began.is_none();
        !is_cancelled && !deployment.met_lock
    }

    /// Whether nothing more happens by itself.
    pub(crate) fn is_quiet(&self) -> bool {
        let rests = |stack: usize| {
            self.running(stack).is_none()
                && self.running_deployment(stack).is_none()
                && self.next_in_queue(stack).is_none()
        };
        self.deliveries.is_empty() && (0..self.stacks.len()).all(rests)
    }

    /// The decision's input.
    pub(crate) fn observed(&self, shape: &Shape, uses_memory: bool) -> World {
        let mut world = World {
            edges: shape.edges().clone(),
            ..World::default()
        };
        for (number, stack) in self.stacks.iter().enumerate() {
            let name = shape.name(number).clone();
            let updates = stack.updates.iter().map(Ran::observed);
            let deployments = stack.deployments.iter().map(|deployment| {
                let update = stack
                    .updates
                    .iter()
                    .find(|ran| Some(ran.version) == deployment.update);
                deployment.observed(shape, number, stack.is_paused, update)
            });
            let observation = Observation {
                id: None,
                history: History::new(updates, deployments.collect()),
                has_settings: Some(true),
                pauses: Some(Pauses {
                    stack: stack.is_paused,
                    organization: false,
                }),
            };
            let memory = stack.memory.as_ref().filter(|_| uses_memory);
            world.joins.extend(memory.map(|memory| {
                let upstream = shape.upstream(number).iter().zip(&memory.after);
                let handled = upstream.filter_map(|(&upstream, version)| {
                    let version = Version {
                        id: None,
                        number: (*version)?.into(),
                    };
                    Some((shape.name(upstream).clone(), version))
                });
                let join = Join {
                    handled: handled.collect(),
                    deployment: memory.deployment.map(|deployment| deployment.to_string()),
                    ..Join::default()
                };
                (name.clone(), join)
            }));
            world.stacks.insert(name, Observed::Found(observation));
        }
        world
    }

    pub(crate) fn decide(&self, shape: &Shape, uses_memory: bool) -> Decision {
        Decision::of(&self.observed(shape, uses_memory))
    }

    /// Forgets what nobody can see any more, and renumbers times and versions.
    pub(crate) fn forget(&mut self, shape: &Shape) {
        for stack in &mut self.stacks {
            stack.forget();
        }
        self.number_times_anew();
        self.number_versions_anew(shape);
    }

    fn number_times_anew(&mut self) {
        let mut times: Vec<Time> = Vec::new();
        self.each_time(|time| times.push(*time));
        times.push(self.now);
        times.sort_unstable();
        times.dedup();
        let anew = |time: Time| {
            let place = times.binary_search(&time).expect("it was seen");
            Time::try_from(place).expect("there are few")
        };
        self.each_time(|time| *time = anew(*time));
        self.now = anew(self.now);
    }

    fn each_time(&mut self, mut change: impl FnMut(&mut Time)) {
        for stack in &mut self.stacks {
            for ran in &mut stack.updates {
                change(&mut ran.began);
                ran.ended.as_mut().map(&mut change);
            }
            for deployment in &mut stack.deployments {
                change(&mut deployment.created);
                deployment.began.as_mut().map(&mut change);
                deployment.ended.as_mut().map(&mut change);
            }
        }
    }

    fn number_versions_anew(&mut self, shape: &Shape) {
        for number in 0..self.stacks.len() {
            let mut versions: Vec<u16> = Vec::new();
            self.each_version(shape, number, |version| versions.push(*version));
            versions.sort_unstable();
            versions.dedup();
            let anew = |version: u16| {
                let place = versions.binary_search(&version).expect("it was seen");
                u16::try_from(place + 1).expect("there are few")
            };
            self.each_version(shape, number, |version| *version = anew(*version));
        }
    }

    /// Visits each field that contains a version of a stack.
    fn each_version(&mut self, shape: &Shape, number: usize, mut change: impl FnMut(&mut u16)) {
        let stack = &mut self.stacks[number];
        change(&mut stack.version);
        stack
            .updates
            .iter_mut()
            .for_each(|ran| change(&mut ran.version));
        let made = stack.deployments.iter_mut();
        made.filter_map(|deployment| deployment.update.as_mut())
            .for_each(&mut change);
        for &below in shape.downstream(number) {
            let upstream = shape.upstream(below).iter();
            let place = upstream.clone().position(|&upstream| upstream == number);
            let place = place.expect("the two are neighbours");
            let below = &mut self.stacks[below];
            let read = below
                .updates
                .iter_mut()
                .map(|ran| &mut ran.read)
                .chain(below.deployments.iter_mut().map(|made| &mut made.read))
                .chain(below.memory.iter_mut().map(|memory| &mut memory.after));
            for read in read {
                read[place].as_mut().map(&mut change);
            }
        }
    }
}

impl Stack {
    /// The newest attempt: an update, or a deployment that failed before its update.
    pub(crate) fn attempt(&self) -> Option<Attempt<'_>> {
        let update = self.updates.iter().rev().find(|ran| !ran.is_destroy);
        let failed = self.deployments.iter().rev().find(|deployment| {
            deployment.state == State::Failed
                && deployment.update.is_none()
                && Sim::counts(deployment)
        });
        match (update, failed) {
            (Some(ran), Some(failed)) if failed.created >= ran.began => Some(Attempt {
                read: &failed.read,
                result: Some(false),
            }),
            (Some(ran), _) => Some(Attempt {
                read: &ran.read,
                result: ran.result,
            }),
            (None, Some(failed)) => Some(Attempt {
                read: &failed.read,
                result: Some(false),
            }),
            (None, None) => None,
        }
    }

    fn forget(&mut self) {
        let newest = |is: &dyn Fn(&Ran) -> bool| {
            let mut updates = self.updates.iter().rev();
            updates.find(|ran| is(ran)).map(|ran| ran.version)
        };
        let kept = [
            newest(&|ran| ran.result == Some(true)),
            newest(&|ran| !ran.is_destroy),
            newest(&|ran| !ran.is_destroy && ran.result.is_some()),
            newest(&|ran| ran.result.is_none()),
        ];
        let newest_failed = self
            .deployments
            .iter()
            .rev()
            .find(|deployment| {
                deployment.state == State::Failed
                    && deployment.update.is_none()
                    && Sim::counts(deployment)
            })
            .map(|deployment| deployment.number);
        let remembered = self.memory.as_ref().and_then(|memory| memory.deployment);
        let last = self.deployments.last().map(|deployment| deployment.number);
        let is_kept = |deployment: &Deployed| {
            let number = Some(deployment.number);
            matches!(deployment.state, State::Waiting | State::Running)
                || number == newest_failed
                || number == remembered
                || (number == last && deployment.met_lock)
        };
        // What may have prevented one of them from starting its update.
        let locks: Vec<(Time, Time)> = self
            .deployments
            .iter()
            .filter(|deployment| is_kept(deployment) && deployment.update.is_none())
            .filter_map(|deployment| {
                Some((deployment.began?, deployment.ended.unwrap_or(Time::MAX)))
            })
            .collect();
        self.updates.retain(|ran| {
            let was_met = locks.iter().any(|(began, ended)| {
                ran.began <= *ended && ran.ended.is_none_or(|time| time >= *began)
            });
            was_met || kept.contains(&Some(ran.version))
        });
        let updates: Vec<u16> = self.updates.iter().map(|ran| ran.version).collect();
        self.deployments.retain(|deployment| {
            is_kept(deployment)
                || deployment
                    .update
                    .is_some_and(|made| updates.contains(&made))
        });
        for deployment in &mut self.deployments {
            let version = deployment.update;
            if !self.updates.iter().any(|ran| Some(ran.version) == version) && version.is_some() {
                // It is known that it had an update, and only that counts.
                deployment.update = Some(0);
            }
        }
        self.number_deployments_anew();
    }

    fn number_deployments_anew(&mut self) {
        let mut memory = self.memory.take();
        for (place, deployment) in self.deployments.iter_mut().enumerate() {
            let anew = u16::try_from(place + 1).expect("there are few");
            if let Some(memory) = &mut memory
                && memory.deployment == Some(deployment.number)
            {
                memory.deployment = Some(anew);
            }
            deployment.number = anew;
        }
        self.memory = memory;
    }
}

/// The newest attempt to update a stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) read: &'a [Option<u16>],
    pub(crate) result: Option<bool>,
}

impl Ran {
    fn observed(&self) -> Update {
        Update {
            version: self.version.into(),
            operation: if self.is_destroy {
                Operation::Destroy
            } else {
                Operation::Update
            },
            result: match self.result {
                None => UpdateResult::Running,
                Some(true) => UpdateResult::Succeeded,
                Some(false) => UpdateResult::Failed,
            },
            began: Some(time(self.began)),
            ended: self.ended.map(time),
        }
    }
}

impl Deployed {
    fn observed(
        &self,
        shape: &Shape,
        stack: usize,
        is_paused: bool,
        update: Option<&Ran>,
    ) -> Deployment {
        let known = update.map(Ran::observed);
        // One whose update is forgotten has had one nevertheless: so old that it counts for nothing else.
        let forgotten = (known.is_none() && self.update.is_some()).then(|| Update {
            version: 0,
            operation: Operation::Other,
            result: UpdateResult::Succeeded,
            began: Some(time(0)),
            ended: Some(time(0)),
        });
        Deployment {
            id: self.number.to_string(),
            version: self.number.into(),
            stack: shape.name(stack).clone(),
            operation: Operation::Update,
            status: match self.state {
                State::Waiting => DeploymentStatus::Queued,
                State::Running => DeploymentStatus::Running,
                State::Succeeded => DeploymentStatus::Succeeded,
                State::Failed => DeploymentStatus::Failed,
            },
            initiator: "webhook".to_owned(),
            created: time(self.created),
            began: self.began.map(time),
            ended: self.ended.map(time),
            is_paused,
            updates: known.or(forgotten).into_iter().collect(),
        }
    }
}

fn time(time: Time) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(time)).expect("it is a time")
}
