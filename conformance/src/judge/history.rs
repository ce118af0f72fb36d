//! Comparing histories: event for event, or as a multiset where the order is not evidenced.

use serde_json::Value;

use super::wildcard::{Difference, Matcher};
use crate::case::Case;

/// Compares an expected history with an observed one; the difference's path begins with the event.
#[must_use]
pub fn compare_history(
    case: &Case,
    expected: &[Value],
    observed: &[Value],
    matcher: &mut Matcher,
) -> Option<Difference> {
    if case.history_ids_normalised {
        return multiset(expected, observed, matcher);
    }
    let before = matcher.clone();
    let difference = in_order(case, expected, observed, matcher)?;
    if case.concurrent {
        *matcher = before;
        return multiset(expected, observed, matcher);
    }
    Some(difference)
}

/// Compares the types of the events of two histories; what differs, in words.
pub(super) fn compare_types(case: &Case, expected: &[Value], observed: &[Value]) -> Option<String> {
    let mut expected: Vec<_> = expected.iter().map(kind).collect();
    let mut observed: Vec<_> = observed.iter().map(kind).collect();
    if case.expect.history_is_prefix {
        observed.truncate(expected.len());
    }
    if case.history_ids_normalised || (case.concurrent && expected != observed) {
        expected.sort_unstable();
        observed.sort_unstable();
    }
    let place = (0..expected.len().max(observed.len()))
        .find(|place| expected.get(*place) != observed.get(*place))?;
    let shown = |kinds: &[&str]| kinds.get(place).map_or("none", |kind| *kind).to_owned();
    Some(format!(
        "event {}: expected {}, observed {}",
        place + 1,
        shown(&expected),
        shown(&observed)
    ))
}

fn in_order(
    case: &Case,
    expected: &[Value],
    observed: &[Value],
    matcher: &mut Matcher,
) -> Option<Difference> {
    for (index, event) in expected.iter().enumerate() {
        let Some(other) = observed.get(index) else {
            return Some(Difference {
                path: format!("event {}", index + 1),
                expected: Some(event.clone()),
                observed: None,
            });
        };
        if let Some(difference) = matcher.compare(event, other) {
            return Some(Difference {
                path: format!("event {} ({}){}", index + 1, kind(event), difference.path),
                ..difference
            });
        }
    }
    if case.expect.history_is_prefix {
        return None;
    }
    observed.get(expected.len()).map(|extra| Difference {
        path: format!("event {}", expected.len() + 1),
        expected: None,
        observed: Some(extra.clone()),
    })
}

/// Every expected event has an observed one like it, whatever their ids.
fn multiset(expected: &[Value], observed: &[Value], matcher: &mut Matcher) -> Option<Difference> {
    let mut left: Vec<Value> = observed.iter().map(without_ids).collect();
    for event in expected {
        let wanted = without_ids(event);
        let found = left.iter().position(|other| {
            let mut attempt = matcher.clone();
            let same = attempt.compare(&wanted, other).is_none();
            if same {
                *matcher = attempt;
            }
            same
        });
        match found {
            Some(index) => {
                left.remove(index);
            }
            None => {
                return Some(Difference {
                    path: format!("some {}", kind(event)),
                    expected: Some(wanted),
                    observed: None,
                });
            }
        }
    }
    left.first().map(|extra| Difference {
        path: format!("one more {}", kind(extra)),
        expected: None,
        observed: Some(extra.clone()),
    })
}

fn without_ids(event: &Value) -> Value {
    let mut event = event.clone();
    if let Value::Object(map) = &mut event {
        map.shift_remove("id");
        map.shift_remove("previousEventId");
    }
    event
}

fn kind(event: &Value) -> &str {
    event.get("type").and_then(Value::as_str).unwrap_or("event")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn events(kinds: &[&str]) -> Vec<Value> {
        kinds.iter().map(|kind| json!({"type": kind})).collect()
    }

    #[test]
    fn types_are_compared_in_order_unless_branches_run_at_once() {
        let expected = events(&["A", "B", "C"]);
        let difference =
            |case: &Case, observed: &[&str]| compare_types(case, &expected, &events(observed));
        let mut case = Case::default();
        assert_eq!(difference(&case, &["A", "B", "C"]), None);
        let other = difference(&case, &["A", "C", "B"]);
        assert_eq!(other.as_deref(), Some("event 2: expected B, observed C"));
        let short = difference(&case, &["A", "B"]);
        assert_eq!(short.as_deref(), Some("event 3: expected C, observed none"));
        case.concurrent = true;
        assert_eq!(difference(&case, &["A", "C", "B"]), None);
        assert!(difference(&case, &["A", "C", "C"]).is_some());
        case.expect.history_is_prefix = true;
        assert_eq!(difference(&case, &["A", "B", "C", "D"]), None);
    }
}
