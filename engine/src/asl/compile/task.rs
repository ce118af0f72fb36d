//! Task states.

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::integrations;
use super::jsonata_check::Offers;
use crate::asl::{IntegrationPattern, Resource, TaskState, WorkflowType};
use crate::expr::Template;
use crate::limits;

pub(super) const FIELDS: &Fields = &[
    ("Resource", In::Both),
    ("InputPath", In::Path),
    ("Parameters", In::Path),
    ("Arguments", In::Jsonata),
    ("ResultSelector", In::Path),
    ("ResultPath", In::Path),
    ("OutputPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
    ("Retry", In::Both),
    ("Catch", In::Both),
    ("TimeoutSeconds", In::Both),
    ("TimeoutSecondsPath", In::Path),
    ("HeartbeatSeconds", In::Both),
    ("HeartbeatSecondsPath", In::Path),
    ("Credentials", In::Both),
];

impl Compiler {
    /// A Task state.
    pub(super) fn task(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<TaskState> {
        self.require(at, &["Resource"]);
        let transition = self.transition(at, scope);
        let seconds = (1, limits::SECONDS_MAX);
        let timeout = ["TimeoutSeconds", "TimeoutSecondsPath"];
        let timeout_seconds = self.integer_or_path(at, scope, timeout, seconds);
        let heartbeat = ["HeartbeatSeconds", "HeartbeatSecondsPath"];
        let heartbeat_seconds = self.integer_or_path(at, scope, heartbeat, seconds);
        let resource = at.get("Resource").and_then(|resource| self.resource(&resource));
        if let Some(resource) = &resource {
            self.integration_parameters(at, scope, resource);
        }
        let credentials = match at.get("Credentials") {
            Some(value) => self.credentials(&value, scope, resource.as_ref()).map(Some),
            None => Some(None),
        };
        let flow = self.data_flow(at, scope, FIELDS, Offers::Result);
        let retry = self.retry(at);
        let catch = self.catch(at, scope);
        Some(TaskState {
            resource: resource?,
            flow: flow?,
            credentials: credentials?,
            timeout_seconds,
            heartbeat_seconds,
            retry: retry?,
            catch: catch?,
            transition: transition?,
        })
    }

    /// `Resource`: an ARN of something that can be called, in this type of workflow.
    fn resource(&mut self, at: &At<'_>) -> Option<Resource> {
        // A published sample has blanks around its ARN; that AWS trims them is plausible, not measured.
        let arn = self.string(at)?.trim();
        let Some(resource) = Resource::parse(arn) else {
            self.schema(at, "Value is not a valid resource ARN");
            return None;
        };
        if !integrations::is_recognized(&resource) {
            let message = format!(
                "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."
            );
            self.schema(at, message);
            return None;
        }
        if self.workflow_type == WorkflowType::Express
            && let Some(message) = express_refusal(&resource)
        {
            self.schema(at, message);
            return None;
        }
        Some(resource)
    }

    /// The parameters that AWS wants to see of an integration, computed or not.
    fn integration_parameters(&mut self, at: &At<'_>, scope: &Scope<'_>, resource: &Resource) {
        let Resource::Integration(integration) = resource else { return };
        let field = if scope.is_jsonata() { "Arguments" } else { "Parameters" };
        let Some(parameters) = at.get(field) else {
            if let Some(at) = at.get("Resource") {
                let arn = &integration.arn;
                self.schema(&at, format!("{field} field is required for resource ARN: {arn}"));
            }
            return;
        };
        if parameters.node.as_object().is_none() {
            return;
        }
        for name in integrations::required_parameters(integration) {
            self.require_parameter(&parameters, name);
        }
    }

    /// Reports a parameter that is given neither as `name` nor as `name.$`.
    pub(super) fn require_parameter(&mut self, at: &At<'_>, name: &str) -> bool {
        let given = at.members().any(|(key, _)| key.strip_suffix(".$").unwrap_or(key) == name);
        if !given {
            let message = format!("The field '{name}' is required but was missing");
            self.schema_object(at, message);
        }
        given
    }

    fn credentials(
        &mut self,
        at: &At<'_>,
        scope: &Scope<'_>,
        resource: Option<&Resource>,
    ) -> Option<Template> {
        if let Some(Resource::Activity { .. }) = resource {
            self.schema_object(at, "The field 'Credentials' is not supported for activities");
            return None;
        }
        if at.node.as_object().is_some() && !self.require_parameter(at, "RoleArn") {
            return None;
        }
        self.template(at, scope, Offers::Input)
    }
}

/// Why an Express workflow can not call this. The recordings `illegal_callbacks` have the texts, with the
/// blank at the end of the second.
fn express_refusal(resource: &Resource) -> Option<&'static str> {
    match resource {
        Resource::Activity { .. } => Some("Express state machine does not support Activity ARN"),
        Resource::Lambda { .. } => None,
        Resource::Integration(integration) => match integration.pattern {
            IntegrationPattern::RequestResponse => None,
            IntegrationPattern::RunJob => {
                Some("Express state machine does not support '.sync' service integration")
            }
            IntegrationPattern::WaitForTaskToken => Some(
                "Express state machine does not support '.waitForTaskToken' service integration ",
            ),
        },
    }
}
