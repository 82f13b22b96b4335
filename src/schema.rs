//! The package's schema: what programs can declare, and the contract for code, SDKs and documentation.
//!
//! # What this may not do
//!
//! Differ from `schema.json`, except for the version, whose only source is `Cargo.toml`.

/// The schema as written, without a version.
const SCHEMA: &str = include_str!("../schema.json");

/// The package's name.
pub const PACKAGE: &str = "auto-deploy";

/// The package's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the Pulumi CLI downloads the plugin if it is not installed.
pub const PLUGIN_DOWNLOAD_URL: &str = "github://api.github.com/pulumi/pulumi-auto-deploy";

/// The package's schema as JSON, with its version.
pub fn package_schema() -> String {
    let (_, rest) = SCHEMA.split_once('{').expect("the schema is an object");
    format!("{{\n  \"version\": \"{VERSION}\",{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Filter, Format, Group};
    use crate::joins::inputs::StartOn;
    use crate::property::{CheckFailure, Map};
    use crate::resources::component::modes::{CheckMode, GraphStrategy, ShortcutMode};
    use crate::resources::{auto_deployer, dependency_graph, functions, schedule, tokens, webhook};
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, BTreeSet};

    fn schema() -> Value {
        serde_json::from_str(&package_schema()).expect("the schema is JSON")
    }

    fn words(list: &Value, at: &str) -> Vec<String> {
        let items = list.as_array().expect("it is a list").iter();
        items
            .map(|item| {
                item.get(at)
                    .unwrap_or(item)
                    .as_str()
                    .expect("it is a text")
                    .to_owned()
            })
            .collect()
    }

    fn names(object: &Value) -> BTreeSet<String> {
        object
            .as_object()
            .expect("it is an object")
            .keys()
            .cloned()
            .collect()
    }

    #[test]
    fn says_who_we_are() {
        let schema = schema();
        assert_eq!(schema["name"], PACKAGE);
        assert_eq!(schema["version"], VERSION);
        assert_eq!(schema["pluginDownloadURL"], PLUGIN_DOWNLOAD_URL);
        assert_eq!(schema["license"], "Apache-2.0");
    }

    #[test]
    fn every_word_that_we_know_is_there() {
        let check = |name: &str, known: Vec<&str>| {
            let listed = &schema()["types"][format!("auto-deploy:index:{name}")]["enum"];
            assert_eq!(words(listed, "value"), known, "{name}");
            for (value, word) in words(listed, "value").iter().zip(words(listed, "name")) {
                let pascal: String = value
                    .split('_')
                    .map(|part| part[..1].to_uppercase() + &part[1..])
                    .collect();
                assert!(
                    word == pascal || (word == "MicrosoftTeams" && value == "ms_teams"),
                    "{word} for {value}"
                );
            }
        };
        check(
            "WebhookFormat",
            Format::ALL.iter().map(|word| word.as_str()).collect(),
        );
        check(
            "WebhookGroup",
            Group::ALL.iter().map(|word| word.as_str()).collect(),
        );
        check(
            "WebhookFilters",
            Filter::ALL.iter().map(|word| word.as_str()).collect(),
        );
        check(
            "CheckMode",
            CheckMode::ALL.iter().map(|word| word.as_str()).collect(),
        );
        check(
            "PulumiOperation",
            schedule::inputs::ScheduledOperation::ALL
                .iter()
                .map(|word| word.as_str())
                .collect(),
        );
        check(
            "ShortcutMode",
            ShortcutMode::ALL.iter().map(|word| word.as_str()).collect(),
        );
        check(
            "StartOn",
            StartOn::ALL.iter().map(|word| word.as_str()).collect(),
        );
        check(
            "GraphStrategy",
            GraphStrategy::ALL
                .iter()
                .map(|word| word.as_str())
                .collect(),
        );
    }

    /// The inputs that the code reads, and those that it requires, derived from its failures for a map with a single odd
    /// property.
    fn read(failures: &[CheckFailure]) -> (BTreeSet<String>, BTreeSet<String>) {
        let about = |text: &str| {
            failures
                .iter()
                .filter(move |failure| failure.reason.contains(text))
                .collect::<Vec<_>>()
        };
        let known = about("there is no such property")[0]
            .reason
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned);
        let missing = about("is required")
            .into_iter()
            .map(|failure| failure.path.to_string());
        (known.collect(), missing.collect())
    }

    #[test]
    fn inputs_are_those_that_the_code_reads() {
        let odd = Map::from([("odd".to_owned(), crate::property::Value::Null)]);
        let (_, webhook) = webhook::inputs::WebhookInputs::read(&odd);
        let (_, join) = crate::joins::inputs::JoinInputs::read(&odd);
        let (_, schedule) = schedule::inputs::ScheduleInputs::read(&odd);
        let (_, deployer) = auto_deployer::inputs::AutoDeployerInputs::read(&odd);
        let (_, graph) = dependency_graph::inputs::DependencyGraphInputs::read(&odd);
        for (token, failures) in [
            (tokens::WEBHOOK, webhook),
            (tokens::JOIN, join),
            (tokens::SCHEDULE, schedule),
            (tokens::AUTO_DEPLOYER, deployer),
            (tokens::DEPENDENCY_GRAPH, graph),
        ] {
            let resource = &schema()["resources"][token];
            let (known, required) = read(&failures);
            assert_eq!(names(&resource["inputProperties"]), known, "{token}");
            let listed = words(&resource["requiredInputs"], "");
            assert_eq!(
                listed.into_iter().collect::<BTreeSet<_>>(),
                required,
                "{token}"
            );
        }
    }

    #[test]
    fn outputs_that_are_lists_or_maps_are_required() {
        let schema = schema();
        let parts = ["resources", "functions", "types"].map(|part| &schema[part]);
        let parts = parts.iter().filter_map(|part| part.as_object()).flatten();
        let mut checked = 0;
        for (token, described) in parts {
            let described = described.get("outputs").unwrap_or(described);
            let Some(outputs) = described["properties"].as_object() else {
                continue; // An enum.
            };
            let required = words(&described["required"], "");
            for (name, output) in outputs {
                let is_many = output["type"] == "array" || output["type"] == "object";
                assert!(!is_many || required.contains(name), "{token}: {name}");
                checked += usize::from(is_many);
            }
        }
        assert!(checked > 20, "{checked}");
    }

    #[test]
    fn an_input_has_the_same_default_everywhere() {
        let schema = schema();
        let mut defaults = BTreeMap::new();
        let resources = schema["resources"].as_object().expect("there are some");
        for (token, resource) in resources {
            let inputs = resource["inputProperties"].as_object();
            for (name, input) in inputs.expect("there are some") {
                let default = input.get("default");
                let first = defaults.entry(name).or_insert(default);
                assert_eq!(*first, default, "{token}: {name}");
            }
        }
        assert_eq!(defaults[&"active".to_owned()], Some(&json!(true)));
    }

    #[test]
    fn arguments_of_functions_are_those_that_the_code_reads() {
        let odd = Map::from([("odd".to_owned(), crate::property::Value::Null)]);
        let (_, stacks) = functions::downstream_stacks::Arguments::read(&odd);
        let (_, graph) = functions::dependency_graph::Arguments::read(&odd);
        for (token, failures) in [
            (functions::downstream_stacks::TOKEN, stacks),
            (functions::dependency_graph::TOKEN, graph),
        ] {
            let inputs = &schema()["functions"][token]["inputs"];
            let (known, required) = read(&failures);
            assert_eq!(names(&inputs["properties"]), known, "{token}");
            let listed = inputs.get("required").map(|list| words(list, ""));
            let listed = listed.into_iter().flatten().collect::<BTreeSet<_>>();
            assert_eq!(listed, required, "{token}");
        }
    }

    #[test]
    fn what_replaces_a_webhook_and_what_is_secret_is_said() {
        let webhook = &schema()["resources"][tokens::WEBHOOK];
        let marked = |properties: &str, mark: &str| -> Vec<String> {
            let properties = webhook[properties].as_object().expect("it is an object");
            properties
                .iter()
                .filter(|(_, property)| property[mark] == json!(true))
                .map(|(name, _)| name.clone())
                .collect()
        };
        let moves = [
            "environmentName",
            "name",
            "organizationName",
            "projectName",
            "stackName",
        ];
        assert_eq!(marked("inputProperties", "willReplaceOnChanges"), moves);
        assert_eq!(marked("inputProperties", "secret"), ["secret"]);
        assert_eq!(
            marked("properties", "secret"),
            ["secret", "secretCiphertext"]
        );
    }

    #[test]
    fn every_description_is_there() {
        fn check(at: &str, value: &Value) {
            if let Some(object) = value.as_object() {
                let is_part = at.ends_with("items") || at.ends_with("additionalProperties");
                if !is_part && (object.contains_key("type") || object.contains_key("$ref")) {
                    assert!(
                        object
                            .get("description")
                            .is_some_and(|text| text.as_str().is_some_and(|text| text.len() > 20)),
                        "{at}"
                    );
                }
                object
                    .iter()
                    .for_each(|(name, value)| check(&format!("{at}.{name}"), value));
            }
        }
        let schema = schema();
        for part in ["config", "types", "resources", "functions"] {
            check(part, &schema[part]);
        }
    }
}
