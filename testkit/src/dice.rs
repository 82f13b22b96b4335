//! Random numbers that only depend on the seed, whatever happens at the same time.

use std::hash::{DefaultHasher, Hash, Hasher as _};

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    n_thrown: u64,
}

impl Dice {
    /// The sequence for `seed` and `what`.
    pub fn new(seed: u64, what: impl Hash) -> Dice {
        Dice {
            seed: mixed((seed, what)),
            n_thrown: 0,
        }
    }

    /// A number from 0 to below `below`, which is at least 1.
    pub fn below(&mut self, below: usize) -> usize {
        self.n_thrown += 1;
        let thrown = mixed((self.seed, self.n_thrown));
        let below = u64::try_from(below).expect("it fits");
        usize::try_from(thrown % below).expect("it fits")
    }

    /// True with a probability of `percent`.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several items.
    pub fn one_of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len())]
    }
}

fn mixed(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
