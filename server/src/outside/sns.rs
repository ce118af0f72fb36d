//! SNS's Publish, over the query protocol: a form goes out, XML comes back.

use std::fmt::Write;
use std::time::Duration;

use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Map, Value};
use stepclock_engine::data::Payload;

use super::endpoints::Endpoint;
use super::failure::{Names, Refusal};
use super::http::{Http, Limits};
use super::json::as_text;
use super::metadata;
use super::xml::Element;
use crate::auth::{Paths, SigningScope, encode};
use crate::hub::OutsideEnd;

pub(super) const SERVICE: &str = "sns";
const OPTIMISED: Names = Names::optimised("SNS", "AmazonSNS", "AmazonSNSException");
const SDK: Names = Names::sdk("Sns", "SnsException");
const LIMITS: Limits = Limits { within: Duration::from_secs(60), bytes_max: 1 << 20 };

/// Whether a resource is one that this file answers.
pub(super) fn knows(resource_type: &str, action: &str) -> bool {
    matches!(resource_type, "sns" | "aws-sdk:sns") && action == "publish"
}

pub(super) async fn publish(
    http: &Http,
    endpoint: &Endpoint,
    region: &str,
    resource_type: &str,
    parameters: &Value,
) -> OutsideEnd {
    let names = if resource_type == SERVICE { OPTIMISED } else { SDK };
    let mut parameters = parameters.clone();
    if names.optimised {
        as_text(&mut parameters, "Message");
    }
    let request = Request::post(endpoint.with("/"))
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(Bytes::from(form(&parameters)))
        .map_err(|error| names.not_sent(error.to_string()))?;
    let scope = SigningScope { region, service: SERVICE, paths: Paths::Normal };
    let answer = http.send_signed(request, &scope, LIMITS).await;
    let answer = answer.map_err(|failure| names.unanswered(&failure))?;
    let said = Element::parse(&answer.body).unwrap_or_default();
    if !answer.status.is_success() {
        let error = said.child("Error").cloned().unwrap_or_default();
        let text = |name| error.text_of(name).unwrap_or_default().to_owned();
        let refusal = Refusal { code: text("Code"), message: text("Message") };
        return Err(names.refused(&answer, &refusal));
    }
    let result = said.child("PublishResult").cloned().unwrap_or_default();
    let mut members = Map::new();
    let mut member = |name: &str| {
        let text = result.text_of(name);
        text.map(|text| members.insert(name.to_owned(), text.into()));
    };
    member("MessageId");
    if names.optimised {
        metadata::add(&mut members, &answer);
    }
    if let Some(number) = result.text_of("SequenceNumber") {
        members.insert("SequenceNumber".to_owned(), number.into());
    }
    Ok(Payload::new(Value::Object(members)))
}

/// The parameters as a form.
fn form(parameters: &Value) -> String {
    let mut form = "Action=Publish&Version=2010-03-31".to_owned();
    let mut add = |name: &str, value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(form, "&{name}={}", encode(text.as_bytes()));
    };
    for (name, value) in parameters.as_object().into_iter().flatten() {
        if name != "MessageAttributes" {
            add(name, value);
            continue;
        }
        for (index, (attribute, value)) in value.as_object().into_iter().flatten().enumerate() {
            let entry = format!("MessageAttributes.entry.{}", index + 1);
            add(&format!("{entry}.Name"), &Value::from(attribute.as_str()));
            for (member, value) in value.as_object().into_iter().flatten() {
                add(&format!("{entry}.Value.{member}"), value);
            }
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_numbered() {
        let parameters = serde_json::json!({
            "TopicArn": "t",
            "Message": "a b",
            "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}},
        });
        assert_eq!(
            form(&parameters),
            "Action=Publish&Version=2010-03-31&TopicArn=t&Message=a%20b&MessageAttributes.entry.1.Name=k\
             &MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=v"
        );
    }
}
