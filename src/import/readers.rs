//! A newsletter's list of subscribers (Substack, Mailchimp and others). They gave their address to get a newsletter and
//! for nothing else, so such a file is taken only when the author asks for it by name.

use super::{Sheet, table::Columns};
use crate::api::{Error, ErrorKind, Next};

/// Columns that only such lists have.
const SIGNS: [&str; 18] = [
    "active subscription",
    "email disabled",
    "first payment at",
    "stripe plan",
    "subscription type",
    "subscription status",
    "subscribed at",
    "subscription date",
    "emails received (6mo)",
    "emails dropped (6mo)",
    "emails opened (6mo)",
    "num emails opened",
    "paid upgrade date",
    "optin time",
    "confirm time",
    "member rating",
    "last open",
    "unsub reason",
];

/// Whether these columns are those of subscribers.
pub fn is_readers(columns: &Columns) -> bool {
    !columns.named(&["email", "email address", "subscriber email"]).is_empty()
        && SIGNS.iter().any(|sign| columns.has(sign))
}

/// The refusal of a list that nobody asked for by name.
pub fn refused() -> Error {
    Error::new(
        ErrorKind::Refused,
        "this is a list of your readers: they gave you their address for your newsletter only",
    )
    .hint(Next::Readers)
}

pub fn read(text: &str, sheet: &mut Sheet) -> Result<(), Error> {
    super::csv::read(text, sheet)
}
