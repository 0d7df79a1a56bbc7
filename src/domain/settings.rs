//! Settings: what the author decides once for all laptops. A device's own choices live in its `config.toml`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time, Weekday};

use super::{
    network::Network,
    record::{Root, Scalar, Write},
};

/// Every setting, with its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The author's name.
    pub name: String,
    /// The hour of the day's notification, on the clock of [`Settings::zone`].
    pub daily_at: Time,
    /// Days on which somebody is picked; all seven unless set.
    pub weekdays: Vec<Weekday>,
    /// A fixed IANA zone, or nothing for the device's own.
    pub zone: Option<String>,
    /// Days in which the same person is not picked again.
    pub cooldown_days: u16,
    /// Pauses, past and present: first day to the first day after it. A past pause must not fade the strength.
    pub pauses: BTreeMap<Date, Date>,
    /// Networks in the order of preference.
    pub networks: Vec<String>,
    pub language: String,
    pub voice: String,
    /// The author's own handles.
    pub mastodon: String,
    pub bluesky: String,
    /// How a site's owner can reach the author, for the User-Agent.
    pub contact_address: String,
    /// Random texts; the lowest is the book's seed, so that two merged books agree on one.
    pub seeds: BTreeSet<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            name: String::new(),
            daily_at: Time::constant(9, 0, 0, 0),
            weekdays: WEEK.to_vec(),
            zone: None,
            cooldown_days: 14,
            pauses: BTreeMap::new(),
            networks: Vec::new(),
            language: "en".to_owned(),
            voice: "warm".to_owned(),
            mastodon: String::new(),
            bluesky: String::new(),
            contact_address: String::new(),
            seeds: BTreeSet::new(),
        }
    }
}

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The short names of the week, Monday first.
const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The voices a draft can speak in.
pub const VOICES: [&str; 3] = ["warm", "wry", "plain"];

/// A setting's key, and what it is for.
pub const KEYS: [(&str, &str); 12] = [
    ("name", "your name"),
    ("daily_at", "when the day's person is shown, HH:MM"),
    ("weekdays", "on which days: all, or a list such as mon,tue,fri"),
    ("zone", "device, or a fixed zone such as Europe/Berlin"),
    ("cooldown_days", "days before the same person comes again, 2 to 365"),
    ("pause_until", "no one is picked before this date (YYYY-MM-DD); empty ends the pause"),
    ("networks", "where you speak, dearest first: bluesky, mastodon, x, threads, .., email, letter, newsletter, plain"),
    ("language", "the language of the drafts"),
    ("voice", "how the drafts sound: warm, wry or plain"),
    ("mastodon", "your own handle there: @you@host"),
    ("bluesky", "your own handle there: you.bsky.social"),
    ("contact_address", "how a site's owner can reach you; sent when feeds are fetched"),
];

impl Settings {
    /// The book's seed: breaks ties in the pick, the same on every laptop.
    #[must_use]
    pub fn seed(&self) -> &str {
        self.seeds.first().map_or("", String::as_str)
    }

    /// The author's own handle on a network, where one is said.
    #[must_use]
    pub fn handle_on(&self, network: Network) -> Option<&str> {
        let handle = match network {
            Network::Bluesky => &self.bluesky,
            Network::Mastodon => &self.mastodon,
            _ => return None,
        };
        Some(handle.trim()).filter(|handle| !handle.is_empty())
    }

    /// The first day after a pause that holds on this day.
    #[must_use]
    pub fn paused_until(&self, on: Date) -> Option<Date> {
        self.pauses.iter().filter(|(from, until)| **from <= on && on < **until).map(|(_, until)| *until).max()
    }

    /// A day on which somebody is to be picked.
    #[must_use]
    pub fn is_on(&self, day: Date) -> bool {
        self.weekdays.contains(&day.weekday()) && self.paused_until(day).is_none()
    }

    /// A setting's value as the author types it. Unknown keys give nothing.
    #[must_use]
    pub fn get(&self, key: &str, today: Date) -> Option<String> {
        Some(match key {
            "name" => self.name.clone(),
            "daily_at" => hours_and_minutes(self.daily_at),
            "weekdays" => weekdays_text(&self.weekdays),
            "zone" => self.zone.clone().unwrap_or_else(|| "device".to_owned()),
            "cooldown_days" => self.cooldown_days.to_string(),
            "pause_until" => self.paused_until(today).map(|day| day.to_string()).unwrap_or_default(),
            "networks" => self.networks.join(","),
            "language" => self.language.clone(),
            "voice" => self.voice.clone(),
            "mastodon" => self.mastodon.clone(),
            "bluesky" => self.bluesky.clone(),
            "contact_address" => self.contact_address.clone(),
            _ => return None,
        })
    }

    /// Sets one setting from what the author typed, an empty value to its default; on an error nothing is changed and
    /// the text says what is allowed. Whether a zone exists is not known here: the caller asks the zone database.
    pub fn set(&mut self, key: &str, value: &str, today: Date) -> Result<(), String> {
        let usual = Settings::default().get(key, today).unwrap_or_default();
        let value = if value.trim().is_empty() { usual.as_str() } else { value.trim() };
        match key {
            "name" => self.name = value.to_owned(),
            "daily_at" => self.daily_at = parse_time(value)?,
            "weekdays" => self.weekdays = parse_weekdays(value)?,
            "zone" => self.zone = (!matches!(value, "device" | "")).then(|| value.to_owned()),
            "cooldown_days" => {
                let range = 2..=365;
                let days = value.parse().ok().filter(|days| range.contains(days));
                self.cooldown_days = days.ok_or("the days of rest are a whole number from 2 to 365")?;
            }
            "pause_until" => self.pause(today, value)?,
            "networks" => {
                let mut networks: Vec<String> = Vec::new();
                for word in value.split([',', ' ']).filter(|word| !word.is_empty()) {
                    let word = word.to_lowercase();
                    word.parse::<Network>()?;
                    if !networks.contains(&word) {
                        networks.push(word);
                    }
                }
                self.networks = networks;
            }
            "language" => self.language = value.to_lowercase(),
            "voice" if VOICES.contains(&value.strip_suffix("+emoji").unwrap_or(value)) => self.voice = value.to_owned(),
            "voice" => {
                return Err(format!("voice is one of {}; with +emoji behind it for one emoji", VOICES.join(", ")));
            }
            "mastodon" => self.mastodon = value.to_owned(),
            "bluesky" => self.bluesky = value.trim_start_matches('@').to_owned(),
            "contact_address" => self.contact_address = value.to_owned(),
            other => {
                let keys: Vec<_> = KEYS.iter().map(|(key, _)| *key).collect();
                return Err(format!("there is no setting \"{other}\"; there are {}", keys.join(", ")));
            }
        }
        Ok(())
    }

    fn pause(&mut self, today: Date, value: &str) -> Result<(), String> {
        let until = match value {
            "" | "none" => today,
            day => day
                .parse()
                .map_err(|_| "a pause ends on a date such as 2026-12-24; leave it empty for none".to_owned())?,
        };
        if until < today {
            return Err(format!("{until} is in the past; a pause ends on a day to come"));
        }
        for (_, end) in self.pauses.range_mut(..=today).filter(|(_, end)| **end > today) {
            *end = today;
        }
        if until > today {
            self.pauses.insert(today, until);
        }
        Ok(())
    }

    /// The settings as notes: only what differs from the default.
    #[must_use]
    pub fn notes(&self) -> BTreeMap<String, Scalar> {
        let usual = Settings::default();
        let mut notes = BTreeMap::new();
        for (key, _) in KEYS.iter().filter(|(key, _)| *key != "pause_until") {
            let (now, default) = (self.get(key, Date::MIN), usual.get(key, Date::MIN));
            if let Some(value) = now.filter(|now| Some(now) != default.as_ref()) {
                notes.insert((*key).to_owned(), Scalar::Text(value));
            }
        }
        for (from, until) in &self.pauses {
            notes.insert(format!("pause/{from}"), Scalar::Text(until.to_string()));
        }
        for seed in &self.seeds {
            notes.insert(format!("seed/{seed}"), Scalar::Bool(true));
        }
        notes
    }

    /// The writes that turn these settings into `after`.
    #[must_use]
    pub fn diff(&self, after: &Settings) -> Vec<Write> {
        let (was, now) = (self.notes(), after.notes());
        let note = |key: &String, value| Write::Note { root: Root::Settings, key: key.clone(), value };
        let changed = now.iter().filter(|(key, value)| was.get(*key) != Some(value));
        let gone = was.keys().filter(|key| !now.contains_key(*key));
        changed.map(|(key, value)| note(key, Some(value.clone()))).chain(gone.map(|key| note(key, None))).collect()
    }

    /// Takes one note in (or away). What this version cannot read changes nothing.
    pub fn read_note(&mut self, key: &str, value: Option<&Scalar>) {
        if let Some(from) = key.strip_prefix("pause/") {
            let Ok(from) = from.parse() else { return };
            match value.and_then(Scalar::text).map(str::parse) {
                Some(Ok(until)) => _ = self.pauses.insert(from, until),
                Some(Err(_)) => {}
                None => _ = self.pauses.remove(&from),
            }
        } else if let Some(seed) = key.strip_prefix("seed/") {
            match value {
                Some(_) => _ = self.seeds.insert(seed.to_owned()),
                None => _ = self.seeds.remove(seed),
            }
        } else if key != "pause_until" {
            _ = self.set(key, value.and_then(Scalar::text).unwrap_or_default(), Date::MIN);
        }
    }
}

fn hours_and_minutes(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Reads `9:00` or `09:00`.
pub fn parse_time(text: &str) -> Result<Time, String> {
    let wrong = || format!("\"{text}\" is not a time of day such as 09:00");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    if hour.len() > 2 || minute.len() != 2 || !(hour.to_owned() + minute).bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let (hour, minute) = (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
    Time::new(hour, minute, 0, 0).map_err(|_| wrong())
}

fn weekdays_text(days: &[Weekday]) -> String {
    if days.len() == WEEK.len() {
        return "all".to_owned();
    }
    let names = days.iter().filter_map(|day| DAY_NAMES.get(day.to_monday_zero_offset() as usize));
    names.copied().collect::<Vec<_>>().join(",")
}

fn parse_weekdays(text: &str) -> Result<Vec<Weekday>, String> {
    let text = text.to_lowercase();
    if matches!(text.as_str(), "all" | "every day" | "daily") {
        return Ok(WEEK.to_vec());
    }
    let mut chosen = [false; 7];
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        let found = DAY_NAMES.iter().position(|name| word.starts_with(name));
        let day =
            found.ok_or_else(|| format!("\"{word}\" is no weekday; write all, or mon,tue,wed,thu,fri,sat,sun"))?;
        if let Some(slot) = chosen.get_mut(day) {
            *slot = true;
        }
    }
    let days: Vec<_> = WEEK.into_iter().zip(chosen).filter(|(_, on)| *on).map(|(day, _)| day).collect();
    if days.is_empty() {
        Err("at least one day of the week is needed; a pause rests them all".to_owned())
    } else {
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_key_can_be_got_set_and_comes_back_from_its_notes() {
        let today = date(2026, 11, 22);
        let values = [
            ("name", "Ada"),
            ("daily_at", "07:30"),
            ("weekdays", "mon,fri"),
            ("zone", "Europe/Berlin"),
            ("cooldown_days", "21"),
            ("pause_until", "2026-12-24"),
            ("networks", "mastodon,x,newsletter-html,library"),
            ("language", "de"),
            ("voice", "wry"),
            ("mastodon", "@ada@example.org"),
            ("bluesky", "ada.bsky.social"),
            ("contact_address", "ada@example.org"),
        ];
        assert_eq!(values.map(|(key, _)| key), KEYS.map(|(key, _)| key));
        let mut settings = Settings { seeds: BTreeSet::from(["ab".to_owned()]), ..Settings::default() };
        for (key, value) in values {
            settings.set(key, value, today).unwrap_or_else(|error| panic!("{key}: {error}"));
            assert_eq!(settings.get(key, today).as_deref(), Some(value));
        }
        let mut read = Settings::default();
        for (key, value) in settings.notes() {
            read.read_note(&key, Some(&value));
        }
        assert_eq!(read, settings);
    }

    #[test]
    fn an_empty_value_takes_any_setting_back() {
        let today = date(2026, 11, 22);
        let mut settings = Settings::default();
        for (key, value) in [
            ("name", "Ada"),
            ("daily_at", "07:30"),
            ("weekdays", "mon,fri"),
            ("zone", "Europe/Berlin"),
            ("cooldown_days", "21"),
            ("networks", "mastodon"),
            ("language", "de"),
            ("voice", "wry"),
        ] {
            settings.set(key, value, today).unwrap();
            assert_ne!(settings, Settings::default(), "{key}");
            settings.set(key, " ", today).unwrap();
            assert_eq!(settings, Settings::default(), "{key}");
        }
    }

    #[test]
    fn a_wrong_value_changes_nothing_and_says_what_is_allowed() {
        let today = date(2026, 11, 22);
        let mut settings = Settings::default();
        for (key, value) in [
            ("daily_at", "25:00"),
            ("daily_at", "9"),
            ("daily_at", "+9:00"),
            ("weekdays", "someday"),
            ("weekdays", ","),
            ("cooldown_days", "1"),
            ("cooldown_days", "-3"),
            ("pause_until", "yesterday"),
            ("pause_until", "2020-01-01"),
            ("networks", "friendster"),
            ("voice", "shouting"),
            ("nonsense", "1"),
        ] {
            assert!(settings.set(key, value, today).is_err(), "{key} {value}");
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn a_pause_that_ends_early_is_remembered_as_it_was() {
        let mut settings = Settings::default();
        settings.set("pause_until", "2026-12-24", date(2026, 12, 1)).unwrap();
        settings.set("pause_until", "", date(2026, 12, 5)).unwrap();
        assert!(!settings.is_on(date(2026, 12, 4)));
        assert!(settings.is_on(date(2026, 12, 5)));
    }
}
