//! URNs, by which the engine identifies resources.
//!
//! # What this may not do
//!
//! Reject a URN: the engine made it. A missing part is empty.

use std::fmt;

/// A URN, `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn(String);

impl Urn {
    /// Treats the text as a URN.
    pub fn new(text: impl Into<String>) -> Urn {
        Urn(text.into())
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The stack of the program, without project and organization.
    pub fn stack(&self) -> &str {
        self.part(0).strip_prefix("urn:pulumi:").unwrap_or_default()
    }

    /// The project of the program.
    pub fn project(&self) -> &str {
        self.part(1)
    }

    /// The resource's type token, without the types of its parents.
    pub fn token(&self) -> &str {
        let types = self.types();
        types.rsplit_once('$').map_or(types, |(_, own)| own)
    }

    /// The resource's type token after those of its parents, separated by `$`.
    pub fn types(&self) -> &str {
        self.part(2)
    }

    /// The resource's name in the program. It may contain anything, including `::`.
    pub fn name(&self) -> &str {
        self.part(3)
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(4, "::").nth(index).unwrap_or_default()
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Urn;

    #[test]
    fn names_its_parts() {
        let check = |text: &str, parts: [&str; 4]| {
            let urn = Urn::new(text);
            assert_eq!([urn.stack(), urn.project(), urn.token(), urn.name()], parts);
        };
        check(
            "urn:pulumi:dev::proj::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::a-p/b",
            ["dev", "proj", "auto-deploy:index:Webhook", "a-p/b"],
        );
        check(
            "urn:pulumi:dev::proj::auto-deploy:index:Webhook::a::b",
            ["dev", "proj", "auto-deploy:index:Webhook", "a::b"],
        );
        check("nonsense", ["", "", "", ""]);
    }
}
