//! The author's own phrases, beside ours.

use crate::{api::Error, domain::draft::Phrases, platform::Folders};

/// The largest phrase book of an author's own, in bytes.
const MAX_PHRASES: u64 = 1 << 20;

/// The phrase books: ours, and the author's own from the folder `phrases` beside `config.toml`.
pub fn read(folders: &Folders) -> Result<Phrases, Error> {
    let folder = folders.config.join("phrases");
    let wrong = |path: &std::path::Path, why: String| {
        Error::usage(format!("{}: {why}", path.display()))
            .hint("mend the file, or move it away to use the phrases that came with goodword")
    };
    let mut own = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(&folder, error.to_string()))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(wrong(&folder, error.to_string())),
    };
    for path in
        entries.into_iter().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "phrases"))
    {
        let size = std::fs::metadata(&path).map_err(|error| wrong(&path, error.to_string()))?.len();
        if size > MAX_PHRASES {
            return Err(wrong(&path, format!("it has {size} bytes; {MAX_PHRASES} is the most")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, error.to_string()))?;
        own.push((path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), text));
    }
    own.sort();
    let own: Vec<_> = own.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Phrases::with_overrides(&own).map_err(|error| wrong(&folder, error.to_string()))
}
