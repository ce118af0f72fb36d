//! The Pass state.

use super::core::{Execution, View};
use super::flow::Flow;
use super::inspect::DataStage;
use super::thread::ThreadId;
use crate::asl::PassState;
use crate::data::Payload;
use crate::expr::ExprError;

impl Execution {
    pub(super) fn pass(&mut self, id: ThreadId, pass: &PassState) {
        let flow = self.pass_flow(id, pass);
        self.leave_or_fail(id, flow, pass.transition);
    }

    fn pass_flow(&self, id: ThreadId, pass: &PassState) -> Result<Flow, ExprError> {
        let thread = &self.threads[id];
        let view = View::of(thread.input.value());
        let effective = self.effective_input(thread, &pass.flow, view)?;
        let result = match (&pass.result, &pass.flow.parameters) {
            (Some(result), _) => Payload::new(result.clone()),
            (None, Some(parameters)) => {
                self.template(thread, parameters, View::of(effective.value()))?
            }
            (None, None) => effective,
        };
        // Which of the two it is depends on the field that made it.
        let made_by = if pass.result.is_some() { DataStage::Result } else { DataStage::Parameters };
        self.note_data(made_by, &result);
        self.pass_on(thread, &pass.flow, result)
    }
}
