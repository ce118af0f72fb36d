//! The server over plain sockets: targets, limits, slow clients, stopping.

use std::net::SocketAddr;
use std::time::Duration;

use stepclock_server::{HttpConfig, Server, ServerConfig, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that runs until the sender is used or dropped.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn start(http: HttpConfig) -> Running {
    let address = ([127, 0, 0, 1], 0).into();
    let server = Server::bind(ServerConfig::default(), HttpConfig { address, ..http }).await;
    let server = server.expect("starts");
    let address = server.address();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move {
        let _ = stopped.await;
    };
    Running { address, stop, ended: tokio::spawn(server.run(shutdown)) }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    /// Sends bytes on a connection of their own; what comes back until the server closes it.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    async fn call(&self, target: &str, body: &str) -> String {
        self.send(call(target, "close", body).as_bytes()).await
    }
}

fn call(target: &str, connection: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: sync-localhost\r\nConnection: {connection}\r\nX-Amz-Target: {target}\r\n\
         Content-Type: application/x-amz-json-1.0\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test]
async fn errors_come_with_type_request_id_and_content_type() {
    let server = start(HttpConfig::default()).await;
    let answer = server.call("AWSStepFunctions.NoSuchOperation", "{}").await;
    assert_eq!(status(&answer), "400");
    assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    assert!(answer.contains("content-type: application/x-amz-json-1.0"), "{answer}");
    assert!(
        answer.contains(r#"{"__type":"com.amazon.coral.service#UnknownOperationException""#),
        "{answer}"
    );
    let answer = server.call("AWSStepFunctions.ListActivities", "{").await;
    assert_eq!(status(&answer), "400");
    assert!(answer.ends_with(r#"{"__type":"com.amazon.coral.service#SerializationException"}"#));
    let answer = server.call("AWSStepFunctions.DescribeActivity", "{}").await;
    assert!(answer.contains("at 'activityArn' failed to satisfy constraint"), "{answer}");
}

#[tokio::test]
async fn what_is_no_call_is_not_found() {
    let server = start(HttpConfig::default()).await;
    for head in [
        "GET / HTTP/1.1",
        "PUT / HTTP/1.1",
        "POST /other HTTP/1.1",
        "POST / HTTP/1.1\r\nContent-Type: text/plain",
    ] {
        let request = format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = server.send(request.as_bytes()).await;
        assert_eq!(status(&answer), "404", "{head}");
        assert!(answer.ends_with("<UnknownOperationException/>\n"), "{answer}");
    }
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let server = start(HttpConfig::default()).await;
    for path in ["health", "ready"] {
        let request =
            format!("GET /_stepclock/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&server.send(request.as_bytes()).await), "200", "{path}");
    }
}

#[tokio::test]
async fn pages_of_other_hosts_are_refused() {
    let server = start(HttpConfig::default()).await;
    let from = |origin: &str| {
        call("AWSStepFunctions.X", "close", "{}")
            .replace("\r\n\r\n", &format!("\r\nOrigin: {origin}\r\n\r\n"))
    };
    for (origin, expected) in [
        ("https://evil.example", "403"),
        ("null", "403"),
        ("http://localhost.evil.example", "403"),
        ("http://localhost:3000", "400"),
        ("http://[::1]:3000", "400"),
        ("http://127.0.0.1:3000", "400"),
    ] {
        let answer = server.send(from(origin).as_bytes()).await;
        assert_eq!(status(&answer), expected, "{origin}");
    }
}

#[tokio::test]
async fn bodies_have_a_limit_declared_or_not() {
    let server = start(HttpConfig { body_bytes_max: 1_000, ..HttpConfig::default() }).await;
    let body = |length: usize| format!("{{\"x\": \"{}\"}}", "a".repeat(length - 9));
    let target = "AWSStepFunctions.DescribeActivity";
    assert_eq!(status(&server.call(target, &body(1_000)).await), "400");
    assert_eq!(status(&server.call(target, &body(1_001)).await), "413");
    assert_eq!(status(&server.call(target, &body(300_000)).await), "413");
    let chunk = "a".repeat(600);
    let chunked =
        call(target, "close", "").replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let chunked = format!("{chunked}258\r\n{chunk}\r\n258\r\n{chunk}\r\n0\r\n\r\n");
    assert_eq!(status(&server.send(chunked.as_bytes()).await), "413");
}

#[tokio::test]
async fn a_body_that_trickles_is_cut_off() {
    let timeout = Duration::from_millis(100);
    let server = start(HttpConfig { body_timeout: timeout, ..HttpConfig::default() }).await;
    let whole = call("AWSStepFunctions.ListActivities", "close", "{\"maxResults\": 1}");
    let answer = server.send(&whole.as_bytes()[..whole.len() - 3]).await;
    assert_eq!(status(&answer), "408");
}

#[tokio::test]
async fn a_head_that_trickles_is_cut_off() {
    let timeout = Duration::from_millis(100);
    let server = start(HttpConfig { head_timeout: timeout, ..HttpConfig::default() }).await;
    assert_eq!(server.send(b"POST / HTT").await, "");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let server = start(HttpConfig { connections_max: 1, ..HttpConfig::default() }).await;
    let mut first = server.connect().await;
    first
        .write_all(call("AWSStepFunctions.X", "keep-alive", "{}").as_bytes())
        .await
        .expect("writes");
    let mut head = [0; 12];
    first.read_exact(&mut head).await.expect("is answered");
    assert_eq!(&head, b"HTTP/1.1 400");
    let second = server.call("AWSStepFunctions.X", "{}");
    tokio::pin!(second);
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut second).await.is_err());
    drop(first);
    assert_eq!(status(&second.await), "400");
}

#[tokio::test]
async fn what_is_no_http_and_clients_that_leave_do_no_harm() {
    let server = start(HttpConfig::default()).await;
    let garbage = server.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await;
    assert!(garbage.is_empty() || status(&garbage) == "400", "{garbage}");
    let whole = call("AWSStepFunctions.ListActivities", "close", "{}");
    for length in [1, 20, whole.len() - 1, whole.len()] {
        let mut stream = server.connect().await;
        stream.write_all(&whole.as_bytes()[..length]).await.expect("writes");
        drop(stream);
    }
    assert_eq!(status(&server.call("AWSStepFunctions.X", "{}").await), "400");
}

#[tokio::test]
async fn a_stopped_server_closes_idle_connections_and_refuses_new_ones() {
    let server = start(HttpConfig::default()).await;
    let mut idle = server.connect().await;
    idle.write_all(call("AWSStepFunctions.X", "keep-alive", "{}").as_bytes())
        .await
        .expect("writes");
    let mut head = [0; 12];
    idle.read_exact(&mut head).await.expect("is answered");
    server.stop.send(()).expect("is running");
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.expect("is closed");
    server.ended.await.expect("ends");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn beyond_loopback_keys_are_asked_for() {
    let open = HttpConfig { address: ([0, 0, 0, 0], 0).into(), ..HttpConfig::default() };
    let refused = Server::bind(ServerConfig::default(), open.clone()).await;
    assert!(matches!(refused, Err(StartError::Unauthenticated { .. })));
    let wanted = HttpConfig { unauthenticated_beyond_loopback: true, ..open.clone() };
    assert!(Server::bind(ServerConfig::default(), wanted).await.is_ok());
    let mut with_key = open;
    with_key.keys.add("AKID=secret").expect("a key");
    assert!(Server::bind(ServerConfig::default(), with_key).await.is_ok());
}

#[tokio::test]
async fn unsigned_requests_are_refused_where_keys_are_given_but_probes_are_answered() {
    let mut http = HttpConfig::default();
    http.keys.add("AKID=secret").expect("a key");
    let server = start(http).await;
    let answer = server.call("AWSStepFunctions.ListActivities", "{}").await;
    assert_eq!(status(&answer), "400");
    assert!(answer.contains("MissingAuthenticationTokenException"), "{answer}");
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&server.send(get("/_stepclock/ready").as_bytes()).await), "200");
    assert_eq!(status(&server.send(get("/_stepclock/clock").as_bytes()).await), "403");
}

#[tokio::test]
async fn a_throttled_server_refuses_what_is_too_fast() {
    let server = start(HttpConfig { throttle: true, ..HttpConfig::default() }).await;
    let mut last = String::new();
    for _ in 0..60 {
        last = server.call("AWSStepFunctions.TestState", "{}").await;
    }
    assert!(last.contains("com.amazon.coral.availability#ThrottlingException"), "{last}");
    assert!(last.contains("Rate exceeded"), "{last}");
}

#[tokio::test]
async fn metrics_tell_requests_apart() {
    let server = start(HttpConfig::default()).await;
    server.call("AWSStepFunctions.ListActivities", "{}").await;
    server.call("AWSStepFunctions.NoSuchOperation", "{}").await;
    let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answer = server.send(request.as_bytes()).await;
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
    for (operation, status) in [("ListActivities", 200), ("unknown", 400)] {
        let series = format!(
            "stepclock_request_seconds_count{{operation=\"{operation}\",status=\"{status}\"}} 1\n"
        );
        assert!(answer.contains(&series), "{answer}");
    }
}
