//! Keeps secrets out of logs.
//!
//! # What this may not do
//!
//! Print or store what it hides: these are pure functions.

use std::fmt;
use std::sync::Arc;

/// Replaces a secret in a log.
const MASK: &str = "[secret]";

/// The minimum length of a line of a secret to be hidden, in characters. A brace or a digit is in every log; hiding it
/// would make the log unreadable, and reveal the secret by the gaps.
const SHORTEST: usize = 3;

/// The maximum length of a line before it is split.
const MAX_LINE: usize = 16 * 1024;

/// Replaces secrets in text. Cheap to clone.
#[derive(Clone)]
pub(super) struct Mask {
    /// Longest first, so that one that contains another is hidden as a whole.
    secrets: Arc<[String]>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}

impl Mask {
    /// Hides these secrets. Of a secret with several lines, each line is hidden; lines shorter than [`SHORTEST`] are not.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Mask {
        let lines = secrets.into_iter().flat_map(|secret| secret.split('\n'));
        let lines = lines.map(without_returns);
        let mut secrets: Vec<_> = lines
            .filter(|line| line.trim().chars().count() >= SHORTEST)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Mask {
            secrets: secrets.into(),
        }
    }

    /// The text without the secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, end)) = self.first(rest) {
            shown.push_str(rest.get(..start).unwrap_or_default());
            shown.push_str(MASK);
            rest = rest.get(end..).unwrap_or_default();
        }
        shown + rest
    }

    /// The position of the first secret in the text; of several at the same position, the longest.
    fn first(&self, text: &str) -> Option<(usize, usize)> {
        let found = self.secrets.iter().filter_map(|secret| {
            let start = text.find(secret.as_str())?;
            Some((start, start + secret.len()))
        });
        found.min_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)))
    }

    fn longest(&self) -> usize {
        self.secrets.first().map_or(0, String::len)
    }
}

/// Splits the output of a process into masked lines, piece by piece.
#[derive(Debug)]
pub(super) struct Lines {
    mask: Mask,
    pending: Vec<u8>,
}

impl Lines {
    /// Begins without any output.
    pub(super) fn new(mask: Mask) -> Lines {
        Lines {
            mask,
            pending: Vec::new(),
        }
    }

    /// Adds a piece; returns the lines that it completes, with their newlines.
    ///
    /// A line that is too long is split outside of secrets: its end waits for the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<String> {
        self.pending.extend_from_slice(piece);
        let mut lines = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let rest = self.pending.split_off(end + 1);
            let line = std::mem::replace(&mut self.pending, rest);
            lines.push(self.mask.hide(&clean(&line)));
        }
        if self.pending.len() > MAX_LINE + self.mask.longest() {
            lines.extend(self.cut());
        }
        lines
    }

    /// The rest, when there is no more output.
    pub(super) fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.pending);
        (!rest.is_empty()).then(|| self.mask.hide(&clean(&rest)) + "\n")
    }

    fn cut(&mut self) -> Option<String> {
        // The last bytes may be the beginning of a secret; complete ones have already been masked.
        let text = self.mask.hide(&clean(&self.pending));
        let mut end = text.len().saturating_sub(self.mask.longest());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (line, rest) = text.split_at_checked(end)?;
        self.pending = rest.as_bytes().to_vec();
        Some(line.to_owned() + "\n")
    }
}

/// Arbitrary bytes as text for a log, without the carriage returns of progress bars.
fn clean(bytes: &[u8]) -> String {
    without_returns(&String::from_utf8_lossy(bytes))
}

fn without_returns(text: &str) -> String {
    text.replace('\r', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        let mask = Mask::new(["hush", "hush-hush", "first\nsecond", " ", ""]);
        assert_eq!(mask.hide("hush-hush and hush!"), "[secret] and [secret]!");
        assert_eq!(mask.hide("the second of first"), "the [secret] of [secret]");
        assert_eq!(mask.hide("nothing  here"), "nothing  here");
        let mask = Mask::new(["{\r\n\"key\": 1\r\n}", "ab", "one\rtwo", "päß"]);
        assert_eq!(
            mask.hide("{ab} \"key\": 1, onetwo päß"),
            "{ab} [secret], [secret] [secret]"
        );
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        let mut lines = Lines::new(Mask::new(["hush"]));
        assert!(lines.push(b"it is hu").is_empty());
        assert_eq!(lines.push(b"sh\r\nand"), ["it is [secret]\n"]);
        assert_eq!(lines.push(b" more\n\n"), ["and more\n", "\n"]);
        assert_eq!(lines.finish(), None);
        lines.push(b"the end");
        assert_eq!(lines.finish().as_deref(), Some("the end\n"));
    }

    #[test]
    fn a_long_line_is_cut_beside_a_secret() {
        let mut lines = Lines::new(Mask::new(["hush"]));
        let long = "x".repeat(MAX_LINE + 2) + "hu";
        assert!(lines.push(long.as_bytes()).is_empty());
        let mut all = lines.push(b"sh and ");
        all.extend(lines.push(b"hush\n"));
        let all = all.concat();
        assert!(!all.contains("hush"));
        assert_eq!(all.matches("[secret]").count(), 2, "{}", all.len());
    }
}
