//! Lists that are read in pages.
//!
//! # What this may not do
//!
//! Return a part of a list as the whole. Read forever: a cloud, or something that stands in for one, may repeat a page
//! endlessly.

use crate::cloud::call::Call;
use crate::cloud::error::CloudError;
use crate::cloud::transport::Transport;
use crate::cloud::wire::page::{Page, TOKEN};
use std::collections::HashSet;

/// The most pages that a list may have. The longest list of Pulumi Cloud has a fraction of them.
const MAX_PAGES: usize = 2_000;

/// Reads a list to its end; empty if it does not exist. `first` requests its first page.
///
/// # Errors
///
/// A list that does not end, and every error on the way, because a part of a list is not the list.
pub(super) async fn all<P: Page>(
    transport: &Transport,
    first: &Call,
) -> Result<Vec<P>, CloudError> {
    let mut pages = Vec::new();
    let mut tokens = HashSet::new();
    let mut call = first.clone();
    loop {
        let endless = || transport.misshapen(first, TOKEN.to_owned());
        let page: Option<P> = transport.json(&call).await?;
        let Some(mut page) = page else {
            return if pages.is_empty() {
                Ok(pages)
            } else {
                Err(endless())
            };
        };
        let next = page.next().filter(|token| !token.is_empty());
        pages.push(page);
        let Some(next) = next else {
            return Ok(pages);
        };
        call = first.clone().with_query(TOKEN, &next);
        if pages.len() == MAX_PAGES || !tokens.insert(next) {
            return Err(endless());
        }
    }
}
