//! History events, named and shaped as `GetExecutionHistory` has them.

mod event;
mod json;

pub use event::{
    AssignedVariable, EventDetails, Failure, HistoryEvent, StateType, TaskResource,
    TaskScheduledDetails, WorkScheduledDetails,
};
pub use json::{event_to_json, history_to_json};
