//! Operations on stacks: which exist, and which refer to which.
//!
//! Every operation here only reads. Unknown fields are ignored; a field with an unexpected shape is an error that names it.
//!
//! # What this may not do
//!
//! Decide what an answer means for a graph of stacks.

use super::{Client, pages};
use crate::cloud::calls::{self, Call};
use crate::cloud::error::CloudError;
use crate::cloud::stack::StackSummary;
use crate::cloud::wire::stack::{OneStackAnswer, ReferencesAnswer, StackAnswer, StackPage};
use crate::domain::StackRef;
use std::collections::BTreeSet;

impl Client {
    /// All stacks of an organization, or of one project in it, that the token may see. Every page is read.
    pub async fn stacks(
        &self,
        organization: &str,
        project: Option<&str>,
    ) -> Result<Vec<StackSummary>, CloudError> {
        self.list(&calls::stacks(organization, project)).await
    }

    /// The organizations with a stack of this name in a project of this name, sorted, each once.
    pub async fn organizations_of_stack(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<Vec<String>, CloudError> {
        let found = self.list(&calls::stacks_of_project(project, stack)).await?;
        let stacks = found.into_iter().map(|summary| summary.stack);
        let same = stacks.filter(|found| found.project() == project && found.stack() == stack);
        let organizations: BTreeSet<String> =
            same.map(|found| found.organization().to_owned()).collect();
        Ok(organizations.into_iter().collect())
    }

    /// The stacks of a list. Every page is read.
    async fn list(&self, first: &Call) -> Result<Vec<StackSummary>, CloudError> {
        let pages: Vec<StackPage> = pages::all(&self.transport, first).await?;
        let answers = pages.into_iter().flat_map(|page| page.stacks);
        let read = |(place, answer): (usize, StackAnswer)| {
            let path = || format!("stacks[{place}]");
            let read = answer.into_summary();
            read.ok_or_else(|| self.transport.misshapen(first, path()))
        };
        answers.enumerate().map(read).collect()
    }

    /// What distinguishes a stack from an earlier one of the same name; `None` if it does not exist or the cloud does not
    /// say.
    pub async fn stack_id(&self, stack: &StackRef) -> Result<Option<String>, CloudError> {
        let answer: Option<OneStackAnswer> = self.transport.json(&calls::stack(stack)).await?;
        let id = answer.and_then(|answer| answer.id);
        Ok(id.filter(|id| !id.is_empty()))
    }

    /// The stacks that have a `StackReference` to this one, sorted by name; `None` if it does not exist.
    pub async fn downstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        self.references(calls::downstream_references(stack)).await
    }

    /// The stacks to which this one has a `StackReference`, sorted by name; `None` if it does not exist.
    pub async fn upstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        self.references(calls::upstream_references(stack)).await
    }

    async fn references(&self, call: Call) -> Result<Option<Vec<StackRef>>, CloudError> {
        let answer: Option<ReferencesAnswer> = self.transport.json(&call).await?;
        let Some(answer) = answer else {
            return Ok(None);
        };
        let mut stacks = Vec::with_capacity(answer.referenced_stacks.len());
        for (place, end) in answer.referenced_stacks.into_iter().enumerate() {
            let stack = StackRef::new(&end.organization, &end.project, &end.stack);
            let path = || format!("referencedStacks[{place}]");
            stacks.push(stack.map_err(|_| self.transport.misshapen(&call, path()))?);
        }
        stacks.sort_unstable();
        stacks.dedup();
        Ok(Some(stacks))
    }
}
