//! Is today's person due? Decided from the wall clock, the zone and the journal alone, so that waking twice is
//! harmless and no timer has to be right.

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Time},
    tz::{AmbiguousOffset, TimeZone},
};

use super::{Book, journal::Day};

/// What the clock says about the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The hour has come, and the day is still open.
    Now,
    /// Nothing to do before this instant.
    At(Timestamp),
    /// No day to come is an "on" day within [`HORIZON_DAYS`].
    Never,
}

/// How far we look for the next day that is on: a pause may be long, but the daemon looks again each minute anyway.
const HORIZON_DAYS: usize = 800;

/// Whether the day of `now` (in the author's zone) is due.
#[must_use]
pub fn due(book: &Book, now: &Zoned) -> Due {
    let date = now.date();
    let day = Day::of(book, date);
    // A person the author chose by hand for a day off is still shown: they asked.
    let on = book.settings.is_on(date) || day.moments.values().any(|moment| moment.picked.is_some());
    if on && !day.done && !day.skipped {
        let hour = instant(date, book.settings.daily_at, now.time_zone());
        return match hour {
            Some(hour) if now.timestamp() < hour => Due::At(hour),
            _ => Due::Now,
        };
    }
    next(book, now).map_or(Due::Never, Due::At)
}

/// The hour of the first day after that of `now` on which somebody is to be picked.
#[must_use]
pub fn next(book: &Book, now: &Zoned) -> Option<Timestamp> {
    first_from(book, now.date().tomorrow().ok()?, now.time_zone())
}

/// The hour of the first day from a date on that is an "on" day.
#[must_use]
pub fn first_from(book: &Book, date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let mut days = std::iter::successors(Some(date), |day| day.tomorrow().ok()).take(HORIZON_DAYS);
    instant(days.find(|day| book.settings.is_on(*day))?, book.settings.daily_at, zone)
}

/// The instant of a civil time on a date. In a gap of the clock it is the first instant after the gap; where the clock
/// shows the time twice it is the first of the two. `None` only at the ends of what a calendar can hold.
#[must_use]
pub fn instant(date: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(time));
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            // Read with the offset that held before it, a time in the gap lies after the change: the last change
            // up to there is the gap itself.
            let inside = ambiguous.later().ok()?;
            zone.preceding(inside.checked_add(1.nanosecond()).ok()?).next().map(|change| change.timestamp())
        }
        _ => ambiguous.earlier().ok(),
    }
}

/// The instant at which the day of `now` is over: where the zone skips midnight, the first instant of the next day.
#[must_use]
pub fn midnight_after(now: &Zoned) -> Option<Timestamp> {
    let tomorrow = now.date().tomorrow().ok()?;
    let first = instant(tomorrow, Time::midnight(), now.time_zone())?;
    if first > now.timestamp() {
        return Some(first);
    }
    // The clock was set back over midnight: this evening comes twice, and so does its end.
    now.time_zone().to_ambiguous_timestamp(tomorrow.at(0, 0, 0, 0)).later().ok()
}

/// A wish for later, as typed: `45m`, `2h`, `1h30m` or `17:30`; one hour when nothing is said. Never past midnight.
pub fn later(text: Option<&str>, now: &Zoned) -> Result<Timestamp, String> {
    let text = text.map(str::trim).unwrap_or_default();
    let until = if text.is_empty() {
        now.timestamp().checked_add(1.hour()).ok()
    } else if text.contains(':') {
        let time = super::settings::parse_time(text)?;
        instant(now.date(), time, now.time_zone())
    } else {
        let span: jiff::SignedDuration = text
            .parse()
            .map_err(|_| format!("\"{text}\" is neither a duration such as 45m or 2h nor a time such as 17:30"))?;
        now.timestamp().checked_add(span).ok()
    };
    let until = until.ok_or_else(|| format!("\"{text}\" is too long"))?;
    if until <= now.timestamp() {
        return Err(format!("\"{text}\" is not later than now"));
    }
    match midnight_after(now) {
        Some(midnight) if until >= midnight => {
            Err("later stays within today; tomorrow has its own person. To let today go, use skip".to_owned())
        }
        _ => Ok(until),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::{Change, Event, Settings, What};

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn book(settings: &[(&str, &str)]) -> Book {
        let mut wanted = Settings::default();
        for (key, value) in settings {
            wanted.set(key, value, date(2026, 1, 1)).unwrap();
        }
        let mut book = Book::default();
        book.apply(&Change::Settings(wanted));
        book
    }

    fn happened(book: &mut Book, day: Date, what: What) {
        let event = Event {
            date: day,
            contact: "maria".into(),
            device: "d".into(),
            nonce: format!("{}", book.journal.len()),
            at: Timestamp::UNIX_EPOCH,
            what,
        };
        book.apply(&Change::Event(event));
    }

    #[test]
    fn before_the_hour_it_waits_and_from_then_on_it_is_due() {
        let book = book(&[]);
        let nine: Timestamp = "2026-11-22T09:00:00+01:00".parse().unwrap();
        assert_eq!(due(&book, &at("2026-11-22T08:59:59+01:00[Europe/Berlin]")), Due::At(nine));
        assert_eq!(due(&book, &at("2026-11-22T09:00:00+01:00[Europe/Berlin]")), Due::Now);
        assert_eq!(due(&book, &at("2026-11-22T23:59:59+01:00[Europe/Berlin]")), Due::Now);
    }

    #[test]
    fn a_day_that_is_done_or_skipped_waits_for_tomorrow() {
        for end in [What::Skipped, What::Done { network: None, item: None, text: None, url: None }] {
            let mut book = book(&[]);
            happened(&mut book, date(2026, 11, 22), end);
            let tomorrow: Timestamp = "2026-11-23T09:00:00+01:00".parse().unwrap();
            assert_eq!(due(&book, &at("2026-11-22T10:00:00+01:00[Europe/Berlin]")), Due::At(tomorrow));
        }
    }

    #[test]
    fn days_off_and_pauses_are_passed_over() {
        let book = book(&[("weekdays", "mon,fri"), ("pause_until", "2026-11-25")]);
        let friday: Timestamp = "2026-11-27T09:00:00+01:00".parse().unwrap();
        assert_eq!(due(&book, &at("2026-11-23T10:00:00+01:00[Europe/Berlin]")), Due::At(friday));
    }

    #[test]
    fn the_authors_own_choice_for_a_day_off_is_shown() {
        let mut book = book(&[("weekdays", "mon")]);
        happened(&mut book, date(2026, 11, 22), What::Picked);
        assert_eq!(due(&book, &at("2026-11-22T10:00:00+01:00[Europe/Berlin]")), Due::Now);
    }

    #[test]
    fn in_a_gap_the_hour_is_the_first_instant_after_it() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let got = instant(date(2026, 3, 29), Time::constant(2, 30, 0, 0), &zone).unwrap();
        assert_eq!(got, "2026-03-29T03:00:00+02:00".parse().unwrap());
        // Apia had no 30 December 2011 at all.
        let apia = TimeZone::get("Pacific/Apia").unwrap();
        let got = instant(date(2011, 12, 30), Time::constant(9, 0, 0, 0), &apia).unwrap();
        assert_eq!(got, "2011-12-31T00:00:00+14:00".parse().unwrap());
    }

    #[test]
    fn an_hour_that_comes_twice_is_taken_the_first_time() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let got = instant(date(2026, 10, 25), Time::constant(1, 30, 0, 0), &zone).unwrap();
        assert_eq!(got, "2026-10-25T01:30:00+01:00".parse().unwrap());
    }

    #[test]
    fn an_evening_that_comes_twice_ends_after_now_both_times() {
        // Newfoundland set its clocks back at one minute past midnight until 2011.
        let first = midnight_after(&at("2010-11-06T23:30:00-02:30[America/St_Johns]")).unwrap();
        let second = midnight_after(&at("2010-11-06T23:30:00-03:30[America/St_Johns]")).unwrap();
        assert_eq!(first, "2010-11-07T00:00:00-02:30".parse().unwrap());
        assert_eq!(second, "2010-11-07T00:00:00-03:30".parse().unwrap());
    }

    #[test]
    fn later_is_an_hour_unless_said_and_never_past_midnight() {
        let now = at("2026-11-22T10:00:00+01:00[Europe/Berlin]");
        let hour = |text: &str| Ok(text.parse::<Timestamp>().unwrap());
        assert_eq!(later(None, &now), hour("2026-11-22T11:00:00+01:00"));
        assert_eq!(later(Some("1h30m"), &now), hour("2026-11-22T11:30:00+01:00"));
        assert_eq!(later(Some("17:30"), &now), hour("2026-11-22T17:30:00+01:00"));
        for wrong in ["09:00", "14h", "-1h", "soon", "0m", "24:00", "999999999999h"] {
            assert!(later(Some(wrong), &now).is_err(), "{wrong}");
        }
        assert!(later(None, &at("2026-11-22T23:30:00+01:00[Europe/Berlin]")).is_err());
    }
}
