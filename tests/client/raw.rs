//! A server below HTTP: each connection gets one scripted act.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// It is reset before anything is read.
    ResetAtOnce,
    /// The request is read, and the connection is reset.
    ResetAfterReading,
    /// The request is read, and the connection is closed.
    CloseAfterReading,
    /// The answer consists of these bytes, and the connection is closed.
    Say(&'static str),
    /// The same with bytes that need not be text.
    SayBytes(&'static [u8]),
    /// The answer begins with these bytes, and then nothing more comes.
    SayAndWait(&'static str),
    /// An answer whose body has no end.
    Flood,
}

/// A webhook as an answer.
pub(crate) const HOOK: &str = concat!(
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 79\r\n\r\n",
    r#"{"name":"x","displayName":"x","payloadUrl":"https://example.com","active":true}"#
);

/// Serves `acts` in order, and the last forever; returns the address and the number of connections.
pub(crate) async fn serve(acts: &[Act]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let (acts, counted) = (acts.to_vec(), Arc::clone(&count));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let place = counted.fetch_add(1, Ordering::SeqCst).min(acts.len() - 1);
            tokio::spawn(play(acts[place], stream));
        }
    });
    (address, count)
}

/// Errors here are the client's doing, which may close the connection at any time.
async fn play(act: Act, mut stream: TcpStream) {
    if !matches!(act, Act::ResetAtOnce) {
        read_request(&mut stream).await;
    }
    match act {
        Act::ResetAtOnce | Act::ResetAfterReading => {
            stream.set_zero_linger().expect("it is a socket");
        }
        Act::CloseAfterReading => {}
        Act::Say(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
        Act::SayBytes(answer) => {
            let _ = stream.write_all(answer).await;
        }
        Act::SayAndWait(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.read(&mut [0; 1]).await;
        }
        Act::Flood => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\"";
            let _ = stream.write_all(head.as_bytes()).await;
            let chunk = vec![b'x'; 1024 * 1024];
            while stream.write_all(&chunk).await.is_ok() {}
        }
    }
}

/// Reads the head of a request, and as much of a body as the head announces.
async fn read_request(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => return,
        }
        if !bytes[0].is_ascii_alphabetic() {
            // This is not a request but the start of a TLS handshake, whose end we cannot tell.
            return;
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .to_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return;
        }
    }
}
