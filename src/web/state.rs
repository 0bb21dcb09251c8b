//! `/healthz`, `/readyz` and `/metrics`: is it alive, can it work, what has it done.
//!
//! They answer from memory: asking costs the database nothing, and they tell of a database that
//! hangs. The engine keeps the channel up to date, within ten seconds of the truth.

use std::sync::Arc;

use axum::Router;
use axum::extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde::Serialize;
use tokio::sync::watch;

/// Whether the engine can work, and what an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    pub database: Dependency,
    pub broker: Dependency,
    /// Sentences: a queue that differs from what we would declare, a clock that jumped.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependency {
    Ready,
    /// Why not, without addresses and secrets: anybody may read it.
    NotReady(String),
}

impl Readiness {
    /// Before anything was tried.
    pub fn starting() -> Self {
        let starting = Dependency::NotReady("starting".to_owned());
        Self {
            database: starting.clone(),
            broker: starting,
            notes: Vec::new(),
        }
    }

    pub fn is_ready(&self) -> bool {
        self.database == Dependency::Ready && self.broker == Dependency::Ready
    }
}

/// What the pages show.
#[derive(Clone)]
pub struct State {
    pub readiness: watch::Receiver<Readiness>,
    /// Gives the figures in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

pub fn routes(state: State) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(not_found)
        .with_state(state)
}

const FRESH: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

async fn healthz() -> Response {
    ([FRESH], "alive\n").into_response()
}

#[derive(Serialize)]
struct Answer {
    ready: bool,
    database: String,
    broker: String,
    notes: Vec<String>,
}

async fn readyz(extract::State(state): extract::State<State>) -> Response {
    let readiness = state.readiness.borrow().clone();
    let ready = readiness.is_ready();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let said = |dependency| match dependency {
        Dependency::Ready => "ready".to_owned(),
        Dependency::NotReady(why) => why,
    };
    let answer = Answer {
        ready,
        database: said(readiness.database),
        broker: said(readiness.broker),
        notes: readiness.notes,
    };
    (status, [FRESH], Json(answer)).into_response()
}

async fn metrics(extract::State(state): extract::State<State>) -> Response {
    let kind = (
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    );
    ([kind, FRESH], (state.metrics)()).into_response()
}

async fn not_found() -> Response {
    let pages = "There is no such page. There are /healthz, /readyz and /metrics.\n";
    (StatusCode::NOT_FOUND, pages).into_response()
}
