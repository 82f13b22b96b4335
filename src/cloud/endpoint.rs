//! Where the cloud is, and who asks.
//!
//! # What this may not do
//!
//! Show the token.

use secrecy::SecretString;
use url::Url;

/// The address of a cloud, and the token that it is asked with.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The address, such as `https://api.pulumi.com`.
    pub url: Url,
    /// The access token.
    pub token: SecretString,
}
