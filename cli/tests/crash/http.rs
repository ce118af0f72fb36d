//! Just enough HTTP for a client of the server and for a function that it calls.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// A connection to the server.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn new(address: &str) -> Option<Self> {
        TcpStream::connect(address).ok().map(|stream| Self(BufReader::new(stream)))
    }

    /// Calls an operation; nothing when the server is gone.
    pub(crate) fn call(
        &mut self,
        operation: &str,
        request: &Value,
    ) -> Option<Result<Value, Value>> {
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all((head + &body).as_bytes()).ok()?;
        let (status, answer) = read(&mut self.0)?;
        Some(if status.contains(" 200 ") { Ok(answer) } else { Err(answer) })
    }
}

/// The first line of a message, and its body; nothing when the other side has gone.
pub(crate) fn read(stream: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((first, serde_json::from_slice(&body).ok()?))
}
