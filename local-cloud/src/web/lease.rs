//! Who may act for a running update: the holder of its lease.

use super::auth::given_token;
use super::error::ApiError;
use super::extract::PathNames;
use crate::app::App;
use crate::domain::updates::{UpdateError, UpdatePath};
use crate::parts::Digest;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use secrecy::SecretString;

/// The scheme of the `Authorization` header.
const SCHEME: &str = "update-token";

/// The update in the path, and the lease in the header. It is checked before the body is read, and again in the transaction
/// that does the work.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) path: UpdatePath,
    pub(crate) digest: Digest,
    pub(crate) token: SecretString,
}

impl FromRequestParts<App> for Lease {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Lease, ApiError> {
        let path = PathNames::from_request_parts(parts, app).await?.update();
        let token = given_token(&parts.headers, SCHEME).ok_or(UpdateError::WrongLease)?;
        let digest = Digest::of(token);
        app.store().check_lease(path.clone(), digest).await?;
        let token = token.into();
        Ok(Lease {
            path,
            digest,
            token,
        })
    }
}
