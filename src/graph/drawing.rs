//! The graph in the languages of other programs: Mermaid for Markdown, DOT for Graphviz.
//!
//! # What this may not do
//!
//! Let a name break out of its label, or draw the same graph in different ways.

use super::edge::Edge;
use crate::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A graph to draw, with notes on its stacks and edges. Cycles are drawn too.
///
/// ```
/// use auto_deploy::domain::StackRef;
/// use auto_deploy::graph::{Drawing, Edge, Emphasis};
///
/// let edge = Edge {
///     upstream: StackRef::new("acme", "network", "prod")?,
///     downstream: StackRef::new("acme", "database", "prod")?,
/// };
/// let mut drawing = Drawing::new([], [&edge]);
/// drawing.mark_edge(&edge, "paused", Emphasis::Faint);
/// let mermaid = drawing.mermaid();
/// assert!(mermaid.starts_with("flowchart TD\n"));
/// assert!(mermaid.contains("network/prod") && mermaid.contains("paused"));
/// # Ok::<(), auto_deploy::domain::StackRefError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    stacks: BTreeMap<StackRef, Mark>,
    edges: BTreeMap<Edge, Mark>,
}

/// The notes on a stack or an edge, and its style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Lines of text: below a stack's name, or beside an edge.
    pub lines: Vec<String>,
    /// Its style.
    pub emphasis: Emphasis,
}

/// The style of a stack or an edge. If it is marked several times, the last of these in this order wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emphasis {
    /// The same for everything.
    #[default]
    Plain,
    /// Grey and dashed: it exists but does nothing.
    Faint,
    /// Amber: it works, but deserves a look.
    Notice,
    /// Red: it is wrong.
    Alarm,
}

impl Emphasis {
    const MARKED: [Emphasis; 3] = [Emphasis::Faint, Emphasis::Notice, Emphasis::Alarm];

    fn name(self) -> &'static str {
        match self {
            Emphasis::Plain => "plain",
            Emphasis::Faint => "faint",
            Emphasis::Notice => "notice",
            Emphasis::Alarm => "alarm",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Emphasis::Plain => "#333333",
            Emphasis::Faint => "#888888",
            Emphasis::Notice => "#b26a00",
            Emphasis::Alarm => "#c62828",
        }
    }
}

impl Drawing {
    /// The drawing of these edges, and of stacks that may have none.
    pub fn new<'a>(
        stacks: impl IntoIterator<Item = &'a StackRef>,
        edges: impl IntoIterator<Item = &'a Edge>,
    ) -> Drawing {
        let mut drawing = Drawing::default();
        for stack in stacks {
            drawing.stacks.entry(stack.clone()).or_default();
        }
        for edge in edges {
            drawing.edge(edge);
        }
        drawing
    }

    /// Adds a line to a stack, and the stack itself if necessary. An empty line only sets the style.
    pub fn mark_stack(&mut self, stack: &StackRef, line: &str, emphasis: Emphasis) {
        self.stacks
            .entry(stack.clone())
            .or_default()
            .add(line, emphasis);
    }

    /// Adds a line to an edge, and the edge itself if necessary. An empty line only sets the style.
    pub fn mark_edge(&mut self, edge: &Edge, line: &str, emphasis: Emphasis) {
        self.edge(edge).add(line, emphasis);
    }

    fn edge(&mut self, edge: &Edge) -> &mut Mark {
        for end in edge.ends() {
            self.stacks.entry(end.clone()).or_default();
        }
        self.edges.entry(edge.clone()).or_default()
    }

    /// The drawing as a Mermaid flowchart, from top to bottom.
    pub fn mermaid(&self) -> String {
        let mut text = "flowchart TD\n".to_owned();
        let (ids, names) = (self.ids(), self.names());
        for (stack, mark) in &self.stacks {
            let label = lines_of(&names[stack], mark, mermaid_label, "<br/>");
            let class = match mark.emphasis {
                Emphasis::Plain => String::new(),
                emphasis => format!(":::{}", emphasis.name()),
            };
            let _ = writeln!(text, "    {}[\"{label}\"]{class}", ids[stack]);
        }
        for (edge, mark) in &self.edges {
            let arrow = if mark.emphasis == Emphasis::Faint {
                "-.->"
            } else {
                "-->"
            };
            let lines: Vec<String> = mark.lines.iter().map(|line| mermaid_label(line)).collect();
            let label = if lines.is_empty() {
                String::new()
            } else {
                format!("|\"{}\"|", lines.join("<br/>"))
            };
            let (from, to) = (&ids[&edge.upstream], &ids[&edge.downstream]);
            let _ = writeln!(text, "    {from} {arrow}{label} {to}");
        }
        self.mermaid_tones(&mut text);
        text
    }

    fn mermaid_tones(&self, text: &mut String) {
        let of_stacks: BTreeSet<Emphasis> =
            self.stacks.values().map(|mark| mark.emphasis).collect();
        for emphasis in Emphasis::MARKED {
            let colour = emphasis.colour();
            let dashes = if emphasis == Emphasis::Faint {
                ",stroke-dasharray:4"
            } else {
                ""
            };
            if of_stacks.contains(&emphasis) {
                let name = emphasis.name();
                let _ = writeln!(
                    text,
                    "    classDef {name} stroke:{colour},color:{colour}{dashes}"
                );
            }
            let edges = self.edges.values().enumerate();
            let numbers: Vec<String> = edges
                .filter(|(_, mark)| mark.emphasis == emphasis)
                .map(|(number, _)| number.to_string())
                .collect();
            if !numbers.is_empty() {
                let _ = writeln!(
                    text,
                    "    linkStyle {} stroke:{colour}{dashes}",
                    numbers.join(",")
                );
            }
        }
    }

    /// The drawing as a digraph for Graphviz, from top to bottom.
    pub fn dot(&self) -> String {
        let mut text = "digraph stacks {\n    rankdir=TB;\n    node [shape=box];\n".to_owned();
        let (ids, names) = (self.ids(), self.names());
        for (stack, mark) in &self.stacks {
            let label = lines_of(&names[stack], mark, dot_label, "\\n");
            let look = dot_look(mark.emphasis);
            let _ = writeln!(text, "    {} [label=\"{label}\"{look}];", ids[stack]);
        }
        for (edge, mark) in &self.edges {
            let lines: Vec<String> = mark.lines.iter().map(|line| dot_label(line)).collect();
            let label = format!("label=\"{}\"", lines.join("\\n"));
            let attributes = match (lines.is_empty(), dot_look(mark.emphasis)) {
                (true, look) => look.trim_start_matches(", ").to_owned(),
                (false, look) => label + &look,
            };
            let (from, to) = (&ids[&edge.upstream], &ids[&edge.downstream]);
            let _ = if attributes.is_empty() {
                writeln!(text, "    {from} -> {to};")
            } else {
                writeln!(text, "    {from} -> {to} [{attributes}];")
            };
        }
        text.push_str("}\n");
        text
    }

    /// Identifiers that are not reserved in either language, whatever the stacks are called.
    fn ids(&self) -> BTreeMap<&StackRef, String> {
        let stacks = self.stacks.keys().enumerate();
        stacks
            .map(|(number, stack)| (stack, format!("s{number}")))
            .collect()
    }

    /// The labels of the stacks, with the organization only if there are several.
    fn names(&self) -> BTreeMap<&StackRef, String> {
        let organizations: BTreeSet<&str> =
            self.stacks.keys().map(StackRef::organization).collect();
        let name = |stack: &StackRef| match organizations.len() {
            0 | 1 => stack.short(),
            _ => stack.to_string(),
        };
        self.stacks
            .keys()
            .map(|stack| (stack, name(stack)))
            .collect()
    }
}

impl Mark {
    fn add(&mut self, line: &str, emphasis: Emphasis) {
        if !line.is_empty() && !self.lines.iter().any(|said| said == line) {
            self.lines.push(line.to_owned());
        }
        self.emphasis = self.emphasis.max(emphasis);
    }
}

fn lines_of(name: &str, mark: &Mark, escape: fn(&str) -> String, end: &str) -> String {
    let lines: Vec<String> = std::iter::once(name)
        .chain(mark.lines.iter().map(String::as_str))
        .map(escape)
        .collect();
    lines.join(end)
}

/// Text for a quoted label of Mermaid. Everything but plain text is written as a character code: quotes would end the
/// label, and Mermaid may parse a label as HTML or Markdown.
fn mermaid_label(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for character in text.chars() {
        let is_text = character.is_alphanumeric() || " /-_.,:()→".contains(character);
        match character {
            '\n' => label.push_str("<br/>"),
            _ if is_text => label.push(character),
            _ => {
                let _ = write!(label, "#{};", u32::from(character));
            }
        }
    }
    label
}

/// Text for a quoted string of DOT.
fn dot_label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn dot_look(emphasis: Emphasis) -> String {
    let colour = emphasis.colour();
    match emphasis {
        Emphasis::Plain => String::new(),
        Emphasis::Faint => format!(", color=\"{colour}\", fontcolor=\"{colour}\", style=dashed"),
        Emphasis::Notice | Emphasis::Alarm => {
            format!(", color=\"{colour}\", fontcolor=\"{colour}\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{edge, edges, stack};

    fn marked() -> Drawing {
        let mut drawing = Drawing::new(
            [&stack("alone")],
            &edges(&[("net", "db"), ("net", "app"), ("db", "app")]),
        );
        drawing.mark_stack(
            &stack("app"),
            "2 runs for a change of p/net",
            Emphasis::Notice,
        );
        drawing.mark_edge(&edge("net", "app"), "shortcut", Emphasis::Notice);
        drawing.mark_edge(&edge("net", "gone"), "", Emphasis::Faint);
        drawing.mark_edge(&edge("net", "gone"), "inactive", Emphasis::Faint);
        drawing.mark_stack(&stack("gone"), "does not exist", Emphasis::Alarm);
        drawing
    }

    #[test]
    fn mermaid_shows_stacks_edges_and_marks() {
        insta::assert_snapshot!(marked().mermaid(), @r#"
        flowchart TD
            s0["p/alone"]
            s1["p/app<br/>2 runs for a change of p/net"]:::notice
            s2["p/db"]
            s3["p/gone<br/>does not exist"]:::alarm
            s4["p/net"]
            s2 --> s1
            s4 -->|"shortcut"| s1
            s4 --> s2
            s4 -.->|"inactive"| s3
            linkStyle 3 stroke:#888888,stroke-dasharray:4
            classDef notice stroke:#b26a00,color:#b26a00
            linkStyle 1 stroke:#b26a00
            classDef alarm stroke:#c62828,color:#c62828
        "#);
    }

    #[test]
    fn dot_shows_stacks_edges_and_marks() {
        insta::assert_snapshot!(marked().dot(), @r##"
        digraph stacks {
            rankdir=TB;
            node [shape=box];
            s0 [label="p/alone"];
            s1 [label="p/app\n2 runs for a change of p/net", color="#b26a00", fontcolor="#b26a00"];
            s2 [label="p/db"];
            s3 [label="p/gone\ndoes not exist", color="#c62828", fontcolor="#c62828"];
            s4 [label="p/net"];
            s2 -> s1;
            s4 -> s1 [label="shortcut", color="#b26a00", fontcolor="#b26a00"];
            s4 -> s2;
            s4 -> s3 [label="inactive", color="#888888", fontcolor="#888888", style=dashed];
        }
        "##);
    }

    #[test]
    fn no_name_breaks_out_of_its_label() {
        let mut drawing = Drawing::new([&stack("end")], []);
        drawing.mark_stack(
            &stack("end"),
            "a\"]; x --> y <b>`*#quot;\\\nnext",
            Emphasis::Plain,
        );
        insta::assert_snapshot!(drawing.mermaid(), @r#"
        flowchart TD
            s0["p/end<br/>a#34;#93;#59; x --#62; y #60;b#62;#96;#42;#35;quot#59;#92;<br/>next"]
        "#);
        insta::assert_snapshot!(drawing.dot(), @r#"
        digraph stacks {
            rankdir=TB;
            node [shape=box];
            s0 [label="p/end\na\"]; x --> y <b>`*#quot;\\\nnext"];
        }
        "#);
    }

    #[test]
    fn the_organization_is_told_where_there_are_several() {
        let other = StackRef::new("other", "p", "a").unwrap();
        let text = Drawing::new([&other, &stack("a")], []).mermaid();
        assert!(
            text.contains("other/p/a") && text.contains("acme/p/a"),
            "{text}"
        );
        assert!(!Drawing::new([&stack("a")], []).mermaid().contains("acme"));
    }

    #[test]
    fn a_graph_is_drawn_in_one_way() {
        let mut pairs = [("a", "b"), ("c", "b"), ("b", "d"), ("d", "a")];
        let drawn = Drawing::new([], &edges(&pairs)).mermaid();
        pairs.reverse();
        assert_eq!(drawn, Drawing::new([], &edges(&pairs)).mermaid());
    }
}
