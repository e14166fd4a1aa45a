//! The way to the collector: a bounded queue and a thread of the SDK's, and the HTTP client of the channels.
//!
//! Whoever ends a span waits for nothing: what finds the queue full is counted and left out, which the SDK tells when
//! it begins and, with their number, at the end. A collector that cannot be reached is told once, and once that it can
//! be again.

use std::collections::HashMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use notify::{Endpoint, Http, Reach};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Array, Key, KeyValue, StringValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use web::{Follow, SPANS};

use super::{Asked, Done, Value};
use crate::node;

/// Sends spans until [`Collector::end`].
pub(crate) struct Collector {
    endpoint: String,
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Collector {
    /// Gets ready to send spans; nobody is connected to before there is one.
    ///
    /// - `runtime`: where the requests to the collector are carried out.
    ///
    /// # Errors
    /// One sentence: the endpoint or its authorities cannot be used.
    pub(crate) fn open(asked: &Asked, runtime: &Handle) -> Result<Self, String> {
        let unusable = |why: String| format!("{}: {why}", asked.endpoint);
        // Nothing of a span is anybody's secret, and collectors of one's own network have names.
        let endpoint = Endpoint::parse_even_in_clear(&asked.endpoint).map_err(unusable)?;
        let authorities = asked.authorities.as_deref();
        let client = Client {
            http: Http::new(&[&endpoint], Reach::Anywhere, authorities, asked.patience)?,
            runtime: runtime.clone(),
            trouble: Arc::default(),
        };
        let trouble = Arc::clone(&client.trouble);
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(endpoint.as_str())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(asked.patience)
            .build()
            .map_err(|error| error.to_string())?;
        let outlet = Outlet {
            exporter,
            trouble,
            lost: AtomicU64::new(0),
        };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(outlet)
            .with_resource(resource())
            .build();
        let tracer = provider.tracer("allo");
        let shared = Shared {
            tracer: tracer.clone(),
            follow: if asked.follows {
                put_into_trace
            } else {
                |_, _| {}
            },
        };
        // A process has one environment, and asks it once.
        let _ = SHARED.set(shared);
        Ok(Self {
            endpoint: asked.endpoint.clone(),
            provider,
            tracer,
        })
    }

    /// Where spans are sent.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The spans of `tracing` that are ours, and no event: what the log says stays in the log.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let ours = filter_fn(|it| it.is_span() && it.target() == SPANS);
        OpenTelemetryLayer::new(self.tracer.clone())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
    }

    /// Sends what is queued, for at most two seconds.
    pub(crate) async fn end(self) {
        let (over, is_over) = oneshot::channel();
        // A thread and no task: a runtime that ends would wait for it.
        let ending = std::thread::Builder::new().spawn(move || {
            // What was left out is told already.
            let _ = self.provider.shutdown_with_timeout(AT_THE_END);
            let _ = over.send(());
        });
        if ending.is_ok() {
            let _ = is_over.await;
        }
    }
}

/// Whether spans are sent.
pub(crate) fn is_wanted() -> bool {
    SHARED.get().is_some()
}

/// How a request is put into the trace of whoever sent it, if spans are sent.
pub(crate) fn follow() -> Option<Follow> {
    SHARED.get().map(|shared| shared.follow)
}

/// Tells what is over, as a part of what goes on in this task, if spans are sent.
pub(crate) fn tell(done: impl FnOnce() -> Done) {
    let Some(Shared { tracer, .. }) = SHARED.get() else {
        return;
    };
    let done = done();
    let attributes = done.attributes.into_iter();
    let attributes = attributes.map(|(name, value)| KeyValue::new(name, worded(value)));
    let builder = tracer
        .span_builder(done.name)
        .with_kind(SpanKind::Internal)
        .with_start_time(SystemTime::from(done.began))
        .with_attributes(attributes.collect::<Vec<_>>());
    let mut span = tracer.build_with_context(builder, &Span::current().context());
    if done.has_failed {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(SystemTime::from(done.ended));
}

/// What every part of the program needs to tell something.
struct Shared {
    tracer: SdkTracer,
    follow: Follow,
}

static SHARED: OnceLock<Shared> = OnceLock::new();

fn worded(value: Value) -> opentelemetry::Value {
    match value {
        Value::Word(word) => word.into(),
        Value::Count(count) => count.into(),
        Value::Bulletins(ids) => {
            let ids = ids.iter().map(|id| StringValue::from(id.to_string()));
            opentelemetry::Value::Array(Array::String(ids.collect()))
        }
    }
}

/// Only `traceparent` is read: the rest of the standard carries words of strangers.
fn put_into_trace(span: &Span, traceparent: &str) {
    let header = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let parent = TraceContextPropagator::new().extract(&header);
    if parent.span().span_context().is_valid() {
        // It is new: nothing can have begun under another parent.
        let _ = span.set_parent(parent);
    }
}

/// Who sends: what the environment says, and what it leaves out.
fn resource() -> Resource {
    let said = Resource::builder().build();
    let is_said = |key: &Key| {
        let value = said.get(key);
        value.is_some_and(|it| !it.as_str().starts_with("unknown_service"))
    };
    let ours = [
        KeyValue::new("service.name", "allo"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("host.name", node::machine()),
    ];
    let left_out = ours.into_iter().filter(|it| !is_said(&it.key));
    Resource::builder().with_attributes(left_out).build()
}

/// The client of the channels, for a thread that knows no runtime.
#[derive(Debug)]
struct Client {
    http: Http,
    runtime: Handle,
    /// Why the last request had no answer.
    trouble: Arc<Mutex<String>>,
}

impl HttpClient for Client {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let mut asked = notify::Request::post(head.uri.to_string());
            for (name, value) in &head.headers {
                asked = asked.header(name.as_str(), value.to_str()?);
            }
            let asked = asked.body(body.to_vec());
            let http = self.http.clone();
            let sending = self.runtime.spawn(async move { http.send(asked).await });
            let answer = sending.await?.inspect_err(|error| {
                let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                *trouble = error.to_string();
            })?;
            let mut response = Response::builder().status(answer.status);
            if let Some(after) = answer.header("retry-after") {
                response = response.header("retry-after", after);
            }
            Ok(response.body(answer.body.into())?)
        })
    }
}

/// Hands batches over and tells what becomes of them, once each.
#[derive(Debug)]
struct Outlet {
    exporter: SpanExporter,
    trouble: Arc<Mutex<String>>,
    /// Spans that were left out since the last that arrived.
    lost: AtomicU64,
}

impl opentelemetry_sdk::trace::SpanExporter for Outlet {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        match self.exporter.export(batch).await {
            Ok(()) => {
                let lost = self.lost.swap(0, Relaxed);
                if lost > 0 {
                    tracing::info!(lost, "spans reach the collector again");
                }
            }
            Err(error) if self.lost.fetch_add(spans, Relaxed) == 0 => {
                let mut why = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                let why = std::mem::take(&mut *why);
                let why = if why.is_empty() {
                    error.to_string()
                } else {
                    why
                };
                tracing::warn!(
                    why,
                    "spans do not reach the collector and are left out until it takes them"
                );
            }
            Err(_) => {}
        }
        // Told already, in other words than those of the SDK.
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let lost = self.lost.load(Relaxed);
        if lost > 0 {
            tracing::warn!(lost, "spans were left out until the end");
        }
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// What is queued at the end of the program has so long to leave.
const AT_THE_END: Duration = Duration::from_secs(2);
