//! The graph as a tree for terminals: the stacks that a stack starts are below it. A stack that is reached more than once
//! is printed once with everything below it, and then only referred to.
//!
//! # What this may not do
//!
//! Make a request: this is a pure function.

use crate::output::style::{Paint, Tone};
use crate::output::table::Cell;
use crate::output::text::{fit, width};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use std::collections::{BTreeMap, BTreeSet};

/// The space between columns.
const GAP: usize = 2;

/// The minimum width of a name.
const NARROWEST: usize = 12;

/// A line of the tree before it is fitted to a width.
#[derive(Clone, Debug)]
struct Line {
    /// For each level, whether more lines follow there. The last one is the line's own level.
    more: Vec<bool>,
    stack: StackRef,
    /// Whether it refers to another line.
    is_reference: bool,
    /// Whether it closes a cycle: the stack is already above this line.
    is_round: bool,
}

/// A tree that can be fitted to a width.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    lines: Vec<Line>,
}

impl Tree {
    /// The tree of these stacks and edges.
    pub(crate) fn new<'a>(
        stacks: impl IntoIterator<Item = &'a StackRef>,
        edges: impl IntoIterator<Item = &'a Edge>,
    ) -> Tree {
        let mut below: BTreeMap<&StackRef, BTreeSet<&StackRef>> = BTreeMap::new();
        let mut has_upstream = BTreeSet::new();
        let mut all: BTreeSet<&StackRef> = stacks.into_iter().collect();
        for edge in edges {
            all.extend(edge.ends());
            let next = below.entry(&edge.upstream).or_default();
            next.insert(&edge.downstream);
            if edge.upstream != edge.downstream {
                has_upstream.insert(&edge.downstream);
            }
        }
        let mut drawing = Drawing {
            below,
            drawn: BTreeSet::new(),
            path: Vec::new(),
            tree: Tree::default(),
        };
        // First the stacks with others below them, then single ones, and last those that only cycles reach.
        let is_root = |stack: &&&StackRef| !has_upstream.contains(**stack);
        let (trees, alone): (Vec<&StackRef>, Vec<&StackRef>) = all
            .iter()
            .filter(is_root)
            .partition(|stack| drawing.below.contains_key(*stack));
        for root in trees.into_iter().chain(alone).chain(all.iter().copied()) {
            if !drawing.drawn.contains(root) {
                drawing.draw(root, &mut Vec::new());
            }
        }
        drawing.tree
    }

    /// The lines, with `columns` beside the names of stacks, and none wider than `limit` if possible.
    pub(crate) fn lines(
        &self,
        limit: Option<usize>,
        paint: Paint,
        columns: impl Fn(&StackRef) -> Vec<Cell>,
    ) -> Vec<String> {
        let of_line = |line: &Line| {
            if line.is_reference {
                let said = if line.is_round {
                    "↺ goes round"
                } else {
                    "↑ see above"
                };
                vec![Cell::quiet(said)]
            } else {
                columns(&line.stack)
            }
        };
        let rows: Vec<Vec<Cell>> = self.lines.iter().map(of_line).collect();
        let widths = widths(&rows);
        let beside: usize = widths.iter().map(|width| width + GAP).sum();
        let names: Vec<String> = self.lines.iter().map(|line| line.stack.short()).collect();
        let needed = |step: usize| {
            let one = |(line, name): (&Line, &String)| prefix_width(line, step) + width(name);
            self.lines.iter().zip(&names).map(one).max().unwrap_or(0)
        };
        let room = limit.map(|limit| limit.saturating_sub(beside).max(NARROWEST));
        let does_not_fit = |step: usize| room.is_some_and(|room| needed(step) > room);
        let step = if does_not_fit(4) { 2 } else { 4 };
        let is_narrow = does_not_fit(step);
        let room = room.map_or(needed(step), |room| room.min(needed(step)));
        let rows = self.lines.iter().zip(names).zip(rows);
        rows.map(|((line, name), row)| {
            let prefix = prefix(line, step, room, is_narrow);
            let name = fit(&name, room.saturating_sub(width(&prefix)));
            let mut text = format!("{}{}", paint.text(Tone::Quiet, &prefix), name);
            let mut pending = room.saturating_sub(width(&prefix) + width(&name)) + GAP;
            for (Cell { text: said, tone }, width_of) in row.iter().zip(&widths) {
                if !said.is_empty() {
                    text.push_str(&" ".repeat(pending));
                    text.push_str(&paint.text(*tone, said));
                    pending = 0;
                }
                pending += width_of.saturating_sub(width(said)) + GAP;
            }
            text
        })
        .collect()
    }
}

struct Drawing<'a> {
    below: BTreeMap<&'a StackRef, BTreeSet<&'a StackRef>>,
    drawn: BTreeSet<&'a StackRef>,
    path: Vec<&'a StackRef>,
    tree: Tree,
}

impl<'a> Drawing<'a> {
    fn draw(&mut self, stack: &'a StackRef, more: &mut Vec<bool>) {
        let is_new = self.drawn.insert(stack);
        self.tree.lines.push(Line {
            more: more.clone(),
            stack: stack.clone(),
            is_reference: !is_new,
            is_round: self.path.contains(&stack),
        });
        if !is_new {
            return;
        }
        self.path.push(stack);
        let below = self.below.get(stack).cloned().unwrap_or_default();
        let n = below.len();
        for (place, next) in below.into_iter().enumerate() {
            more.push(place + 1 < n);
            self.draw(next, more);
            more.pop();
        }
        self.path.pop();
    }
}

fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
    let n = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        // A reference spans all columns.
        let full = rows.iter().filter(|row| row.len() > 1);
        let cells = full.filter_map(|row| row.get(column));
        cells.map(|cell| width(&cell.text)).max().unwrap_or(0)
    };
    (0..n).map(widest).collect()
}

fn prefix_width(line: &Line, step: usize) -> usize {
    line.more.len() * step
}

/// What precedes a name: the lines from above, or the level if these leave no room for the name.
fn prefix(line: &Line, step: usize, room: usize, is_narrow: bool) -> String {
    let levels = line.more.len();
    let text = format!("{levels}› ");
    if is_narrow && levels * step + 2 * NARROWEST > room && width(&text) < levels * step {
        return text;
    }
    let mut prefix = String::new();
    for (level, more) in line.more.iter().enumerate() {
        let is_own = level + 1 == levels;
        let drawn = match (is_own, more) {
            (true, true) => "├── ",
            (true, false) => "└── ",
            (false, true) => "│   ",
            (false, false) => "    ",
        };
        let short = match (is_own, more) {
            (true, true) => "├ ",
            (true, false) => "└ ",
            (false, true) => "│ ",
            (false, false) => "  ",
        };
        prefix.push_str(if step == 4 { drawn } else { short });
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(name: &str) -> StackRef {
        StackRef::new("acme", name, "prod").expect("it is a name")
    }

    fn check(limit: Option<usize>, alone: &[&str], pairs: &[(&str, &str)]) -> String {
        let alone: Vec<StackRef> = alone.iter().map(|name| stack(name)).collect();
        let edge = |(upstream, downstream): &(&str, &str)| Edge {
            upstream: stack(upstream),
            downstream: stack(downstream),
        };
        let edges: Vec<Edge> = pairs.iter().map(edge).collect();
        let columns =
            |_: &StackRef| vec![Cell::new(Tone::Good, "succeeded"), Cell::quiet("3 min ago")];
        let lines = Tree::new(&alone, &edges).lines(limit, Paint::OFF, columns);
        if let Some(limit) = limit {
            for line in &lines {
                assert!(width(line) <= limit, "{line}");
            }
        }
        lines.join("\n")
    }

    #[test]
    fn a_tree_is_drawn_as_people_draw_it() {
        let pairs = [("a", "b"), ("b", "d"), ("b", "e"), ("b", "f"), ("a", "c")];
        insta::assert_snapshot!(check(None, &["z", "0"], &pairs), @r"
        a/prod          succeeded  3 min ago
        ├── b/prod      succeeded  3 min ago
        │   ├── d/prod  succeeded  3 min ago
        │   ├── e/prod  succeeded  3 min ago
        │   └── f/prod  succeeded  3 min ago
        └── c/prod      succeeded  3 min ago
        0/prod          succeeded  3 min ago
        z/prod          succeeded  3 min ago
        ");
    }

    #[test]
    fn a_stack_that_is_reached_twice_is_referred_to() {
        let diamond = [
            ("n", "c"),
            ("n", "d"),
            ("c", "app"),
            ("d", "app"),
            ("app", "x"),
        ];
        insta::assert_snapshot!(check(None, &[], &diamond), @r"
        n/prod              succeeded  3 min ago
        ├── c/prod          succeeded  3 min ago
        │   └── app/prod    succeeded  3 min ago
        │       └── x/prod  succeeded  3 min ago
        └── d/prod          succeeded  3 min ago
            └── app/prod    ↑ see above
        ");
    }

    #[test]
    fn cycles_end() {
        insta::assert_snapshot!(check(None, &[], &[("a", "b"), ("b", "a"), ("s", "s")]), @r"
        s/prod          succeeded  3 min ago
        └── s/prod      ↺ goes round
        a/prod          succeeded  3 min ago
        └── b/prod      succeeded  3 min ago
            └── a/prod  ↺ goes round
        ");
    }

    #[test]
    fn what_is_wide_stays_readable() {
        let names: Vec<String> = (0..30)
            .map(|n| format!("a-rather-long-project-{n}"))
            .collect();
        let pairs: Vec<(&str, &str)> = names
            .windows(2)
            .map(|pair| (pair[0].as_str(), pair[1].as_str()))
            .collect();
        insta::assert_snapshot!(check(Some(60), &[], &pairs[..3]), @r"
        a-rather-long-project-0/prod        succeeded  3 min ago
        └ a-rather-long-project-1/prod      succeeded  3 min ago
          └ a-rather-long-project-2/prod    succeeded  3 min ago
            └ a-rather-long-project-3/prod  succeeded  3 min ago
        ");
        let deep = check(Some(60), &[], &pairs);
        insta::assert_snapshot!(deep.lines().last().expect("there are lines"), @"29› a-rather-long-project-29/prod       succeeded  3 min ago");
        check(Some(40), &[], &pairs);
    }
}
