//! TEMPORARY stand-in.
use crate::asl::*;
use crate::data::Payload;
use crate::expr::*;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) key: Option<Arc<str>>,
    pub(super) value: Payload,
    pub(super) source: Option<Arc<str>>,
}
impl Item {
    pub(super) fn payload(&self) -> Payload {
        self.value.clone()
    }
}
pub(super) fn state_items(
    source: &ItemsSource,
    effective: &Value,
    scope: &Scope<'_>,
    _mode: MapMode,
    _state: &State,
) -> Result<Vec<Item>, ExprError> {
    let v = match source {
        ItemsSource::Input => effective.clone(),
        ItemsSource::Path(p) => p.evaluate(scope)?.into_owned(),
        ItemsSource::Items(t) => t.evaluate(scope)?,
    };
    match v {
        Value::Array(a) => Ok(a
            .into_iter()
            .map(|v| Item { key: None, value: Payload::new(v), source: None })
            .collect()),
        o => Err(ExprError::runtime(format!("not array {o}"))),
    }
}
pub(super) fn limit_from_value(_l: &Located<Expression>, v: &Value) -> Result<u64, ExprError> {
    v.as_u64().ok_or_else(|| ExprError::runtime("x"))
}
