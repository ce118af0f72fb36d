//! Names of what Step Functions has: `arn:aws:states:region:account:type:name…`.

use crate::config::ServerConfig;
use crate::error::ApiError;

/// A name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// The whole.
    pub text: &'a str,
    /// What it names: `stateMachine`, `execution`, `express`, `activity`, `mapRun`.
    pub kind: &'a str,
    /// The first name after that; of a Map Run and its children `machine/label`.
    pub name: &'a str,
    /// What follows the name: a version or alias, the name of an execution.
    pub rest: Option<&'a str>,
    /// Bytes of the text up to the end of the name.
    base: usize,
}

impl<'a> Arn<'a> {
    /// Takes a name apart.
    ///
    /// # Errors
    /// `InvalidArn` when it is none of ours, or names none of these kinds.
    pub fn parse(text: &'a str, kinds: &[&str]) -> Result<Self, ApiError> {
        let mut parts = text.splitn(7, ':');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let known = next() == Some("arn")
            && next().is_some_and(|partition| partition.starts_with("aws"))
            && next() == Some("states");
        if !known {
            return Err(ApiError::invalid_arn(text));
        }
        let (Some(_region), Some(_account), Some(kind), Some(rest)) =
            (next(), next(), next(), next())
        else {
            return Err(ApiError::invalid_arn(text));
        };
        if !kinds.contains(&kind) {
            let message = format!("Invalid Arn: 'Resource type not valid in this context: {kind}'");
            return Err(ApiError::new("InvalidArn", message));
        }
        let (name, after) = match rest.split_once(':') {
            Some((name, after)) => (name, Some(after)),
            None => (rest, None),
        };
        let base = text.len() - after.map_or(0, |after| after.len() + 1);
        Ok(Self { text, kind, name, rest: after, base })
    }

    /// Takes the name of a state machine apart, of a version or of an alias.
    ///
    /// # Errors
    /// `InvalidArn`.
    pub fn machine(text: &'a str) -> Result<Self, ApiError> {
        Self::parse(text, &["stateMachine"])
    }

    /// The same, but not that of one of its Map states, which most operations refuse.
    ///
    /// # Errors
    /// `InvalidArn`, `ValidationException`.
    pub fn whole_machine(text: &'a str) -> Result<Self, ApiError> {
        let arn = Self::machine(text)?;
        if arn.labelled().is_none() {
            return Ok(arn);
        }
        // The rule is that of the API reference; the words were never recorded.
        let message = format!("This operation does not support the ARN of a Map state: '{text}'");
        let error = ApiError::validation(message);
        Err(error.with("reason", "API_DOES_NOT_SUPPORT_LABELED_ARNS"))
    }

    /// The same without what follows the name: the state machine of a version or alias.
    #[must_use]
    pub fn base(&self) -> &'a str {
        &self.text[..self.base]
    }

    /// The number of the version that it names, if it names one.
    #[must_use]
    pub fn version(&self) -> Option<u64> {
        self.rest?.parse().ok()
    }

    /// The state machine's name and the label of one of its Map states.
    #[must_use]
    pub fn labelled(&self) -> Option<(&'a str, &'a str)> {
        self.name.split_once('/')
    }
}

/// Builds a name: `kind` is what follows the account, such as `stateMachine`.
#[must_use]
pub fn arn(config: &ServerConfig, kind: &str, name: &str) -> String {
    let partition = match &*config.region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:states:{}:{}:{kind}:{name}", config.region, config.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:m";

    #[test]
    fn a_machine_a_version_and_an_alias() {
        let machine = Arn::machine(MACHINE).expect("it is one");
        assert_eq!((machine.name, machine.rest, machine.base()), ("m", None, MACHINE));
        let text = format!("{MACHINE}:7");
        let version = Arn::machine(&text).expect("it is one");
        assert_eq!((version.version(), version.base()), (Some(7), MACHINE));
        let text = format!("{MACHINE}:live");
        let alias = Arn::machine(&text).expect("it is one");
        assert_eq!((alias.version(), alias.rest, alias.base()), (None, Some("live"), MACHINE));
    }

    #[test]
    fn what_is_none_or_of_another_kind_is_refused() {
        for text in ["", "m", "arn:aws:sns:us-east-1:1:topic:t", "arn:aws:states:::stateMachine:m"]
        {
            let error = Arn::machine(text).expect_err(text);
            assert_eq!(error.message, format!("Invalid Arn: 'Invalid ARN prefix: {text}'"));
        }
        let error = Arn::parse(MACHINE, &["activity"]).expect_err("it is a machine");
        assert_eq!(
            error.message,
            "Invalid Arn: 'Resource type not valid in this context: stateMachine'"
        );
    }

    #[test]
    fn a_map_state_is_no_whole_machine() {
        let text = format!("{MACHINE}/label");
        let map = Arn::machine(&text).expect("it is one");
        assert_eq!(map.labelled(), Some(("m", "label")));
        let error = Arn::whole_machine(&text).expect_err("it has a label");
        assert_eq!(error.code, "ValidationException");
        assert!(Arn::whole_machine(MACHINE).is_ok());
    }

    #[test]
    fn the_partition_follows_from_the_region() {
        let config = ServerConfig { region: "cn-north-1".into(), ..ServerConfig::default() };
        assert_eq!(
            arn(&config, "activity", "a"),
            "arn:aws-cn:states:cn-north-1:123456789012:activity:a"
        );
    }
}
