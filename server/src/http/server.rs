//! Listening, the limit on connections, and stopping.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::service::Service;
use super::{HttpConfig, ServerTls};
use crate::config::ServerConfig;
use crate::hub::{self, Answerers, Handle};
use crate::store::{MemoryStore, SqliteStore, Store, StoreError};

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long the handshake of TLS may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait when the operating system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or is not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// It would be open to everybody.
    #[error(
        "{address} is not a loopback address: whoever reaches it could do everything. Give access keys, or say \
         that this is wanted"
    )]
    Unauthenticated {
        /// The address.
        address: SocketAddr,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server that listens. It answers once [`Server::run`] is awaited.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    hub: Handle,
    http: HttpConfig,
}

impl Server {
    /// Opens the store, starts the hub and listens.
    ///
    /// # Errors
    /// When one of them fails, or when everybody could reach the server and no access keys are given.
    pub async fn bind(config: ServerConfig, http: HttpConfig) -> Result<Self, StartError> {
        Self::bind_with(config, http, Answerers::default()).await
    }

    /// The same with somebody to answer tasks.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub async fn bind_with(
        config: ServerConfig,
        http: HttpConfig,
        answerers: Answerers,
    ) -> Result<Self, StartError> {
        let address = http.address;
        let open = http.keys.is_empty() && !http.unauthenticated_beyond_loopback;
        if open && !address.ip().is_loopback() {
            return Err(StartError::Unauthenticated { address });
        }
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let store: Arc<dyn Store> = match &config.data {
            None => Arc::new(MemoryStore::default()),
            Some(folder) => Arc::new(SqliteStore::open(folder)?),
        };
        let hub = hub::start(config, store, answerers)?;
        Ok(Self { listener, address, hub, http })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way to its hub.
    #[must_use]
    pub fn hub(&self) -> &Handle {
        &self.hub
    }

    /// Answers requests until `shutdown` is ready; then lets those that are being worked on finish, within
    /// [`HttpConfig::drain_timeout`].
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let service = Arc::new(Service::new(self.hub.clone(), &self.http));
        let connections = Arc::new(Semaphore::new(self.http.connections_max));
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = async {
                let permit = connections.clone().acquire_owned().await;
                (permit, self.listener.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                () = &mut shutdown => break,
                accepted = accepted => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let served = serve(stream, service.clone(), graceful.watcher(), &self.http);
            tokio::spawn(async move {
                let _permit = permit;
                if let Err(error) = served.await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        drop(self.listener);
        if tokio::time::timeout(self.http.drain_timeout, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still being worked on when the server stopped");
        }
        self.hub.stop().await;
    }
}

/// Serves a connection until it ends, after the handshake where there is one.
fn serve(
    stream: TcpStream,
    service: Arc<Service>,
    watcher: Watcher,
    config: &HttpConfig,
) -> impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send + use<> {
    // Answers are small and nobody waits for more of them: send at once.
    let _ = stream.set_nodelay(true);
    let (tls, head_timeout) = (config.tls.clone(), config.head_timeout);
    async move {
        match tls {
            None => watcher.watch(connection(stream, service, head_timeout)).await?,
            Some(ServerTls(acceptor)) => {
                let stream =
                    tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await??;
                watcher.watch(connection(stream, service, head_timeout)).await?;
            }
        }
        Ok(())
    }
}

fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    service: Arc<Service>,
    head_timeout: Duration,
) -> impl GracefulConnection<Error = hyper::Error> + Send + use<S> {
    let answer = service_fn(move |request| {
        let service = service.clone();
        async move { Ok::<_, Infallible>(service.answer(request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), answer)
}
