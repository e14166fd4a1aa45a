//! A collector: takes OTLP by HTTP, apart.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;

use crate::support::service::{Service, reply};

pub(super) struct Collector(Service);

/// What is looked at of a span.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) name: String,
    pub(super) trace: String,
    pub(super) id: String,
    /// Empty where there is none.
    pub(super) parent: String,
    pub(super) kind: &'static str,
    /// Nanoseconds since 1970.
    pub(super) began: u64,
    pub(super) ended: u64,
    /// Each with its values: one, or those of a list.
    pub(super) attributes: Vec<(String, Vec<String>)>,
}

impl Collector {
    pub(super) fn start() -> Self {
        Self(Service::start(|_, stream| {
            reply(stream, "200 OK", "application/x-protobuf", b"");
        }))
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Every span that came so far.
    pub(super) fn spans(&self) -> Vec<Span> {
        let requests = self.requests().into_iter();
        let resources = requests.flat_map(|it| it.resource_spans);
        let scopes = resources.flat_map(|it| it.scope_spans);
        let spans = scopes.flat_map(|it| it.spans).map(|it| Span {
            trace: hex(&it.trace_id),
            id: hex(&it.span_id),
            parent: hex(&it.parent_span_id),
            kind: match it.kind() {
                SpanKind::Server => "server",
                SpanKind::Client => "client",
                _ => "other",
            },
            began: it.start_time_unix_nano,
            ended: it.end_time_unix_nano,
            attributes: it.attributes.into_iter().map(read).collect(),
            name: it.name,
        });
        spans.collect()
    }

    /// What the program says of itself.
    pub(super) fn resource(&self) -> BTreeSet<(String, String)> {
        let requests = self.requests().into_iter();
        let resources = requests.flat_map(|it| it.resource_spans);
        let said = resources.flat_map(|it| it.resource.unwrap_or_default().attributes);
        said.map(|it| {
            let (key, values) = read(it);
            (key, values.concat())
        })
        .collect()
    }

    /// Whether these octets came, in anything.
    pub(super) fn has(&self, octets: &str) -> bool {
        let bodies = self.0.requests().into_iter().map(|it| it.octets);
        let octets = octets.as_bytes();
        bodies
            .into_iter()
            .any(|body| body.windows(octets.len()).any(|it| it == octets))
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let requests = self.0.requests().into_iter();
        let read = requests.map(|it| {
            assert_eq!(
                (it.method.as_str(), it.path.as_str()),
                ("POST", "/v1/traces")
            );
            assert_eq!(it.header("Content-Type"), "application/x-protobuf");
            ExportTraceServiceRequest::decode(it.octets.as_slice()).expect("OTLP")
        });
        read.collect()
    }
}

fn read(one: KeyValue) -> (String, Vec<String>) {
    fn words(value: Option<AnyValue>) -> Vec<String> {
        match value.and_then(|it| it.value) {
            Some(Value::StringValue(word)) => vec![word],
            Some(Value::IntValue(count)) => vec![count.to_string()],
            Some(Value::BoolValue(answer)) => vec![answer.to_string()],
            Some(Value::ArrayValue(list)) => {
                let values = list.values.into_iter();
                values.flat_map(|it| words(Some(it))).collect()
            }
            other => panic!("an attribute of another kind: {other:?}"),
        }
    }
    (one.key, words(one.value))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
