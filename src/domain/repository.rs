//! A repository of programs, whatever the notation of its address.
//!
//! # What this may not do
//!
//! Ask whether the repository exists, or keep the credentials of an address.

use std::fmt;

/// The hosts of providers whose repositories are named by owner and name alone.
const HOSTS: [(&str, &str); 4] = [
    ("github", "github.com"),
    ("gitlab", "gitlab.com"),
    ("bitbucket", "bitbucket.org"),
    ("azure_devops", "dev.azure.com"),
];

/// A repository. Two are equal if their addresses denote the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository(String);

impl Repository {
    /// The repository at an address: a URL, `user@host:path`, or a local path. `None` if the address names nothing.
    pub fn at(address: &str) -> Option<Repository> {
        let address = address.trim();
        let rest = match address.split_once("://") {
            Some((_, rest)) => rest.to_owned(),
            None => without_colon(address),
        };
        let is_path = rest.starts_with('/') || rest.starts_with('.');
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if !is_path => (host, path),
            _ => ("", rest.as_str()),
        };
        // Credentials and the port of a protocol do not change the repository.
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default().to_lowercase();
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        if path.is_empty() {
            return None;
        }
        Some(Repository::on(&host, path))
    }

    /// The repository `owner/name` on a provider such as `github`; `None` if the name is empty.
    pub fn of(provider: &str, name: &str) -> Option<Repository> {
        let name = name.trim().trim_matches('/');
        let known = HOSTS.iter().find(|(word, _)| *word == provider);
        let host = known.map_or(provider, |(_, host)| *host);
        (!name.is_empty()).then(|| Repository::on(host, name))
    }

    fn on(host: &str, path: &str) -> Repository {
        // These hosts ignore the case of names.
        if HOSTS.iter().any(|(_, known)| *known == host) {
            return Repository(format!("{host}/{}", path.to_lowercase()));
        }
        let slash = if host.is_empty() { "" } else { "/" };
        Repository(format!("{host}{slash}{path}"))
    }
}

/// Turns `user@host:path`, which git accepts, into a URL.
fn without_colon(address: &str) -> String {
    match address.split_once(':') {
        Some((host, path)) if !host.contains('/') && !host.is_empty() => {
            format!("{host}/{}", path.trim_start_matches('/'))
        }
        _ => address.to_owned(),
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_many_spellings() {
        for address in [
            "https://github.com/Acme/Infra",
            "https://github.com/acme/infra.git",
            "https://user:token@github.com/acme/infra.git/",
            "http://GitHub.com:443/acme/infra",
            "git@github.com:acme/infra.git",
            "ssh://git@github.com:22/acme/infra.git",
            " github.com:acme/infra ",
        ] {
            assert_eq!(
                Repository::at(address),
                Repository::of("github", "acme/infra"),
                "{address}"
            );
        }
        assert_eq!(
            Repository::at("https://gitlab.com/a/b/c.git"),
            Repository::of("gitlab", "a/b/c")
        );
        assert_eq!(
            Repository::at("file:///srv/git/infra.git"),
            Repository::at("/srv/git/infra")
        );
        assert_eq!(
            Repository::at("/srv/git/infra").map(|it| it.to_string()),
            Some("/srv/git/infra".to_owned())
        );
    }

    #[test]
    fn others_are_others() {
        let at = |address: &str| Repository::at(address).expect("it names one");
        assert_ne!(at("/srv/Infra"), at("/srv/infra"));
        assert_ne!(at("https://a.example/x/y"), at("https://b.example/x/y"));
        assert_ne!(at("https://a.example/x/y"), at("https://a.example/x/Y"));
        assert_ne!(
            Repository::of("github", "acme/infra"),
            Repository::of("gitlab", "acme/infra")
        );
        for address in ["", " ", "https://github.com/", "github.com:"] {
            assert_eq!(Repository::at(address), None, "{address}");
        }
        assert_eq!(Repository::of("github", "/"), None);
    }
}
