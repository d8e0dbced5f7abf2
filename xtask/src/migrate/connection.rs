//! Connects by a user-supplied URL, with TLS as specified by libpq's `sslmode` and `sslrootcert` (PostgreSQL's manual, "SSL
//! Support"). tokio-postgres itself supports only modes without certificate verification.

use anyhow::{Context, Result, bail, ensure};
use percent_encoding::percent_decode_str;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use std::sync::Arc;
use tokio_postgres::{Client, Config, Connection, Socket, config::SslMode, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

const URL_FORM: &str = "the database's address must look like postgres://user:password@host:port/database";

type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Connects. Without `sslmode`, the connection is encrypted if the server supports it, without verifying its certificate.
///
/// # Errors
/// The URL is invalid, the server does not respond, or its certificate is not valid for the host. The message does not repeat
/// the URL, which may contain a password.
pub async fn connect(url: &str) -> Result<(Client, Connection<Socket, Stream>)> {
    let (config, roots) = parse(url)?;
    let connector = MakeRustlsConnect::new(tls(roots)?);
    config.connect(connector).await.context("the database does not answer, or refuses the user")
}

/// Trusted root certificates.
#[derive(Debug, PartialEq, Eq)]
enum Roots {
    /// The system's.
    System,
    /// Those in a PEM file.
    File(String),
}

/// Parses a URL into the connection's configuration and the roots to verify its certificate with, if any.
fn parse(url: &str) -> Result<(Config, Option<Roots>)> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut rest, mut mode, mut root) = (Vec::new(), None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = || percent_decode_str(value).decode_utf8().context(URL_FORM);
        match name {
            "sslmode" => mode = Some(value()?.into_owned()),
            "sslrootcert" => root = Some(value()?.into_owned()),
            _ => rest.push(pair),
        }
    }
    let address = if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
    let mut config = address.parse::<Config>().context(URL_FORM)?;
    ensure!(!config.get_hosts().is_empty() || !config.get_hostaddrs().is_empty(), URL_FORM);
    let (ssl_mode, is_verified) = match mode.as_deref() {
        Some("disable") => (SslMode::Disable, false),
        None | Some("prefer") => (config.get_ssl_mode(), root.is_some()),
        Some("require") => (SslMode::Require, root.is_some()),
        Some("verify-full") => (SslMode::Require, true),
        Some(_) => bail!("sslmode must be disable, prefer, require or verify-full"),
    };
    config.ssl_mode(if is_verified { SslMode::Require } else { ssl_mode });
    let roots = root.filter(|root| root != "system").map_or(Roots::System, Roots::File);
    Ok((config, is_verified.then_some(roots)))
}

fn tls(roots: Option<Roots>) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let builder = match roots {
        Some(roots) => builder.with_root_certificates(store(&roots)?),
        None => builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider))),
    };
    Ok(builder.with_no_client_auth())
}

fn store(roots: &Roots) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Roots::File(path) => {
            let certificates = CertificateDer::pem_file_iter(path);
            for certificate in certificates.with_context(|| format!("sslrootcert {path} cannot be read"))? {
                let unusable = || format!("sslrootcert {path} has a certificate that cannot be used");
                store.add(certificate.with_context(unusable)?).with_context(unusable)?;
            }
        }
    }
    ensure!(!store.is_empty(), "there are no root certificates: name a file of them with sslrootcert");
    Ok(store)
}

/// Accepts any certificate, as libpq does for `require`: this protects against eavesdropping, not against impersonation.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sslmode_selects_encryption_and_verification() {
        let file = || Some(Roots::File("/a b/ca.pem".to_owned()));
        for (query, mode, checked) in [
            ("", SslMode::Prefer, None),
            ("?sslmode=disable", SslMode::Disable, None),
            ("?sslmode=prefer", SslMode::Prefer, None),
            ("?sslmode=require&application_name=x%20y", SslMode::Require, None),
            ("?sslmode=verify-full", SslMode::Require, Some(Roots::System)),
            ("?sslmode=verify-full&sslrootcert=system", SslMode::Require, Some(Roots::System)),
            ("?sslrootcert=%2Fa%20b%2Fca.pem", SslMode::Require, file()),
            ("?sslmode=require&sslrootcert=/a b/ca.pem", SslMode::Require, file()),
        ] {
            let (config, roots) = parse(&format!("postgres://u:p@host:5432/db{query}")).unwrap();
            assert_eq!((config.get_ssl_mode(), roots), (mode, checked), "{query}");
            let name = query.contains("application_name").then_some("x y");
            assert_eq!(config.get_application_name(), name, "{query}");
        }
        let error = parse("postgres://u:secret@host/db?sslmode=verify-ca").unwrap_err().to_string();
        assert!(error.contains("verify-full") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_file_without_certificates_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem").display().to_string();
        let error = || format!("{:#}", store(&Roots::File(path.clone())).unwrap_err());
        assert!(error().contains("cannot be read"), "{}", error());
        std::fs::write(&path, "nothing").unwrap();
        assert!(error().contains("no root certificates"), "{}", error());
    }
}
