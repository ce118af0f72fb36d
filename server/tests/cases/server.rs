//! A server in memory, as a recorded case needs it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stepclock_conformance::case::Case;
use stepclock_engine::data::Timestamp;
use stepclock_server::config::{ClockMode, ServerConfig};
use stepclock_server::error::ApiError;
use stepclock_server::hub::{Answerers, Handle, start};
use stepclock_server::store::MemoryStore;
use stepclock_server::{api, protocol};

/// The account that recordings name.
const ACCOUNT: &str = "111111111111";

/// Between two looks at an execution that runs in real time.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A server, and the thread that waits for its answers.
pub(crate) struct Server {
    hub: Handle,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Starts one with nothing in it, whose time stands still, in the account that a case names.
    pub(crate) fn of(case: &Case) -> Result<Self, String> {
        let own = ServerConfig::default().account;
        let config = ServerConfig {
            account: if case.recorded.is_some() { ACCOUNT.into() } else { own },
            clock: ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: true },
            ..ServerConfig::default()
        };
        Self::start(config, Answerers::default())
    }

    /// Starts one.
    pub(crate) fn start(config: ServerConfig, answerers: Answerers) -> Result<Self, String> {
        let store = Arc::new(MemoryStore::default());
        let hub = start(config, store, answerers).map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self { hub, runtime: runtime.map_err(|error| error.to_string())? })
    }

    /// Lets everything happen that is due: now, if time stands still, or ever. Real time passes by itself.
    pub(crate) fn settle(&self) -> Result<(), String> {
        let settled = self.runtime.block_on(async {
            let clock = self.hub.call(|hub| Ok(hub.clock_state())).await?;
            match (clock.simulated, clock.frozen) {
                (false, _) => Ok(clock),
                (true, true) => self.hub.advance_to(clock.now).await,
                (true, false) => self.hub.run_until_idle().await,
            }
        });
        settled.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Whether time is simulated.
    pub(crate) fn is_simulated(&self) -> Result<bool, String> {
        let state = self.runtime.block_on(self.hub.call(|hub| Ok(hub.clock_state())));
        state.map(|state| state.simulated).map_err(|error| error.to_string())
    }

    /// Leaves the processor to others before something is looked at again.
    pub(crate) fn pause(&self) {
        self.runtime.block_on(async { tokio::time::sleep(LOOK_AGAIN).await });
    }

    /// Ends it, with everything written.
    pub(crate) fn stop(&self) {
        self.runtime.block_on(self.hub.stop());
    }

    /// Calls an operation as a client would: its request is checked first. What is answered has the shape that the
    /// service model gives it, or the case fails.
    pub(crate) fn call(
        &self,
        operation: &str,
        request: &Value,
    ) -> Result<Result<Value, ApiError>, String> {
        let operation = protocol::model()
            .operation(operation)
            .ok_or_else(|| format!("{operation} is no operation"))?;
        let request = match protocol::read(operation, request.to_string().as_bytes()) {
            Ok(request) => request,
            Err(error) => return Ok(Err(error)),
        };
        let answer = self.runtime.block_on(api::call(&self.hub, &operation.name, request));
        if let Ok(answer) = &answer
            && let Some(shape) = operation.output
            && let Some(wrong) = protocol::conforms(shape, answer)
        {
            return Err(format!("{} answers in another shape: {wrong}", operation.name));
        }
        Ok(answer)
    }
}

/// `create_state_machine` is `CreateStateMachine`.
pub(crate) fn pascal_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    });
    words.collect()
}
