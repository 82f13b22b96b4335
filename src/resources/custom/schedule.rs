//! The operations of the engine on a schedule.
//!
//! # What this may not do
//!
//! Define what a schedule is: [`crate::resources::schedule`] does.

use super::resource::Custom;
use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::context::Context;
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Changed, Checked, Compared, Found, Listed, Made, Olds, Preview};
use crate::resources::schedule::{check, crud};

/// `auto-deploy:index:DeploymentSchedule`.
pub(super) struct DeploymentSchedule;

#[tonic::async_trait]
impl Custom for DeploymentSchedule {
    async fn check(
        &self,
        context: &Context,
        urn: &Urn,
        _olds: &Map,
        news: &Map,
        _seed: &[u8],
    ) -> Result<Checked, ResourceError> {
        let news = &context.organization.meant(news, "organization");
        let organization = context.default_for(news, "organization", urn).await;
        Ok(check::check(news, organization.as_ref()))
    }

    async fn diff(
        &self,
        _context: &Context,
        _urn: &Urn,
        _id: &str,
        olds: &Olds,
        news: &Map,
        _ignored: &[String],
    ) -> Result<Compared, ResourceError> {
        Ok(Compared {
            changes: check::diff(olds, news),
            notes: Vec::new(),
        })
    }

    async fn create(
        &self,
        context: &Context,
        _urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        match preview {
            Preview::Yes => Ok(crud::preview_create(news)),
            Preview::No => crud::create(&context.cloud, news).await,
        }
    }

    async fn read(
        &self,
        context: &Context,
        _urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError> {
        crud::read(&context.cloud, id, olds).await
    }

    async fn update(
        &self,
        context: &Context,
        _urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Changed, ResourceError> {
        let state = match preview {
            Preview::Yes => crud::preview_update(olds, news),
            Preview::No => crud::update(&context.cloud, id, news).await?,
        };
        Ok(Changed {
            state,
            ..Changed::default()
        })
    }

    async fn delete(&self, context: &Context, _urn: &Urn, id: &str) -> Result<(), ResourceError> {
        crud::delete(&context.cloud, id).await
    }

    /// Nothing: schedules are listed by stack, and the query names none.
    async fn list(&self, _context: &Context, _query: &Map) -> Result<Vec<Listed>, ResourceError> {
        Ok(Vec::new())
    }
}
