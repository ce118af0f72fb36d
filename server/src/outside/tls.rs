//! TLS towards the outside: whom to trust.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore, crypto};

/// Whom to trust: the authorities that browsers trust, or others.
#[derive(Debug, Clone)]
pub struct Tls(Arc<ClientConfig>);

/// Why certificates cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TlsError {
    /// It is not PEM.
    #[error("it is not PEM: {0}")]
    NotPem(String),
    /// There is none.
    #[error("it has no certificate")]
    NoCertificate,
    /// They, or the key, are of no use.
    #[error(transparent)]
    Unusable(#[from] Error),
}

impl Default for Tls {
    fn default() -> Self {
        let config = ClientConfig::builder_with_provider(crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_webpki_roots().with_no_client_auth());
        Self(Arc::new(config.expect("ring speaks what is safe by default")))
    }
}

impl Tls {
    /// Trusts the authorities of a bundle in PEM, and no others.
    ///
    /// # Errors
    /// When it is none.
    pub fn trusting(bundle: &[u8]) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(bundle)? {
            roots.add(certificate)?;
        }
        let config = ClientConfig::builder_with_provider(crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn config(&self) -> ClientConfig {
        (*self.0).clone()
    }
}

/// The certificates of a file.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| TlsError::NotPem(error.to_string()))?;
    match found.is_empty() {
        true => Err(TlsError::NoCertificate),
        false => Ok(found),
    }
}
