//! TLS: a server that speaks it, called by another one as a service outside.

use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_server::api;
use stepclock_server::http::ServerTls;
use stepclock_server::hub::{self, Answerers};
use stepclock_server::outside::{AccessKey, Endpoints, Services, Tls, TlsError};
use stepclock_server::store::MemoryStore;
use stepclock_server::{HttpConfig, Server, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A certificate for `localhost`, and its key.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("is made");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// A server on a free port; it lives as long as the test.
async fn start(certificate: &str, key: &str) -> u16 {
    let tls = ServerTls::new(certificate.as_bytes(), key.as_bytes()).expect("belong together");
    let address = ([127, 0, 0, 1], 0).into();
    let http = HttpConfig { address, tls: Some(tls), ..HttpConfig::default() };
    let server = Server::bind(ServerConfig::default(), http).await.expect("starts");
    let port = server.address().port();
    tokio::spawn(server.run(std::future::pending()));
    port
}

/// What becomes of an execution that lists the machines of the server at a port.
async fn list_machines(port: u16, tls: &Tls) -> Value {
    let mut endpoints = Endpoints::default();
    endpoints.add(&format!("sfn=https://localhost:{port}")).expect("is an endpoint");
    let runtime = tokio::runtime::Handle::current();
    let services = Services::new(endpoints, AccessKey::default(), tls, "us-east-1".into(), runtime);
    let answerers = Answerers { outside: Some(Arc::new(services)), ..Answerers::default() };
    let hub = hub::start(ServerConfig::default(), Arc::new(MemoryStore::default()), answerers);
    let hub = hub.expect("starts");
    let resource = "arn:aws:states:::aws-sdk:sfn:listStateMachines";
    let task = json!({"Type": "Task", "Resource": resource, "Parameters": {}, "End": true});
    let definition = json!({"StartAt": "T", "States": {"T": task}}).to_string();
    let request = json!({
        "name": "m",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "type": "EXPRESS",
        "definition": definition,
    });
    let created = api::call(&hub, "CreateStateMachine", request).await.expect("is created");
    let start = json!({"stateMachineArn": created["stateMachineArn"]});
    api::call(&hub, "StartSyncExecution", start).await.expect("ends")
}

#[tokio::test]
async fn services_are_called_over_tls_by_whoever_trusts_them() {
    let (certificate, key) = certificate();
    let port = start(&certificate, &key).await;
    let tls = Tls::trusting(certificate.as_bytes()).expect("is a bundle");
    let ended = list_machines(port, &tls).await;
    assert_eq!(ended["output"], r#"{"StateMachines":[]}"#, "{ended}");

    let ended = list_machines(port, &Tls::default()).await;
    assert_eq!(ended["error"], "Sfn.SdkClientException", "{ended}");
    let cause = ended["cause"].as_str().expect("has a cause");
    assert!(cause.contains("certificate"), "{cause}");
}

#[tokio::test]
async fn whoever_does_not_speak_tls_is_sent_away() {
    let (certificate, key) = certificate();
    let port = start(&certificate, &key).await;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
    stream.write_all(b"GET /_stepclock/health HTTP/1.1\r\n\r\n").await.expect("writes");
    let mut answer = Vec::new();
    // The connection may be reset, too.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
}

#[test]
fn what_is_no_certificate_is_refused() {
    let (certificate, key) = certificate();
    let (_, other) = self::certificate();
    let new = |chain: &str, key: &str| ServerTls::new(chain.as_bytes(), key.as_bytes()).map(|_| ());
    assert_eq!(new("", &key), Err(TlsError::NoCertificate));
    assert!(matches!(new(&certificate, "no key"), Err(TlsError::NotPem(_))));
    assert!(matches!(new(&certificate, &other), Err(TlsError::Unusable(_))));
    assert!(matches!(
        Tls::trusting(b"-----BEGIN CERTIFICATE-----\n"),
        Err(TlsError::NotPem(_) | TlsError::NoCertificate)
    ));
}
