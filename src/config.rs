//! `config.toml`: what is this device's own. What the author decides for all laptops is in the book's settings.

use std::path::Path;

use serde::Deserialize;

use crate::domain::share::Endpoints;

/// Every key, with its default; `config/goodword.example.toml` explains each.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How this device is called in the diary; the host's name unless set.
    pub name: String,
    /// Raise notifications on this device.
    pub notify: bool,
    /// An always-on device that keeps the others in step: fetches feeds, never notifies.
    pub hub: bool,
    /// A folder that somebody else carries to the other laptops: a full path, or empty for none.
    pub folder: String,
    /// The page's port on 127.0.0.1, or the next free one.
    pub page_port: u16,
    /// Look for the author's other laptops on the local network.
    pub discovery: bool,
    /// The UDP port where the other laptops reach this one; any free one when 0.
    pub sync_port: u16,
    /// A relay of the author's own, for laptops that cannot reach each other; none unless named.
    pub relay: String,
    /// What the daemon logs: error, warn, info, debug or trace.
    pub log: String,
    /// Where the networks are; tests point them elsewhere.
    pub endpoints: Endpoints,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            name: String::new(),
            notify: true,
            hub: false,
            folder: String::new(),
            page_port: 4747,
            discovery: true,
            sync_port: 0,
            relay: String::new(),
            log: "info".to_owned(),
            endpoints: Endpoints::default(),
        }
    }
}

/// The largest `config.toml` we read, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// The words that `log` may be.
const LOG_LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

impl Config {
    /// Reads the file; a file that is not there gives the defaults. An error names the file, the line and the key,
    /// and nothing is changed.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let wrong = |why: String| ConfigError { path: path.display().to_string(), why };
        match std::fs::metadata(path) {
            Ok(meta) if meta.len() > MAX_BYTES => return Err(wrong(format!("it is larger than {MAX_BYTES} bytes"))),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(error) => return Err(wrong(error.to_string())),
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8 text".to_owned()))?;
        Config::parse(&text).map_err(wrong)
    }

    /// The author's own relay, if there is one.
    #[must_use]
    pub fn relay_address(&self) -> Option<String> {
        (!self.relay.is_empty()).then(|| self.relay.clone())
    }

    /// Reads the text of a `config.toml`.
    pub fn parse(text: &str) -> Result<Config, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        if !LOG_LEVELS.contains(&config.log.as_str()) {
            return Err(format!("log = \"{}\" is none of {}", config.log, LOG_LEVELS.join(", ")));
        }
        if !config.relay.is_empty() && !is_web_address(&config.relay) {
            return Err(format!("relay = \"{}\" is not an http(s) address", config.relay));
        }
        if !config.folder.is_empty() && !Path::new(&config.folder).is_absolute() {
            return Err(format!("folder = \"{}\" is not a full path, beginning with /", config.folder));
        }
        let Endpoints { bluesky, mastodon, x, threads, linkedin, facebook, reddit, bluesky_api } = &config.endpoints;
        let all = [
            ("bluesky", bluesky),
            ("x", x),
            ("threads", threads),
            ("linkedin", linkedin),
            ("facebook", facebook),
            ("reddit", reddit),
            ("bluesky_api", bluesky_api),
        ];
        for (key, address) in all.into_iter().chain(mastodon.iter().map(|address| ("mastodon", address))) {
            if !is_web_address(address) {
                return Err(format!("endpoints.{key} = \"{address}\" is not an http(s) address"));
            }
        }
        Ok(config)
    }
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Why a `config.toml` could not be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct ConfigError {
    path: String,
    why: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_is_the_default() {
        let example = include_str!("../config/goodword.example.toml");
        assert_eq!(Config::parse(example).unwrap(), Config::default());
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        for (text, word) in [
            ("colour = 1", "colour"),
            ("notify = \"perhaps\"", "notify"),
            ("log = \"loud\"", "loud"),
            ("relay = \"not an address\"", "relay"),
            ("[endpoints]\nx = \"javascript:1\"", "endpoints.x"),
            ("folder = \"Dropbox\"", "full path"),
            ("name = ", "1"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn garbage_is_an_error_and_never_a_panic(text in "\\PC{0,400}") {
            _ = Config::parse(&text);
        }
    }
}
