//! What the environment asks for (OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry
//! Protocol Exporter"). The sampler, the queue, the headers and the names of the resource are read by the crates themselves.

use std::path::PathBuf;
use std::time::Duration;

/// Where spans are to be sent, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The whole address.
    pub(crate) endpoint: String,
    /// For one request: 10 s.
    pub(crate) patience: Duration,
    /// Those who are believed about the collector's certificate; those of the web if there is none.
    pub(crate) authorities: Option<PathBuf>,
    /// Whether requests that belong to a trace are put into it.
    pub(crate) follows: bool,
}

impl Asked {
    /// Reads the environment of the process; `None` when it asks for no spans.
    ///
    /// # Errors
    /// One sentence: what it asks for cannot be had.
    pub(crate) fn from_environment() -> Result<Option<Self>, String> {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        // What is empty is as if it were not there.
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let of_traces = |name: &str| {
            let general = format!("OTEL_EXPORTER_OTLP_{name}");
            let ours = format!("OTEL_EXPORTER_OTLP_TRACES_{name}");
            let found = [ours, general].into_iter().find(|it| set(it).is_some())?;
            let value = set(&found)?;
            Some((found, value.trim().to_owned()))
        };
        let Some((name, endpoint)) = of_traces("ENDPOINT") else {
            return Ok(None);
        };
        if set("OTEL_SDK_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        match set("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => {
                return Err(format!(
                    "OTEL_TRACES_EXPORTER is {other}; spans leave by otlp only"
                ));
            }
        }
        if let Some((name, protocol)) = of_traces("PROTOCOL")
            && protocol != "http/protobuf"
        {
            return Err(format!(
                "{name} is {protocol}; spans leave by http/protobuf only"
            ));
        }
        let endpoint = match name.contains("TRACES") {
            true => endpoint,
            false => format!("{}/v1/traces", endpoint.trim_end_matches('/')),
        };
        let patience = match of_traces("TIMEOUT") {
            None => PATIENCE,
            Some((name, ms)) => Duration::from_millis(
                ms.parse()
                    .map_err(|_| format!("{name} is {ms}; write a number of milliseconds"))?,
            ),
        };
        let propagators = set("OTEL_PROPAGATORS");
        let mut propagators = propagators
            .iter()
            .flat_map(|all| all.split(','))
            .map(str::trim)
            .peekable();
        Ok(Some(Self {
            endpoint,
            patience,
            authorities: of_traces("CERTIFICATE").map(|(_, path)| path.into()),
            follows: propagators.peek().is_none() || propagators.any(|one| one == "tracecontext"),
        }))
    }
}

/// The default of the specification.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_for_all_signals_or_for_traces_alone() {
        let both = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/"),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "https://tempo.example/otlp",
            ),
        ];
        assert_eq!(endpoint(&both[..1]), "http://collector:4318/v1/traces");
        assert_eq!(endpoint(&both), "https://tempo.example/otlp");
    }

    #[test]
    fn nothing_is_sent_without_an_endpoint_or_where_it_is_switched_off() {
        for off in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", " "),
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_TRACES_EXPORTER", "none"),
        ] {
            let asked = read(&[
                off,
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ]);
            assert_eq!(asked, Ok(None), "{off:?}");
        }
        assert_eq!(read(&[("OTEL_SERVICE_NAME", "allo")]), Ok(None));
    }

    #[test]
    fn what_cannot_be_had_is_said_with_the_name_of_its_variable() {
        for other in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
        ] {
            let refused = read(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
                other,
            ]);
            assert!(refused.unwrap_err().starts_with(other.0), "{other:?}");
        }
    }

    #[test]
    fn requests_are_followed_unless_other_propagators_are_named() {
        let follows = |value| {
            let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
            read(&[endpoint, ("OTEL_PROPAGATORS", value)])
                .unwrap()
                .unwrap()
                .follows
        };
        assert!(follows("") && follows("tracecontext,baggage"));
        assert!(!follows("none") && !follows("b3"));
    }

    fn endpoint(variables: &[(&str, &str)]) -> String {
        read(variables).unwrap().unwrap().endpoint
    }

    /// The first value of a name counts.
    fn read(variables: &[(&str, &str)]) -> Result<Option<Asked>, String> {
        Asked::read(|name| {
            let found = variables.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }
}
