//! The URLs of this console. Every link and every redirect is made here, so none leads to another host.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters that stay as they are in a path segment.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The path with these segments, escaped, so that no name can lead to another host.
pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut path = String::new();
    for part in parts {
        path.push('/');
        path.extend(utf8_percent_encode(part, PLAIN));
    }
    path
}

/// Whether it is a path on this cloud, however a browser interprets it, both as it is and unescaped.
pub(super) fn is_here(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let leads_away = |path: &str| path.starts_with("//") || path.starts_with("/\\");
    path.starts_with('/')
        && path.bytes().all(is_plain)
        && !leads_away(path)
        && !leads_away(&percent_decode_str(path).decode_utf8_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_cloud_are_here() {
        for path in ["/", "/acme/web/dev?x=1", "/acme//web", "/acme/a%2Fb/dev"] {
            assert!(is_here(path), "{path}");
        }
        for path in [
            "",
            "//evil.test",
            "/\\evil.test",
            "/%2Fevil.test/x",
            "/%2fevil.test",
            "/%5Cevil.test",
            "https://evil.test",
            "acme",
            "/a\nb",
            "/ü",
        ] {
            assert!(!is_here(path), "{path}");
        }
    }

    #[test]
    fn no_part_begins_another_host() {
        assert_eq!(of(["acme", "web", "dev.1"]), "/acme/web/dev.1");
        assert_eq!(of(["/evil.test", "\\x", ""]), "/%2Fevil.test/%5Cx/");
        assert!(is_here(&of(["acme", "/evil.test"])));
    }
}
