//! Operations on organizations.
//!
//! # What this may not do
//!
//! Choose among several organizations.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::wire::user::{DefaultOrganization, User};

impl Client {
    /// The organization in which the token's user works by default: the default organization, or else the user's own.
    pub async fn default_organization(&self) -> Result<Option<String>, CloudError> {
        let call = calls::default_organization();
        let default: Option<DefaultOrganization> = self.transport.json(&call).await?;
        if let Some(default) = default.filter(|default| !default.login.is_empty()) {
            return Ok(Some(default.login));
        }
        self.user().await
    }

    /// The name of the token's user; `None` if the cloud does not say.
    pub async fn user(&self) -> Result<Option<String>, CloudError> {
        let user: Option<User> = self.transport.json(&calls::user()).await?;
        Ok(user.map(|user| user.login))
    }
}
