//! The interest graph that ships with the product: plain files in `config/interests/`, and the author's own beside them.

mod file;

use std::{fs, path::Path, time::SystemTime};

use crate::domain::brainstorm::Graph;

/// The shipped files, one for each family of genres. In the binary, so that the graph is always there.
pub const SHIPPED: [(&str, &str); 8] = [
    ("00-start-here.toml", include_str!("../../config/interests/00-start-here.toml")),
    ("crime.toml", include_str!("../../config/interests/crime.toml")),
    ("facets.toml", include_str!("../../config/interests/facets.toml")),
    ("historical.toml", include_str!("../../config/interests/historical.toml")),
    ("love-and-family.toml", include_str!("../../config/interests/love-and-family.toml")),
    ("page-and-stage.toml", include_str!("../../config/interests/page-and-stage.toml")),
    ("speculative.toml", include_str!("../../config/interests/speculative.toml")),
    ("world-and-work.toml", include_str!("../../config/interests/world-and-work.toml")),
];

/// The author's own folder may hold this much; more is a mistake, not a graph.
const MAX_FILES: usize = 200;
const MAX_BYTES: u64 = 1 << 20;

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct Fault {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub message: String,
}

/// Everything that could be read, and what could not: one wrong line of the author's costs that line (or, where it is
/// no TOML at all, that file), never the graph.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    pub graph: Graph,
    /// By file and line.
    pub faults: Vec<Fault>,
}

/// The shipped graph, with the `.toml` files of the author's own folder merged in. A folder that is not there is
/// empty. An own file may add to a shipped entry or replace its texts; it says only what differs.
#[must_use]
pub fn load(own: Option<&Path>) -> Loaded {
    let mut faults = Vec::new();
    let own = own.map(|folder| read_folder(folder, &mut faults)).unwrap_or_default();
    let own: Vec<_> = own.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut loaded = parse(&[&SHIPPED, &own]);
    loaded.faults.extend(faults);
    loaded.faults.sort();
    loaded
}

/// How the author's own files stand: the name, size and last change of each. Equal stamps mean that nothing is to be
/// read again.
pub type Stamp = Vec<(std::ffi::OsString, u64, Option<SystemTime>)>;

/// The stamp of the author's own folder; empty where there is none.
#[must_use]
pub fn stamp(own: &Path) -> Stamp {
    let entries = fs::read_dir(own).into_iter().flatten().filter_map(Result::ok);
    let stamps = entries.filter_map(|entry| {
        let about = fs::metadata(entry.path()).ok()?;
        Some((entry.file_name(), about.len(), about.modified().ok()))
    });
    let mut stamps: Vec<_> = stamps.collect();
    stamps.sort();
    stamps
}

/// Reads layers of files, each a name and its text. A later layer may change what an earlier one says; within one
/// layer every entry is named once.
#[must_use]
pub fn parse(layers: &[&[(&str, &str)]]) -> Loaded {
    let mut reader = file::Reader::default();
    for layer in layers {
        reader.read_layer(layer);
    }
    reader.finish()
}

fn read_folder(folder: &Path, faults: &mut Vec<Fault>) -> Vec<(String, String)> {
    let mut fault = |file: &Path, line, message: String| {
        faults.push(Fault { file: file.display().to_string(), line, message });
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            fault(folder, 1, error.to_string());
            return Vec::new();
        }
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    if paths.len() > MAX_FILES {
        fault(folder, 1, format!("only the first {MAX_FILES} of {} files are read", paths.len()));
        paths.truncate(MAX_FILES);
    }
    let mut files = Vec::new();
    for path in paths {
        let too_big = fs::metadata(&path).is_ok_and(|about| about.len() > MAX_BYTES);
        match fs::read(&path) {
            _ if too_big => fault(&path, 1, "is larger than 1 MB: left out".to_owned()),
            Err(error) => fault(&path, 1, error.to_string()),
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => files.push((path.display().to_string(), text)),
                Err(error) => {
                    let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
                    let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
                    fault(&path, line, "is not UTF-8 text".to_owned());
                }
            },
        }
    }
    files
}
