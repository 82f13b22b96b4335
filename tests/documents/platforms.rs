//! The operating system is asked about only in the module `platform` of each crate, and in tests.

use crate::pages::files;
use testkit::tools::read;

/// The lines of a source, outside its tests, that ask about the operating system.
fn asks(source: &str) -> Vec<usize> {
    let code = source
        .split_once("\nmod tests {")
        .map_or(source, |(code, _)| code);
    let code = code.lines().zip(1..);
    code.filter(|(line, _)| {
        let is_of_tests = line.contains("cfg(all(test,");
        let words = ["unix", "windows", "target_os"];
        line.trim_start().starts_with("#[cfg")
            && !is_of_tests
            && words.iter().any(|word| line.contains(word))
    })
    .map(|(_, number)| number)
    .collect()
}

#[test]
fn nothing_else_asks_what_it_runs_on() {
    let programs = ["src/", "cli/src/", "local-cloud/src/"];
    let sources: Vec<String> = files("rs")
        .into_iter()
        .filter(|file| programs.iter().any(|folder| file.starts_with(folder)))
        .collect();
    let (inside, outside): (Vec<_>, Vec<_>) =
        sources.iter().partition(|file| file.contains("/platform/"));
    let asking = |files: &[&String]| -> Vec<String> {
        let lines = files.iter().flat_map(|file| {
            let lines = asks(&read(file)).into_iter();
            lines.map(move |line| format!("{file}:{line}"))
        });
        lines.collect()
    };
    assert_eq!(asking(&outside), [""; 0]);
    assert!(
        asking(&inside).len() >= programs.len(),
        "each program has a `platform`"
    );
}

#[test]
fn a_question_is_found() {
    assert_eq!(asks("#[cfg(unix)]\nfn a() {}\n"), [1]);
    assert_eq!(asks("    #[cfg(not(target_os = \"linux\"))]\n"), [1]);
    assert_eq!(
        asks("#[cfg(test)]\nmod tests {\n    #[cfg(unix)]\n"),
        [0; 0]
    );
}
