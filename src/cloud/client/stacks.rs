//! What we ask of Pulumi Cloud about stacks: which there are, and who refers to whom.
//!
//! Every operation here only reads. Fields that we do not know are passed over; a field of a wrong shape is an error that
//! names it.
//!
//! # What this may not do
//!
//! Decide what an answer means for a graph of stacks.

use super::Client;
use crate::cloud::calls::{self, Call};
use crate::cloud::error::CloudError;
use crate::cloud::stack::StackSummary;
use crate::cloud::wire::stack::{ReferencesAnswer, StackPage};
use crate::domain::StackRef;

impl Client {
    /// All stacks of an organization, or of one project in it, that the token may see, page by page to the last.
    pub async fn stacks(
        &self,
        organization: &str,
        project: Option<&str>,
    ) -> Result<Vec<StackSummary>, CloudError> {
        let mut stacks = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let call = calls::stacks(organization, project, token.as_deref());
            let page: Option<StackPage> = self.transport.json(&call).await?;
            let Some(page) = page else {
                return Ok(stacks);
            };
            for (place, answer) in page.stacks.into_iter().enumerate() {
                let read = answer.into_summary();
                let path = || format!("stacks[{place}]");
                stacks.push(read.ok_or_else(|| self.transport.misshapen(&call, path()))?);
            }
            let next = page.continuation_token.filter(|token| !token.is_empty());
            if next.is_some() && next == token {
                // The same page again would go on for ever.
                let place = "continuationToken".to_owned();
                return Err(self.transport.misshapen(&call, place));
            }
            match next {
                Some(next) => token = Some(next),
                None => return Ok(stacks),
            }
        }
    }

    /// The stacks that hold a `StackReference` to this one, in the order of names; `None` if it is not there.
    pub async fn downstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        self.references(calls::downstream_references(stack)).await
    }

    /// The stacks that this one holds a `StackReference` to, in the order of names; `None` if it is not there.
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
