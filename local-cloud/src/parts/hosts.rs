//! The names under which a cloud answers.

use std::net::IpAddr;

/// The hosts that requests may name, in addition to `localhost` and the loopback addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownHosts {
    /// Names, in lower case.
    pub(crate) names: Vec<String>,
    /// Whether every IP address is accepted. Other machines use this machine's address, which no web page can redirect.
    /// Names must be configured.
    pub(crate) any_address: bool,
}

impl KnownHosts {
    /// Whether a request may name this host.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        self.is_of_page(host) || self.any_address && address(host).is_some()
    }

    /// Whether a page of this host may send requests: there are pages at any address.
    pub(crate) fn is_of_page(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host == "localhost"
            || address(&host).is_some_and(|address| address.is_loopback())
            || self.names.contains(&host)
    }
}

fn address(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse().ok()
}
