//! The address of the cloud and the token for it.
//!
//! # What this may not do
//!
//! Choose either: `config` does. Show a token.

use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::sync::{Arc, RwLock};
use url::Url;

/// The address of the cloud, and the credentials for it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The address, such as `https://api.pulumi.com`.
    pub url: Url,
    /// The setting that named the address, such as `named by PULUMI_API`. Every error shows it, because it is what to
    /// correct.
    pub named: String,
    /// The access token.
    pub token: Token,
    /// How to connect to it.
    pub route: Route,
}

/// How to connect to a cloud.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// The proxy, if there is one.
    pub proxy: Option<Proxy>,
    /// Whether to accept any certificate, because the user asked for that for this cloud.
    pub is_insecure: bool,
}

/// The address of a proxy. It may contain a password, which is never shown.
#[derive(Clone)]
pub struct Proxy(Url);

impl Proxy {
    /// The proxy at an address with a host.
    pub fn new(url: Url) -> Proxy {
        Proxy(url)
    }

    /// The address with the password.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.host_str().unwrap_or_default())?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An access token, and what to say if the cloud rejects it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub secret: SecretString,
    /// Where it came from, as the end of "does not accept the access token …".
    pub origin: String,
    /// What to do if the cloud does not accept it.
    pub cure: String,
    /// Where a newer one may have been stored since.
    pub renewal: Option<Renewal>,
}

/// Reads a token again from where it is stored. Blocks for as long as it takes to read a small file.
#[derive(Clone)]
pub struct Renewal(Arc<dyn Fn() -> Option<SecretString> + Send + Sync>);

impl Endpoint {
    /// An endpoint for a caller that has both: a token that is never renewed, and no proxy.
    pub fn new(url: Url, token: impl Into<SecretString>) -> Endpoint {
        Endpoint {
            url,
            named: "named by the caller".to_owned(),
            token: Token {
                secret: token.into(),
                origin: "that it was given".to_owned(),
                cure: "use a valid one".to_owned(),
                renewal: None,
            },
            route: Route::default(),
        }
    }

    /// The cloud's address and the setting that named it, for messages.
    pub(super) fn cloud(&self) -> String {
        let url = self.url.as_str().trim_end_matches('/');
        format!("{url} ({})", self.named)
    }
}

impl Renewal {
    /// Reads by `read`, which returns `None` if there is no token any more.
    pub fn new(read: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Renewal {
        Renewal(Arc::new(read))
    }

    /// The token that is stored now.
    pub fn read(&self) -> Option<SecretString> {
        (self.0)()
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}

/// The token of a transport, which may change during the transport's lifetime.
#[derive(Debug)]
pub(super) struct CurrentToken {
    secret: RwLock<SecretString>,
    renewal: Option<Renewal>,
}

impl CurrentToken {
    pub(super) fn new(token: &Token) -> CurrentToken {
        CurrentToken {
            secret: RwLock::new(token.secret.clone()),
            renewal: token.renewal.clone(),
        }
    }

    /// The token to send now.
    pub(super) fn now(&self) -> SecretString {
        self.secret
            .read()
            .expect("nobody panics while holding this lock")
            .clone()
    }

    /// A token other than the `refused` one; `None` if there is none.
    ///
    /// Requests that are refused at the same time share one read: later ones find what the first has read.
    pub(super) fn renewed(&self, refused: &SecretString) -> Option<SecretString> {
        let is_other = |token: &SecretString| token.expose_secret() != refused.expose_secret();
        let renewal = self.renewal.as_ref()?;
        let mut secret = self
            .secret
            .write()
            .expect("nobody panics while holding this lock");
        if !is_other(&secret) {
            *secret = renewal.read().filter(is_other)?;
        }
        Some(secret.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_refused_token_is_read_again_once_for_all_who_sent_it() {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let mut token = Endpoint::new(Url::parse("https://cloud").expect("a URL"), "old").token;
        token.renewal = Some(Renewal::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Some("new".into())
        }));
        let current = CurrentToken::new(&token);
        let sent = current.now();
        for _ in 0..3 {
            let renewed = current.renewed(&sent).expect("there is another");
            assert_eq!(renewed.expose_secret(), "new");
        }
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        assert_eq!(current.now().expose_secret(), "new");
        assert!(
            current.renewed(&current.now()).is_none(),
            "it is the same again"
        );
    }
}
