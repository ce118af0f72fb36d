//! State machines of the world, and how executions of them are asked for.

use std::sync::Arc;

use crate::asl::{Definition, WorkflowType};
use crate::data::Payload;

/// A state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its name.
    pub name: Arc<str>,
    /// Its ARN.
    pub arn: Arc<str>,
    /// What it runs.
    pub definition: Arc<Definition>,
    /// STANDARD or EXPRESS.
    pub workflow_type: WorkflowType,
    /// The role it runs as.
    pub role_arn: Arc<str>,
}

/// A request to start an execution.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// The machine's name or ARN.
    pub machine: Arc<str>,
    /// The input.
    pub input: Payload,
    /// The execution's name; drawn when absent.
    pub name: Option<Arc<str>>,
    /// The execution's ARN; made from the names when absent.
    pub execution_arn: Option<Arc<str>>,
    /// EXPRESS: as `StartSyncExecution` starts it.
    pub synchronous: bool,
}

impl StartRequest {
    /// Starts a machine with an input; everything else is drawn.
    pub fn new(machine: impl Into<Arc<str>>, input: Payload) -> Self {
        Self { machine: machine.into(), input, name: None, execution_arn: None, synchronous: false }
    }
}
