//! A certificate for 127.0.0.1 that nobody knows, made anew for each test, so that none runs out
//! and no key lies in the tree.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const WISH: &str = "[req]
prompt = no
distinguished_name = name
x509_extensions = made
[name]
CN = A relay in a test
[made]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1
";

pub struct Certificate {
    folder: tempfile::TempDir,
}

impl Certificate {
    pub fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("wish"), WISH).unwrap();
        let mut openssl = Command::new("openssl");
        openssl
            .current_dir(&folder)
            .args(["req", "-x509", "-config", "wish", "-days", "2"]);
        openssl.args([
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ]);
        openssl.args(["-keyout", "key.pem", "-out", "certificate.pem"]);
        let done = openssl
            .output()
            .expect("openssl is there: tests/run installs it");
        assert!(done.status.success(), "{done:?}");
        Self { folder }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        let own = CertificateDer::from_pem_file(self.file()).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.folder.path().join("key.pem")).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(server))
    }
}
