//! Batches: several items in one child's input.

use serde_json::{Map, Value};

use super::ItemFailure;
use crate::data::Payload;

/// `ItemBatcher`'s limits, evaluated; 0 is no limit.
#[derive(Debug, Clone, Default)]
pub(in crate::execution) struct BatchLimits {
    pub(in crate::execution) items: usize,
    pub(in crate::execution) bytes: usize,
    pub(in crate::execution) batch_input: Option<Value>,
}

/// Groups items, in order: the inputs of the children, and how many items each has.
pub(in crate::execution) fn batch(
    items: Vec<Payload>,
    limits: &BatchLimits,
) -> Result<Vec<(Payload, u64)>, ItemFailure> {
    // Bytes of the input without items, and what the key and brackets of `Items` take.
    let frame = close(Vec::new(), limits).size_bytes();
    let mut batches = Vec::new();
    let mut open: Vec<Value> = Vec::new();
    let mut bytes = frame;
    for item in items {
        let size = item.size_bytes() + 1;
        if limits.bytes > 0 && frame + size > limits.bytes {
            return Err(ItemFailure::reader(format!(
                "An item of {} bytes does not fit into a batch of {} bytes",
                item.size_bytes(),
                limits.bytes
            )));
        }
        let full = (limits.items > 0 && open.len() >= limits.items)
            || (limits.bytes > 0 && bytes + size > limits.bytes);
        if full && !open.is_empty() {
            let count = open.len() as u64;
            batches.push((close(std::mem::take(&mut open), limits), count));
            bytes = frame;
        }
        bytes += size;
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

    #[test]
    fn by_bytes() {
        let limits = BatchLimits { bytes: 18, ..Default::default() };
        let batches = values(batch(items(&[11, 22, 33]), &limits).expect("fits"));
        assert_eq!(batches, [json!({"Items": [11, 22]}), json!({"Items": [33]})]);
        assert!(batches.iter().all(|batch| batch.to_string().len() <= 18));
    }

    #[test]
    fn an_item_that_fits_no_batch() {
        let limits = BatchLimits { bytes: 12, ..Default::default() };
        assert!(batch(items(&[123_456]), &limits).is_err());
    }
}
