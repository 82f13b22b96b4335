//! What the engine asks of a custom resource.
//!
//! # What this may not do
//!
//! Know which resources there are.

use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::context::Context;
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Changed, Checked, Compared, Found, Listed, Made, Olds, Preview};

/// A custom resource: what the engine asks of each, in the terms of [`crate::resources::Resources`].
#[tonic::async_trait]
pub(in crate::resources) trait Custom: Send + Sync {
    /// Checks inputs and fills in defaults; `seed` makes a name that is made differ from time to time.
    async fn check(
        &self,
        context: &Context,
        urn: &Urn,
        olds: &Map,
        news: &Map,
        seed: &[u8],
    ) -> Result<Checked, ResourceError>;

    /// Compares new inputs with what there is. `ignored` are the paths that the program wants no change of.
    async fn diff(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        ignored: &[String],
    ) -> Result<Compared, ResourceError>;

    /// Makes the resource, or says what it would be.
    async fn create(
        &self,
        context: &Context,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError>;

    /// Reads the resource as it is, or `None` if it is gone. On an import there are no `olds`.
    async fn read(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError>;

    /// Changes the resource, or says what it would become.
    async fn update(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Changed, ResourceError>;

    /// Removes the resource.
    async fn delete(&self, context: &Context, urn: &Urn, id: &str) -> Result<(), ResourceError>;

    /// Lists the resources of the type that `query` asks for.
    async fn list(&self, context: &Context, query: &Map) -> Result<Vec<Listed>, ResourceError>;
}
