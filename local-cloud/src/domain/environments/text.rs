//! Texts with references to other values: `${network.ids[0]}`.

/// A step on the path to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Index(usize),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Plain(String),
    /// The path to a value to insert.
    Reference(Vec<Step>),
}

/// The parts of a text; an error says what is wrong with a reference. `$${` means `${`.
pub(crate) fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, here) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = here.strip_prefix("$${") {
            plain.push_str("${");
            rest = after;
        } else if let Some(after) = here.strip_prefix("${") {
            let end = end_of_reference(after).ok_or_else(|| format!("`{here}` has no `}}`"))?;
            let (reference, after) = after.split_at(end);
            if !plain.is_empty() {
                found.push(Part::Plain(std::mem::take(&mut plain)));
            }
            found.push(Part::Reference(path(reference)?));
            rest = &after[1..];
        } else {
            plain.push('$');
            rest = &here[1..];
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() || found.is_empty() {
        found.push(Part::Plain(plain));
    }
    Ok(found)
}

/// The position of the `}` that ends a reference, outside of quotes.
fn end_of_reference(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, character)| {
        let is_end = character == '}' && !is_quoted;
        if character == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = character == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

/// Parses a path, such as `network.ids[0]` or `network["a.b"]`.
pub(crate) fn path(text: &str) -> Result<Vec<Step>, String> {
    let wrong = || {
        format!(
            "`{text}` is not a path to a value: write `name.name`, `name[0]` or `name[\"name\"]`"
        )
    };
    let mut steps = Vec::new();
    let mut rest = text.trim();
    let mut may_be_name = true;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (step, after) = bracket(after).ok_or_else(wrong)?;
            steps.push(step);
            rest = after;
        } else {
            if !may_be_name {
                rest = rest.strip_prefix('.').ok_or_else(wrong)?;
            }
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() || name.contains(['"', ']', '$', '{']) {
                return Err(wrong());
            }
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        }
        may_be_name = false;
    }
    if steps.is_empty() {
        Err(wrong())
    } else {
        Ok(steps)
    }
}

/// The step within brackets, and the text after them.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if text.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let name = values.next()?.ok()?;
        let after = text[values.byte_offset()..].strip_prefix(']')?;
        return Some((Step::Name(name), after));
    }
    let (number, after) = text.split_once(']')?;
    Some((Step::Index(number.parse().ok()?), after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn name(text: &str) -> Step {
        Step::Name(text.to_owned())
    }

    fn plain(text: &str) -> Part {
        Part::Plain(text.to_owned())
    }

    #[test]
    fn texts_with_and_without_references() {
        assert_eq!(parts("").unwrap(), [plain("")]);
        assert_eq!(parts("a $5 $${b} $").unwrap(), [plain("a $5 ${b} $")]);
        assert_eq!(parts("${a}").unwrap(), [Part::Reference(vec![name("a")])]);
        assert_eq!(
            parts(r#"x${a.b[1]["c.}"]}y"#).unwrap(),
            [
                plain("x"),
                Part::Reference(vec![name("a"), name("b"), Step::Index(1), name("c.}")]),
                plain("y"),
            ]
        );
    }

    #[test]
    fn what_is_no_reference() {
        let said = |text: &str| parts(text).unwrap_err();
        assert_snapshot!(said("x ${a"), @"`${a` has no `}`");
        for text in ["${}", "${a..b}", "${a[x]}", "${a[0}", "${.a}", "${a[0]b}"] {
            assert!(said(text).contains("is not a path to a value"), "{text}");
        }
    }
}
