//! The operations of the engine on a webhook.
//!
//! # What this may not do
//!
//! Define what a webhook is: [`crate::resources::webhook`] does.

use super::resource::Custom;
use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::component::kind::is_around;
use crate::resources::context::Context;
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Changed, Checked, Compared, Found, Listed, Made, Olds, Preview};
use crate::resources::webhook;

/// `auto-deploy:index:Webhook`.
pub(super) struct Webhook;

#[tonic::async_trait]
impl Custom for Webhook {
    /// Refuses a webhook that closes a cycle with the program's declarations so far. For a webhook in a component, the
    /// component does this.
    async fn check(
        &self,
        context: &Context,
        urn: &Urn,
        olds: &Map,
        news: &Map,
        seed: &[u8],
    ) -> Result<Checked, ResourceError> {
        let news = &context.organization.meant(news, "organizationName");
        let organization = context.default_for(news, "organizationName", urn).await;
        let mut checked = webhook::check::check(olds, news, organization.as_ref());
        webhook::name::put(&mut checked.inputs, olds, seed, urn);
        let edge = webhook::edge::edge(&checked.inputs).filter(|_| !is_around(urn));
        let refused = edge.and_then(|edge| context.declared_alone(&[edge], "payloadUrl", news));
        checked.failures.extend(refused);
        context.holders.checked(urn, olds, &checked.inputs);
        Ok(checked)
    }

    async fn diff(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        _ignored: &[String],
    ) -> Result<Compared, ResourceError> {
        let changes = webhook::diff::diff(olds, news);
        let replaces = changes.values().any(|diff| diff.replaces);
        context.holders.diffed(urn, id, replaces);
        Ok(Compared {
            changes,
            notes: Vec::new(),
        })
    }

    async fn create(
        &self,
        context: &Context,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        let mut made = match preview {
            Preview::Yes => webhook::crud::preview_create(news),
            Preview::No => {
                if let Some(name) = webhook::name::generated(news).filter(|_| is_around(urn)) {
                    context.begun.insert(name);
                }
                webhook::create::create(context.around(), urn, news).await?
            }
        };
        made.notes.extend(context.home_note(urn, news));
        Ok(made)
    }

    async fn read(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError> {
        context.holders.read(urn);
        webhook::crud::read(&context.cloud, id, olds).await
    }

    async fn update(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Changed, ResourceError> {
        let state = match preview {
            Preview::Yes => webhook::crud::preview_update(olds, news),
            Preview::No => {
                context.holders.made(urn, id);
                context.neighbours.changed(id);
                webhook::crud::update(&context.cloud, urn, id, olds, news).await?
            }
        };
        Ok(Changed {
            state,
            advice: Vec::new(),
            notes: Vec::new(),
        })
    }

    async fn delete(&self, context: &Context, urn: &Urn, id: &str) -> Result<(), ResourceError> {
        webhook::crud::delete(&context.cloud, &context.holders, urn, id).await?;
        context.neighbours.deleted(id);
        Ok(())
    }

    async fn list(&self, context: &Context, query: &Map) -> Result<Vec<Listed>, ResourceError> {
        webhook::crud::list(&context.cloud, query).await
    }
}
