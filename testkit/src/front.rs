//! A TLS server in front of a cloud, which itself only serves plain HTTP.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Serves the cloud at `behind` as `https://localhost:PORT` until the test ends, and writes the certificate of the signing
/// authority to `authority`. Returns the port.
pub async fn serve(behind: SocketAddr, authority: &Path) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut issuer = CertificateParams::default();
    issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(issuer, KeyPair::generate().expect("a key"));
    let issuer = issuer.expect("a certificate");
    std::fs::write(authority, issuer.pem()).expect("it is written");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(["localhost".to_owned()]).expect("it is a name");
    let certificate = server.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("they belong together")));
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust the certificate disconnects.
                if let Ok(mut stream) = acceptor.accept(stream).await
                    && let Ok(mut cloud) = TcpStream::connect(behind).await
                {
                    let _ = copy_bidirectional(&mut stream, &mut cloud).await;
                }
            });
        }
    });
    port
}
