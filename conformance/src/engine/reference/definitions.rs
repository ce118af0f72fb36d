//! Definitions that were compiled lately: oracles run one case several times, and explorers one workflow.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use stepclock_engine::asl::{Definition, WorkflowType, compile, definition_error};

/// Definitions that are kept: those of the cases that several threads are at.
const KEPT: usize = 32;

/// Compiled definitions by their text, shared between threads.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    recent: Mutex<VecDeque<(WorkflowType, Arc<Definition>)>>,
}

impl Definitions {
    /// The definition of a text.
    ///
    /// # Errors
    /// AWS's message, when it refuses the definition.
    pub(super) fn compile(
        &self,
        text: &str,
        workflow_type: WorkflowType,
    ) -> Result<Arc<Definition>, String> {
        if let Some(known) = self.known(text, workflow_type) {
            return Ok(known);
        }
        let compiled = compile(text, workflow_type);
        let Some(definition) = &compiled.definition else {
            return Err(definition_error(&compiled).unwrap_or_default());
        };
        let mut recent = self.recent.lock().unwrap_or_else(|broken| broken.into_inner());
        recent.truncate(KEPT - 1);
        recent.push_front((workflow_type, definition.clone()));
        Ok(definition.clone())
    }

    fn known(&self, text: &str, workflow_type: WorkflowType) -> Option<Arc<Definition>> {
        let recent = self.recent.lock().unwrap_or_else(|broken| broken.into_inner());
        let mut recent = recent.iter();
        let is_it = |(its_type, its): &&(WorkflowType, Arc<Definition>)| {
            *its_type == workflow_type && &*its.source == text
        };
        recent.find(is_it).map(|(_, definition)| definition.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_compiled_once_for_each_type() {
        let definitions = Definitions::default();
        let text = |name: &str| {
            format!(r#"{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Succeed"}}}}}}"#)
        };
        let compile = |name: &str, workflow_type| {
            definitions.compile(&text(name), workflow_type).expect("is a definition")
        };
        let first = compile("A", WorkflowType::Standard);
        assert!(Arc::ptr_eq(&first, &compile("A", WorkflowType::Standard)));
        assert!(!Arc::ptr_eq(&first, &compile("A", WorkflowType::Express)));
        for number in 0..KEPT {
            compile(&number.to_string(), WorkflowType::Standard);
        }
        assert!(!Arc::ptr_eq(&first, &compile("A", WorkflowType::Standard)), "it was dropped");
        assert!(definitions.compile("{}", WorkflowType::Standard).is_err());
    }
}
