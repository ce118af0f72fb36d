//! GetExecutionHistory.

use serde::Deserialize;
use serde_json::{Value, json};
use stepclock_engine::history::{HistoryEvent, event_to_json};

use super::executions::{find, standard};
use super::page::{List, Page};
use super::request::{add, read};
use crate::error::ApiError;
use crate::hub::Handle;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    execution_arn: String,
    #[serde(default)]
    reverse_order: bool,
    include_execution_data: Option<bool>,
    #[serde(flatten)]
    page: Page,
}

pub(super) async fn get(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let request: Request = read(request)?;
    let arn = request.execution_arn;
    standard(&arn)?;
    let stored = find(hub, &arn)?;
    let key = stored.row.revision.clone();
    let (now, revision) = hub
        .call(move |hub| {
            let lost = || ApiError::internal(format!("the store has no definition {key}"));
            Ok((hub.now(), hub.registry.revision(&key).ok_or_else(lost)?))
        })
        .await?;
    let list = List {
        seed: hub.config().seed,
        of: format!("GetExecutionHistory {arn} {}", request.reverse_order),
        now,
    };
    let after = request.page.place(&list)?;
    let data = request.include_execution_data.unwrap_or(true);
    let journal = hub.store().journal(stored.row.id)?;
    let events = hub.histories().get(hub.config(), &stored.row, &revision, journal)?;
    let place = |event: &&HistoryEvent| event.id.to_string();
    let (page, token) = match request.reverse_order {
        false => {
            let from = events.partition_point(|event| event.id <= after);
            request.page.cut(&list, events[from..].iter(), place)
        }
        true => {
            let to = match after {
                0 => events.len(),
                after => events.partition_point(|event| event.id < after),
            };
            request.page.cut(&list, events[..to].iter().rev(), place)
        }
    };
    let events: Vec<Value> = page.into_iter().map(|event| written(event, data)).collect();
    let mut answer = json!({"events": events});
    add(&mut answer, "nextToken", token);
    Ok(answer)
}

/// An event as the protocol writes it: its time in seconds, and its data only if it is asked for. A task's
/// parameters are neither input nor output, and the service model says that they are always there.
fn written(event: &HistoryEvent, data: bool) -> Value {
    let mut event = event_to_json(event);
    if !data && let Some(members) = event.as_object_mut() {
        for details in members.values_mut().filter_map(Value::as_object_mut) {
            details.shift_remove("input");
            details.shift_remove("output");
        }
    }
    event
}
