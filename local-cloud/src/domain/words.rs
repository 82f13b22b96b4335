//! Words in the API, each of which is one of a fixed set.

/// An unknown word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{given}`")]
pub(crate) struct UnknownWord {
    what: &'static str,
    given: String,
}

impl UnknownWord {
    /// The error that `given` is not a `what`.
    pub(crate) fn new(what: &'static str, given: &str) -> UnknownWord {
        UnknownWord {
            what,
            given: given.to_owned(),
        }
    }
}

/// The element of `all` with the name `given`.
pub(crate) fn find<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    what: &'static str,
    given: &str,
) -> Result<T, UnknownWord> {
    let found = all.iter().copied().find(|one| name(*one) == given);
    found.ok_or_else(|| UnknownWord::new(what, given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_by_its_whole_name() {
        let name = |n: usize| ["zero", "one"][n];
        let find = |given| find(&[0, 1], name, "number", given);
        assert_eq!(find("one"), Ok(1));
        for given in ["", "on", "ONE", "one "] {
            let unknown = find(given).unwrap_err().to_string();
            assert_eq!(unknown, format!("unknown number `{given}`"));
        }
    }
}
