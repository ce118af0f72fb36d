//! RFC 3339 timestamps as the specification narrows them: `T`, and `Z` or an offset ("Timestamps").

/// Nanoseconds since 1970; `None` when the text is no timestamp.
pub(crate) fn parse(text: &str) -> Option<i128> {
    let bytes = text.as_bytes();
    if !text.is_ascii() || bytes.len() < 20 || bytes[10] != b'T' {
        return None;
    }
    let digits = |from: usize, to: usize| {
        let part = &text[from..to];
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i64>().ok())?
    };
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    let in_range = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let mut rest = &text[19..];
    let mut nanos: i128 = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > 9 {
            return None;
        }
        nanos = format!("{:0<9}", &fraction[..length]).parse().ok()?;
        rest = &fraction[length..];
    }
    let seconds = days_from_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(i128::from(seconds - offset_seconds(rest)?) * 1_000_000_000 + nanos)
}

/// `Z`, or hours and minutes from UTC.
fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text[1..].split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=18).contains(&hours) && (0..60).contains(&minutes))
        .then_some(sign * (hours * 3_600 + minutes * 60))
}

/// As the context object writes a moment: milliseconds, unless they are zero.
pub(crate) fn format(ms: i64) -> String {
    let (days, in_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (mut year, mut day) = (1970, days);
    while day < 0 {
        year -= 1;
        day += days_of(year);
    }
    while day >= days_of(year) {
        day -= days_of(year);
        year += 1;
    }
    let mut month = 1;
    while day >= days_in(year, month) {
        day -= days_in(year, month);
        month += 1;
    }
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1_000 % 60, in_day % 1_000);
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z", day + 1)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let whole = |year: i64| year * 365 + year / 4 - year / 100 + year / 400;
    let years = if year > 0 { whole(year - 1) } else { -366 };
    years - whole(1969) + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written() {
        let second = 1_000_000_000;
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("2000-03-01T00:00:00Z"), Some(951_868_800 * second));
        assert_eq!(parse("2016-03-14T01:59:00+01:00"), parse("2016-03-14T00:59:00Z"));
        assert_eq!(parse("2016-03-14T01:59:00.5Z").map(|n| n % second), Some(500_000_000));
        for bad in ["2016-03-14 01:59:00Z", "2016-03-14T01:59:00", "2016-02-30T01:59:00Z", "x"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(format(951_868_800_000), "2000-03-01T00:00:00Z");
        assert_eq!(format(1_795_228_811_250), "2026-11-21T02:40:11.250Z");
    }
}
