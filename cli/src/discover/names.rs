//! What stacks are called in a program: one name for the resource, and one for the variable.
//!
//! # What this may not do
//!
//! Give two stacks one name, or a name that the language keeps for itself.

use super::choice::Language;
use auto_deploy::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};

/// Words that are no names in one of the languages.
const KEPT: &str = "abstract and any as assert async await base bool boolean break byte case catch chan char checked class \
    const continue ctx debugger decimal def default defer del delegate delete do double elif else enum err event except \
    explicit export extends extern fallthrough false final finally fixed float for foreach from func function global go \
    goto graph if implements implicit import in instanceof int interface internal is lambda let lock long map module native new nil \
    none nonlocal not null object operator or organization out override package params pass print private protected public pulumi raise range \
    readonly record ref return sbyte sealed select self short sizeof stack static string struct super switch \
    synchronized this throw throws transient true try type typeof uint ulong unchecked unsafe ushort using var virtual \
    void volatile while with yield autodeploy app main list map output";

/// The names of stacks in a program.
#[derive(Clone, Debug)]
pub(super) struct Names {
    resources: BTreeMap<StackRef, String>,
    variables: BTreeMap<StackRef, String>,
}

impl Names {
    /// Names for these stacks.
    pub(super) fn new<'a>(
        stacks: impl IntoIterator<Item = &'a StackRef>,
        language: Language,
    ) -> Names {
        let stacks: BTreeSet<&StackRef> = stacks.into_iter().collect();
        let mut names = Names {
            resources: BTreeMap::new(),
            variables: BTreeMap::new(),
        };
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for stack in stacks {
            let resource = format!("{}-{}", stack.project(), stack.stack());
            let resource = free(&resource, "-", |name| {
                names.resources.values().any(|taken| taken == name)
            });
            let variable = free(&variable(&resource, language), "_", |name| {
                KEPT.split_whitespace().any(|kept| kept == name) || taken.contains(name)
            });
            taken.insert(variable.clone());
            names.resources.insert(stack.clone(), resource);
            names.variables.insert(stack.clone(), variable);
        }
        names
    }

    /// The name of the resource.
    pub(super) fn resource(&self, stack: &StackRef) -> &str {
        &self.resources[stack]
    }

    /// The name of the variable.
    pub(super) fn variable(&self, stack: &StackRef) -> &str {
        &self.variables[stack]
    }
}

/// The name, or the first of `name2`, `name3`, … that is free.
fn free(name: &str, before: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_owned();
    }
    (2..usize::MAX)
        .map(|n| format!("{name}{before}{n}"))
        .find(|name| !is_taken(name))
        .expect("there are more numbers than stacks")
}

/// A name as the language's people write it.
fn variable(resource: &str, language: Language) -> String {
    if language == Language::Yaml {
        return resource.to_owned();
    }
    let words: Vec<String> = resource
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let joined = if language == Language::Python {
        words.join("_")
    } else {
        let mut name = String::new();
        for word in &words {
            if name.is_empty() {
                name.push_str(word);
            } else {
                name.push_str(&word[..1].to_ascii_uppercase());
                name.push_str(&word[1..]);
            }
        }
        name
    };
    if joined.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        joined
    } else {
        format!("s{joined}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_stacks_share_a_name() {
        let stacks = [
            ("web", "a-b"),
            ("web-a", "b"),
            ("web_a", "b"),
            ("1st", "prod"),
            ("go", "_"),
        ];
        let stacks = stacks.map(|(p, s)| StackRef::new("acme", p, s).expect("it is a name"));
        let of = |language| {
            let names = Names::new(&stacks, language);
            stacks
                .iter()
                .map(|stack| format!("{}={}", names.resource(stack), names.variable(stack)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        insta::assert_snapshot!(of(Language::Go), @"web-a-b=webAB web-a-b-2=webAB2 web_a-b=webAB_2 1st-prod=s1stProd go-_=go_2");
        insta::assert_snapshot!(of(Language::Python), @"web-a-b=web_a_b web-a-b-2=web_a_b_2 web_a-b=web_a_b_3 1st-prod=s1st_prod go-_=go_2");
    }
}
