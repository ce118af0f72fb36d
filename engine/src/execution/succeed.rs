//! The Succeed state: it ends its thread.

use super::core::{Execution, View};
use super::thread::ThreadId;
use crate::asl::{SucceedState, Transition};

impl Execution {
    pub(super) fn succeed(&mut self, id: ThreadId, succeed: &SucceedState) {
        let thread = &self.threads[id];
        let flow = self
            .effective_input(thread, &succeed.flow, View::of(thread.input.value()))
            .and_then(|effective| self.pass_on(thread, &succeed.flow, effective));
        self.leave_or_fail(id, flow, Transition::End);
    }
}
