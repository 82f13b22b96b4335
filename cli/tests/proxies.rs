//! Proxies and certificates: the command and the real Pulumi CLI side by side, with the same settings.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use testkit::clouds::Clouds;
use testkit::front;
use testkit::workspace::{Ran, lines};

const COMMAND: &str = env!("CARGO_BIN_EXE_auto-deploy");
const GRAPH: [&str; 4] = ["graph", "--json", "--org", "acme"];
const LIST: [&str; 3] = ["stack", "ls", "--all"];

/// A proxy that writes down where it is to lead, and leads nowhere.
struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || {
                    // Who goes in the middle has not said where to.
                    if let Ok(target) = target(stream) {
                        log.lock().expect("no panic").push(target);
                    }
                });
            }
        });
        Proxy { address, asked }
    }

    /// Where it was to lead since the last time, each place once.
    fn taken(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().expect("no panic"));
        asked.sort();
        asked.dedup();
        asked
    }
}

/// Where a connection is to lead, and as whom.
fn target(mut stream: TcpStream) -> std::io::Result<String> {
    let mut first = [0; 1];
    stream.read_exact(&mut first)?;
    if first == [5] {
        return socks(stream);
    }
    let mut head = BufReader::new(stream.try_clone()?);
    let mut request = String::from_utf8_lossy(&first).into_owned();
    head.read_line(&mut request)?;
    let mut who = "";
    loop {
        let mut line = String::new();
        head.read_line(&mut line)?;
        // `me:key`
        if line
            .to_ascii_lowercase()
            .starts_with("proxy-authorization: basic")
            && line.contains("bWU6a2V5")
        {
            who = " as me";
        }
        if line.trim().is_empty() {
            break;
        }
    }
    stream
        .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    let target = request.split(' ').nth(1).unwrap_or_default();
    let target = target.strip_prefix("http://").unwrap_or(target);
    Ok(format!(
        "{}{who}",
        target.split('/').next().unwrap_or_default()
    ))
}

fn socks(mut stream: TcpStream) -> std::io::Result<String> {
    let mut n_methods = [0; 1];
    stream.read_exact(&mut n_methods)?;
    stream.read_exact(&mut vec![0; usize::from(n_methods[0])])?;
    stream.write_all(&[5, 0])?;
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    assert_eq!(head[3], 3, "the proxy looks the name up");
    let mut rest = vec![0; usize::from(head[4]) + 2];
    stream.read_exact(&mut rest)?;
    let (name, port) = rest.split_at(rest.len() - 2);
    let port = u16::from_be_bytes([port[0], port[1]]);
    stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(format!("{}:{port}", String::from_utf8_lossy(name)))
}

/// The settings, separated by `;`, where `P` is the proxy, the cloud, and where the proxy is to lead.
const CASES: [(&str, &str, Option<&str>); 29] = [
    (
        "HTTPS_PROXY=http://P",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "https_proxy=http://P",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=P",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=http://me:key@P",
        "https://cloud.test",
        Some("cloud.test:443 as me"),
    ),
    (
        "HTTPS_PROXY=socks5://P",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=socks5h://P",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=;https_proxy=http://P",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=http://P;https_proxy=http://127.0.0.1:1",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=http://P",
        "https://cloud.test:8443",
        Some("cloud.test:8443"),
    ),
    ("ALL_PROXY=http://P", "https://cloud.test", None),
    ("all_proxy=http://P", "https://cloud.test", None),
    ("HTTP_PROXY=http://P", "https://cloud.test", None),
    ("HTTPS_PROXY=http://P", "http://cloud.test", None),
    (
        "HTTP_PROXY=http://P",
        "http://cloud.test",
        Some("cloud.test"),
    ),
    (
        "http_proxy=http://P",
        "http://cloud.test:8080",
        Some("cloud.test:8080"),
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=cloud.test",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;no_proxy=cloud.test",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=;no_proxy=cloud.test",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=cloud.test:443",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=cloud.test:8443",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=*.test",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=.test",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=test",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=.cloud.test",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=loud.test",
        "https://cloud.test",
        Some("cloud.test:443"),
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=*",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=CLOUD.TEST",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY= other.example , cloud.test ",
        "https://cloud.test",
        None,
    ),
    (
        "HTTPS_PROXY=http://P;NO_PROXY=192.0.2.0/24",
        "https://192.0.2.7",
        None,
    ),
];

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Where the proxy was to lead when either of the two asked the cloud.
async fn asked(clouds: &Clouds, settings: &str, cloud: &str) -> [Vec<String>; 2] {
    let (cli, command) = (Proxy::start(), Proxy::start());
    let settings = |proxy: &Proxy| -> Vec<(String, String)> {
        let pair = |setting: &str| {
            let (name, value) = setting.split_once('=').expect("a name and a value");
            let value = match value {
                "P" => proxy.address.clone(),
                value => value
                    .replace("//P", &format!("//{}", proxy.address))
                    .replace("@P", &format!("@{}", proxy.address)),
            };
            (name.to_owned(), value)
        };
        let known = [
            ("PULUMI_BACKEND_URL", cloud),
            ("PULUMI_ACCESS_TOKEN", "pul-x"),
        ];
        let known = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
        settings.split(';').map(pair).chain(known).collect()
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

/// A cloud behind a certificate that the system does not know.
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

/// `pulumi login --insecure` counts for that very address, for the command and for the plugin.
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

    // The same server by another name is another address.
    let other = url.replace("localhost", "127.0.0.1");
    let said = clouds
        .command(
            Path::new(COMMAND),
            &[("PULUMI_BACKEND_URL", &other), token],
            &GRAPH,
        )
        .await;
    let said = said.fails().replace(&other, "OTHER");
    insta::assert_snapshot!(said, @"error: the stacks could not be looked at on the cloud: could not list the stacks of the organization `acme`: no answer from OTHER (named by PULUMI_BACKEND_URL) after one attempt: its certificate is signed by nobody that this machine trusts; if it is an authority of your own, set SSL_CERT_FILE to a file with its certificate");
}
