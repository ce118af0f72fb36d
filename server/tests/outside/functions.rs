//! Functions: Lambda's Invoke API.

use super::*;

fn lambda(seen: &Seen) -> Response<Full<Bytes>> {
    let headers = [
        ("x-amz-executed-version", "$LATEST"),
        ("x-amzn-requestid", "id-1"),
        ("content-type", "application/json"),
    ];
    match seen.path.as_str() {
        "/2015-03-31/functions/Raise/invocations" => {
            let mut headers = headers.to_vec();
            headers.push(("x-amz-function-error", "Unhandled"));
            answer(200, &headers, r#"{"errorMessage":"","errorType":"CustomException"}"#)
        }
        path if path.starts_with("/2015-03-31/functions/Echo/") => {
            answer(200, &headers, &seen.body)
        }
        _ => {
            let headers = [("x-amzn-errortype", "ResourceNotFoundException"), headers[1]];
            answer(404, &headers, r#"{"Type":"User","Message":"Function not found: F"}"#)
        }
    }
}

const INVOKE: &str = "arn:aws:states:::lambda:invoke";

#[tokio::test]
async fn a_function_as_a_resource_gives_its_result() {
    let world = World::new(lambda).await;
    let hub = hub_with(&[format!("lambda=http://{}", world.address)]);
    let ended = run_task(&hub, &format!("{FUNCTION}:Echo"), json!({"a": 1})).await;
    assert_eq!(output(&ended), json!({"a": 1}));
    let seen = world.last();
    assert_eq!(seen.method, Method::POST);
    assert!(seen.header("authorization").contains("/us-east-1/lambda/aws4_request, "));
}

#[tokio::test]
async fn lambda_invoke_has_the_members_of_the_recordings() {
    let world = World::new(lambda).await;
    let hub = hub_with(&[format!("lambda=http://{}", world.address)]);
    let parameters = json!({"FunctionName": "Echo", "Payload": null, "Qualifier": "7"});
    let ended = run_task(&hub, INVOKE, parameters).await;
    let output = output(&ended);
    // Recording `lambda_task_service.invoke`: a function that gives back what it was called with gives `{}`.
    assert_eq!(output["Payload"], json!({}));
    assert_eq!(output["ExecutedVersion"], "$LATEST");
    assert_eq!(output["StatusCode"], 200);
    assert_eq!(output["SdkResponseMetadata"], json!({"RequestId": "id-1"}));
    let http = &output["SdkHttpMetadata"];
    assert_eq!(http["HttpHeaders"]["Content-Type"], "application/json");
    assert_eq!(http["AllHttpHeaders"]["x-amzn-RequestId"], json!(["id-1"]));
    let members: Vec<_> = output.as_object().expect("is an object").keys().collect();
    let expected =
        ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"];
    assert_eq!(members, expected);
    assert_eq!(world.last().path, "/2015-03-31/functions/Echo/invocations?Qualifier=7");
}

#[tokio::test]
async fn a_function_that_raises_fails_the_task_with_its_error() {
    let world = World::new(lambda).await;
    let hub = hub_with(&[format!("lambda=http://{}", world.address)]);
    for (resource, parameters) in [
        (format!("{FUNCTION}:Raise"), json!({})),
        (INVOKE.to_owned(), json!({"FunctionName": format!("{FUNCTION}:Raise")})),
    ] {
        let ended = run_task(&hub, &resource, parameters).await;
        assert_eq!(ended["error"], "CustomException");
        assert_eq!(ended["cause"], r#"{"errorMessage":"","errorType":"CustomException"}"#);
    }
    let ended = run_task(&hub, INVOKE, json!({"FunctionName": "None"})).await;
    assert_eq!(ended["error"], "Lambda.ResourceNotFoundException");
    assert_eq!(
        ended["cause"],
        "Function not found: F (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; \
         Request ID: id-1; Proxy: null)"
    );
}

#[tokio::test]
async fn nobody_there_is_a_failure_of_the_client() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = taken.local_addr().expect("has an address");
    drop(taken);
    let hub = hub_with(&[format!("lambda=http://{address}"), format!("sqs=http://{address}")]);
    let ended = run_task(&hub, INVOKE, json!({"FunctionName": "F"})).await;
    assert_eq!(ended["error"], "Lambda.SdkClientException");
    let message = json!({"QueueUrl": "q", "MessageBody": "m"});
    let ended = run_task(&hub, "arn:aws:states:::sqs:sendMessage", message.clone()).await;
    assert_eq!(ended["error"], "SQS.SdkClientException");
    let ended = run_task(&hub, "arn:aws:states:::aws-sdk:sqs:sendMessage", message).await;
    assert_eq!(ended["error"], "Sqs.SdkClientException");
    let cause = ended["cause"].as_str().unwrap_or_default();
    assert!(cause.starts_with("Unable to execute HTTP request: "), "{cause}");
}
