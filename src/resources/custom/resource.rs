//! The operations of the engine on a custom resource.
//!
//! # What this may not do
//!
//! Know which resources there are.

use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::context::Context;
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Changed, Checked, Compared, Found, Listed, Made, Olds, Preview};

/// A custom resource: the engine's operations in the terms of [`crate::resources::Resources`].
#[tonic::async_trait]
pub(in crate::resources) trait Custom: Send + Sync {
    /// Checks inputs and adds defaults; `seed` makes generated names differ each time.
    async fn check(
        &self,
        context: &Context,
        urn: &Urn,
        olds: &Map,
        news: &Map,
        seed: &[u8],
    ) -> Result<Checked, ResourceError>;

    /// Compares new inputs with the existing ones. `ignored` are the paths whose changes the program ignores.
    async fn diff(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        ignored: &[String],
    ) -> Result<Compared, ResourceError>;

    /// Creates the resource, or predicts its outputs.
    async fn create(
        &self,
        context: &Context,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError>;

    /// Reads the resource; `None` if it does not exist. In an import there are no `olds`.
    async fn read(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError>;

    /// Updates the resource, or predicts its outputs.
    async fn update(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Changed, ResourceError>;

    /// Deletes the resource.
    async fn delete(&self, context: &Context, urn: &Urn, id: &str) -> Result<(), ResourceError>;

    /// Lists the resources of the type that match `query`.
    async fn list(&self, context: &Context, query: &Map) -> Result<Vec<Listed>, ResourceError>;
}
