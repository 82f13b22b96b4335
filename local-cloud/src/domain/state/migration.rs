//! State migrations: an entry of a journal that reorders the resources of the base, removes some and inserts others. A
//! program requests one with `stateMigrations`.
//!
//! The rules are those of `applyStateMigration` in `pkg/backend/journal_state_migration.go` of the CLI 3.276.

use super::journal::{BasePatch, Entry, LayoutItem, Resource};
use super::raw::Object;
use super::urns::Urn;
use std::collections::{HashMap, HashSet};

/// The base after a migration.
#[derive(Debug)]
pub(super) struct Migrated {
    pub(super) resources: Vec<Object>,
    /// The new index of each resource that stays, by its previous index.
    pub(super) moved: HashMap<i64, i64>,
    /// The previous indices of those that stay and have changed.
    pub(super) patched: HashSet<i64>,
}

/// Applies the migration `entry` to the resources of the base.
///
/// # Errors
///
/// What is wrong with the entry, as the end of a sentence.
pub(super) fn migrate(
    entry: &Entry,
    base: &[Object],
    knows_extension: impl Fn(&str) -> bool,
) -> Result<Migrated, String> {
    let states = entry.states.as_deref().unwrap_or_default();
    if states.is_empty() {
        return Err("the migration inserts no resources".to_owned());
    }
    check_inserted(states, knows_extension)?;
    let places = places(entry.layout.as_deref().unwrap_or_default(), base, states)?;
    let patches = entry.base_state_patches.as_deref().unwrap_or_default();
    let patches = patches_by_index(patches, &places)?;
    let resource = |place: &Place| match *place {
        Place::Base(index) => patches
            .get(&index)
            .copied()
            .unwrap_or(&base[usize_of(index)]),
        Place::State(index) => &states[usize_of(index)].0,
    };
    let moved = (0..).zip(&places).filter_map(|(new, place)| match *place {
        Place::Base(old) => Some((old, new)),
        Place::State(_) => None,
    });
    Ok(Migrated {
        resources: places.iter().map(|place| resource(place).clone()).collect(),
        moved: moved.collect(),
        patched: patches.into_keys().collect(),
    })
}

/// The origin of a resource in the new base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Base(i64),
    State(i64),
}

/// The layout, if it names each resource at most once, and names every inserted one.
fn places(
    layout: &[LayoutItem],
    base: &[Object],
    states: &[Resource],
) -> Result<Vec<Place>, String> {
    let mut seen = HashSet::new();
    let mut places = Vec::with_capacity(layout.len());
    for (position, item) in layout.iter().enumerate() {
        let (place, index, n) = match (item.base_index, item.state_index) {
            (Some(index), None) => (Place::Base(index), index, base.len()),
            (None, Some(index)) => (Place::State(index), index, states.len()),
            _ => {
                return Err(format!(
                    "`layout[{position}]` must have either `baseIndex` or `stateIndex`"
                ));
            }
        };
        if !usize::try_from(index).is_ok_and(|index| index < n) {
            return Err(format!(
                "`layout[{position}]` is {index}, and there are {n} resources"
            ));
        }
        if !seen.insert(place) {
            return Err(format!(
                "`layout[{position}]` is a resource that is placed already"
            ));
        }
        places.push(place);
    }
    let n_inserted = places
        .iter()
        .filter(|place| matches!(place, Place::State(_)))
        .count();
    if n_inserted < states.len() {
        return Err(format!(
            "`layout` places {n_inserted} of {} inserted resources",
            states.len()
        ));
    }
    Ok(places)
}

fn patches_by_index<'a>(
    patches: &'a [BasePatch],
    places: &[Place],
) -> Result<HashMap<i64, &'a Object>, String> {
    let mut found = HashMap::new();
    for patch in patches {
        let index = patch.index;
        if !places.contains(&Place::Base(index)) {
            return Err(format!(
                "`baseStatePatches` has resource {index}, which `layout` does not keep"
            ));
        }
        if found.insert(index, &patch.state.0).is_some() {
            return Err(format!("`baseStatePatches` has resource {index} twice"));
        }
    }
    Ok(found)
}

/// Whether a state can contain what is inserted.
fn check_inserted(
    states: &[Resource],
    knows_extension: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let mut seen = HashSet::new();
    for Resource(state) in states {
        let urn = state.text("urn").unwrap_or_default();
        let has_type = |urn: Urn<'_>| state.text("type").as_deref() == Some(urn.own_type());
        let extension = state.text("extensionRef");
        let fault = if !Urn::parse(&urn).is_some_and(has_type) {
            "has a URN that is not of its type"
        } else if state.is_true("delete") {
            "is marked for deletion"
        } else if state.text("viewOf").is_some() {
            "is a view of another one"
        } else if state.is_true("custom") && state.text("id").is_none() {
            "has no id"
        } else if extension.is_some_and(|extension| !knows_extension(&extension)) {
            "refers to an extension that is not there"
        } else if !seen.insert(urn.clone()) {
            "is there twice"
        } else {
            continue;
        };
        return Err(format!("the inserted resource `{urn}` {fault}"));
    }
    Ok(())
}

fn usize_of(index: i64) -> usize {
    usize::try_from(index).expect("it is an index of a list")
}
