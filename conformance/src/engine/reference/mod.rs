//! The reference engine, in this process, in its simulated world.

mod definitions;
mod drive;
mod faults;
mod prepare;
mod test_state;
mod validate;
mod worker;

pub use stepclock_engine::execution::Mutation;

pub use drive::Simulated;
pub use prepare::{service_revision, start_time};
pub use worker::CaseWorker;

use std::sync::Arc;

use definitions::Definitions;

use super::{Budget, Engine, EngineInfo, Ran};
use crate::case::{Case, Kind};

/// The reference engine.
#[derive(Debug, Clone)]
pub struct ReferenceEngine {
    info: EngineInfo,
    mutation: Option<Mutation>,
    definitions: Arc<Definitions>,
}

impl Default for ReferenceEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl ReferenceEngine {
    /// The engine as it is.
    #[must_use]
    pub fn new() -> Self {
        Self {
            info: EngineInfo {
                name: "reference".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                unsupported: Vec::new(),
                comparison: super::Comparison::default(),
            },
            mutation: None,
            definitions: Arc::default(),
        }
    }

    /// The engine with a planted bug.
    #[must_use]
    pub fn with_mutation(mutation: Mutation) -> Self {
        let mut engine = Self::new();
        engine.info.name = format!("mutant:{}", mutation.name());
        engine.mutation = Some(mutation);
        engine
    }

    /// Runs a case and gives the whole world it ran in.
    ///
    /// # Errors
    /// What came of it instead, when it did not run.
    pub fn simulate(&self, case: &Case, budget: &Budget) -> Result<Simulated, Ran> {
        drive::simulate(case, budget, self.mutation, &self.definitions)
    }
}

impl Engine for ReferenceEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn run(&self, case: &Case, budget: &Budget) -> Ran {
        match case.kind {
            Kind::History | Kind::Result | Kind::Sync | Kind::ExpressAsync => {
                drive::run(case, budget, self.mutation, &self.definitions)
            }
            Kind::Validate => validate::run(case),
            Kind::TestState => test_state::run(case),
            Kind::Api => Ran::Skipped(
                "sequences of operations need an endpoint: --engine endpoint:URL".into(),
            ),
            Kind::Eventbridge => {
                Ran::Skipped("events on the event bus are not observed here".into())
            }
        }
    }
}
