//! What the docs say of the Pulumi CLI's versions is what the tests go by.

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
