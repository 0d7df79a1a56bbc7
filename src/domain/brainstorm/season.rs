//! When in the year an audience is at its liveliest.

use std::{fmt, str::FromStr};

use jiff::{Span, civil::Date};

/// The months, first and last included, in which an audience is at its liveliest; `Nov-Jan` runs over New Year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    from: i8,
    to: i8,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// People plan a little ahead: a season counts this many days before its first.
const RUN_UP_DAYS: i64 = 14;

impl Season {
    /// Whether a day lies in the season, or shortly before it.
    #[must_use]
    pub fn is_near(self, day: Date) -> bool {
        let soon = day.checked_add(Span::new().days(RUN_UP_DAYS)).unwrap_or(day);
        self.holds(day.month()) || self.holds(soon.month())
    }

    fn holds(self, month: i8) -> bool {
        if self.from <= self.to {
            (self.from..=self.to).contains(&month)
        } else {
            month >= self.from || month <= self.to
        }
    }
}

impl FromStr for Season {
    type Err = String;

    /// Reads `Oct` or `Nov-Jan`.
    fn from_str(text: &str) -> Result<Self, String> {
        let month = |word: &str| MONTHS.into_iter().zip(1..).find_map(|(name, n)| (name == word.trim()).then_some(n));
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (month(from), month(to)) {
            (Some(from), Some(to)) => Ok(Season { from, to }),
            _ => Err(format!("\"{text}\" is not a season such as Oct or Nov-Jan")),
        }
    }
}

impl fmt::Display for Season {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |month: i8| MONTHS.into_iter().zip(1..).find_map(|(name, n)| (n == month).then_some(name));
        f.write_str(name(self.from).unwrap_or_default())?;
        if self.from != self.to {
            write!(f, "-{}", name(self.to).unwrap_or_default())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_season_reads_as_it_was_written() {
        for text in ["Oct", "Sep-Oct", "Nov-Jan"] {
            assert_eq!(text.parse::<Season>().unwrap().to_string(), text);
        }
        for text in ["", "October", "Oct-", "Smarch", "Jan-Feb-Mar", "oct"] {
            assert!(text.parse::<Season>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_season_may_run_over_new_year_and_is_near_two_weeks_before() {
        let season: Season = "Nov-Jan".parse().unwrap();
        let near = |month, day| season.is_near(date(2026, month, day));
        assert!(near(11, 1) && near(12, 31) && near(1, 31) && near(10, 18));
        assert!(!near(10, 17) && !near(2, 1) && !near(7, 1));
    }

    #[test]
    fn the_last_day_of_the_calendar_is_no_trouble() {
        assert!("Dec".parse::<Season>().unwrap().is_near(Date::MAX));
    }
}
