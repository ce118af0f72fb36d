//! TestState.

use serde_json::Value;
use stepclock_engine::history::Failure;
use stepclock_engine::test_state::{Progress, TestStateSettings, start};

use crate::error::ApiError;
use crate::hub::{Handle, OutsideCall};

pub(super) async fn test(hub: &Handle, request: Value) -> Result<Value, ApiError> {
    let (now, seed) = hub.call(|hub| Ok((hub.now(), hub.ids.next_u64()))).await?;
    let config = hub.config();
    let (region, account) = (config.region.clone(), config.account.clone());
    let settings = TestStateSettings { now, seed, region: region.clone(), account };
    let started =
        start(&request, &settings).map_err(|error| ApiError::new(error.code, error.message))?;
    let pending = match started {
        Progress::Answered(answer) => return Ok(answer),
        Progress::Task(pending) => pending,
    };
    let call = OutsideCall {
        request: pending.task().clone(),
        execution_arn: "".into(),
        region,
        trace: None,
    };
    let end = hub.ask(move |hub, reply| hub.call_for_test(call, reply)).await?;
    Ok(pending.finish(end.map(|end| {
        end.map_err(|(error, cause)| Failure { error: Some(error), cause: Some(cause) })
    })))
}
