//! Lambda functions: an endpoint that counts its calls, and outlives every server that makes them.
//!
//! `echo` answers with its payload. `callback` has a task token in its payload and returns it itself, by turns before
//! and after its own answer. While servers are being killed, every fourth call is held until its server is dead: no
//! kill misses a call that is on its way.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::http::{Client, read};
use crate::tokens::Tokens;

/// Of so many calls, one is held.
const HELD: u64 = 4;

/// The functions.
pub(crate) struct Functions {
    /// Where the server finds them.
    pub(crate) endpoint: String,
    pub(crate) calls: Arc<Calls>,
}

/// What has been called.
pub(crate) struct Calls {
    counts: Mutex<BTreeMap<String, u64>>,
    number: AtomicU64,
    held: AtomicU64,
    /// Whether calls are held.
    holding: AtomicBool,
    /// Where tokens are returned to.
    server: Mutex<String>,
    tokens: Arc<Tokens>,
}

impl Functions {
    pub(crate) fn start(tokens: Arc<Tokens>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
        let endpoint = format!("http://{}", listener.local_addr().expect("has an address"));
        let calls = Arc::new(Calls {
            counts: Mutex::default(),
            number: AtomicU64::new(0),
            held: AtomicU64::new(0),
            holding: AtomicBool::new(false),
            server: Mutex::default(),
            tokens,
        });
        let served = calls.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let calls = served.clone();
                std::thread::spawn(move || calls.serve(BufReader::new(stream)));
            }
        });
        Self { endpoint, calls }
    }
}

impl Calls {
    /// A server has started; it will be killed, or it will not.
    pub(crate) fn expect(&self, server: &str, killed: bool) {
        server.clone_into(&mut self.server.lock().expect("is whole"));
        self.holding.store(killed, Ordering::SeqCst);
    }

    /// How often each call was made, by what it says of itself.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.lock().expect("is whole").clone()
    }

    /// Calls whose answers died with their servers.
    pub(crate) fn held(&self) -> u64 {
        self.held.load(Ordering::SeqCst)
    }

    fn serve(&self, mut stream: BufReader<TcpStream>) -> Option<()> {
        loop {
            let (line, payload) = read(&mut stream)?;
            let call = payload["call"].as_str().expect("says what it is").to_owned();
            *self.counts.lock().expect("is whole").entry(call.clone()).or_default() += 1;
            let number = self.number.fetch_add(1, Ordering::SeqCst);
            if self.holding.load(Ordering::SeqCst) && number.is_multiple_of(HELD) {
                self.held.fetch_add(1, Ordering::SeqCst);
                // Nothing more is sent before the answer: this ends with the server.
                stream.fill_buf().ok()?;
                return None;
            }
            if !line.contains("/functions/callback/") {
                answer(&mut stream, &payload)?;
                continue;
            }
            let token = payload["token"].as_str().expect("has a token");
            self.tokens.take(token, call.split(' ').next().expect("has an execution"));
            let early = number.is_multiple_of(2);
            if early {
                self.send(token);
            }
            let answered = answer(&mut stream, &payload);
            if !early {
                self.send(token);
            }
            answered?;
        }
    }

    fn send(&self, token: &str) {
        let server = self.server.lock().expect("is whole").clone();
        if let Some(mut client) = Client::new(&server) {
            self.tokens.send(&mut client, token);
        }
    }
}

fn answer(stream: &mut BufReader<TcpStream>, payload: &Value) -> Option<()> {
    let body = payload.to_string();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.get_mut().write_all((head + &body).as_bytes()).ok()
}
