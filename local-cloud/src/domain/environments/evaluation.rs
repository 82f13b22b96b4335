//! Evaluates an environment: its imports, each overriding the ones before, and its own values, which override them.
//!
//! # What this may not do
//!
//! Call a provider. A value that needs a provider or a function of Pulumi Cloud is unknown in a check, and an error when
//! the environment is opened.

use super::definition::{Definition, Import, Reference};
use super::diagnostic::Diagnostic;
use super::range::Range;
use super::secrets::{self, Plain};
use super::syntax::{Content, Entry, Node};
use super::text::{self, Part, Step};
use super::value::{Data, Place, Value};
use std::collections::BTreeMap;

/// The maximum nesting of references and of imports.
const MAX_DEPTH: usize = 64;

/// The limit of what an evaluation may copy: a few references can expand to any amount of text.
const MAX_WORK: usize = 2 << 20;

/// The first steps of paths that leave an environment.
const OUTER_ROOTS: [&str; 3] = ["context", "environments", "imports"];

/// The environments that can be imported, by their references.
pub(crate) type World = BTreeMap<Reference, Definition>;

/// An evaluation.
struct Evaluation<'a> {
    world: &'a World,
    open: &'a dyn Fn(&str) -> Option<Plain>,
    /// Whether unknown values are errors.
    is_opened: bool,
    diagnostics: Vec<Diagnostic>,
    /// The completed imports.
    imported: BTreeMap<Reference, Value>,
    /// The imports in progress, outermost first.
    importing: Vec<Reference>,
    work: usize,
}

/// An environment whose values are being evaluated.
struct Scope<'a> {
    name: &'a str,
    values: &'a [Entry],
    /// The values that it imports.
    below: Value,
    /// The positions of the references that are being followed, outermost first.
    following: Vec<usize>,
}

/// An environment's own value at a path.
enum Own {
    Value(Value),
    /// There is none, so the imported value counts.
    Absent,
    /// The path does not exist in a value that hides the imported one.
    Hidden,
}

impl Scope<'_> {
    fn place(&self, range: Range) -> Place {
        Place {
            environment: self.name.to_owned(),
            range,
        }
    }
}

/// The value of an environment with this name and definition, which is an object, or its problems.
pub(crate) fn evaluate(
    name: &str,
    definition: &Definition,
    world: &World,
    open: &dyn Fn(&str) -> Option<Plain>,
    is_opened: bool,
) -> Result<Value, Vec<Diagnostic>> {
    let mut evaluation = Evaluation {
        world,
        open,
        is_opened,
        diagnostics: Vec::new(),
        imported: BTreeMap::new(),
        importing: Vec::new(),
        work: 0,
    };
    let value = evaluation.environment(name, definition);
    if evaluation.diagnostics.is_empty() {
        Ok(value)
    } else {
        Err(evaluation.diagnostics)
    }
}

impl Evaluation<'_> {
    fn environment(&mut self, name: &str, definition: &Definition) -> Value {
        let nothing = Value::new(Data::Object(BTreeMap::new()), Place::default());
        let mut below = nothing;
        for import in &definition.imports {
            let imported = self.import(name, import);
            if import.is_merged {
                below = imported.over(below);
            }
        }
        let mut scope = Scope {
            name,
            values: &definition.values,
            below,
            following: Vec::new(),
        };
        let own = self.object(&mut scope, &definition.values, Range::default());
        own.over(scope.below)
    }

    fn import(&mut self, importer: &str, import: &Import) -> Value {
        let reference = &import.reference;
        if let Some(done) = self.imported.get(reference).cloned() {
            return self.copied(&done);
        }
        let nothing = Value::new(Data::Object(BTreeMap::new()), Place::default());
        let mut refuse = |sentence: String| {
            let diagnostic = Diagnostic::at(import.range, sentence);
            self.diagnostics.push(diagnostic.of(importer));
        };
        let label = reference.label();
        if self.importing.contains(reference) {
            refuse(format!("`{label}` imports itself"));
            return nothing;
        }
        if self.importing.len() == MAX_DEPTH {
            refuse(format!(
                "`{label}` is imported over more than {MAX_DEPTH} environments"
            ));
            return nothing;
        }
        let Some(definition) = self.world.get(reference) else {
            let version = reference.version.as_deref();
            let version = version
                .map(|version| format!("@{version}"))
                .unwrap_or_default();
            refuse(format!("environment `{label}{version}` does not exist"));
            return nothing;
        };
        self.importing.push(reference.clone());
        let value = self.environment(&label, definition);
        self.importing.pop();
        self.imported.insert(reference.clone(), value.clone());
        value
    }

    /// The value of a node.
    fn node(&mut self, scope: &mut Scope<'_>, node: &Node) -> Value {
        let place = scope.place(node.range);
        match &node.content {
            Content::Null => Value::new(Data::Null, place),
            Content::Boolean(truth) => Value::new(Data::Boolean(*truth), place),
            Content::Number(number) => Value::new(Data::Number(number.clone()), place),
            Content::Text(text) => self.text(scope, text, node.range),
            Content::List(nodes) => {
                let items = nodes.iter().map(|node| self.node(scope, node)).collect();
                Value::new(Data::List(items), place)
            }
            Content::Object(entries) => match node.call() {
                Some(call) => self.call(scope, call),
                None => self.object(scope, entries, node.range),
            },
        }
    }

    fn object(&mut self, scope: &mut Scope<'_>, entries: &[Entry], range: Range) -> Value {
        let mut members = BTreeMap::new();
        for entry in entries {
            members.insert(entry.name.clone(), self.node(scope, &entry.node));
        }
        Value::new(Data::Object(members), scope.place(range))
    }

    fn call(&mut self, scope: &Scope<'_>, call: &Entry) -> Value {
        let place = scope.place(call.node.range);
        if call.name == secrets::FUNCTION {
            let plain = match secrets::ciphertext(&call.node) {
                Some(sealed) => (self.open)(sealed).map(|plain| plain.value),
                None => Some(call.node.to_json()),
            };
            return match plain {
                Some(plain) => Value::secret(plain, &place),
                None => self.fail(
                    scope,
                    call.node.range,
                    "this ciphertext was not made by this cloud, or was changed",
                ),
            };
        }
        if self.is_opened {
            let sentence = format!(
                "a local cloud does not evaluate `{}`: write the value itself",
                call.name
            );
            return self.fail(scope, call.range, &sentence);
        }
        Value::unknown(place)
    }

    fn text(&mut self, scope: &mut Scope<'_>, text: &str, range: Range) -> Value {
        self.work += text.len();
        let parts = match text::parts(text) {
            Ok(parts) => parts,
            Err(sentence) => return self.fail(scope, range, &sentence),
        };
        if let [Part::Reference(path)] = parts.as_slice() {
            return self.follow(scope, path, range);
        }
        let mut whole = Value::new(Data::Null, scope.place(range));
        let mut joined = String::new();
        for part in parts {
            match part {
                Part::Plain(text) => joined.push_str(&text),
                Part::Reference(path) => {
                    let value = self.follow(scope, &path, range);
                    whole.is_secret |= value.is_secret;
                    whole.is_unknown |= value.is_unknown;
                    match &value.data {
                        Data::Text(text) => joined.push_str(text),
                        Data::Number(number) => joined.push_str(&number.to_string()),
                        Data::Boolean(truth) => joined.push_str(&truth.to_string()),
                        Data::Null => {}
                        Data::List(_) | Data::Object(_) => {
                            let sentence =
                                format!("`{text}` cannot have a list or an object in it");
                            return self.fail(scope, range, &sentence);
                        }
                    }
                }
            }
        }
        if !whole.is_unknown {
            whole.data = Data::Text(joined);
        }
        whole
    }

    /// The value at a path.
    fn follow(&mut self, scope: &mut Scope<'_>, path: &[Step], range: Range) -> Value {
        if let [Step::Name(root), ..] = path
            && OUTER_ROOTS.contains(&root.as_str())
            && !scope.values.iter().any(|entry| entry.name == *root)
        {
            if self.is_opened {
                let sentence = format!(
                    "a local cloud does not evaluate `${{{root}…}}`: write the value itself"
                );
                return self.fail(scope, range, &sentence);
            }
            return Value::unknown(scope.place(range));
        }
        if scope.following.contains(&range.begin.byte) {
            return self.fail(scope, range, "the value refers to itself");
        }
        if scope.following.len() == MAX_DEPTH {
            return self.fail(scope, range, "references lead too deep to each other");
        }
        if self.work > MAX_WORK {
            return self.fail(scope, range, "the environment is too large");
        }
        scope.following.push(range.begin.byte);
        let below = scope.below.at(path).cloned();
        let own = self.walk(scope, path);
        scope.following.pop();
        let found = match (own, below) {
            (Own::Value(own), Some(below)) => own.over(below),
            (Own::Value(value), None) | (Own::Absent, Some(value)) => value,
            (Own::Hidden, _) | (Own::Absent, None) => {
                return self.fail(scope, range, "there is no such value");
            }
        };
        let mut found = self.copied(&found);
        found.place = scope.place(range);
        found
    }

    /// The environment's own value at a path.
    fn walk(&mut self, scope: &mut Scope<'_>, path: &[Step]) -> Own {
        let values = scope.values;
        let Some((Step::Name(name), mut path)) = path.split_first() else {
            return Own::Absent;
        };
        let Some(entry) = values.iter().find(|entry| entry.name == *name) else {
            return Own::Absent;
        };
        let mut node = &entry.node;
        while let Some((step, rest)) = path.split_first() {
            let is_call = node.call().is_some();
            match (&node.content, step) {
                (Content::Object(entries), Step::Name(name)) if !is_call => {
                    match entries.iter().find(|entry| entry.name == *name) {
                        Some(entry) => node = &entry.node,
                        None => return Own::Absent,
                    }
                }
                (Content::List(nodes), Step::Index(index)) => match nodes.get(*index) {
                    Some(item) => node = item,
                    None => return Own::Hidden,
                },
                _ => {
                    let value = self.node(scope, node);
                    let found = value.at(path).cloned();
                    return found.map_or(Own::Hidden, Own::Value);
                }
            }
            path = rest;
        }
        Own::Value(self.node(scope, node))
    }

    fn copied(&mut self, value: &Value) -> Value {
        self.work += value.size();
        value.clone()
    }

    fn fail(&mut self, scope: &Scope<'_>, range: Range, sentence: &str) -> Value {
        let diagnostic = Diagnostic::at(range, sentence).of(scope.name);
        // The same place may be evaluated more than once.
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
        Value::unknown(scope.place(range))
    }
}

#[cfg(test)]
#[path = "evaluation_tests.rs"]
mod tests;
