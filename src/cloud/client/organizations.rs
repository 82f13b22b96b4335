//! What we ask of Pulumi Cloud about organizations.
//!
//! # What this may not do
//!
//! Choose among several.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::wire::user::{DefaultOrganization, User};

impl Client {
    /// The organization that the token's user works in where none is named: the default one, else the user's own.
    pub async fn default_organization(&self) -> Result<Option<String>, CloudError> {
        let call = calls::default_organization();
        let default: Option<DefaultOrganization> = self.transport.json(&call).await?;
        if let Some(default) = default.filter(|default| !default.login.is_empty()) {
            return Ok(Some(default.login));
        }
        self.user().await
    }

    /// What the cloud calls the token's user; `None` if it does not say.
    pub async fn user(&self) -> Result<Option<String>, CloudError> {
        let user: Option<User> = self.transport.json(&calls::user()).await?;
        Ok(user.map(|user| user.login))
    }
}
