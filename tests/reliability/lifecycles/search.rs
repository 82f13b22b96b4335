//! Searches everything that is written or answered for planted secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// How many characters around a find are shown.
const AROUND: usize = 120;

/// Searches for some texts in every encoding. Clones share the same search.
#[derive(Clone, Default)]
pub(crate) struct Search(Arc<Mutex<Found>>);

#[derive(Default)]
struct Found {
    needles: Vec<String>,
    n_bytes: usize,
    places: Vec<String>,
}

impl Search {
    /// A search for `secrets` in plain text, in hexadecimal and in base 64.
    pub(crate) fn new(secrets: &[&str]) -> Search {
        let search = Search::default();
        let forms = secrets.iter().flat_map(|secret| forms(secret.as_bytes()));
        search.0.lock().expect("no panic").needles = forms.collect();
        search
    }

    /// Searches some bytes; `place` says where they are from.
    pub(crate) fn bytes(&self, place: &str, bytes: &[u8]) {
        let mut found = self.0.lock().expect("no panic");
        found.n_bytes += bytes.len();
        // The texts are ASCII, so that invalid bytes between them hide none.
        let text = String::from_utf8_lossy(bytes);
        let at = found.needles.iter().find_map(|needle| text.find(needle));
        if let Some(at) = at {
            let before = text[..at].chars().rev().take(AROUND).collect::<Vec<_>>();
            let around: String = before
                .into_iter()
                .rev()
                .chain(text[at..].chars().take(AROUND))
                .collect();
            found.places.push(format!("{place}: {around}"));
        }
    }

    /// Searches every byte of every file below a folder. Returns the number of bytes.
    pub(crate) fn folder(&self, folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).expect("it can be read");
        let one = |entry: io::Result<std::fs::DirEntry>| {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                return self.folder(&path);
            }
            // Sockets and the like have no contents.
            let bytes = std::fs::read(&path).unwrap_or_default();
            self.bytes(&path.display().to_string(), &bytes);
            1
        };
        entries.map(one).sum()
    }

    /// How many bytes were searched, and where something was found.
    pub(crate) fn told(&self) -> (usize, Vec<String>) {
        let found = self.0.lock().expect("no panic");
        (found.n_bytes, found.places.clone())
    }
}

/// A log that is searched and not kept. Each event is written at once.
impl io::Write for Search {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes("log", bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Search {
    type Writer = Search;

    fn make_writer(&self) -> Search {
        self.clone()
    }
}

/// The ways in which a secret could be written.
fn forms(secret: &[u8]) -> Vec<String> {
    let hex = hex::encode(secret);
    // The bytes before it shift its base 64 by 0, 1 or 2 bytes; the ends depend on what is around.
    let shifted = (0..3).map(|shift| {
        let whole = [&vec![0; shift], secret].concat();
        let text = STANDARD.encode(&whole);
        let begin = if shift == 0 { 0 } else { 4 };
        text[begin..whole.len() / 3 * 4].to_owned()
    });
    let mut forms: Vec<_> = shifted.collect();
    let plain = String::from_utf8_lossy(secret).into_owned();
    forms.extend([plain, hex.to_uppercase(), hex]);
    forms
}

#[test]
fn a_secret_is_found_in_every_form() {
    let found = |bytes: &[u8]| {
        let search = Search::new(&["planted-0"]);
        search.bytes("here", bytes);
        search.told().1.len()
    };
    assert_eq!(found(b"nothing planted"), 0);
    for place in [
        "a planted-0 b",
        "706c616e7465642d30",
        "706C616E7465642D30",
        // `:planted-0`, `a:planted-0` and `ab:planted-0` in base 64.
        "OnBsYW50ZWQtMA==",
        "YTpwbGFudGVkLTA=",
        "YWI6cGxhbnRlZC0w",
    ] {
        assert_eq!(found(place.as_bytes()), 1, "{place}");
    }
}
