//! One request in, one answer out. The socket, the command line without a daemon and the notification's buttons all
//! come through here. Nothing in here waits: what a request needs from the network was fetched before ([`Errand`]).
//!
//! A command of the command line and its handler have the same file name.
//!
//! [`Errand`]: super::errand::Errand

mod audience;
mod book;
mod contact;
pub mod day;
pub(super) mod device;
mod diary;
mod discover;
mod doctor;
mod feeds;
mod import;
mod names;
pub mod page;
mod settings;
mod status;
mod suggest;
mod work;

use jiff::Timestamp;

use super::home::Home;
use crate::{
    api::{Answer, Error, ItemRow, Request},
    domain::{Item, draft::shorten},
};

pub use audience::Crowds;
pub use book::restore;
pub use doctor::without_home;
pub use names::contact as contact_named;

/// How many characters of a post stand in the place of a title: what is read at a glance.
const FIRST_WORDS: usize = 120;

/// Does what is asked. An error changes nothing.
pub fn dispatch(home: &mut Home, now: Timestamp, request: Request) -> Result<Answer, Error> {
    use Request as R;
    match request {
        R::Today
        | R::Draft { .. }
        | R::Done { .. }
        | R::Later { .. }
        | R::Another { .. }
        | R::Skip
        | R::Undo
        | R::Pick { .. } => day::dispatch(home, now, request),
        R::Diary { since } => diary::dispatch(home, now, since),
        R::WorkAdd(_) | R::WorkEdit { .. } | R::WorkRemove { .. } | R::WorkList => work::dispatch(home, now, request),
        R::AudienceAdd { .. } | R::AudienceList | R::AudienceShow { .. } | R::AudienceTie { .. } => {
            audience::dispatch(home, now, request)
        }
        R::AudienceSuggest { .. } | R::AudienceKeep { .. } | R::AudienceDrop { .. } => {
            suggest::dispatch(home, now, request)
        }
        R::ContactAdd(_)
        | R::ContactFind { .. }
        | R::ContactEdit { .. }
        | R::ContactList { .. }
        | R::ContactShow { .. }
        | R::ContactMute { .. }
        | R::ContactUnmute { .. }
        | R::ContactNever { .. }
        | R::ContactAnswered { .. }
        | R::ContactRemove { .. } => contact::dispatch(home, now, request),
        R::ContactImport { .. } | R::ContactImportFrom { .. } | R::ContactExport { .. } => {
            import::dispatch(home, now, request)
        }
        R::Discover { .. } | R::DiscoverKeep { .. } | R::DiscoverDrop { .. } => discover::dispatch(home, now, request),
        R::FeedsRefresh { name } => feeds::dispatch(home, name.as_deref()),
        R::FeedsList => feeds::dispatch(home, None),
        R::SettingsList | R::SettingsSet { .. } => settings::dispatch(home, now, request),
        R::Status => Ok(Answer::Status(status::status(home, now))),
        R::Doctor => Ok(Answer::Doctor(doctor::checks(home, now))),
        R::PageOpen
        | R::PageEnter { .. }
        | R::PageCheck { .. }
        | R::PageLeave { .. }
        | R::PageLeaveAll
        | R::Opened
        | R::ContactPage { .. }
        | R::AudienceMap => page::dispatch(home, now, request),
        R::DeviceList
        | R::DeviceInvite
        | R::DeviceInvited
        | R::DeviceJoin { .. }
        | R::DeviceRename { .. }
        | R::DeviceRemove { .. }
        | R::Sync { .. } => device::dispatch(home, now, request),
        R::BackupNow | R::BackupList | R::BookImport { .. } | R::BookExport { .. } => {
            book::dispatch(home, now, request)
        }
    }
}

/// Whether a request can change nothing at all, not even the plan.
pub fn looks_only(request: &Request) -> bool {
    use Request as R;
    matches!(
        request,
        R::Status
            | R::Diary { .. }
            | R::WorkList
            | R::AudienceList
            | R::AudienceShow { .. }
            | R::AudienceMap
            | R::ContactList { .. }
            | R::ContactPage { .. }
            | R::ContactShow { .. }
            | R::ContactFind { .. }
            | R::Discover { .. }
            | R::FeedsList
            | R::DeviceList
            | R::Sync { .. }
            | R::SettingsList
            | R::PageOpen
            | R::PageEnter { .. }
            | R::PageCheck { .. }
            | R::PageLeave { .. }
            | R::PageLeaveAll
    )
}

/// An item as answers show it. A post has no title: its first words stand for it. A warning stands before all, and
/// where the first words are what it warns of, it stands alone.
fn item_row(item: Item) -> ItemRow {
    let Item { title, url, published, feed, summary, warning, .. } = item;
    let title = match warning {
        Some(warning) => format!("(warning: {warning}) {title}").trim_end().to_owned(),
        None if title.is_empty() => shorten(&summary, FIRST_WORDS),
        None => title,
    };
    ItemRow { title, url, published, feed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_called_by_its_first_words_and_a_warning_stands_before_all() {
        let called = |title: &str, summary: &str, warning: Option<&str>| {
            let (title, summary, warning) = (title.to_owned(), summary.to_owned(), warning.map(str::to_owned));
            item_row(Item { title, summary, warning, ..Item::default() }).title
        };
        assert_eq!(called("Sack coats", "How to sew one", None), "Sack coats");
        assert_eq!(called("", "Buttons, at last", None), "Buttons, at last");
        assert_eq!(called("", "It bit me", Some("spiders")), "(warning: spiders)");
        assert_eq!(called("The bite", "It bit me", Some("spiders")), "(warning: spiders) The bite");
        assert_eq!(called("", "", None), "");
        let long = called("", &"Knöpfe ".repeat(40), None);
        assert!(long.ends_with("Knöpfe…") && long.chars().count() <= FIRST_WORDS, "{long}");
    }
}
