//! Services of JSON protocols, SNS and HTTP Tasks, and those that nobody plays.

use super::*;

#[tokio::test]
async fn a_service_without_an_endpoint_says_what_to_do() {
    let hub = hub_with(&["lambda=http://127.0.0.1:1".to_owned()]);
    let ended = run_task(
        &hub,
        "arn:aws:states:::sqs:sendMessage",
        json!({"QueueUrl": "q", "MessageBody": "m"}),
    )
    .await;
    assert_eq!(ended["error"], "Stepclock.NoEndpoint");
    assert!(ended["cause"].as_str().is_some_and(|cause| cause.contains("--endpoint")));
}

#[tokio::test]
async fn tasks_that_nobody_will_answer_are_known_beforehand() {
    let task = |resource: &str, next: &str| json!({"Type": "Task", "Resource": resource, "Parameters": {}, "Next": next});
    let definition = json!({"StartAt": "A", "States": {
        "A": task(&format!("{FUNCTION}:F"), "B"),
        "B": task("arn:aws:states:us-east-1:123456789012:activity:a", "C"),
        "C": task("arn:aws:states:::aws-sdk:secretsmanager:listSecrets", "D"),
        "D": {"Type": "Succeed"},
    }});
    let compiled = compile(&definition.to_string(), WorkflowType::Standard);
    let wrong = format!("{:?}", compiled.diagnostics);
    let graph = compiled.definition.expect(&wrong).graph.clone();
    let unanswered = async |hub: Handle| {
        let graph = graph.clone();
        let found = hub.call(move |hub| Ok(hub.unanswered(&graph))).await.expect("is known");
        found.into_iter().map(|(state, _)| state.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(unanswered(start(Answerers::default())).await, ["A", "C"]);
    assert_eq!(unanswered(hub_with(&["lambda=http://127.0.0.1:1".to_owned()])).await, ["C"]);
    assert_eq!(unanswered(hub_with(&["*=http://127.0.0.1:1".to_owned()])).await, [""; 0]);
}

fn services_in_json(seen: &Seen) -> Response<Full<Bytes>> {
    let id = ("x-amzn-requestid", "id-2");
    match seen.header("x-amz-target") {
        "AmazonSQS.SendMessage" => {
            let kind = ("content-type", "application/x-amz-json-1.0");
            answer(200, &[id, kind], r#"{"MD5OfMessageBody":"x","MessageId":"1"}"#)
        }
        "DynamoDB_20120810.GetItem" => answer(200, &[id], r#"{"Item":{"id":{"S":"1"}}}"#),
        "DynamoDB_20120810.PutItem" => {
            let error = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException";
            let message = "Requested resource not found";
            answer(400, &[id], &json!({"__type": error, "message": message}).to_string())
        }
        "AWSEvents.PutEvents" => {
            let entry = json!({"ErrorCode": "MalformedDetail"});
            answer(200, &[id], &json!({"Entries": [entry], "FailedEntryCount": 1}).to_string())
        }
        "AWSStepFunctions.DescribeStateMachine" => {
            assert_eq!(seen.json(), json!({"stateMachineArn": "a"}));
            answer(200, &[id], r#"{"stateMachineArn":"a","loggingConfiguration":{"level":"OFF"}}"#)
        }
        other => answer(
            400,
            &[],
            &json!({"__type": "UnknownOperationException", "message": other}).to_string(),
        ),
    }
}

#[tokio::test]
async fn services_of_json_protocols() {
    let world = World::new(services_in_json).await;
    let hub = hub_with(&[format!("*=http://{}", world.address)]);
    let message = json!({"QueueUrl": "q", "MessageBody": {"a": 1}});
    let sent = output(&run_task(&hub, "arn:aws:states:::sqs:sendMessage", message).await);
    assert_eq!(world.last().json()["MessageBody"], r#"{"a":1}"#);
    assert_eq!(sent["MessageId"], "1");
    assert_eq!(sent["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let key = json!({"TableName": "t", "Key": {"id": {"S": "1"}}});
    let got = run_task(&hub, "arn:aws:states:::aws-sdk:dynamodb:getItem", key).await;
    assert_eq!(output(&got), json!({"Item": {"id": {"S": "1"}}}), "SDK results have no metadata");
    // Recording `aws_sdk.dynamodb_put_item_no_such_table`.
    let item = json!({"TableName": "t", "Item": {"id": {"S": "1"}}});
    let put = run_task(&hub, "arn:aws:states:::aws-sdk:dynamodb:putItem", item.clone()).await;
    assert_eq!(put["error"], "DynamoDb.ResourceNotFoundException");
    let put = run_task(&hub, "arn:aws:states:::dynamodb:putItem", item).await;
    assert_eq!(put["error"], "DynamoDB.ResourceNotFoundException");
    let machine = json!({"StateMachineArn": "a"});
    let described =
        run_task(&hub, "arn:aws:states:::aws-sdk:sfn:describeStateMachine", machine).await;
    let expected = json!({"StateMachineArn": "a", "LoggingConfiguration": {"Level": "OFF"}});
    assert_eq!(output(&described), expected);
    let unknown = run_task(&hub, "arn:aws:states:::aws-sdk:kms:encrypt", json!({})).await;
    assert_eq!(unknown["error"], "Kms.KmsException");
}

#[tokio::test]
async fn an_event_that_is_refused_fails_the_task() {
    let world = World::new(services_in_json).await;
    let hub = hub_with(&[format!("events=http://{}", world.address)]);
    let entries = json!({"Entries": [{"Detail": {"a": 1}, "DetailType": "t", "Source": "s"}]});
    let ended = run_task(&hub, "arn:aws:states:::events:putEvents", entries).await;
    // Recording `events_task_service.put_events_malformed_detail`.
    assert_eq!(ended["error"], "EventBridge.FailedEntry");
    let cause = ended["cause"].as_str().unwrap_or_default();
    assert!(cause.contains(r#""FailedEntryCount":1"#), "{cause}");
    let entry = &world.last().json()["Entries"][0];
    assert_eq!(entry["Detail"], r#"{"a":1}"#);
    assert_eq!(entry["Resources"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn sns_is_published_to_with_a_form() {
    let world = World::new(|seen| {
        let headers = [("x-amzn-requestid", "id-3"), ("content-type", "text/xml")];
        if seen.body.contains("TopicArn=none") {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code>\
                         <Message>Invalid parameter</Message></Error></ErrorResponse>";
            return answer(400, &headers, error);
        }
        let result = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
        answer(200, &headers, result)
    })
    .await;
    let hub = hub_with(&[format!("sns=http://{}", world.address)]);
    let publish = "arn:aws:states:::sns:publish";
    let message = json!({"TopicArn": "t", "Message": {"a": 1}});
    let sent = output(&run_task(&hub, publish, message).await);
    assert_eq!(sent["MessageId"], "1");
    assert_eq!(sent["SdkResponseMetadata"]["RequestId"], "id-3");
    assert!(world.last().body.contains("&Message=%7B%22a%22%3A1%7D"));
    let refused = run_task(&hub, publish, json!({"TopicArn": "none", "Message": "m"})).await;
    // Recording `sns_task_service.fifo_message_attribute`.
    assert_eq!(refused["error"], "SNS.InvalidParameterException");
}

#[tokio::test]
async fn http_tasks_reach_the_stand_in() {
    let world = World::new(|seen| match seen.path.as_str() {
        "/v1/charges?limit=2" => answer(200, &[("x-a", "b")], r#"{"ok":true}"#),
        _ => answer(404, &[], "no"),
    })
    .await;
    let hub = hub_with(&[format!("http=http://{}", world.address)]);
    let invoke = "arn:aws:states:::http:invoke";
    let mut parameters = json!({
        "ApiEndpoint": "https://api.example.com/v1/charges",
        "Method": "POST",
        "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"},
        "QueryParameters": {"limit": "2"},
        "RequestBody": {"amount": 1},
    });
    let got = output(&run_task(&hub, invoke, parameters.clone()).await);
    assert_eq!(got["ResponseBody"], json!({"ok": true}));
    assert_eq!(got["StatusCode"], 200);
    assert_eq!(got["Headers"]["x-a"], json!(["b"]));
    assert_eq!(world.last().header("host"), "api.example.com");
    assert_eq!(world.last().json(), json!({"amount": 1}));
    parameters["ApiEndpoint"] = json!("https://api.example.com/none");
    let failed = run_task(&hub, invoke, parameters).await;
    assert_eq!(failed["error"], "States.Http.StatusCode.404");
}
