//! The server as clients see it: connections and their limits, one request at a time, answers.

mod body;
mod config;
mod request_id;
mod server;
mod service;
mod throttle;
mod tls;

pub use config::HttpConfig;
pub use server::{Server, StartError};
pub use tls::ServerTls;
