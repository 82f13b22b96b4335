//! Proxies and certificates: the command and the real Pulumi CLI side by side, with the same settings.

#![cfg(unix)]

use std::path::Path;
use testkit::clouds::Clouds;
use testkit::front;
use testkit::proxy::{CASES, Proxy};
use testkit::workspace::{Ran, lines};

const COMMAND: &str = env!("CARGO_BIN_EXE_auto-deploy");
const GRAPH: [&str; 4] = ["graph", "--json", "--org", "acme"];
const LIST: [&str; 3] = ["stack", "ls", "--all"];

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Where the proxy was asked to connect to when either of the two used the cloud.
async fn asked(clouds: &Clouds, settings: &str, cloud: &str) -> [Vec<String>; 2] {
    let (cli, command) = (Proxy::start(), Proxy::start());
    let settings = |proxy: &Proxy| -> Vec<(String, String)> {
        let known = [
            ("PULUMI_BACKEND_URL", cloud),
            ("PULUMI_ACCESS_TOKEN", "pul-x"),
        ];
        let known = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
        proxy.variables(settings).into_iter().chain(known).collect()
    };
    let (to_cli, to_command) = (settings(&cli), settings(&command));
    let (to_cli, to_command) = (borrowed(&to_cli), borrowed(&to_command));
    let (one, other) = tokio::join!(
        clouds.pulumi(&to_cli, &LIST),
        clouds.command(Path::new(COMMAND), &to_command, &GRAPH)
    );
    one.fails();
    other.fails();
    [cli.taken(), command.taken()]
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_are_those_of_the_cli() {
    let clouds = Clouds::start().await;
    let all = CASES.map(|(settings, cloud, expected)| {
        let clouds = &clouds;
        async move {
            let expected: Vec<String> = expected.map(str::to_owned).into_iter().collect();
            let asked = asked(clouds, settings, cloud).await;
            let differs = asked.iter().any(|asked| *asked != expected);
            differs.then(|| format!("{settings} {cloud}: {expected:?}, and not {asked:?}"))
        }
    });
    let wrong: Vec<String> = futures_util::future::join_all(all)
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(wrong, [""; 0], "the CLI and the command");
}

/// A cloud with a certificate that the system does not trust.
async fn secured(clouds: &Clouds) -> String {
    let address = clouds.a.url().trim_start_matches("http://");
    std::fs::create_dir(clouds.path("authorities")).expect("it is made");
    let authority = clouds.path("authorities/ours.pem");
    let port = front::serve(address.parse().expect("an address"), &authority).await;
    clouds.a.stack("acme/network/prod").await;
    format!("https://localhost:{port}")
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_those_of_the_cli() {
    let clouds = Clouds::start().await;
    let url = secured(&clouds).await;
    let known = [
        ("PULUMI_BACKEND_URL", url.as_str()),
        ("PULUMI_ACCESS_TOKEN", clouds.a.token),
    ];
    let both = async |setting: (&str, &str)| -> [Ran; 2] {
        let variables = [&known[..], &[setting]].concat();
        let cli = clouds.pulumi(&variables, &LIST).await;
        [
            cli,
            clouds.command(Path::new(COMMAND), &variables, &GRAPH).await,
        ]
    };
    let file = clouds.path("authorities/ours.pem").display().to_string();
    let folder = clouds.path("authorities").display().to_string();
    for trusted in [
        ("SSL_CERT_FILE", file.as_str()),
        ("SSL_CERT_DIR", folder.as_str()),
    ] {
        for ran in both(trusted).await {
            ran.succeeds();
        }
    }
    for ran in both(("SSL_CERT_FILE", "")).await {
        ran.fails();
    }
}

/// `pulumi login --insecure` applies to exactly that address, for the command and for the plugin.
#[tokio::test(flavor = "multi_thread")]
async fn an_insecure_login_counts_for_its_own_address() {
    let clouds = Clouds::start().await;
    let url = secured(&clouds).await;
    let token = ("PULUMI_ACCESS_TOKEN", clouds.a.token);
    clouds
        .pulumi(&[token], &["login", "--insecure", &url])
        .await
        .succeeds();
    let shown = |said: &str| said.replace(&url, "URL");
    let said = clouds
        .command(Path::new(COMMAND), &[], &GRAPH)
        .await
        .succeeds();
    insta::assert_snapshot!(shown(&lines(&said, &["warning"]).join("\n")), @"warning: the certificate of URL is not checked, because the Pulumi CLI is logged in there with `--insecure`");
    clouds.write(
        "program/Pulumi.yaml",
        "name: wiring\nruntime: yaml\nresources:\n  hook: {type: 'auto-deploy:Webhook', properties: \
         {displayName: ours, organizationName: acme, projectName: network, stackName: prod, payloadUrl: 'https://a.example'}}\n",
    );
    clouds
        .pulumi(&[], &["stack", "init", "acme/dev"])
        .await
        .succeeds();
    clouds
        .pulumi(&[], &["up", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(clouds.a.hooks("acme/network/prod").await, ["ours"]);

    // The same server under another name is another address.
    let other = url.replace("localhost", "127.0.0.1");
    let said = clouds
        .command(
            Path::new(COMMAND),
            &[("PULUMI_BACKEND_URL", &other), token],
            &GRAPH,
        )
        .await;
    let said = said.fails().replace(&other, "OTHER");
    insta::assert_snapshot!(said, @"error: the stacks could not be looked at on the cloud: could not list the stacks of the organization `acme`: no answer from OTHER (named by PULUMI_BACKEND_URL) after one attempt: its certificate is signed by an authority that this machine does not trust; if it is your own, set SSL_CERT_FILE to a file with its certificate");
}
