//! A program in YAML.
//!
//! # What this may not do
//!
//! Write a name unquoted if YAML or Pulumi's interpolation would misread it.

use super::program::{ABOUT, Program};
use std::fmt::Write as _;

impl Program<'_> {
    pub(super) fn yaml_deployers(&self) -> String {
        let mut text = head();
        for deployer in self.deployers() {
            let _ = write!(
                text,
                "  {}:\n    type: auto-deploy:AutoDeployer\n    properties:\n      organization: {}\n      project: \
                 {}\n      stack: {}\n",
                quoted(deployer.resource),
                quoted(self.organization),
                quoted(deployer.stack.project()),
                quoted(deployer.stack.stack()),
            );
            if deployer.downstream.is_empty() {
                text.push_str("      downstreamRefs: []\n");
            } else {
                text.push_str("      downstreamRefs:\n");
            }
            for below in &deployer.downstream {
                let _ = writeln!(text, "        - ${{{}.ref}}", root(below));
            }
        }
        text
    }

    pub(super) fn yaml_graph(&self) -> String {
        let mut text = head();
        let _ = write!(
            text,
            "  graph:\n    type: auto-deploy:DependencyGraph\n    properties:\n      organization: {}\n      \
             {}dependencies:\n",
            quoted(self.organization),
            self.strategy(|it| format!("strategy: {}\n      ", it.as_str()))
        );
        for (stack, upstream) in self.dependencies() {
            let upstream: Vec<String> = upstream.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(
                text,
                "        {}: [{}]",
                quoted(&stack),
                upstream.join(", ")
            );
        }
        text
    }
}

fn head() -> String {
    format!("name: wiring\ndescription: {ABOUT}\nruntime: yaml\nresources:\n")
}

/// A name as a YAML string, because one like `1` or `yes` would have another type.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&name.to_ascii_lowercase().as_str());
    if is_plain {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}

/// A resource at the beginning of a reference, where a dot would begin a property.
fn root(resource: &str) -> String {
    if resource.contains('.') {
        format!("[\"{resource}\"]")
    } else {
        resource.to_owned()
    }
}
