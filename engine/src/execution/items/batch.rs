//! Batches: several items in one child's input.

use serde_json::{Map, Value};

use super::ItemFailure;
use crate::data::Payload;
use crate::limits::PAYLOAD_BYTES_MAX;

/// `ItemBatcher`'s limits, evaluated; 0 is no limit.
#[derive(Debug, Clone, Default)]
pub(in crate::execution) struct BatchLimits {
    pub(in crate::execution) items: usize,
    pub(in crate::execution) bytes: usize,
    pub(in crate::execution) batch_input: Option<Value>,
}

/// Groups items, in order: the inputs of the children, and how many items each has.
///
/// `BatchInput` counts as part of a batch's bytes, which cannot exceed what an execution takes as input.
pub(in crate::execution) fn batch(
    items: Vec<Payload>,
    limits: &BatchLimits,
) -> Result<Vec<(Payload, u64)>, ItemFailure> {
    let items_max = if limits.items == 0 { usize::MAX } else { limits.items };
    let bytes_max = match limits.bytes {
        0 => usize::MAX,
        bytes => bytes.min(PAYLOAD_BYTES_MAX),
    };
    let empty_bytes = close(Vec::new(), limits).size_bytes();
    let mut batches = Vec::new();
    let mut open: Vec<Value> = Vec::new();
    let mut bytes = empty_bytes;
    for item in items {
        let size = item.size_bytes();
        if empty_bytes.saturating_add(size) > bytes_max {
            // What AWS does then is not recorded.
            return Err(ItemFailure::reader(format!(
                "An item of {size} bytes does not fit into a batch of {bytes_max} bytes, of which \
                 {empty_bytes} are taken before any item"
            )));
        }
        let comma = usize::from(!open.is_empty());
        if open.len() >= items_max || bytes.saturating_add(size + comma) > bytes_max {
            let count = open.len() as u64;
            batches.push((close(std::mem::take(&mut open), limits), count));
            bytes = empty_bytes;
        }
        bytes = bytes.saturating_add(size + usize::from(!open.is_empty()));
        open.push(item.into_value());
    }
    if !open.is_empty() {
        let count = open.len() as u64;
        batches.push((close(open, limits), count));
    }
    Ok(batches)
}

/// `BatchInput` comes before `Items` (recording `map_item_batching_base_json_max_per_batch_jsonata`).
fn close(items: Vec<Value>, limits: &BatchLimits) -> Payload {
    let mut map = Map::new();
    if let Some(input) = &limits.batch_input {
        map.insert("BatchInput".into(), input.clone());
    }
    map.insert("Items".into(), Value::Array(items));
    Payload::new(Value::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn items(values: &[i64]) -> Vec<Payload> {
        values.iter().map(|value| Payload::new(json!(value))).collect()
    }

    fn values(batches: Vec<(Payload, u64)>) -> Vec<Value> {
        batches.into_iter().map(|(payload, _)| payload.into_value()).collect()
    }

    #[test]
    fn by_number_of_items() {
        let limits = BatchLimits { items: 2, batch_input: Some(json!("b")), ..Default::default() };
        assert_eq!(
            values(batch(items(&[1, 2, 3]), &limits).expect("fits")),
            [json!({"BatchInput": "b", "Items": [1, 2]}), json!({"BatchInput": "b", "Items": [3]})]
        );
    }

    /// The limit is what the child's input takes, to the byte.
    #[test]
    fn by_bytes() {
        let of = |bytes| {
            let limits = BatchLimits { bytes, ..Default::default() };
            values(batch(items(&[11, 22, 33]), &limits).expect("fits"))
        };
        let exact = json!({"Items": [11, 22]}).to_string().len();
        assert_eq!(of(exact), [json!({"Items": [11, 22]}), json!({"Items": [33]})]);
        assert_eq!(of(exact - 1).len(), 3);
        assert_eq!(of(exact + 3), [json!({"Items": [11, 22, 33]})]);
    }

    #[test]
    fn both_limits_and_batch_input() {
        let limits = BatchLimits { items: 2, bytes: 34, batch_input: Some(json!("b")) };
        let batches = values(batch(items(&[1, 2, 3, 44_444]), &limits).expect("fits"));
        let inputs: Vec<Value> = batches.iter().map(|batch| batch["Items"].clone()).collect();
        assert_eq!(inputs, [json!([1, 2]), json!([3]), json!([44_444])]);
        assert!(batches.iter().all(|batch| batch.to_string().len() <= 34));
    }

    #[test]
    fn an_item_that_fits_no_batch() {
        let limits = BatchLimits { bytes: 12, ..Default::default() };
        assert!(batch(items(&[123_456]), &limits).is_err());
    }
}
