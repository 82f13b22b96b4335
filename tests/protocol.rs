//! Compares `proto/` with the descriptors in Pulumi's Go SDK, which `tools/build official-descriptors` links into a
//! program.
//!
//! Every message, field, enum, service and method of ours must exist there with the same name, number, type, label and
//! oneof; a message of ours must have every field of the official one, and the provider's service every method.

use auto_deploy::pb::DESCRIPTORS;
use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    ServiceDescriptorProto,
};
use std::collections::{BTreeMap, BTreeSet};
use testkit::tools;

/// Facts about a protocol: lines by their subject, `message.field` or similar.
type Facts = BTreeMap<String, String>;

/// The engine's services, of which we only have the methods that we call.
const CALLED_IN_PART: [&str; 2] = ["pulumirpc.ResourceMonitor", "pulumirpc.Engine"];

#[test]
fn our_protocol_is_the_official_one() {
    let (ours, official) = (facts(DESCRIPTORS), facts(&tools::official_descriptors()));
    let differences = differences(&ours, &official);
    assert!(
        differences.is_empty(),
        "proto/ differs from the official protocol:\n{}",
        differences.join("\n")
    );
    assert!(ours.len() > 250, "only {} facts were compared", ours.len());
}

#[test]
fn any_single_difference_is_found() {
    let official = facts(DESCRIPTORS);
    for name in official.keys() {
        let mut changed = official.clone();
        changed.insert(name.clone(), "something else".to_owned());
        assert_eq!(
            differences(&changed, &official).len(),
            1,
            "{name} was changed"
        );
        let (owner, _) = name.rsplit_once('.').expect("a fact has an owner");
        let is_alone = official
            .keys()
            .filter(|other| other.rsplit_once('.').is_some_and(|(of, _)| of == owner))
            .count()
            == 1;
        let may_be_left_out = is_alone || CALLED_IN_PART.contains(&owner);
        let mut shorter = official.clone();
        shorter.remove(name);
        assert!(
            may_be_left_out || !differences(&shorter, &official).is_empty(),
            "{name} was left out"
        );
        let mut longer = official.clone();
        longer.insert(format!("{name}_more"), String::new());
        assert_eq!(
            differences(&longer, &official).len(),
            1,
            "{name} was joined by another"
        );
    }
}

/// What of ours is different in the official protocol or missing there, and what it has in addition in a message, enum or
/// provider service of ours. Of the engine's two services we need only the methods that we call.
fn differences(ours: &Facts, official: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    for (name, ours) in ours {
        match official.get(name) {
            Some(theirs) if theirs == ours => {}
            Some(theirs) => found.push(format!("{name}: {ours}, but officially {theirs}")),
            None => found.push(format!("{name}: does not exist officially")),
        }
    }
    let owners: BTreeSet<&str> = ours
        .keys()
        .filter_map(|name| name.rsplit_once('.'))
        .map(|(owner, _)| owner)
        .collect();
    for name in official.keys().filter(|name| !ours.contains_key(*name)) {
        let (owner, _) = name.rsplit_once('.').expect("a fact has an owner");
        if owners.contains(owner) && !CALLED_IN_PART.contains(&owner) {
            found.push(format!("{name}: is missing"));
        }
    }
    found
}

fn facts(descriptors: &[u8]) -> Facts {
    let set = FileDescriptorSet::decode(descriptors).expect("the descriptors can be read");
    let mut facts = Facts::new();
    for file in set.file.iter().filter(|file| file.package() == "pulumirpc") {
        file.message_type
            .iter()
            .for_each(|message| message_facts("pulumirpc", message, &mut facts));
        file.enum_type
            .iter()
            .for_each(|one| enum_facts("pulumirpc", one, &mut facts));
        file.service
            .iter()
            .for_each(|service| service_facts(service, &mut facts));
    }
    facts
}

fn message_facts(parent: &str, message: &DescriptorProto, facts: &mut Facts) {
    let name = format!("{parent}.{}", message.name());
    for field in &message.field {
        facts.insert(
            format!("{name}.{}", field.name()),
            field_fact(message, field),
        );
    }
    message
        .nested_type
        .iter()
        .for_each(|nested| message_facts(&name, nested, facts));
    message
        .enum_type
        .iter()
        .for_each(|nested| enum_facts(&name, nested, facts));
}

fn field_fact(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let oneof = field
        .oneof_index
        .map(|index| message.oneof_decl[usize::try_from(index).expect("it is small")].name());
    format!(
        "number {}, {:?} {:?} {}, oneof {oneof:?}",
        field.number(),
        field.label(),
        field.r#type(),
        field.type_name()
    )
}

fn enum_facts(parent: &str, one: &EnumDescriptorProto, facts: &mut Facts) {
    for value in &one.value {
        facts.insert(
            format!("{parent}.{}.{}", one.name(), value.name()),
            format!("number {}", value.number()),
        );
    }
}

fn service_facts(service: &ServiceDescriptorProto, facts: &mut Facts) {
    for method in &service.method {
        let streams = (method.client_streaming(), method.server_streaming());
        let fact = format!(
            "{} -> {}, streams {streams:?}",
            method.input_type(),
            method.output_type()
        );
        facts.insert(
            format!("pulumirpc.{}.{}", service.name(), method.name()),
            fact,
        );
    }
}
