//! Traces of executions: what their events say, as OpenTelemetry's spans.
//!
//! ```text
//! events ──tracer──▶ spans that have ended ──(durable)──▶ exporter ──OTLP over HTTP──▶ collector
//! ```
//!
//! A trace is an execution: the execution's span, below it those of its states, of Map iterations and Map Runs, and
//! of every attempt of a task. Nested executions and those of Map Runs stand below what started them. Ids are drawn
//! from the execution's own, so that the same seed gives the same trace.

mod config;
mod context;
mod export;
mod names;
mod open;
mod otlp;
mod span;
mod tracer;

pub use config::{TraceConfig, TraceConfigError};
pub use context::TraceContext;
pub(crate) use export::export;
pub(crate) use span::Span;
pub(crate) use tracer::Tracer;

#[cfg(test)]
mod tests;
