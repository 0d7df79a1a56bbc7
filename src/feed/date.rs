//! Dates as feeds write them: RFC 822 and RFC 3339, and what people make of them.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, date, time},
};

/// Zones that RFC 822 and habit name by letters, in minutes east of Greenwich. Unknown letters count as UTC.
const ZONES: [(&str, i64); 24] = [
    ("est", -300),
    ("edt", -240),
    ("et", -300),
    ("cst", -360),
    ("cdt", -300),
    ("ct", -360),
    ("mst", -420),
    ("mdt", -360),
    ("mt", -420),
    ("pst", -480),
    ("pdt", -420),
    ("pt", -480),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("jst", 540),
    ("aest", 600),
];

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Longer texts are no dates.
const LONGEST: usize = 80;

/// The moment a feed's date speaks of. Wrong weekdays are not minded, two-digit years are read as RFC 2822 says, a
/// date without a time is noon UTC (the same day nearly everywhere), a time without a zone is UTC.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let starts_with_year = text.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()));
    if starts_with_year { iso(text) } else { written(text) }
}

/// `2026-11-22`, `20261122`, `2026-11`, `2026`, each with or without a time behind `T` or a space.
fn iso(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(text.find(['T', 't', ' ']).unwrap_or(text.len()))?;
    let digits: String = day.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(1), |digits| digits.parse::<i8>().ok());
    let day = Date::new(digits.get(..4)?.parse().ok()?, part(4, 6)?, part(6, 8)?).ok()?;
    moment(day, rest.trim_start_matches(['T', 't', ' ']))
}

/// `Sun, 22 Nov 2026 09:00:00 GMT` and its relatives, such as `November 22, 2026 9:00 am`.
fn written(text: &str) -> Option<Timestamp> {
    let mut rest = text;
    let (mut day, mut month, mut year) = (None, None, None);
    while year.is_none() {
        let start = rest.trim_start_matches(|char: char| !char.is_alphanumeric());
        let end = start.find(|char: char| !char.is_alphanumeric()).unwrap_or(start.len());
        let (word, after) = start.split_at_checked(end)?;
        if word.is_empty() || after.starts_with(':') {
            return None;
        }
        rest = after;
        let number = word.trim_end_matches(|char: char| char.is_ascii_alphabetic()).parse::<i16>().ok();
        match number {
            Some(number) if day.is_none() && (1..=31).contains(&number) => day = i8::try_from(number).ok(),
            Some(number) if word.len() >= 2 => year = Some(full_year(number, word.len())),
            Some(_) => return None,
            None if month.is_none() => {
                let lower = word.to_ascii_lowercase();
                let found = MONTHS.iter().position(|name| lower.starts_with(name));
                month = found.and_then(|index| i8::try_from(index + 1).ok());
            }
            None => {}
        }
    }
    moment(Date::new(year?, month?, day?).ok()?, rest.trim_start_matches([',', ' ']))
}

/// RFC 2822, 4.3: 00 to 49 is this century, 50 to 99 and all three-digit years count from 1900.
fn full_year(number: i16, digits: usize) -> i16 {
    match (digits, number) {
        (2, 0..=49) => number + 2000,
        (2 | 3, _) => number + 1900,
        _ => number,
    }
}

fn moment(day: Date, rest: &str) -> Option<Timestamp> {
    let (clock, minutes_east) = match clock(rest) {
        Some((clock, zone)) => (clock, offset(zone)),
        None => (time(12, 0, 0, 0), 0),
    };
    let range = date(1990, 1, 1)..date(2200, 1, 1);
    if !range.contains(&day) {
        return None;
    }
    let utc = jiff::tz::TimeZone::UTC.to_timestamp(day.to_datetime(clock)).ok()?;
    utc.checked_sub(minutes_east.minutes()).ok()
}

/// `9:00`, `09:00:00`, `090000`, `09:00:00.123`, each with ` am` or ` pm` if that is there; and what comes after.
fn clock(text: &str) -> Option<(Time, &str)> {
    let end = text.find(|char: char| !char.is_ascii_digit() && !matches!(char, ':' | '.')).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let mut parts: Vec<&str> = digits.split([':', '.']).collect();
    if parts.len() == 1 {
        parts = [0..2, 2..4, 4..6].into_iter().filter_map(|range| digits.get(range)).collect();
    }
    let part = |index: usize| parts.get(index).map_or(Some(0), |part| part.parse::<i8>().ok());
    if parts.len() < 2 {
        return None;
    }
    let (mut hour, minute, second) = (part(0)?, part(1)?, part(2)?.min(59));
    let after = rest.trim_start();
    let half = after.get(..2).map(str::to_ascii_lowercase);
    let rest = match half.as_deref() {
        Some("am") => {
            hour %= 12;
            after.get(2..)?
        }
        Some("pm") => {
            hour = hour % 12 + 12;
            after.get(2..)?
        }
        _ => after,
    };
    let clock = if hour == 24 { Time::new(23, 59, 59, 0) } else { Time::new(hour, minute, second, 0) };
    Some((clock.ok()?, rest.trim_start()))
}

/// Minutes east of Greenwich: `+0100`, `-05:00`, `GMT+1`, `EST`.
fn offset(zone: &str) -> i64 {
    let lower = zone.to_ascii_lowercase();
    let name = lower.split(|char: char| !char.is_ascii_alphabetic()).next().unwrap_or_default();
    let after = lower.get(name.len()..).unwrap_or_default();
    let Some(sign) = after.chars().next().filter(|char| matches!(char, '+' | '-')) else {
        return ZONES.iter().find(|(known, _)| *known == name).map_or(0, |(_, minutes)| *minutes);
    };
    let digits: String = after.chars().skip(1).take_while(|char| char.is_ascii_digit() || *char == ':').collect();
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => digits.split_at_checked(digits.len().saturating_sub(2).max(2)).unwrap_or((&digits, "")),
    };
    let total = hours.parse::<i64>().unwrap_or(0) * 60 + minutes.parse::<i64>().unwrap_or(0);
    // No place on Earth is further off than fifteen hours.
    let total = if total > 15 * 60 { 0 } else { total };
    if sign == '-' { -total } else { total }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> String {
        parse(text).map(|moment| moment.to_string()).unwrap_or_default()
    }

    #[test]
    fn dates_are_read_however_they_are_written() {
        for (text, expected) in [
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"),
            ("2026-11-22T09:30:00.5+02:00", "2026-11-22T07:30:00.5Z"),
            ("2026-11-22T09:30Z", "2026-11-22T09:30:00Z"),
            ("2026-11-22 09:30:00", "2026-11-22T09:30:00Z"),
            ("2026-11-22 09:30:00 -0500", "2026-11-22T14:30:00Z"),
            ("20261122T093000Z", "2026-11-22T09:30:00Z"),
            ("2026-11-22", "2026-11-22T12:00:00Z"),
            ("2026-11", "2026-11-01T12:00:00Z"),
            ("Sun, 22 Nov 2026 09:30:00 GMT", "2026-11-22T09:30:00Z"),
            ("Sun, 22 Nov 2026 09:30:00 +0100", "2026-11-22T08:30:00Z"),
            ("Mon, 22 Nov 26 09:30 EST", "2026-11-22T14:30:00Z"),
            ("22 November 2026 09:30:00 GMT+2", "2026-11-22T07:30:00Z"),
            ("November 22nd, 2026 9:30 pm", "2026-11-22T21:30:00Z"),
            ("Sun, 22 Nov 2026", "2026-11-22T12:00:00Z"),
            ("Sun, 22 Nov 2026 24:00:00 GMT", "2026-11-22T23:59:59Z"),
            ("22-Nov-2026 09:30:00 UT", "2026-11-22T09:30:00Z"),
        ] {
            assert_eq!(utc(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "yesterday", "09:30", "32 Nov 2026", "2026-13-01", "Nov 2026", "0001-01-01", "99"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,40}") {
            _ = parse(&text);
        }

        #[test]
        fn our_own_rfc_2822_dates_come_back(second in 700_000_000_i64..4_000_000_000) {
            let moment = Timestamp::from_second(second).unwrap();
            let text = jiff::fmt::rfc2822::to_string(&moment.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
            prop_assert_eq!(parse(&text), Some(moment));
        }
    }
}
