//! A moment in time, in whole milliseconds since 1970-01-01T00:00:00Z.

use std::fmt;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch. Arithmetic saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A text that is not a timestamp in the form ASL asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an RFC 3339 timestamp such as `2026-01-31T09:30:00Z`")]
pub struct TimestampError {
    /// The text.
    pub text: String,
}

impl Timestamp {
    /// Where simulated time starts unless told otherwise: 2026-01-01T00:00:00Z.
    pub const DEFAULT_EPOCH: Self = Self(1_767_225_600_000);

    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment plus whole seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        self + i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000)
    }

    /// Parses ASL's profile of RFC 3339: capital `T`, capital `Z` or a numeric offset with a colon,
    /// any number of fraction digits (kept to the millisecond, rounded up so that a wait never ends early).
    ///
    /// # Errors
    /// When the text has another form or names a moment that does not exist.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        let nanos = Self::parse_nanoseconds(text)?;
        let millis = nanos.div_euclid(1_000_000) + i128::from(nanos.rem_euclid(1_000_000) != 0);
        i64::try_from(millis).map(Self).map_err(|_| TimestampError { text: text.to_owned() })
    }

    /// Parses the same form into nanoseconds since the Unix epoch, for exact comparison.
    ///
    /// # Errors
    /// As [`Timestamp::parse_rfc3339`].
    pub fn parse_nanoseconds(text: &str) -> Result<i128, TimestampError> {
        let error = || TimestampError { text: text.to_owned() };
        if !has_rfc3339_shape(text.as_bytes()) {
            return Err(error());
        }
        let moment: jiff::Timestamp = text.parse().map_err(|_| error())?;
        Ok(moment.as_nanosecond())
    }
}

/// Checks `YYYY-MM-DDThh:mm:ss[.f+](Z|±hh:mm)`; the library's own parser is more lenient than ASL.
fn has_rfc3339_shape(text: &[u8]) -> bool {
    const HEAD: &[u8; 19] = b"0000-00-00T00:00:00";
    if text.len() < 20 || !text.is_ascii() {
        return false;
    }
    let matches = |pattern: &[u8], part: &[u8]| {
        part.len() == pattern.len()
            && pattern
                .iter()
                .zip(part)
                .all(|(p, b)| if *p == b'0' { b.is_ascii_digit() } else { p == b })
    };
    if !matches(HEAD, &text[..19]) || &text[17..19] > b"59".as_slice() {
        return false;
    }
    let mut rest = &text[19..];
    if rest[0] == b'.' {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 9 {
            return false;
        }
        rest = &rest[1 + digits..];
    }
    rest == b"Z" || matches(b"+00:00", rest) || matches(b"-00:00", rest)
}

impl Add<i64> for Timestamp {
    type Output = Self;

    /// Adds milliseconds.
    fn add(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; a zero fraction is left out, as in AWS's context object.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) if self.0 % 1_000 == 0 => write!(f, "{moment:.0}"),
            Ok(moment) => write!(f, "{moment:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for text in ["2026-01-01T00:00:00Z", "2016-12-05T21:29:29.123Z"] {
            assert_eq!(Timestamp::parse_rfc3339(text).expect("is RFC 3339").to_string(), text);
        }
        assert_eq!(Timestamp::DEFAULT_EPOCH.to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn offsets_and_nanoseconds() {
        let plus =
            Timestamp::parse_rfc3339("2026-01-01T02:00:00.000000001+02:00").expect("is RFC 3339");
        assert_eq!(plus, Timestamp::DEFAULT_EPOCH + 1);
    }

    #[test]
    fn refused_forms() {
        for text in [
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-13-05T21:29:29Z",
            "05-12-2016T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "2016-12-05t21:29:29z",
            "2016-12-05T21:29:29+0200",
            "2016-12-05T21:29:60Z",
            "",
        ] {
            assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
        }
    }
}
