//! The checks on the cloud before a component is created, and their consequences.
//!
//! # What this may not do
//!
//! Change anything, or fail a deployment unless the program asked for that. Show the secret name of a stack.

use super::children::Children;
use super::origin::Origin;
use super::owed::Made;
use super::plan::Plan;
use super::programs::{News, Program};
use super::remarks::{Remarks, bounded, more_of};
use crate::cloud::Bounds;
use crate::domain::{StackRef, WebhookId};
use crate::engine::log::EngineLog;
use crate::findings::{self, Code, Finding, Severity};
use crate::graph::{Dag, Edge, reached};
use crate::property::CheckFailure;
use crate::survey::{Facts, LiveEdge, Survey};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// The facts for the checks of one component.
#[derive(Debug)]
pub struct Preflight<'a> {
    plan: &'a Plan,
    program: Program<'a>,
    origin: &'a Origin,
    /// The edges of the component that will start something and are not secret.
    edges: BTreeSet<Edge>,
    facts: Facts,
    /// The names of webhooks that this program has registered or is creating.
    own: BTreeSet<String>,
    /// The webhooks in the program's state with their providers, once the state was read.
    held: Option<BTreeMap<WebhookId, String>>,
    /// The provider that manages the component's webhooks.
    provider: &'a str,
}

impl<'a> Preflight<'a> {
    /// Reads the facts from the cloud, unless the plan skips the checks.
    pub async fn look(
        plan: &'a Plan,
        program: Program<'a>,
        origin: &'a Origin,
        provider: &'a str,
        survey: &Survey,
    ) -> Option<Preflight<'a>> {
        if !plan.is_checked() {
            return None;
        }
        let may_be_told = |edge: &&Edge| {
            let hidden = &plan.hidden;
            !hidden.contains(&edge.upstream) && !hidden.contains(&edge.downstream)
        };
        let edges: BTreeSet<Edge> = plan.edges.iter().filter(may_be_told).cloned().collect();
        let facts = survey.facts(&edges).await;
        program.add_live(&facts);
        program.add_live(&remembered(program, &facts, survey).await);
        Some(Preflight {
            plan,
            program,
            origin,
            edges,
            facts,
            own: BTreeSet::new(),
            held: None,
            provider,
        })
    }

    /// The findings before anything is registered. A stack that another program's webhook also starts is reported later,
    /// when the component's own webhooks are known.
    pub async fn before(&mut self, survey: &Survey) -> Remarks {
        let mut cycles = through(&self.edges, &self.cycles());
        if !cycles.is_empty() {
            self.read_state(survey).await;
            cycles = through(&self.edges, &self.cycles());
        }
        let mut findings = findings::preflight(&self.declares_here(), &self.facts);
        findings.retain(|finding| !is_about_others(finding.code));
        findings.extend(cycles);
        let nearby = nearby(&self.program.edges(), &self.edges);
        if let Ok(dag) = Dag::new(&nearby) {
            let dag = dag.with_joins(&self.program.joined());
            findings.extend(findings::shapes(&dag));
        }
        findings.extend(self.conductor(survey).await);
        findings.sort_unstable();
        Remarks {
            findings,
            unavailable: self.facts.unavailable.clone(),
        }
    }

    /// The places of the children for whose edges a webhook exists. Either it is the child's own, or the child is refused.
    pub fn doubtful(&self, children: &dyn Children) -> BTreeSet<usize> {
        let live = self.facts.live_edges();
        let live = live.iter().filter(|live| live.starts().is_deployment());
        let live: BTreeSet<&Edge> = live.map(|live| &live.edge).collect();
        let is_live = |place: &usize| {
            let edge = children.edge(*place);
            edge.is_some_and(|edge| live.contains(&edge))
        };
        (0..children.count()).filter(is_live).collect()
    }

    /// What the component `urn` has created, for the final check.
    pub fn made(&self, urn: &str, edges: &BTreeSet<Edge>) -> Made {
        Made {
            urn: urn.to_owned(),
            edges: edges.intersection(&self.edges).cloned().collect(),
            events: self.plan.events.clone().unwrap_or_default(),
        }
    }

    /// Lists the webhooks of both stacks of newly created edges again. If two programs create the same edge at the same
    /// time, or close a cycle together, at least one of them then sees the webhook of the other. What the cloud does not
    /// report stays as it was.
    pub async fn look_again(&mut self, survey: &Survey, made: &[Made]) {
        let edges = made.iter().flat_map(|made| &made.edges);
        let stacks: BTreeSet<&StackRef> = edges.flat_map(Edge::ends).collect();
        let mut tasks = JoinSet::new();
        for stack in stacks {
            let (survey, stack) = (survey.clone(), stack.clone());
            let look = async move { (survey.webhooks_now(&stack).await, stack) };
            tasks.spawn(Bounds::current().hold(look));
        }
        while let Some(joined) = tasks.join_next().await {
            let (seen, stack) =
                joined.expect("the task of a request neither panics nor is aborted");
            if let Ok(webhooks) = seen {
                self.facts.webhooks.insert(stack, webhooks);
            }
        }
        self.program.add_live(&self.facts);
    }

    /// The findings, by component, that need the names of the components' webhooks, `own`: about this component, `urn`, and
    /// about what others have `made`.
    pub async fn after(
        &mut self,
        survey: &Survey,
        own: BTreeSet<String>,
        urn: &str,
        made: &[Made],
    ) -> Vec<(String, Remarks)> {
        self.own.extend(own);
        let this = self.made(urn, &self.edges);
        let others = made.iter().filter(|made| made.urn != urn);
        let all: Vec<&Made> = [&this].into_iter().chain(others).collect();
        let is_nothing = |(_, remarks): &(String, Remarks)| remarks.findings.is_empty();
        let found = self.about_others(&all);
        if found.iter().all(is_nothing) {
            return found;
        }
        self.read_state(survey).await;
        self.about_others(&all)
    }

    /// Reads which webhooks the program's state holds, including those that no component declares any more. Once per
    /// deployment.
    async fn read_state(&mut self, survey: &Survey) {
        let Some(home) = &self.origin.home else {
            return;
        };
        if let Ok(Some(state)) = survey.state(home).await {
            let held = state.resources.iter().filter_map(|resource| {
                let id: WebhookId = resource.id.parse().ok()?;
                Some((id, resource.provider.clone()))
            });
            self.held = Some(held.collect());
        }
    }

    /// The findings about webhooks of other programs, apart from those that components created, by component.
    fn about_others(&self, all: &[&Made]) -> Vec<(String, Remarks)> {
        let cycles = self.cycles();
        let of = |made: &&Made| {
            let mut findings = self.duplicates(made);
            findings.extend(through(&made.edges, &cycles));
            let remarks = Remarks {
                findings,
                unavailable: None,
            };
            (made.urn.clone(), remarks)
        };
        all.iter().map(of).collect()
    }

    /// What is wrong with the settings of the stack that conducts the component's joins.
    async fn conductor(&self, survey: &Survey) -> Vec<Finding> {
        let Some(joined) = &self.plan.joined else {
            return Vec::new();
        };
        match survey.settings(&joined.conductor).await {
            Ok(settings) => findings::conductor(&joined.conductor, settings.as_ref()),
            // The other requests were refused as well, which is reported.
            Err(_) => Vec::new(),
        }
    }

    /// Other programs' webhooks that start the same stacks as those that a component has created.
    fn duplicates(&self, made: &Made) -> Vec<Finding> {
        let declared = findings::Declared {
            events: made.events.clone(),
            ..self.declares(&made.edges, &self.facts, |_| true)
        };
        let mut findings = findings::preflight(&declared, &self.facts);
        findings.retain(|finding| finding.code == Code::DuplicateWebhook);
        findings
    }

    /// Cycles of the program's edges and other programs' webhooks.
    fn cycles(&self) -> Vec<Finding> {
        let facts = Facts {
            webhooks: self.program.live(),
            ..Facts::default()
        };
        if facts.webhooks.is_empty() {
            return Vec::new();
        }
        let all: BTreeSet<Edge> = self.program.edges().into_iter().collect();
        // A webhook that is no longer declared will be deleted. That is certain only for this provider, because another one
        // declares its webhooks in another process.
        let is_ours = |provider: &str| self.provider.is_empty() || self.provider == provider;
        let declares = self.declares(&all, &facts, is_ours);
        let mut findings = findings::preflight(&declares, &facts);
        findings.retain(|finding| finding.code == Code::Cycle);
        findings
    }

    /// The declarations of the component, to which every webhook in the program's state belongs.
    fn declares_here(&self) -> findings::Declared {
        self.declares(&self.edges, &self.facts, |_| true)
    }

    /// The declarations of the program, including those live webhooks in `facts` that it manages through a provider for
    /// which `is_own` holds.
    fn declares(
        &self,
        edges: &BTreeSet<Edge>,
        facts: &Facts,
        is_own: impl Fn(&str) -> bool,
    ) -> findings::Declared {
        let is_held = |live: &LiveEdge| {
            let held = self.held.as_ref().and_then(|held| held.get(&live.id()));
            held.is_some_and(|provider| is_own(provider))
        };
        let live = facts.live_edges();
        let held = live
            .iter()
            .filter(|live| is_held(live))
            .map(|live| live.webhook.clone());
        findings::Declared {
            edges: edges.clone(),
            stacks: self.program.stacks(),
            webhooks: self.own.iter().cloned().chain(held).collect(),
            events: self.plan.events.clone().unwrap_or_default(),
            joined: self.program.joined(),
        }
    }

    /// The findings as failures, if findings are errors.
    pub fn failures(&self, remarks: &Remarks) -> Vec<CheckFailure> {
        if !self.plan.is_strict() {
            return Vec::new();
        }
        // Without the state, a webhook that seems to belong to someone else may be the program's own.
        let is_sure = |finding: &Finding| self.held.is_some() || !is_about_others(finding.code);
        let is_bad = |finding: &&Finding| finding.severity != Severity::Notice && is_sure(finding);
        let mut counts = BTreeMap::new();
        let (told, more) = bounded(remarks.findings.iter().filter(is_bad), |code| {
            let count = counts.entry(code).or_default();
            *count += 1;
            *count
        });
        let told = told
            .into_iter()
            .map(|finding| self.plan.veil(&finding.to_string()));
        let more = more.iter().map(|(code, n)| more_of(*code, *n));
        let failures = told.chain(more);
        let failures = failures.map(|reason| CheckFailure::new("checks", reason));
        let unavailable = remarks.unavailable.iter().map(|why| {
            let reason = format!(
                "is `error`, and {}: {}; use an access token that may read it, or set `checks` to `warn` or `off`",
                why, why.reason
            );
            CheckFailure::new("checks", self.plan.veil(&reason))
        });
        failures.chain(unavailable).collect()
    }

    /// Reports the findings at the component, each once per deployment, and of each kind of warning only the first few.
    pub async fn tell(&self, remarks: &Remarks, urn: &str, log: &EngineLog) {
        let is_news = |finding: &&Finding| {
            let subject = finding.subject.clone();
            self.program.is_news(News::Finding(finding.code, subject))
        };
        let count = |code| self.program.count(code);
        let (told, more) = bounded(remarks.findings.iter().filter(is_news), count);
        for finding in told {
            let text = self.plan.veil(&finding.to_string());
            match finding.severity {
                Severity::Error | Severity::Warning => log.warn(urn, &text).await,
                Severity::Notice => log.info(urn, &text).await,
            }
        }
        for (code, n) in more {
            if self.program.is_news(News::More(code)) {
                log.warn(urn, &more_of(code, n)).await;
            }
        }
        if let Some(why) = &remarks.unavailable
            && self.program.is_news(News::Unavailable)
        {
            let text = format!(
                "not everything could be checked: {why}: {}; to check nothing, set `checks` to `off`",
                why.reason
            );
            log.warn(urn, &self.plan.veil(&text)).await;
        }
    }
}

/// The findings that involve one of these edges.
fn through(edges: &BTreeSet<Edge>, findings: &[Finding]) -> Vec<Finding> {
    let has_part = |finding: &&Finding| finding.edges.iter().any(|edge| edges.contains(edge));
    findings.iter().filter(has_part).cloned().collect()
}

/// Whether findings of this kind concern webhooks of other programs.
fn is_about_others(code: Code) -> bool {
    matches!(code, Code::Cycle | Code::DuplicateWebhook)
}

/// The webhooks of the stacks on which earlier components found other programs' webhooks, as they are now. This makes no
/// request unless this process has changed them since.
async fn remembered(program: Program<'_>, but: &Facts, survey: &Survey) -> Facts {
    let mut facts = Facts::default();
    for stack in program.live().into_keys() {
        if !but.webhooks.contains_key(&stack)
            && let Ok(webhooks) = survey.webhooks(&stack).await
        {
            facts.webhooks.insert(stack, webhooks);
        }
    }
    facts
}

/// The edges that can form a shortcut or a diamond with one of `own`: those below a stack that is above one of them.
fn nearby(all: &[Edge], own: &BTreeSet<Edge>) -> Vec<Edge> {
    let tops: BTreeSet<&StackRef> = own.iter().map(|edge| &edge.upstream).collect();
    let above = reached(tops, all.iter().map(Edge::up));
    let below = reached(above, all.iter().map(Edge::down));
    let is_below = |edge: &&Edge| below.contains(&edge.upstream);
    all.iter().filter(is_below).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(upstream: &str, downstream: &str) -> Edge {
        let stack = |name: &str| StackRef::new("acme", "p", name).expect("it is one");
        Edge {
            upstream: stack(upstream),
            downstream: stack(downstream),
        }
    }

    #[test]
    fn only_what_hangs_together_from_above_is_looked_at() {
        let all = [
            edge("top", "a"),
            edge("a", "b"),
            edge("top", "b"),
            edge("other", "b"),
            edge("b", "c"),
            edge("x", "y"),
        ];
        let own = BTreeSet::from([edge("a", "b")]);
        assert_eq!(nearby(&all, &own), [&all[..3], &all[4..5]].concat());
    }
}
