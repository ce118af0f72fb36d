//! Spans in OpenTelemetry's protocol.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind as ProtoKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as ProtoSpan, Status};
use stepclock_engine::data::Timestamp;

use super::span::{Attribute, Span, SpanKind};

/// What is sent of some spans, on behalf of a resource.
pub(super) fn request(resource: &Resource, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope = InstrumentationScope {
        name: "stepclock".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let spans = spans.into_iter().map(span).collect();
    let scope_spans = ScopeSpans { scope: Some(scope), spans, schema_url: String::new() };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: vec![scope_spans],
            schema_url: String::new(),
        }],
    }
}

/// What spans come from.
pub(super) fn resource<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> Resource {
    let attributes = attributes.map(|(key, value)| pair(key, Value::StringValue(value.to_owned())));
    Resource { attributes: attributes.collect(), ..Resource::default() }
}

fn span(span: Span) -> ProtoSpan {
    let link = |id: [u8; 8]| Link {
        trace_id: span.trace.to_vec(),
        span_id: id.to_vec(),
        ..Link::default()
    };
    ProtoSpan {
        trace_id: span.trace.to_vec(),
        span_id: span.id.to_vec(),
        parent_span_id: span.parent.map(|id| id.to_vec()).unwrap_or_default(),
        name: span.name.to_string(),
        kind: match span.kind {
            SpanKind::Server => ProtoKind::Server,
            SpanKind::Internal => ProtoKind::Internal,
            SpanKind::Client => ProtoKind::Client,
        } as i32,
        start_time_unix_nano: nanos(span.started),
        end_time_unix_nano: nanos(span.ended),
        attributes: pairs(&span.attributes),
        events: span
            .notes
            .iter()
            .map(|note| Event {
                time_unix_nano: nanos(note.at),
                name: note.name.to_owned(),
                attributes: pairs(&note.attributes),
                ..Event::default()
            })
            .collect(),
        links: span.link.map(link).into_iter().collect(),
        status: span.problem.map(status),
        ..ProtoSpan::default()
    }
}

fn status(problem: String) -> Status {
    Status { message: problem, code: StatusCode::Error as i32 }
}

fn nanos(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millis()).unwrap_or_default().saturating_mul(1_000_000)
}

fn pairs(attributes: &[(&'static str, Attribute)]) -> Vec<KeyValue> {
    let value = |attribute: &Attribute| match attribute {
        Attribute::Text(text) => Value::StringValue(text.to_string()),
        Attribute::Number(number) => Value::IntValue(i64::try_from(*number).unwrap_or(i64::MAX)),
    };
    attributes.iter().map(|(key, attribute)| pair(key, value(attribute))).collect()
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
