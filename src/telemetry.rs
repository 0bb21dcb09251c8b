//! What a running engine tells about itself: lines on stderr and figures for Prometheus.
//!
//! One span per message carries the ids of message, run and alliance; never a name, an address or an
//! answer, since logs are kept where erasure does not reach. Libraries speak from warnings on, unless
//! the filter names them. There is no listener here: `web` shows the figures.

use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

const QUIET: &str = "sqlx=warn,lapin=warn,hyper=warn,axum=warn";
/// Durations from one millisecond to half a minute; every metric named `…_seconds` has them.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];
/// Figures that nobody fetched are put together this often, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the log filter `{filter}` is not understood: {why}; write `info` or `alongside=debug,info`"
    )]
    Filter { filter: String, why: String },
    #[error("the log is already installed in this process")]
    Installed,
    #[error("the figures cannot be kept: {0}")]
    Metrics(#[from] BuildError),
}

/// Sends the log to stderr from now on; once per process. Colours only for a terminal.
pub fn install_log(log: &Log) -> Result<(), Error> {
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let subscriber = subscriber(log, colours, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| Error::Installed)
}

fn subscriber<W>(
    log: &Log,
    colours: bool,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, Error>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter =
        EnvFilter::try_new(format!("{QUIET},{}", log.filter)).map_err(|error| Error::Filter {
            filter: log.filter.clone(),
            why: error.to_string(),
        })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    Ok(match log.format {
        LogFormat::Human => Box::new(lines.with_ansi(colours).with_target(false).finish()),
        LogFormat::Json => Box::new(
            lines
                .json()
                .flatten_event(true)
                .with_span_list(false)
                .finish(),
        ),
    })
}

/// The figures of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Takes all counters and histograms of `metrics` from now on; once per process.
    pub fn install() -> Result<Self, Error> {
        let builder = with_buckets(PrometheusBuilder::new())?;
        Ok(Self(builder.install_recorder()?))
    }

    /// In Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Keeps them small until the stop.
    pub async fn keep_up(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(UPKEEP);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.0.run_upkeep();
        }
    }
}

fn with_buckets(builder: PrometheusBuilder) -> Result<PrometheusBuilder, BuildError> {
    builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written while one message is handled.
    fn written(format: LogFormat, filter: &str) -> String {
        let lines = Lines::default();
        let log = Log {
            format,
            filter: filter.to_owned(),
        };
        let writer = lines.clone();
        let subscriber = subscriber(&log, false, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("message", id = "m-1", run = "r-1").entered();
            tracing::info!(outcome = "applied", "handled");
            tracing::debug!("details");
            tracing::info!(target: "sqlx::query", "a statement");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_for_people_has_the_ids_of_its_message() {
        let written = written(LogFormat::Human, "info");
        assert_eq!(written.lines().count(), 1, "{written}");
        for part in [
            "INFO",
            "message{id=\"m-1\" run=\"r-1\"}",
            "handled",
            "outcome=\"applied\"",
        ] {
            assert!(written.contains(part), "{written}");
        }
    }

    #[test]
    fn a_line_for_machines_is_one_json_object_with_the_same() {
        let written = written(LogFormat::Json, "info");
        let line: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(line["message"], "handled");
        assert_eq!(line["outcome"], "applied");
        assert_eq!(line["span"]["id"], "m-1");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn libraries_are_quiet_unless_they_are_named() {
        assert_eq!(written(LogFormat::Human, "debug").lines().count(), 2);
        assert_eq!(
            written(LogFormat::Human, "info,sqlx=info").lines().count(),
            2
        );
    }

    #[test]
    fn a_filter_that_is_not_understood_is_said() {
        let log = Log {
            format: LogFormat::Human,
            filter: "alongside=loud".to_owned(),
        };
        let Err(error) = subscriber(&log, false, std::io::sink) else {
            panic!("no error")
        };
        assert!(
            error
                .to_string()
                .starts_with("the log filter `alongside=loud` is not understood")
        );
    }

    #[test]
    fn durations_are_counted_in_buckets() {
        let recorder = with_buckets(PrometheusBuilder::new())
            .unwrap()
            .build_recorder();
        let metrics = Metrics(recorder.handle());
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("alongside_commands_total", "outcome" => "applied").increment(2);
            metrics::histogram!("alongside_batch_seconds").record(0.02);
        });
        let text = metrics.render();
        assert!(
            text.contains("alongside_commands_total{outcome=\"applied\"} 2"),
            "{text}"
        );
        assert!(
            text.contains("alongside_batch_seconds_bucket{le=\"0.025\"} 1"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn the_upkeep_ends_with_the_stop() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let stop = CancellationToken::new();
        stop.cancel();
        Metrics(recorder.handle()).keep_up(stop).await;
    }
}
