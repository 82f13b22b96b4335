//! The names of stacks in a program: one for the resource, and one for the variable.
//!
//! # What this may not do
//!
//! Give two stacks the same name, or a stack a name that has another meaning in the language.

use super::choice::Language;
use auto_deploy::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};

/// Names of two words that are taken by the programs themselves or by a language.
///
/// Keywords and the other names in the programs need no list: they are single lowercase words, and a variable has at least
/// two words.
const TAKEN: [&str; 2] = ["auto_deploy", "globalThis"];

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
        let mut resources = BTreeSet::new();
        let mut variables: BTreeSet<String> = TAKEN.map(str::to_owned).into();
        for stack in stacks {
            let resource = format!("{}-{}", stack.project(), stack.stack());
            let resource = take(&resource, "-", &mut resources);
            let variable = match language {
                // Programs in YAML refer to resources by name.
                Language::Yaml => resource.clone(),
                _ => take(&variable(stack, language), "_", &mut variables),
            };
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

/// Takes the name, or the first of `name2`, `name3`, … that is free.
fn take(name: &str, before: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..usize::MAX).map(|n| format!("{name}{before}{n}"));
    let free = std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !taken.contains(name))
        .expect("there are more numbers than stacks");
    taken.insert(free.clone());
    free
}

/// A stack's name in the language's convention for variables, with at least two words.
fn variable(stack: &StackRef, language: Language) -> String {
    let mut words: Vec<String> = [stack.project(), stack.stack()]
        .iter()
        .flat_map(|name| name.split(|letter: char| !letter.is_ascii_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    if words.len() < 2 {
        words.push("stack".to_owned());
    }
    // A name must not begin with a digit.
    if words[0].starts_with(|letter: char| letter.is_ascii_digit()) {
        words[0].insert(0, 's');
    }
    if language == Language::Python {
        return words.join("_");
    }
    let mut name = words.remove(0);
    for word in words {
        name.push_str(&word[..1].to_ascii_uppercase());
        name.push_str(&word[1..]);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LANGUAGES: [Language; 5] = [
        Language::Typescript,
        Language::Python,
        Language::Go,
        Language::Csharp,
        Language::Java,
    ];

    /// Words that cannot be variables in one of the languages, by their specifications, or that the programs use.
    const RESERVED: &str = "abstract and any arguments as assert async autodeploy auto_deploy await base bool boolean break \
        byte case catch chan char checked class const continue ctx debugger decimal def default defer del delegate delete do \
        double elif else enum err error eval event except explicit export exports extends extern fallthrough false final \
        finally fixed float for foreach from func function global globalThis go goto graph if implements implicit import in \
        instanceof int interface internal is lambda let lock long map match module namespace native new nil none nonlocal \
        not null object operator or organization out override package params pass print private protected public pulumi \
        raise range readonly record ref require return sbyte sealed select self short sizeof stackalloc static strictfp \
        string struct super switch synchronized this throw throws transient true try type typeof uint ulong unchecked \
        undefined unsafe ushort using var virtual void volatile when where while with yield";

    fn stacks(names: &[(String, String)]) -> BTreeSet<StackRef> {
        let stack = |(project, stack): &(String, String)| StackRef::new("acme", project, stack);
        names.iter().filter_map(|name| stack(name).ok()).collect()
    }

    #[test]
    fn no_two_stacks_share_a_name() {
        let names = [
            ("web", "a-b"),
            ("web-a", "b"),
            ("web_a", "b"),
            ("Web", "A.b"),
            ("1st", "prod"),
            ("go", "_"),
            ("_", "."),
            ("global", "this"),
            ("auto", "deploy"),
        ];
        let stacks = stacks(&names.map(|(project, stack)| (project.into(), stack.into())));
        let of = |language| {
            let names = Names::new(&stacks, language);
            stacks
                .iter()
                .map(|stack| format!("{}={}", names.resource(stack), names.variable(stack)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        insta::assert_snapshot!(of(Language::Go), @"1st-prod=s1stProd Web-A.b=webAB auto-deploy=autoDeploy global-this=globalThis_2 go-_=goStack web-a-b=webAB_2 web-a-b-2=webAB_3 web_a-b=webAB_4");
        insta::assert_snapshot!(of(Language::Python), @"1st-prod=s1st_prod Web-A.b=web_a_b auto-deploy=auto_deploy_2 global-this=global_this go-_=go_stack web-a-b=web_a_b_2 web-a-b-2=web_a_b_3 web_a-b=web_a_b_4");
    }

    /// A part of a name: a word with a meaning in a language, a separator, or anything else.
    fn part() -> impl Strategy<Value = String> {
        let reserved: Vec<&str> = RESERVED.split_whitespace().collect();
        prop_oneof![
            prop::sample::select(reserved).prop_map(str::to_owned),
            prop::sample::select(vec![
                "-", "_", "._", "1", "2nd", "auto", "deploy", "global", "this", "a-b", "A.b"
            ])
            .prop_map(str::to_owned),
            "[A-Za-z0-9._-]{1,8}",
        ]
    }

    proptest! {
        #[test]
        fn every_name_that_a_cloud_allows_is_a_variable(names in prop::collection::vec((part(), part()), 1..30)) {
            let stacks = stacks(&names);
            let reserved: BTreeSet<&str> = RESERVED.split_whitespace().collect();
            for language in LANGUAGES {
                let names = Names::new(&stacks, language);
                let variables: BTreeSet<&str> = stacks.iter().map(|stack| names.variable(stack)).collect();
                let resources: BTreeSet<&str> = stacks.iter().map(|stack| names.resource(stack)).collect();
                prop_assert_eq!((variables.len(), resources.len()), (stacks.len(), stacks.len()));
                for name in variables {
                    prop_assert!(name.starts_with(|letter: char| letter.is_ascii_lowercase()), "{}", name);
                    prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{}", name);
                    prop_assert!(!reserved.contains(name), "{:?}: {}", language, name);
                }
            }
        }
    }
}
