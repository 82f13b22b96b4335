//! A cascade that is read repeatedly.
//!
//! # What this may not do
//!
//! Read stacks that the cascade does not reach.

use crate::context::Context;
use crate::look::Look;
use crate::output::time;
use auto_deploy::cascade::{Cascade, View};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::{Edge, reached};
use auto_deploy::survey::{Attention, Standing};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// The cascade to watch.
pub(super) struct Watch<'a> {
    context: &'a Context,
    look: &'a Look,
    /// The stack that the user named.
    root: Option<StackRef>,
    /// The edges by which a webhook certainly starts a stack.
    webhooks: BTreeSet<Edge>,
    /// How long the last look took.
    took: Duration,
}

impl<'a> Watch<'a> {
    pub(super) fn new(context: &'a Context, look: &'a Look, root: Option<StackRef>) -> Watch<'a> {
        Watch {
            context,
            look,
            root,
            webhooks: look.starting(),
            took: Duration::ZERO,
        }
    }

    /// The current cascade; `None` if nothing ran.
    pub(super) async fn first(&mut self) -> anyhow::Result<Option<Cascade>> {
        let stacks = match &self.root {
            None => self.look.stacks.clone(),
            Some(root) => {
                let around = around(self.look, root);
                let stacks = self.look.stacks.iter();
                let stacks = stacks.filter(|(stack, _)| around.contains(*stack));
                stacks.map(|(stack, at)| (stack.clone(), *at)).collect()
            }
        };
        self.cascade(&stacks, self.root.clone()).await
    }

    /// The same cascade a moment later.
    pub(super) async fn again(&mut self, cascade: &Cascade) -> anyhow::Result<Cascade> {
        self.pause().await;
        let around = around(self.look, &cascade.root);
        let stacks = self.look.last_updates(self.context, &around).await?;
        let found = self.cascade(&stacks, Some(cascade.root.clone())).await?;
        Ok(found.unwrap_or_else(|| cascade.clone()))
    }

    /// The next cascade after this one, as soon as it has begun.
    pub(super) async fn next_one(&mut self, before: Option<&Cascade>) -> anyhow::Result<Cascade> {
        let all: BTreeSet<StackRef> = match &self.root {
            None => self.look.stacks.keys().cloned().collect(),
            Some(root) => around(self.look, root),
        };
        loop {
            self.pause().await;
            let stacks = self.look.last_updates(self.context, &all).await?;
            let found = self.cascade(&stacks, self.root.clone()).await?;
            let is_new = |found: &Cascade| {
                before
                    .is_none_or(|before| (&found.root, found.began) != (&before.root, before.began))
            };
            if let Some(found) = found.filter(is_new) {
                return Ok(found);
            }
        }
    }

    /// Waits, longer for an organization that takes longer to read.
    async fn pause(&self) {
        tokio::time::sleep(PAUSE.max(self.took)).await;
    }

    async fn cascade(
        &mut self,
        stacks: &BTreeMap<StackRef, Option<Timestamp>>,
        root: Option<StackRef>,
    ) -> anyhow::Result<Option<Cascade>> {
        let began = Instant::now();
        // The first stack is the one that users update outside of deployments.
        let attention = Attention {
            closely: root.iter().cloned().collect(),
            ..Attention::default()
        };
        let standing = self
            .look
            .standing_of(self.context, stacks, &attention)
            .await;
        self.took = began.elapsed();
        if let Some(unavailable) = standing.unavailable {
            return Err(unavailable.into());
        }
        let view = View {
            world: &standing.world,
            decision: &standing.decision,
            webhooks: &self.webhooks,
            now: time::now(),
        };
        let Some(mut cascade) = Cascade::of(view, root.as_ref()) else {
            return Ok(None);
        };
        let not_sent = self.not_sent(&cascade, &standing).await?;
        cascade.not_sent(&not_sent);
        Ok(Some(cascade))
    }

    /// The edges over which a webhook should have started a stack but has sent nothing since the update.
    async fn not_sent(
        &self,
        cascade: &Cascade,
        standing: &Standing,
    ) -> anyhow::Result<BTreeSet<Edge>> {
        let mut not_sent = BTreeSet::new();
        for edge in cascade.not_started() {
            let answer = standing.decision.answer(&edge.upstream);
            let updated = answer.and_then(|answer| answer.good?.ended);
            let webhooks = self.look.webhooks.iter();
            let starting = webhooks.filter(|it| it.edge == edge && it.starts.is_certain());
            let mut has_sent = false;
            for webhook in starting {
                let deliveries = self.context.client.deliveries(&webhook.id).await?;
                let mut deliveries = deliveries.unwrap_or_default().into_iter();
                let is_since =
                    |sent: Timestamp| updated.is_none_or(|at| sent.as_second() >= at.as_second());
                has_sent = has_sent || deliveries.any(|delivery| is_since(delivery.sent));
            }
            if !has_sent {
                not_sent.insert(edge);
            }
        }
        Ok(not_sent)
    }
}

/// All stacks that a change of this one reaches, and the stacks that those depend on.
fn around(look: &Look, root: &StackRef) -> BTreeSet<StackRef> {
    let down = reached([root], look.edges.iter().map(Edge::down));
    let mut around: BTreeSet<StackRef> = down.iter().map(|stack| (*stack).clone()).collect();
    let beside = look
        .edges
        .iter()
        .filter(|edge| down.contains(&edge.downstream));
    around.extend(beside.map(|edge| edge.upstream.clone()));
    around
}
