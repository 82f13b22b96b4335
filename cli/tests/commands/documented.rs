//! The commands print what `docs/command.md` shows.

use crate::support::Cloud;

const STACKS: [&str; 5] = [
    "network/prod",
    "database/prod",
    "cluster/prod",
    "app/prod",
    "billing/prod",
];

/// The stacks of the page, each with a state; webhooks lead to all but the last.
async fn five() -> Cloud {
    let cloud = Cloud::with_stacks(&STACKS).await;
    cloud.ago(600);
    cloud.refers("network/prod", &[]).await;
    cloud.refers("database/prod", &["network/prod"]).await;
    cloud.refers("cluster/prod", &["network/prod"]).await;
    let above = ["database/prod", "cluster/prod"];
    cloud.refers("app/prod", &above).await;
    cloud.refers("billing/prod", &["app/prod"]).await;
    // Each was updated before the webhooks existed.
    for (stack, ago) in STACKS.iter().zip([590, 580, 570, 560, 550]) {
        cloud
            .by_hand(stack, "update", "succeeded", (ago, ago - 5))
            .await;
    }
    cloud.hook_diamond().await;
    cloud
}

/// The commands of the page, each with the output that it shows.
fn shown() -> Vec<(String, Vec<String>)> {
    let page = testkit::tools::read("docs/command.md");
    let mut shown: Vec<(String, Vec<String>)> = Vec::new();
    for block in page.split("```text\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        for line in block.lines() {
            if let Some(command) = line.strip_prefix("$ auto-deploy ") {
                shown.push((command.to_owned(), Vec::new()));
            } else {
                shown.last_mut().unwrap().1.push(line.to_owned());
            }
        }
    }
    shown
}

/// Lines without what differs between runs: the states in which a run is seen on the way, durations, and how the two output
/// streams mix.
fn compared<'a>(lines: impl Iterator<Item = &'a str>, url: &str) -> Vec<String> {
    let on_the_way = |line: &&str| line.contains(": running") || line.contains(": queued");
    let mut compared: Vec<String> = lines
        .filter(|line| !line.is_empty() && !on_the_way(line))
        .map(|line| without_times(&line.replace(url, "URL")))
        .collect();
    compared.sort();
    compared
}

/// `12 s ago` and `now` become `AGO`, `0.3 s` becomes `TOOK s`; the width of a column with them is ignored.
fn without_times(line: &str) -> String {
    let indent: String = line.chars().take_while(|sign| *sign == ' ').collect();
    let mut words: Vec<&str> = line.split_whitespace().collect();
    for place in 1..words.len() {
        let is_number = words[place - 1].parse::<f64>().is_ok();
        if is_number && ["s", "s.", "min", "h"].contains(&words[place]) {
            words[place - 1] = "TOOK";
        }
    }
    let line = words.join(" ");
    let ago = ["TOOK s ago", "TOOK min ago", "TOOK h ago", "now"];
    let line = ago
        .iter()
        .fold(line, |line, words| line.replace(words, "AGO"));
    indent + &line
}

/// Runs the next command of the page, which must be this one.
async fn prints(cloud: &Cloud, (command, lines): &(String, Vec<String>), status: i32) {
    let arguments: Vec<&str> = command.split(' ').collect();
    let said = cloud.run(&arguments).await.expect(status);
    let printed = compared(
        said.out.lines().chain(said.notes.lines()),
        cloud.server.url(),
    );
    let shown = compared(lines.iter().map(String::as_str), "http://127.0.0.1:8080");
    assert_eq!(printed, shown, "{command}: {}", said.transcript());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_prints_what_the_page_shows() {
    let shown = shown();
    let commands: Vec<&str> = shown.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "graph",
            "check",
            "run network/prod",
            "run network/prod",
            "status network/prod",
            "stale",
            "why app/prod",
            "deliveries"
        ]
    );
    let [graph, check, fails, goes_on, status, stale, why, deliveries] = shown.try_into().unwrap();

    let cloud = five().await;
    cloud.ago(0);
    cloud.deploy("network/prod").await;
    cloud.settled(5).await;
    prints(&cloud, &graph, 0).await;
    prints(&cloud, &check, 1).await;
    prints(&cloud, &deliveries, 0).await;

    let cloud = five().await;
    cloud.ago(0);
    cloud.fails("cluster/prod", true).await;
    prints(&cloud, &fails, 1).await;
    prints(&cloud, &status, 1).await;
    prints(&cloud, &stale, 1).await;
    prints(&cloud, &why, 1).await;
    cloud.fails("cluster/prod", false).await;
    prints(&cloud, &goes_on, 0).await;
}
