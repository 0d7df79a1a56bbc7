//! What a form or an address says: names with texts, in their order.

use axum::body::Bytes;
use futures_util::stream;
use url::form_urlencoded;

use crate::{api::Error, page::Again};

/// The most fields of a form; what follows is not read.
const MAX_FIELDS: usize = 200;

/// The fields of a form, or of an address behind its `?`.
#[derive(Clone, Debug, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// Only where a form may hold one.
    pub file: Option<File>,
}

/// A file that came with a form.
#[derive(Clone, Debug)]
pub struct File {
    /// As the browser gives it: a name, at most, of which nothing is believed.
    pub name: String,
    pub bytes: Bytes,
}

impl Form {
    pub fn parse(bytes: &[u8]) -> Form {
        let fields = form_urlencoded::parse(bytes).take(MAX_FIELDS);
        Form { fields: fields.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(), file: None }
    }

    /// A form with a file in it (RFC 7578); nothing where it is none. `kind` is the Content-Type.
    pub async fn with_file(bytes: Bytes, kind: &str) -> Option<Form> {
        let boundary = multer::parse_boundary(kind).ok()?;
        let all = stream::once(async move { Ok::<_, std::convert::Infallible>(bytes) });
        let mut parts = multer::Multipart::new(all, boundary);
        let mut form = Form::default();
        for _ in 0..MAX_FIELDS {
            let Some(part) = parts.next_field().await.ok()? else { break };
            let (key, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
            let bytes = part.bytes().await.ok()?;
            match file {
                Some(name) => form.file = Some(File { name, bytes }),
                None => form.fields.push((key, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        Some(form)
    }

    /// The form as it is shown again, since something in it is wrong.
    pub fn again<'a>(&'a self, of: &'a str, error: &'a Error) -> Again<'a> {
        Again { of, typed: &self.fields, error }
    }

    /// The first text of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first text of this name without the white space around it; nothing for an empty one.
    pub fn said(&self, name: &str) -> Option<String> {
        self.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text as a browser's text area sends it, with the line ends of ours.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|text| text.replace("\r\n", "\n"))
    }

    /// The names that begin like this, without their beginning, with what was said under each.
    pub fn beginning<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.fields.iter().filter_map(move |(key, value)| Some((key.strip_prefix(start)?, value.trim())));
        pairs.filter(|(_, value)| !value.is_empty())
    }

    /// All texts of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
