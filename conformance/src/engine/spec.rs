//! Engines by name: `reference`, `mutant:NAME`, and those other processes are.

use super::{Engine, Mutation, ReferenceEngine};

/// Why a text names no engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// No engine goes by this name.
    #[error("there is no engine `{0}`; engines are `reference`, `mutant:NAME` and `stdio:COMMAND`")]
    Unknown(String),
    /// No planted bug goes by this name.
    #[error("there is no mutant `{name}`; mutants are: {known}")]
    UnknownMutant {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
}

/// The engine a text names.
///
/// # Errors
/// When it names none.
pub fn from_spec(spec: &str) -> Result<Box<dyn Engine>, SpecError> {
    match spec.split_once(':') {
        None if spec == "reference" => Ok(Box::new(ReferenceEngine::new())),
        Some(("mutant", name)) => match Mutation::named(name) {
            Some(mutation) => Ok(Box::new(ReferenceEngine::with_mutation(mutation))),
            None => {
                let known: Vec<_> = Mutation::ALL.iter().map(|mutation| mutation.name()).collect();
                Err(SpecError::UnknownMutant { name: name.to_owned(), known: known.join(", ") })
            }
        },
        _ => Err(SpecError::Unknown(spec.to_owned())),
    }
}
