//! ListMapRuns, DescribeMapRun, UpdateMapRun.

use serde::Deserialize;
use serde_json::{Value, json};

use super::executions::{find, standard};
use super::page::{List, Page};
use super::request::{add, empty, read, seconds};
use crate::error::ApiError;
use crate::hub::{Handle, MapRun, MapRunUpdate, no_such_map_run, place_key};
use crate::registry::Arn;
use crate::store::{ChildCount, DocumentKind};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    execution_arn: String,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    map_run_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    map_run_arn: String,
    max_concurrency: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
    tolerated_failure_count: Option<u64>,
}

pub(super) async fn list(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Listing { execution_arn, page } = read(request)?;
    standard(&execution_arn)?;
    let stored = find(hub, &execution_arn)?;
    let now = hub.call(|hub| Ok(hub.now())).await?;
    let of = format!("ListMapRuns {execution_arn}");
    let list = List { seed: hub.config().seed, of, now };
    let after = usize::try_from(page.place(&list)?).unwrap_or(usize::MAX);
    let runs =
        hub.store().documents_below(DocumentKind::MapRunOf, &place_key(stored.row.id, None))?;
    let runs =
        runs.into_iter().map(|(_, arn)| map_run(hub, &arn)).collect::<Result<Vec<_>, _>>()?;
    // Places in the list are numbers from 1.
    let rest = runs.into_iter().skip(after);
    let (runs, token) = page.cut(&list, rest, |run| (run.place + 1).to_string());
    let runs: Vec<Value> = runs
        .iter()
        .map(|run| {
            let mut entry = json!({
                "executionArn": run.execution_arn,
                "mapRunArn": run.arn,
                "stateMachineArn": labelled(&run.arn, &stored.row.machine_arn),
                "startDate": seconds(run.started),
            });
            add(&mut entry, "stopDate", run.stopped.map(seconds));
            entry
        })
        .collect();
    let mut answer = json!({"mapRuns": runs});
    add(&mut answer, "nextToken", token);
    Ok(answer)
}

pub(super) async fn describe(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let Named { map_run_arn } = read(request)?;
    Arn::parse(&map_run_arn, &["mapRun"])?;
    let run = map_run(hub, &map_run_arn)?;
    let counts = hub.store().count_children(&map_run_arn)?;
    let mut answer = json!({
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status(),
        "startDate": seconds(run.started),
        "maxConcurrency": run.max_concurrency,
        "toleratedFailurePercentage": run.tolerated_failure_percentage.unwrap_or(0.0),
        "toleratedFailureCount": run.tolerated_failure_count.unwrap_or(0),
        "itemCounts": children(&run, &counts, run.items, |count| count.items),
        "executionCounts": children(&run, &counts, run.executions, |count| count.executions),
        "redriveCount": run.redrives,
    });
    add(&mut answer, "stopDate", run.stopped.map(seconds));
    add(&mut answer, "redriveDate", run.redriven.map(seconds));
    Ok(answer)
}

pub(super) async fn update(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let request: Update = read(request)?;
    let arn = request.map_run_arn;
    Arn::parse(&arn, &["mapRun"])?;
    let update = MapRunUpdate {
        max_concurrency: request.max_concurrency,
        tolerated_failure_count: request.tolerated_failure_count,
        tolerated_failure_percentage: request.tolerated_failure_percentage,
    };
    if update == MapRunUpdate::default() {
        let message = "Request must include at least one of: maxConcurrency, toleratedFailureCount, \
                       toleratedFailurePercentage";
        return Err(ApiError::validation(message).with("reason", "MISSING_REQUIRED_PARAMETER"));
    }
    hub.call(move |hub| hub.update_map_run(&arn, update)).await?;
    Ok(empty())
}

fn map_run(hub: &Handle, arn: &str) -> Result<MapRun, ApiError> {
    let body = hub.store().document(DocumentKind::MapRun, arn)?;
    let body = body.ok_or_else(|| no_such_map_run(arn))?;
    serde_json::from_str(&body).map_err(|error| ApiError::internal(format!("{arn}: {error}")))
}

/// The state machine of the children: the parent's with the Map Run's label.
fn labelled(map_run_arn: &str, machine_arn: &str) -> String {
    let label = Arn::parse(map_run_arn, &["mapRun"]).ok().and_then(|arn| arn.labelled());
    format!("{machine_arn}/{}", label.map_or("", |(_, label)| label))
}

/// `executionCounts` or `itemCounts`.
fn children(
    run: &MapRun,
    counts: &[ChildCount],
    total: u64,
    size: impl Fn(&ChildCount) -> u64,
) -> Value {
    let sum = |holds: &dyn Fn(&ChildCount) -> bool| -> u64 {
        counts.iter().filter(|count| holds(count)).map(&size).sum()
    };
    let with = |status: &str| sum(&|count| count.status == status);
    let started = sum(&|_| true);
    let ended = sum(&|count| count.status != "RUNNING");
    // A child is written when the run is over.
    let written = if run.writes_results && run.status.is_some() { ended } else { 0 };
    json!({
        "pending": if run.status.is_none() { total.saturating_sub(started) } else { 0 },
        "running": with("RUNNING"),
        "succeeded": with("SUCCEEDED"),
        "failed": with("FAILED"),
        "timedOut": with("TIMED_OUT"),
        "aborted": with("ABORTED"),
        "total": total,
        "resultsWritten": written,
        "failuresNotRedrivable": sum(&|count| {
            !count.redrivable && matches!(count.status.as_str(), "FAILED" | "TIMED_OUT" | "ABORTED")
        }),
        "pendingRedrive": 0,
    })
}
