//! Who has access: holders of the token, and running deployments with their own tokens.

use super::error::ApiError;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

/// The scheme of the `Authorization` header. Pulumi Cloud does not support `Bearer`.
const SCHEME: &str = "token";

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A client with the cloud's token.
    User,
    /// The deployment with this UID. It has the user's permissions.
    Deployment(String),
}

/// Rejects clients without a token. Handlers find the [`Caller`] among the extensions of the request.
pub(crate) async fn require_token(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let token = given_token(request.headers(), SCHEME).ok_or_else(ApiError::unauthorized)?;
    let caller = if app.token().is_of(token) {
        Caller::User
    } else {
        let uid = app.running().of_token(token);
        Caller::Deployment(uid.ok_or_else(ApiError::unauthorized)?)
    };
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The token in the `Authorization` header with this scheme.
pub(crate) fn given_token<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn is_given(header: &'static str, scheme: &str) -> bool {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
        given_token(&headers, scheme) == Some("pul-1")
    }

    #[test]
    fn only_the_token_in_its_scheme() {
        assert!(is_given("token pul-1", SCHEME));
        assert!(is_given("Token  pul-1 ", SCHEME));
        assert!(is_given("update-token pul-1", "update-token"));
        assert!(!is_given("token pul-1", "update-token"));
        for header in [
            "token pul-2",
            "token",
            "token ",
            "pul-1",
            "Bearer pul-1",
            "update-token pul-1",
        ] {
            assert!(!is_given(header, SCHEME), "{header}");
        }
        assert_eq!(given_token(&HeaderMap::new(), SCHEME), None);
    }
}
