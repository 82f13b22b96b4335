//! The docs and the tests agree about the versions of the Pulumi CLI.

use testkit::since::FEATURES;
use testkit::tools::read;

#[test]
fn the_docs_say_which_cli_has_what() {
    let page = read("docs/installation-configuration.md");
    let (_, table) = page
        .split_once("| since | what |\n| --- | --- |\n")
        .expect("the page has the table");
    let said: Vec<&str> = table.lines().take_while(|line| !line.is_empty()).collect();
    let right: Vec<String> = FEATURES
        .iter()
        .map(|feature| format!("| 3.{} | {} |", feature.since, feature.what))
        .collect();
    assert_eq!(said, right);
}
