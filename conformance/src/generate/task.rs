//! Task states: what they call, and what comes back.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::{Made, Site};
use super::jsonpath::Reads;
use super::retry::Failures;
use super::shape::{Shape, Want};
use super::swarm::Switch;

/// What a Task calls.
pub(super) struct Call {
    pub(super) resource: String,
    /// Parameters the integration cannot do without.
    required: Vec<(&'static str, Value)>,
    /// A parameter that may be any JSON, for the state's own data.
    free: Option<&'static str>,
    pub(super) result: Shape,
    /// Whether workers answer it.
    pub(super) scripted: bool,
    /// Whether the service says that it took the request, before the answer.
    pub(super) submitted: bool,
    /// Whether it can take heartbeats.
    pub(super) heartbeats: bool,
    activity: bool,
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:";

impl Generator<'_, '_, '_> {
    pub(super) fn task(&mut self, site: &Site<'_>, mut fields: Map<String, Value>) -> Made {
        let call = self.call(site);
        fields.insert("Resource".into(), call.resource.as_str().into());
        if !call.activity && self.chance(Switch::Credentials, 1, 24) {
            let role = "arn:aws:iam::123456789012:role/other";
            fields.insert("Credentials".into(), json!({"RoleArn": role}));
        }
        let input = match site.jsonata {
            true => site.env.input.clone(),
            false => self.input_path(site, &mut fields),
        };
        let reads = Reads::of(site.env).with_input(&input);
        let retries = Shape::Int;
        let retry_count = match (self.swarm.has(Switch::ContextObject), site.jsonata) {
            (false, _) => None,
            (true, true) => Some(("$states.context.State.RetryCount", &retries)),
            (true, false) => Some(("$$.State.RetryCount", &retries)),
        };
        let with_retries = Reads { more: retry_count.as_slice(), ..reads };
        self.arguments(site, &call, &with_retries, &mut fields);
        let bounds = self.timeouts(site, &call, &reads, &mut fields);
        let failures = self.retry(Failures::Task, &mut fields);
        if call.scripted {
            self.script(site, &call, &bounds, &failures);
        }
        self.world.tasks += 1;
        let after = match site.jsonata {
            true => self.jsonata_result(site, call.result, &mut fields),
            false => self.result(site, call.result, &mut fields),
        };
        let exits = self.catch(site, &failures, &mut fields);
        self.go_on(site, fields, after, exits)
    }

    /// `Parameters`, or `Arguments`.
    fn arguments(
        &mut self,
        site: &Site<'_>,
        call: &Call,
        reads: &Reads<'_>,
        fields: &mut Map<String, Value>,
    ) {
        let field = if site.jsonata { "Arguments" } else { "Parameters" };
        if call.required.is_empty() {
            if self.chance(Switch::Parameters, 3, 8) {
                let (value, _) = match site.jsonata {
                    true => self.jsonata_template(reads, 0),
                    false => self.template(reads, 0),
                };
                fields.insert(field.into(), value);
            }
            return;
        }
        let mut parameters = Map::new();
        for (name, value) in &call.required {
            let is_token = value.as_str() == Some(TOKEN);
            match (is_token, site.jsonata) {
                (false, _) => {
                    parameters.insert((*name).to_owned(), value.clone());
                }
                (true, true) => {
                    parameters.insert((*name).to_owned(), json!({"token": TOKEN_JSONATA}));
                }
                (true, false) => {
                    parameters.insert((*name).to_owned(), json!({"token.$": TOKEN}));
                }
            }
        }
        if let Some(free) = call.free {
            if site.jsonata {
                let (value, _) = self.jsonata_member(reads, Want::Any, 0);
                parameters.insert(free.to_owned(), value);
            } else {
                let (computed, value, _) = self.template_member(reads, Want::Any, 0);
                let name = if computed { format!("{free}.$") } else { free.to_owned() };
                parameters.insert(name, value);
            }
        }
        fields.insert(field.into(), Value::Object(parameters));
    }

    /// What a Task calls.
    fn call(&mut self, site: &Site<'_>) -> Call {
        let standard = !self.express;
        let on = |switch: Switch, weight: u32, possible: bool| match possible
            && self.swarm.has(switch)
        {
            true => weight,
            false => 0,
        };
        let kinds = [
            (CallKind::Function, 6),
            (CallKind::Invoke, on(Switch::LambdaInvoke, 5, true)),
            (CallKind::Plain, 2),
            (CallKind::Sdk, on(Switch::Sdk, 2, true)),
            (CallKind::Activity, on(Switch::Activities, 2, standard)),
            (CallKind::Callback, on(Switch::Callbacks, 3, standard)),
            (CallKind::Job, on(Switch::Jobs, 2, standard)),
            (CallKind::Nested, on(Switch::NestedExecutions, 2, self.can_nest(site))),
        ];
        match self.draw.weighted(&kinds).unwrap_or(CallKind::Function) {
            CallKind::Function => self.function(site),
            CallKind::Invoke => self.invoke(site, false),
            CallKind::Plain => self.plain(),
            CallKind::Sdk => self.sdk(),
            CallKind::Activity => self.activity(site),
            CallKind::Callback => self.callback(site),
            CallKind::Job => self.job(),
            CallKind::Nested => self.nested(),
        }
    }

    /// A Lambda function by its ARN.
    pub(super) fn function(&mut self, site: &Site<'_>) -> Call {
        let result = self.any_shape();
        Call::of(format!("{FUNCTION}{}", resource_name(site)), Vec::new(), result)
    }

    fn invoke(&mut self, site: &Site<'_>, callback: bool) -> Call {
        let pattern = if callback { ".waitForTaskToken" } else { "" };
        let function = ("FunctionName", json!(format!("{FUNCTION}{}", resource_name(site))));
        let mut call = Call::of(
            format!("arn:aws:states:::lambda:invoke{pattern}"),
            vec![function],
            Shape::Null,
        );
        if callback {
            call.required.push(("Payload", json!(TOKEN)));
            call.result = self.any_shape();
            call.submitted = true;
            call.heartbeats = true;
        } else {
            call.free = Some("Payload");
            call.result = Shape::Object(vec![
                ("ExecutedVersion", Shape::Text),
                ("Payload", self.any_shape()),
                ("StatusCode", Shape::Int),
            ]);
        }
        call
    }

    fn plain(&mut self) -> Call {
        let message = Shape::Object(vec![("MessageId", Shape::Text)]);
        match self.draw.below(4) {
            0 => Call::of(
                "arn:aws:states:::sqs:sendMessage".into(),
                vec![("QueueUrl", json!("https://sqs.us-east-1.amazonaws.com/123456789012/q"))],
                message,
            )
            .taking("MessageBody"),
            1 => Call::of(
                "arn:aws:states:::sns:publish".into(),
                vec![("TopicArn", json!("arn:aws:sns:us-east-1:123456789012:t"))],
                message,
            )
            .taking("Message"),
            2 => Call::of(
                "arn:aws:states:::dynamodb:putItem".into(),
                vec![("TableName", json!("t")), ("Item", json!({"id": {"S": "1"}}))],
                Shape::Object(Vec::new()),
            ),
            _ => Call::of(
                "arn:aws:states:::events:putEvents".into(),
                vec![("Entries", json!([{"DetailType": "d", "Source": "s", "Detail": {}}]))],
                Shape::Object(vec![("FailedEntryCount", Shape::Int)]),
            ),
        }
    }

    fn sdk(&mut self) -> Call {
        match self.draw.below(3) {
            0 => Call::of(
                "arn:aws:states:::aws-sdk:dynamodb:listTables".into(),
                vec![("Limit", json!(1))],
                Shape::Object(vec![("TableNames", Shape::list(Shape::Text, 1))]),
            ),
            1 => Call::of(
                "arn:aws:states:::aws-sdk:s3:getObject".into(),
                vec![("Bucket", json!("bucket")), ("Key", json!("key"))],
                Shape::Object(vec![("Body", Shape::Json)]),
            ),
            _ => Call::of(
                "arn:aws:states:::aws-sdk:sqs:sendMessage".into(),
                vec![("QueueUrl", json!("https://sqs.us-east-1.amazonaws.com/123456789012/q"))],
                Shape::Object(vec![("MessageId", Shape::Text)]),
            )
            .taking("MessageBody"),
        }
    }

    fn activity(&mut self, site: &Site<'_>) -> Call {
        let name = resource_name(site);
        let arn = format!("arn:aws:states:us-east-1:123456789012:activity:{name}");
        let activities = self.world.resources.activities.get_or_insert_default();
        activities.insert(arn.clone(), name);
        let result = self.any_shape();
        let mut call = Call::of(arn, Vec::new(), result);
        call.heartbeats = true;
        call.activity = true;
        call
    }

    fn callback(&mut self, site: &Site<'_>) -> Call {
        if self.draw.chance(1, 2) {
            return self.invoke(site, true);
        }
        let queue = "https://sqs.us-east-1.amazonaws.com/123456789012/q";
        let result = self.any_shape();
        let mut call = Call::of(
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken".into(),
            vec![("QueueUrl", json!(queue)), ("MessageBody", json!(TOKEN))],
            result,
        );
        call.submitted = true;
        call.heartbeats = true;
        call
    }

    fn job(&mut self) -> Call {
        let result = self.object_shape(1);
        let mut call = match self.draw.below(3) {
            0 => Call::of(
                "arn:aws:states:::glue:startJobRun.sync".into(),
                vec![("JobName", json!("job"))],
                result,
            ),
            1 => Call::of(
                "arn:aws:states:::batch:submitJob.sync".into(),
                vec![
                    ("JobName", json!("job")),
                    ("JobDefinition", json!("definition")),
                    ("JobQueue", json!("queue")),
                ],
                result,
            ),
            _ => Call::of(
                "arn:aws:states:::ecs:runTask.sync".into(),
                vec![("TaskDefinition", json!("definition"))],
                result,
            ),
        };
        call.submitted = true;
        call
    }
}

/// The state's name, as an ARN can have it.
fn resource_name(site: &Site<'_>) -> String {
    site.name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Where a task's token stands in the context object.
const TOKEN: &str = "$$.Task.Token";
const TOKEN_JSONATA: &str = "{% $states.context.Task.Token %}";

#[derive(Clone, Copy)]
enum CallKind {
    Function,
    Invoke,
    Plain,
    Sdk,
    Activity,
    Callback,
    Job,
    Nested,
}

impl Call {
    pub(super) fn of(
        resource: String,
        required: Vec<(&'static str, Value)>,
        result: Shape,
    ) -> Self {
        Self {
            resource,
            required,
            free: None,
            result,
            scripted: true,
            submitted: false,
            heartbeats: false,
            activity: false,
        }
    }

    pub(super) fn taking(mut self, free: &'static str) -> Self {
        self.free = Some(free);
        self
    }
}
