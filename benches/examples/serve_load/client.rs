//! A client: one connection, one request at a time, and as little work as possible beside the server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// A connection to the server.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("connects");
        stream.set_nodelay(true).expect("is a socket");
        Self { stream: BufReader::new(stream), line: String::new(), body: Vec::new() }
    }

    /// A request, ready to be sent again and again.
    pub(crate) fn request(operation: &str, request: &Value) -> Vec<u8> {
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        (head + &body).into_bytes()
    }

    /// Calls an operation.
    pub(crate) fn call(&mut self, operation: &str, request: &Value) -> Value {
        self.send(&Self::request(operation, request));
        serde_json::from_slice(self.receive()).expect("is JSON")
    }

    /// Sends a request; its answer is to be received.
    pub(crate) fn send(&mut self, request: &[u8]) {
        self.stream.get_mut().write_all(request).expect("writes");
    }

    /// The body of the next answer, which must be a good one.
    pub(crate) fn receive(&mut self) -> &[u8] {
        let (mut length, mut is_first, mut is_good) = (0, true, false);
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line).expect("reads");
            if std::mem::take(&mut is_first) {
                is_good = self.line.contains(" 200 ");
            }
            const LENGTH: &str = "content-length:";
            if self.line.get(..LENGTH.len()).is_some_and(|name| name.eq_ignore_ascii_case(LENGTH)) {
                length = self.line[LENGTH.len()..].trim().parse().expect("is a number");
            }
            if self.line.trim().is_empty() {
                break;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).expect("reads");
        assert!(is_good, "{}", String::from_utf8_lossy(&self.body));
        &self.body
    }
}
