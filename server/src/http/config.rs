//! What the HTTP side of a server is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::ServerTls;
use crate::auth::AccessKeys;

/// Where a server listens, whom it answers, and its limits.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Requests must be signed with one of these. With none, signatures are not looked at.
    pub keys: AccessKeys,
    /// Every signature may be used once.
    pub single_use_signatures: bool,
    /// Listen beyond loopback without keys: whoever reaches the port may do everything.
    pub unauthenticated_beyond_loopback: bool,
    /// Speak TLS.
    pub tls: Option<ServerTls>,
    /// Refuse requests as fast as AWS does in its big regions.
    pub throttle: bool,
    /// Connections at once; more wait in the operating system's queue. Each has one request at a time.
    pub connections_max: usize,
    /// Bytes of one request's body.
    pub body_bytes_max: usize,
    /// Bytes of all bodies that are being read or worked on; requests beyond wait.
    pub bodies_bytes_max: usize,
    /// How long a request's head may take, and how long a connection may be idle.
    pub head_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long requests may take to finish once the server is told to stop.
    pub drain_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 8083).into(),
            keys: AccessKeys::default(),
            single_use_signatures: false,
            unauthenticated_beyond_loopback: false,
            tls: None,
            throttle: false,
            connections_max: 10_000,
            // AWS's own limit: 1 MiB and 1 KiB.
            body_bytes_max: 1_049_600,
            bodies_bytes_max: 512 << 20,
            head_timeout: Duration::from_secs(90),
            body_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
