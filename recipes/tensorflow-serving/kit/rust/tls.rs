//! TLS, with the crate's feature `tls`.

use std::fs;
use std::path::{Path, PathBuf};

use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use super::{InputError, InputKind};

/// What a client needs to speak TLS; mutual TLS with `key` and `certificate`. Files are PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Who is trusted to vouch for the server; those that the system trusts, where it isn't given.
    pub ca: Option<PathBuf>,
    /// The client's key.
    pub key: Option<PathBuf>,
    /// The client's certificate, and those between it and the authority's.
    pub certificate: Option<PathBuf>,
    /// The name in the server's certificate, where it isn't that of the address.
    pub server_name: Option<String>,
}

impl Tls {
    pub(crate) fn config(&self, host: &str) -> Result<ClientTlsConfig, InputError> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let mut made = ClientTlsConfig::new().domain_name(name);
        made = match &self.ca {
            Some(path) => made.ca_certificate(Certificate::from_pem(content(path)?)),
            None => made.with_enabled_roots(),
        };
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                Ok(made.identity(Identity::from_pem(content(certificate)?, content(key)?)))
            }
            (None, None) => Ok(made),
            _ => Err(InputError::new(InputKind::Setting, "a key needs a certificate, and a certificate its key")),
        }
    }
}

fn content(path: &Path) -> Result<Vec<u8>, InputError> {
    fs::read(path).map_err(|error| InputError::new(InputKind::Setting, format!("{}: {error}", path.display())))
}
