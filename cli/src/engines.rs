//! Engines by name. One behind an API is called with the key and region that AWS's own tools take from the
//! environment; `server` is our own, over HTTP.

use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};

use stepclock_conformance::engine::endpoint::Credentials;
use stepclock_conformance::engine::{
    EndpointEngine, EndpointSettings, Engine, SpecError, from_spec_with,
};
use stepclock_engine::data::Timestamp;
use stepclock_server::config::ClockMode;
use stepclock_server::{HttpConfig, Server, ServerConfig};

use crate::error::CliError;

/// The engine that a text names.
pub(crate) fn engine(spec: &str) -> Result<Box<dyn Engine>, CliError> {
    match spec {
        "server" => Ok(Box::new(own_server()?)),
        spec => Ok(from_spec_with(spec, settings())?),
    }
}

/// What the environment says of engines behind an API.
pub(crate) fn settings() -> EndpointSettings {
    EndpointSettings {
        credentials: Credentials::from_variables(variable),
        region: variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")),
        role_arn: variable("STEPCLOCK_ROLE_ARN"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a binary reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A server in memory with simulated time, on a port of its own, until the process ends.
fn own_server() -> Result<EndpointEngine, CliError> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || serve(&sender));
    let ended = || CliError::Output(std::io::Error::other("the server ended before it listened"));
    let address = receiver.recv().map_err(|_| ended())?;
    let engine =
        EndpointEngine::connect(&format!("http://{}", address?), EndpointSettings::default());
    engine.map_err(|error| SpecError::Endpoint(error).into())
}

fn serve(address: &Sender<Result<SocketAddr, CliError>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = address.send(Err(CliError::Output(error)));
            return;
        }
    };
    runtime.block_on(async {
        let clock = ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false };
        let config = ServerConfig { clock, ..ServerConfig::default() };
        let http = HttpConfig { address: ([127, 0, 0, 1], 0).into(), ..HttpConfig::default() };
        match Server::bind(config, http).await {
            Ok(server) => {
                let _ = address.send(Ok(server.address()));
                server.run(std::future::pending()).await;
            }
            Err(error) => {
                let _ = address.send(Err(error.into()));
            }
        }
    });
}
