//! A server that speaks the AWS Step Functions API.
//!
//! ```text
//!  HTTP ──protocol──▶ (operation, request) ──api──▶ hub ──▶ executions of the engine
//!                                                    │  ▲        │
//!                                       store ◀──writes  └─answers─┘ tasks: workers, Lambda, nested executions
//! ```
//!
//! One thread, the [`hub`], owns everything that changes: state machines, executions, timers, task tokens. A
//! request is a closure that runs there; what it writes is committed before anybody hears of it. The engine below
//! is the one that the simulated world drives, and knows neither clock nor network.

pub mod api;
pub mod auth;
pub mod clock;
pub mod config;
pub mod control;
pub mod error;
pub mod http;
pub mod hub;
pub mod observe;
pub mod outside;
pub mod protocol;
pub mod registry;
pub mod store;

pub use config::ServerConfig;
pub use http::{HttpConfig, Server, StartError};
