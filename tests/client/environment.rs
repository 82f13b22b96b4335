//! What the plugin takes from the environment of its process: proxies and certificates.
//!
//! The plugin runs as its own process and is called as the engine calls it.

use crate::TOKEN;
use crate::raw::{Act, HOOK, serve};
use auto_deploy::pb;
use auto_deploy::pb::resource_provider_client::ResourceProviderClient;
use futures_util::StreamExt as _;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use testkit::process::Service;
use testkit::proxy::{CASES, Proxy};
use testkit::tools;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tonic::transport::Channel;

/// A plugin that ends with the test.
struct Plugin {
    process: Service,
    client: ResourceProviderClient<Channel>,
    log: std::fs::File,
}

impl Plugin {
    async fn start(variables: &[(&str, &str)]) -> Plugin {
        let log = tempfile::tempfile().expect("a file");
        let mut command = Command::new(tools::plugin());
        command
            .env_clear()
            .envs(variables.iter().copied())
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("it is a file"));
        let process = Service::start(&mut command);
        let address = format!("http://127.0.0.1:{}", process.port());
        let client = ResourceProviderClient::connect(address)
            .await
            .expect("it listens");
        Plugin {
            process,
            client,
            log,
        }
    }

    /// Ends the plugin and returns what it wrote to stderr.
    fn end(mut self) -> String {
        self.process.kill();
        let mut text = String::new();
        self.log.rewind().expect("it is a file");
        self.log.read_to_string(&mut text).expect("it is text");
        text
    }

    /// Reads a webhook from the cloud at `url` within a second; returns `found`, or the message for the user.
    async fn read(&mut self, url: &str) -> String {
        self.read_within(1.0, url).await
    }

    /// The same within the given number of seconds.
    async fn read_within(&mut self, seconds: f64, url: &str) -> String {
        let configure = pb::ConfigureRequest {
            args: Some(prost_struct("apiUrl", url)),
            ..pb::ConfigureRequest::default()
        };
        self.client.configure(configure).await.expect("it is right");
        // An import asks for this webhook alone, and sets the time limit.
        let read = pb::ReadRequest {
            id: "acme/app/prod/x".to_owned(),
            urn: "urn:pulumi:dev::wiring::auto-deploy:index:Webhook::hook".to_owned(),
            timeout: seconds,
            ..pb::ReadRequest::default()
        };
        match self.client.read(read).await {
            Ok(answer) if answer.get_ref().id.is_empty() => "gone".to_owned(),
            Ok(_) => "found".to_owned(),
            Err(status) => {
                assert!(!status.message().contains(TOKEN), "{status}");
                attempts(&status.message().replace(url, "URL"))
            }
        }
    }
}

/// A text without the number of attempts, which depends on the speed of this machine.
fn attempts(said: &str) -> String {
    ["one attempt", "2 attempts", "3 attempts", "4 attempts"]
        .iter()
        .fold(said.to_owned(), |said, n| said.replace(n, "N attempts"))
}

#[allow(
    clippy::disallowed_types,
    reason = "here the tests speak the engine's protocol themselves"
)]
fn prost_struct(name: &str, text: &str) -> prost_types::Struct {
    let kind = Some(prost_types::value::Kind::StringValue(text.to_owned()));
    prost_types::Struct {
        fields: [(name.to_owned(), prost_types::Value { kind })].into(),
    }
}

/// The inputs of a webhook that signs with `key`.
#[allow(
    clippy::disallowed_types,
    reason = "here the tests speak the engine's protocol themselves"
)]
fn webhook_with(key: &str) -> prost_types::Struct {
    let texts = [
        ("organizationName", "acme"),
        ("projectName", "app"),
        ("stackName", "prod"),
        ("displayName", "x"),
        ("payloadUrl", "https://example.com"),
        ("secret", key),
    ];
    let fields = texts
        .into_iter()
        .flat_map(|(name, text)| prost_struct(name, text).fields);
    prost_types::Struct {
        fields: fields.collect(),
    }
}

/// Runs a plugin with these environment variables for one read.
async fn read(variables: &[(&str, &str)], url: &str) -> String {
    Plugin::start(variables).await.read(url).await
}

/// The same for a host that does not exist. On a busy machine the time limit may be reached during the lookup; then it is
/// tried again.
async fn read_nowhere(variables: &[(&str, &str)], url: &str) -> String {
    loop {
        let said = read(variables, url).await;
        if !said.contains("the answer took longer") {
            return said;
        }
    }
}

#[tokio::test]
async fn a_proxy_is_asked_and_named_and_passed_over() {
    let host = "http://cloud.invalid";
    let (proxy, asked) = serve(&[Act::Say(HOOKS)]).await;
    let through = format!("http://user:{TOKEN}@{proxy}");
    assert_eq!(read(&[("HTTP_PROXY", &through)], host).await, "found");
    assert_eq!(read(&[("http_proxy", &through)], host).await, "found");
    let empty = [("HTTP_PROXY", ""), ("http_proxy", &through)];
    assert_eq!(read(&empty, host).await, "found");
    assert_eq!(asked.swap(0, Ordering::SeqCst), 3);

    // The Pulumi CLI does not know this variable.
    let ignored = read_nowhere(&[("ALL_PROXY", &through)], host).await;
    assert!(
        ignored.contains("its host name cannot be found"),
        "{ignored}"
    );
    let passed_over = [("HTTP_PROXY", through.as_str()), ("NO_PROXY", ".invalid")];
    insta::assert_snapshot!(read_nowhere(&passed_over, host).await, @"could not list the webhooks of the stack `acme/app/prod`: no answer from URL (named by `auto-deploy:apiUrl` as of this stack's last `pulumi up`) after N attempts: its host name cannot be found; correct the address, or check the name service of this machine");
    let (cloud, _) = serve(&[Act::Say(HOOKS)]).await;
    let here = format!("http://{cloud}");
    assert_eq!(read(&[("HTTP_PROXY", &through)], &here).await, "found");
    assert_eq!(
        asked.load(Ordering::SeqCst),
        0,
        "nothing that is here goes through a proxy"
    );
}

/// `cli/tests/proxies.rs` checks the same table with the Pulumi CLI and the command.
#[tokio::test]
async fn proxies_are_those_of_the_cli() {
    let all = CASES.map(|(settings, cloud, expected)| {
        Box::pin(async move {
            let proxy = Proxy::start();
            // Without a proxy to ask, it is tried again until the time limit.
            let seconds = if expected.is_some() { 30.0 } else { 2.0 };
            let variables = proxy.variables(settings);
            let variables: Vec<_> = variables
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let mut plugin = Plugin::start(&variables).await;
            let said = tokio::select! {
                said = plugin.read_within(seconds, cloud) => said,
                () = proxy.is_asked() => String::new(),
            };
            let asked = proxy.taken();
            let differs = asked.iter().ne(expected.iter());
            differs.then(|| format!("{settings} {cloud}: {expected:?}, and not {asked:?}: {said}"))
        })
    });
    let some_at_once = futures_util::stream::iter(all).buffer_unordered(6);
    let wrong: Vec<String> = some_at_once.filter_map(std::future::ready).collect().await;
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_lets_nothing_through_is_named() {
    let refuses = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let (proxy, _) = serve(&[Act::Say(refuses)]).await;
    let through = format!("http://user:{TOKEN}@{proxy}");
    let said = read(&[("HTTPS_PROXY", &through)], "https://cloud.invalid").await;
    insta::assert_snapshot!(said.replace(&proxy, "PROXY"), @"could not list the webhooks of the stack `acme/app/prod`: no answer from URL (named by `auto-deploy:apiUrl` as of this stack's last `pulumi up`) after N attempts: the proxy PROXY refused the connection; correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY");
}

/// An answer with the webhooks of a stack or an organization.
const HOOKS: &str = concat!(
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 81\r\n\r\n",
    r#"[{"name":"x","displayName":"x","payloadUrl":"https://example.com","active":true}]"#
);

/// A TLS server with a certificate for `name`, signed by our own authority; returns its port and the file with the
/// authority's certificate.
async fn secured(folder: &tempfile::TempDir, name: &str, years: (i32, i32)) -> (u16, PathBuf) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("a certificate");
    let file = folder
        .path()
        .join(format!("{name}-{}-{}.pem", years.0, years.1));
    std::fs::write(&file, authority.pem()).expect("it is written");

    let key = KeyPair::generate().expect("a key");
    let mut server = CertificateParams::new([name.to_owned()]).expect("it is a name");
    server.not_before = rcgen::date_time_ymd(years.0, 1, 1);
    server.not_after = rcgen::date_time_ymd(years.1, 1, 1);
    let certificate = server.signed_by(&key, &authority).expect("a certificate");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .expect("they belong together");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate closes the connection.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(HOOKS.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (port, file)
}

#[tokio::test]
async fn certificates_are_those_of_the_file_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, authority) = secured(&folder, "localhost", (2000, 4000)).await;
    let (other, its_authority) = secured(&folder, "elsewhere.invalid", (2000, 4000)).await;
    let (old, old_authority) = secured(&folder, "localhost", (2000, 2001)).await;
    let (early, early_authority) = secured(&folder, "localhost", (3000, 4000)).await;
    let (plain, _) = serve(&[Act::Say(HOOK)]).await;
    let trusting = |file: &PathBuf| file.display().to_string();
    let nothing = folder.path().join("nothing.pem");
    let url = |port: u16| format!("https://localhost:{port}");
    let plain = plain.replace("127.0.0.1", "https://localhost");

    let cases = [
        ("trusted", trusting(&authority), url(good)),
        ("of another authority", trusting(&its_authority), url(good)),
        ("for another host", trusting(&its_authority), url(other)),
        ("too old", trusting(&old_authority), url(old)),
        ("too early", trusting(&early_authority), url(early)),
        ("no file", trusting(&nothing), url(good)),
        ("no TLS", trusting(&authority), plain),
    ];
    let mut lines = Vec::new();
    for (case, file, url) in cases {
        let said = read(&[("SSL_CERT_FILE", &file)], &url).await;
        lines.push(format!("{case}: {said}"));
    }
    insta::assert_snapshot!(lines.join("\n"));

    // Where nothing is verified, no certificates are needed.
    let (cloud, _) = serve(&[Act::Say(HOOKS)]).await;
    let nothing = trusting(&nothing);
    let said = read(&[("SSL_CERT_FILE", &nothing)], &format!("http://{cloud}")).await;
    assert_eq!(said, "found");
}

/// The plugin's log, and that of its libraries, at the highest verbosity, while requests succeed, fail and are repeated.
#[tokio::test]
async fn the_log_has_no_secret_however_much_is_logged() {
    const KEY: &str = "planted-signing-key";
    let acts = [
        Act::Say("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"),
        Act::Say("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}"),
        Act::Say(
            "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n",
        ),
        Act::Say("\0garbage\r\n\r\n"),
    ];
    let (cloud, _) = serve(&acts).await;
    let url = format!("http://{cloud}");
    let mut plugin = Plugin::start(&[("AUTO_DEPLOY_LOG", "trace")]).await;
    for _ in 0..3 {
        let said = plugin.read(&url).await;
        assert_ne!(said, "found");
        let create = pb::CreateRequest {
            urn: "urn:pulumi:dev::wiring::auto-deploy:index:Webhook::hook".to_owned(),
            properties: Some(webhook_with(KEY)),
            timeout: 1.0,
            ..pb::CreateRequest::default()
        };
        let status = plugin.client.create(create).await.expect_err("it fails");
        assert!(!status.message().contains(KEY), "{status}");
    }
    let log = plugin.end();
    assert!(
        log.contains("could not") || log.contains("still trying"),
        "{log}"
    );
    for planted in [TOKEN, KEY] {
        let line = log.lines().find(|line| line.contains(planted));
        assert_eq!(line, None);
    }
}
