//! Durations for people.

/// A simulated duration: `250 ms`, `12.3 s`, `12m 30s`, `3h 20m`, `12d 4h`.
#[must_use]
pub fn duration(millis: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = millis / 1_000;
    let two = |big: i64, big_name: &str, small: i64, small_name: &str| match small {
        0 => format!("{big}{big_name}"),
        _ => format!("{big}{big_name} {small}{small_name}"),
    };
    match seconds {
        0 => format!("{millis} ms"),
        1..MINUTE if millis % 1_000 == 0 => format!("{seconds} s"),
        1..MINUTE => format!("{:.1} s", millis as f64 / 1_000.0),
        MINUTE..HOUR => two(seconds / MINUTE, "m", seconds % MINUTE, "s"),
        HOUR..DAY => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "m"),
        _ => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let shown = [999, 12_340, 59_999, 60_000, 750_000, 90_000_000].map(duration);
        assert_eq!(shown, ["999 ms", "12.3 s", "60.0 s", "1m", "12m 30s", "1d 1h"]);
    }
}
