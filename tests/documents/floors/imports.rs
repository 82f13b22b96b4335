//! Which files of a crate import from which, read from `use` lines and paths.
//!
//! An import belongs to the file that its path names: `crate::cloud::Client` to `cloud/mod.rs`, even where that re-exports
//! it. A file that imports from its parent module what the parent has from it is therefore part of a cycle; it should
//! import from where the item is defined. Code for tests alone does not count.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

use super::Arrows;

/// The modules of a crate, by path: `["cloud", "client"]` of `cloud/client.rs`.
type Modules = BTreeMap<Vec<String>, Module>;

struct Module {
    /// The path of its file, below the crate's folder.
    file: String,
    items: Vec<Item>,
}

/// The files of one crate.
pub(super) struct Crate {
    modules: Modules,
}

impl Crate {
    /// Reads `lib.rs` or, where there is none, `main.rs` of a folder, and all modules that it declares.
    pub(super) fn read(folder: &str) -> Self {
        let root = testkit::tools::repository(folder);
        let mut found = Self {
            modules: Modules::new(),
        };
        let first = ["lib.rs", "main.rs"]
            .into_iter()
            .find(|name| root.join(name).exists());
        let first = first.unwrap_or_else(|| panic!("{folder} has neither lib.rs nor main.rs"));
        found.read_file(&root, first.to_owned(), Vec::new());
        found
    }

    fn read_file(&mut self, root: &PathBuf, file: String, module: Vec<String>) {
        let text = fs::read_to_string(root.join(&file));
        let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        // Where the files of its submodules are.
        let below = match file.rsplit_once('/') {
            Some((folder, "mod.rs")) => format!("{folder}/"),
            None if module.is_empty() => String::new(),
            _ => format!("{}/", file.trim_end_matches(".rs")),
        };
        self.read_items(root, &file, &below, module, parsed.items);
    }

    fn read_items(
        &mut self,
        root: &PathBuf,
        file: &str,
        below: &str,
        module: Vec<String>,
        items: Vec<Item>,
    ) {
        for item in &items {
            let Item::Mod(inner) = item else { continue };
            if only_for_tests(&inner.attrs) {
                continue;
            }
            let name = inner.ident.to_string();
            let mut path = module.clone();
            path.push(name.clone());
            if let Some((_, items)) = &inner.content {
                self.read_items(root, file, &format!("{below}{name}/"), path, items.clone());
                continue;
            }
            let places = [format!("{below}{name}.rs"), format!("{below}{name}/mod.rs")];
            let place = places.into_iter().find(|place| root.join(place).exists());
            let place = place.unwrap_or_else(|| panic!("{file}: there is no file of `mod {name}`"));
            self.read_file(root, place, path);
        }
        let file = file.to_owned();
        self.modules.insert(module, Module { file, items });
    }

    /// Which file imports from which. Each file is a key.
    pub(super) fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (path, module) in &self.modules {
            let mut reader = Reader {
                modules: &self.modules,
                module: path,
                found: BTreeSet::new(),
            };
            for item in &module.items {
                reader.visit_item(item);
            }
            let of_file = arrows.entry(module.file.clone()).or_default();
            of_file.extend(reader.found.into_iter().filter(|file| *file != module.file));
        }
        arrows
    }
}

/// Whether an item with these attributes is compiled for tests alone.
fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// Collects the files that one module imports from.
struct Reader<'a> {
    modules: &'a Modules,
    module: &'a [String],
    found: BTreeSet<String>,
}

impl Reader<'_> {
    /// Adds the file that a path names, if it is one of this crate.
    fn add(&mut self, path: &[String]) {
        let Some(mut from) = self.start(path) else {
            return;
        };
        let rest = path
            .iter()
            .skip_while(|part| matches!(&***part, "crate" | "self" | "super"));
        for part in rest {
            from.push(part.clone());
            if !self.modules.contains_key(&from) {
                from.pop();
                break;
            }
        }
        if let Some(module) = self.modules.get(&from) {
            self.found.insert(module.file.clone());
        }
    }

    /// The module at which a path begins; none if the path leaves the crate.
    fn start(&self, path: &[String]) -> Option<Vec<String>> {
        let mut from = self.module.to_vec();
        match &**path.first()? {
            "crate" => return Some(Vec::new()),
            "self" => {}
            "super" => {
                for _ in path.iter().take_while(|part| *part == "super") {
                    from.pop()?;
                }
            }
            first => {
                let mut child = from.clone();
                child.push(first.to_owned());
                self.modules.contains_key(&child).then_some(())?;
            }
        }
        Some(from)
    }

    fn add_tree(&mut self, before: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_tree(before, &path.tree);
                before.pop();
            }
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.add_tree(before, tree)),
            UseTree::Glob(_) => self.add(before),
            UseTree::Name(syn::UseName { ident })
            | UseTree::Rename(syn::UseRename { ident, .. }) => {
                before.push(ident.to_string());
                if before.last().is_some_and(|last| last == "self") {
                    let module = before[..before.len() - 1].to_vec();
                    self.add(&module);
                } else {
                    self.add(before);
                }
                before.pop();
            }
        }
    }

    /// Adds the paths in a macro's arguments.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.add_if_path(&path);
                        path.clear();
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.add_if_path(&path);
                    path.clear();
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.add_if_path(&path);
    }

    fn add_if_path(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.add(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {
        // A comma separates the modules of the list.
    }

    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !only_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !only_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        self.add_if_path(&parts);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.add_tokens(call.tokens.clone());
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {
        // `pub(in crate::x)` imports nothing.
    }
}
