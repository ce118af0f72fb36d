//! Engines by name: `reference`, `mutant:NAME`, those other processes are, and those behind an API.

use super::endpoint::EndpointError;
use super::stdio::LaunchError;
use super::{EndpointEngine, EndpointSettings, Engine, Mutation, ReferenceEngine, StdioEngine};

/// Why a text names no engine.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// No engine goes by this name.
    #[error(
        "there is no engine `{0}`; engines are `reference`, `mutant:NAME`, `stdio:COMMAND` and `endpoint:URL`, \
         and for the `stepclock` command `server`"
    )]
    Unknown(String),
    /// No planted bug goes by this name.
    #[error("there is no mutant `{name}`; mutants are: {known}")]
    UnknownMutant {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// Nothing behind the URL speaks the API.
    #[error("endpoint: {0}")]
    Endpoint(#[from] EndpointError),
    /// It could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
}

/// The engine a text names.
///
/// # Errors
/// When it names none.
pub fn from_spec(spec: &str) -> Result<Box<dyn Engine>, SpecError> {
    from_spec_with(spec, EndpointSettings::default())
}

/// The same; an engine behind an API is called as the settings say.
///
/// # Errors
/// When the text names none.
pub fn from_spec_with(
    spec: &str,
    settings: EndpointSettings,
) -> Result<Box<dyn Engine>, SpecError> {
    match spec.split_once(':') {
        None if spec == "reference" => Ok(Box::new(ReferenceEngine::new())),
        Some(("mutant", name)) => match Mutation::named(name) {
            Some(mutation) => Ok(Box::new(ReferenceEngine::with_mutation(mutation))),
            None => {
                let known: Vec<_> = Mutation::ALL.iter().map(|mutation| mutation.name()).collect();
                Err(SpecError::UnknownMutant { name: name.to_owned(), known: known.join(", ") })
            }
        },
        Some(("stdio", command)) => Ok(Box::new(StdioEngine::launch(command)?)),
        Some(("endpoint", url)) => Ok(Box::new(EndpointEngine::connect(url, settings)?)),
        _ => Err(SpecError::Unknown(spec.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(spec: &str) -> Result<String, String> {
        from_spec(spec).map(|engine| engine.info().name.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn engines_are_found_by_name() {
        let mutant = format!("mutant:{}", Mutation::ALL[0].name());
        assert_eq!(name("reference").as_deref(), Ok("reference"));
        assert_eq!(name(&mutant), Ok(mutant.clone()));
    }

    #[test]
    fn other_names_say_which_there_are() {
        for (spec, part) in [
            ("referense", "`stdio:COMMAND`"),
            ("mutant:x", Mutation::ALL[0].name()),
            ("endpoint:localhost", "is not the URL of an endpoint"),
            ("endpoint:http://127.0.0.1:9", "does not answer"),
            ("stdio:no-such-program", "cannot run `no-such-program`"),
        ] {
            let message = name(spec).expect_err("there is no such engine");
            assert!(message.contains(part), "{message}");
        }
    }
}
