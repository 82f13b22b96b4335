//! The proxy for a cloud, by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
//!
//! The rules are those of the Pulumi CLI, which are Go's: golang.org/x/net, `http/httpproxy/proxy.go`, and net/http,
//! `transport.go`. Those of our own HTTP client differ: it reads `ALL_PROXY`, and accepts other entries in `NO_PROXY`.
//!
//! # What this may not do
//!
//! Read the environment. Show a password.

use crate::cloud::Proxy;
use ipnet::IpNet;
use std::net::IpAddr;
use url::{Host, Url};

/// The proxy variables of the environment, with names in lower case. An empty variable counts as absent.
#[derive(Clone, Default)]
pub struct Proxies {
    /// `HTTPS_PROXY`, else `https_proxy`.
    pub https: Option<String>,
    /// `HTTP_PROXY`, else `http_proxy`.
    pub http: Option<String>,
    /// `NO_PROXY`, else `no_proxy`.
    pub no: Option<String>,
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proxies")
    }
}

impl Proxies {
    /// The proxy for `url`, if there is one.
    pub(super) fn on_the_way_to(&self, url: &Url) -> Option<Proxy> {
        let named = match url.scheme() {
            "https" => self.https.as_deref(),
            _ => self.http.as_deref(),
        };
        let proxy = parse(named?)?;
        let is_direct = is_here(url) || self.passes_over(url);
        (!is_direct).then_some(proxy)
    }

    /// Whether `NO_PROXY` names the host.
    fn passes_over(&self, url: &Url) -> bool {
        let entries = self.no.as_deref().unwrap_or_default().split(',');
        let mut entries = entries.map(|entry| entry.trim().to_ascii_lowercase());
        entries.any(|entry| names(&entry, url))
    }
}

/// Whether a host is this machine, by its name alone. A proxy is never used for it.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether an entry of `NO_PROXY`, in lower case, names the host of `url`.
fn names(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    if let Ok(network) = entry.parse::<IpNet>() {
        return address.is_some_and(|address| network.contains(&address));
    }
    let (host, port) = split(entry);
    let fits = port.is_empty()
        || url
            .port_or_known_default()
            .is_some_and(|known| known.to_string() == port);
    if host.is_empty() || !fits {
        return false;
    }
    if let Ok(named) = host.parse::<IpAddr>() {
        return address == Some(named);
    }
    let name = url.host_str().unwrap_or_default();
    // `*.example.com` means `.example.com`, which matches subdomains. `example.com` also matches itself.
    match host.strip_prefix('*').filter(|rest| rest.starts_with('.')) {
        Some(rest) => name.ends_with(rest),
        None if host.starts_with('.') => name.ends_with(host),
        None => name == host || name.ends_with(&format!(".{host}")),
    }
}

/// The host and the port of an entry; the port is empty if there is none.
fn split(entry: &str) -> (&str, &str) {
    if let Some((host, port)) = entry
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
    {
        return (host, port);
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port),
        _ => (entry, ""),
    }
}

/// The proxy that a variable names; `None` if it cannot be used.
fn parse(text: &str) -> Option<Proxy> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let with_host = |text: &str| Url::parse(text).ok().filter(Url::has_host);
    let url = with_host(text).or_else(|| with_host(&format!("http://{text}")))?;
    match url.scheme() {
        "http" | "https" | "socks5h" => Some(Proxy::new(url)),
        // The proxy resolves the host name in either case.
        "socks5" => with_host(&text.replacen("socks5", "socks5h", 1)).map(Proxy::new),
        // It is used like any other proxy.
        _ => {
            let (_, rest) = text.split_once("://")?;
            with_host(&format!("http://{rest}")).map(Proxy::new)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(proxies: &Proxies, url: &str) -> Option<String> {
        let url = Url::parse(url).expect("a URL");
        proxies.on_the_way_to(&url).map(|proxy| proxy.to_string())
    }

    fn https(text: &str) -> Proxies {
        Proxies {
            https: Some(text.to_owned()),
            ..Proxies::default()
        }
    }

    #[test]
    fn a_proxy_is_for_its_own_scheme() {
        let cloud = "https://cloud.test";
        assert_eq!(through(&Proxies::default(), cloud), None);
        assert_eq!(through(&https("http://p:1"), cloud).as_deref(), Some("p:1"));
        assert_eq!(through(&https("http://p:1"), "http://cloud.test"), None);
        let http = Proxies {
            http: Some("http://p:1".to_owned()),
            ..Proxies::default()
        };
        assert_eq!(through(&http, cloud), None);
        assert_eq!(through(&http, "http://cloud.test").as_deref(), Some("p:1"));
        for here in ["https://localhost", "https://127.0.0.2:8", "https://[::1]"] {
            assert_eq!(through(&https("http://p:1"), here), None, "{here}");
        }
    }

    #[test]
    fn a_proxy_may_be_written_in_short_and_have_a_password() {
        let url = |text: &str| parse(text).map(|proxy| proxy.url().to_string());
        for (text, proxy) in [
            ("p:1", Some("http://p:1/")),
            ("127.0.0.1:1", Some("http://127.0.0.1:1/")),
            ("p", Some("http://p/")),
            ("https://p:1", Some("https://p:1/")),
            ("http://me:key@p:1", Some("http://me:key@p:1/")),
            ("me:key@p:1", Some("http://me:key@p:1/")),
            ("socks5://p:1", Some("socks5h://p:1")),
            ("socks5h://p:1", Some("socks5h://p:1")),
            ("other://p:1", Some("http://p:1/")),
            ("", None),
            ("http://p :1", None),
        ] {
            assert_eq!(url(text).as_deref(), proxy, "{text}");
        }
        let hidden = parse("http://me:key@p:1").expect("it is one");
        assert_eq!(format!("{hidden} {hidden:?}"), "p:1 p:1");
    }

    #[test]
    fn hosts_are_passed_over_as_go_does() {
        let direct = |entries: &str, url: &str| {
            let proxies = Proxies {
                no: Some(entries.to_owned()),
                ..https("http://p:1")
            };
            through(&proxies, url).is_none()
        };
        let cloud = "https://cloud.test";
        for entries in [
            "*",
            "test",
            "cloud.test",
            "CLOUD.test",
            "cloud.test:443",
            " x , cloud.test ",
            "*.test",
            ".test",
            "x,*",
            "*.test:443",
        ] {
            assert!(direct(entries, cloud), "{entries}");
        }
        for entries in [
            "",
            ",",
            ".cloud.test",
            "*.cloud.test",
            "cloud.test:444",
            "loud.test",
            "cloud",
            "cloud.test.",
            "*cloud.test",
            "https://cloud.test",
            ":443",
            "cl*",
        ] {
            assert!(!direct(entries, cloud), "{entries}");
        }
        assert!(direct("cloud.test", "https://api.cloud.test:8443"));
        assert!(!direct("cloud.test:443", "https://cloud.test:8443"));
        let address = "https://192.0.2.7";
        for entries in ["192.0.2.7", "192.0.2.0/24", "192.0.2.7:443", "*"] {
            assert!(direct(entries, address), "{entries}");
        }
        for entries in ["192.0.2.8", "192.0.3.0/24", "192.0.2.7:80", "192.0.2.0"] {
            assert!(!direct(entries, address), "{entries}");
        }
        let address = "https://[2001:db8::7]:8443";
        for entries in ["2001:db8::7", "2001:db8::/32", "[2001:db8::7]:8443"] {
            assert!(direct(entries, address), "{entries}");
        }
        assert!(!direct("[2001:db8::7]:443", address));
    }
}
