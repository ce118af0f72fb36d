//! What things are called in a case, and what they are called on an endpoint.

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;

use super::client::{CallError, Client};

/// Texts to put in the place of others.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Vec<(String, String)>);

impl Names {
    /// Longer texts go first: a name may begin with another.
    pub(super) fn new(mut pairs: Vec<(String, String)>) -> Self {
        pairs.retain(|(from, to)| !from.is_empty() && from != to);
        pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Self(pairs)
    }

    /// The same the other way.
    pub(super) fn back(pairs: &[(String, String)]) -> Self {
        Self::new(pairs.iter().map(|(from, to)| (to.clone(), from.clone())).collect())
    }

    /// A value with all of them replaced in its texts.
    pub(super) fn in_value(&self, value: &Value) -> Value {
        serde_json::from_str(&self.in_text(&value.to_string())).unwrap_or_else(|_| value.clone())
    }

    /// A text with all of them replaced.
    pub(super) fn in_text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from.as_str(), to))
    }
}

/// Where an endpoint is: its region and its account.
#[derive(Debug, Clone)]
pub(super) struct Place {
    region: String,
    account: String,
}

impl Place {
    /// The place of an endpoint, as the ARN of an activity tells it.
    ///
    /// # Errors
    /// When none can be created.
    pub(super) fn of(client: &Client, name: &str) -> Result<Self, CallError> {
        let created = client.call("CreateActivity", &json!({"name": name}))?;
        client.call("DeleteActivity", &json!({"activityArn": created["activityArn"]}))?;
        let (region, account) = whereabouts(created["activityArn"].as_str().unwrap_or_default());
        Ok(Self { region: region.to_owned(), account: account.to_owned() })
    }

    /// What a case names its region and account by, with what the endpoint does.
    pub(super) fn pairs(&self, case: &str) -> Vec<(String, String)> {
        let is_account = |account: &str| account.len() == 12 && account.parse::<u64>().is_ok();
        let arns = case.match_indices("arn:aws:states:").map(|(at, _)| whereabouts(&case[at..]));
        let named = arns.into_iter().find(|(_, account)| is_account(account));
        let Self { region, account } = self;
        let pairs = named.map(|(its_region, its_account)| {
            [
                (format!(":{its_region}:{its_account}:"), format!(":{region}:{account}:")),
                (format!("::{its_account}:"), format!("::{account}:")),
            ]
        });
        pairs.into_iter().flatten().collect()
    }
}

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// Moves every date that a text writes out (`2026-01-02T03:04:05Z`) by so many days: its length stays.
pub(super) fn shift_dates(text: &str, by_days: i64) -> String {
    let mut shifted = text.to_owned();
    // Dates that a picture spells may have a small letter.
    let places = text.match_indices(['T', 't']).filter_map(|(at, _)| at.checked_sub(10));
    for place in places {
        let Some(date) = text.get(place..place + 10) else { continue };
        // A time of day follows.
        let is_time = text.get(place + 11..place + 14).is_some_and(|time| time.ends_with(':'));
        let Ok(day) = Timestamp::parse_rfc3339(&format!("{date}T00:00:00Z")) else { continue };
        let moved = (day + by_days * DAY_MS).to_string();
        if let Some(moved) = moved.get(..10).filter(|_| is_time && moved.get(10..11) == Some("T")) {
            shifted.replace_range(place..place + 10, moved);
        }
    }
    shifted
}

/// Moves every number of a text that is a moment of this span, in milliseconds since 1970.
pub(super) fn shift_numbers(text: &str, span: (i64, i64), by_ms: i64) -> String {
    let mut shifted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|char: char| char.is_ascii_digit()) {
        let digits = rest[start..].find(|char: char| !char.is_ascii_digit());
        let end = digits.map_or(rest.len(), |length| start + length);
        shifted.push_str(&rest[..start]);
        let number = &rest[start..end];
        match number.parse::<i64>() {
            Ok(ms) if number.len() >= 13 && (span.0..=span.1).contains(&ms) => {
                shifted.push_str(&(ms + by_ms).to_string());
            }
            _ => shifted.push_str(number),
        }
        rest = &rest[end..];
    }
    shifted.push_str(rest);
    shifted
}

/// Moves every date of an answer or an event by so many milliseconds.
pub(super) fn shift(mut value: Value, by_ms: i64) -> Value {
    for member in ["startDate", "stopDate", "timestamp"] {
        if let Some(millis) = millis(&value, member) {
            value[member] = ((millis + by_ms) as f64 / 1_000.0).into();
        }
    }
    value
}

/// A date in milliseconds.
pub(super) fn millis(answer: &Value, member: &str) -> Option<i64> {
    let seconds = answer.get(member).and_then(Value::as_f64);
    seconds.map(|seconds| (seconds * 1_000.0).round() as i64)
}

/// The moment of an event.
pub(super) fn moment(event: &Value) -> Timestamp {
    Timestamp::from_millis(millis(event, "timestamp").unwrap_or_default())
}

/// Region and account of an ARN.
pub(super) fn whereabouts(arn: &str) -> (&str, &str) {
    let mut parts = arn.split(':').skip(3);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_texts_move_by_days() {
        let text = r#"{"a":"2026-12-31T23:59:59.120Z","b":"T2026","c":"x2026-01-01Ty","d":"2026-02-28T00:00:00+01:00"}"#;
        let moved = r#"{"a":"2027-01-01T23:59:59.120Z","b":"T2026","c":"x2026-01-01Ty","d":"2026-03-01T00:00:00+01:00"}"#;
        assert_eq!(shift_dates(text, 1), moved);
        assert_eq!(shift_dates(moved, -1), text);
    }

    #[test]
    fn numbers_are_moments_when_the_run_was_at_them() {
        let span = (1_767_225_600_000, 1_767_225_660_000);
        let text = "[1767225600000, 1767225660001, 1767225630000.5, 17]";
        let moved = "[1767225601000, 1767225660001, 1767225631000.5, 17]";
        assert_eq!(shift_numbers(text, span, 1_000), moved);
    }

    #[test]
    fn a_case_is_told_in_the_endpoints_place_and_back() {
        let request = |region: &str, account: &str| {
            json!({"activityArn": format!("arn:aws:states:{region}:{account}:activity:a"),
                   "roleArn": format!("arn:aws:iam::{account}:role/r"), "invalid": "arn:aws:states:x"})
        };
        let case = request("us-east-1", "111111111111");
        let place = Place { region: "eu-west-1".to_owned(), account: "222222222222".to_owned() };
        let pairs = place.pairs(&case.to_string());
        let sent = Names::new(pairs.clone()).in_value(&case);
        assert_eq!(sent, request("eu-west-1", "222222222222"));
        assert_eq!(Names::back(&pairs).in_value(&sent), case);
    }

    #[test]
    fn a_name_that_begins_with_another_stays_whole() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let names = Names::new(vec![pair("run-1", "a"), pair("run-12", "b"), pair("run-1-x", "c")]);
        assert_eq!(names.in_text("run-12 run-1-x run-1"), "b c a");
    }
}
