//! A proxy on loopback, and the settings that decide whether it is used: one table for the command, the plugin and the
//! Pulumi CLI.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy that records its targets, and connects to none.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    asked: watch::Sender<Vec<String>>,
}

impl Proxy {
    /// Starts a proxy on a free port; it serves until the tests end.
    pub fn start() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (asked, _) = watch::channel(Vec::new());
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = log.clone();
                std::thread::spawn(move || {
                    // A client that disconnects early has named no target.
                    if let Ok(target) = target(stream) {
                        log.send_modify(|asked| asked.push(target));
                    }
                });
            }
        });
        Proxy { address, asked }
    }

    /// The targets since the last call, without duplicates.
    pub fn taken(&self) -> Vec<String> {
        let mut asked = self.asked.send_replace(Vec::new());
        asked.sort();
        asked.dedup();
        asked
    }

    /// Waits until it is used.
    pub async fn is_asked(&self) {
        let mut asked = self.asked.subscribe();
        let waited = asked.wait_for(|asked| !asked.is_empty()).await;
        waited.expect("the proxy is there as long as we are");
    }

    /// The environment variables of a case, with this proxy in place of `P`.
    pub fn variables(&self, settings: &str) -> Vec<(String, String)> {
        let pair = |setting: &str| {
            let (name, value) = setting.split_once('=').expect("a name and a value");
            let value = match value {
                "P" => self.address.clone(),
                value => value
                    .replace("//P", &format!("//{}", self.address))
                    .replace("@P", &format!("@{}", self.address)),
            };
            (name.to_owned(), value)
        };
        settings.split(';').map(pair).collect()
    }
}

/// The target of a connection, and the credentials.
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

/// The settings, separated by `;`, where `P` is the proxy; the cloud; and the target at the proxy.
pub const CASES: [(&str, &str, Option<&str>); 29] = [
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
